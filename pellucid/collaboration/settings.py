"""Who answers opinions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import settings

settings.section("opinions", _("Opinions"), 60)
settings.declare(
    settings.Setting("opinions.system", _("Opinions of this system are answered by"), "user", None, section="opinions", required=False, position=1,
                     help=_("Left empty: an administrator.")),
    settings.Setting("opinions.rules", _("Opinions of processes and rules are answered by"), "user", None, section="opinions", required=False,
                     position=2, help=_("Left empty: the head of the company.")),
)  # fmt: skip
