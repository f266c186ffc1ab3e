"""What an administrator sets about people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records.settings import Setting, declare, section

section("people", _("Handovers"), 45)
declare(
    Setting("people.first_contact_hours", _("First contact after a handover, in working hours"), "integer", 24, scope="unit", section="people",
            least=1, most=400, position=1, help=_("Counted by the working calendar of the successor's unit.")),
)  # fmt: skip
