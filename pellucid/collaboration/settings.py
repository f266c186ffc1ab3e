"""Who answers opinions; when those above hear of a promise that is overdue."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import settings

settings.section("opinions", _("Opinions"), 60)
settings.section("tasks", _("Tasks"), 58)
settings.declare(
    settings.Setting("tasks.escalate_days", _("Working days until a manager hears of an overdue promise"), "integer", 2, section="tasks", position=1,
                     least=0, most=60, help=_("After as many again the manager above, and so on. 0: nobody is told.")),
)  # fmt: skip
settings.declare(
    settings.Setting("opinions.system", _("Opinions of this system are answered by"), "user", None, section="opinions", required=False, position=1,
                     help=_("Left empty: an administrator.")),
    settings.Setting("opinions.rules", _("Opinions of processes and rules are answered by"), "user", None, section="opinions", required=False,
                     position=2, help=_("Left empty: the head of the company.")),
)  # fmt: skip
