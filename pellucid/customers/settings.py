"""What an administrator sets about customers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records.settings import Setting, declare, get, section

QUIET = {"A": 14, "B": 30, "C": 60}  # level -> days
section("customers", _("Customers"), 50)
declare(
    Setting("customers.quiet_days", _("Days until a customer counts as not contacted"), "integer", 30, section="customers", least=1, most=999,
            position=1, help=_("For customers without a level, and in figures.")),
    *(Setting(f"customers.quiet_days_{level.lower()}", _("The same for level A") if level == "A" else _("The same for level B") if level == "B"
              else _("The same for level C"), "integer", days, section="customers", least=1, most=999, position=at)
      for at, (level, days) in enumerate(QUIET.items(), 2)),
)  # fmt: skip
section("leads", _("Leads"), 52)
declare(
    Setting("leads.allocate_new", _("Allocate new leads by rule at once"), "bool", True, section="leads", position=1,
            help=_("Those that come by web form, import and API; what somebody types in stays with him.")),
    Setting("leads.allocate_judged", _("Allocate by rule after judging"), "bool", True, section="leads", position=2,
            help=_("An opportunity goes to sales by the rules, unless a seller has it; potential goes to those who nurture, by the rules that ask"
                   " for the state.")),
)  # fmt: skip




def clock(kind: str, help_: Any, minutes: int, first: int) -> tuple[Setting, ...]:
    """The settings of the clock of a kind of record."""
    return (
        Setting(f"{kind}.plan_minutes", _("Time to plan a follow-up, in working minutes"), "integer", minutes, section=kind, least=0, most=100_000,
                position=first, help=help_),
        Setting(f"{kind}.plan_warn", _("Remind the owner before it ends, in working minutes"), "integer", 60, section=kind, least=0,
                most=100_000, position=first + 1, help=_("0: no reminder.")),
        Setting(f"{kind}.plan_escalate", _("Tell the manager once it is over"), "bool", True, section=kind, position=first + 2),
        Setting(f"{kind}.plan_recall", _("Recall into the pool, in working minutes after it is over"), "integer", 0, section=kind, least=0,
                most=100_000, position=first + 3, help=_("0: it stays with the owner.")),
    )  # fmt: skip


declare(*clock("leads", _("From the moment somebody receives a lead, by the calendar of its unit; 0: no clock."), 480, 3),
        *clock("customers", _("From the moment somebody receives a customer, by the calendar of its unit; 0: no clock."), 960, 10))  # fmt: skip


def quiet_days() -> dict[str, int]:
    """Level -> days without contact after which a customer needs attention; "" for every other customer."""
    return {"": get("customers.quiet_days")} | {level: get(f"customers.quiet_days_{level.lower()}") for level in QUIET}
