"""Look once a night at every debtor, and keep who may stop paying with the reasons."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records import days

from .. import credit, debtors
from ..models import PaymentLook, PaymentWarning
from ..warning import Card, Dealing, Reason, learnt, signals

LEARNT_FROM, LEAST = 4_000, 5  # debtors at most; warnings at least, however few are overdue
TOLD = 0.05  # points a reason has at least


def look(today: dt.date | None = None) -> int:
    """Learn from what is known, warn of the likeliest: as many as are overdue beyond the company's patience. Runs inside a transaction."""
    begin(Actor.system("rule"))
    return keep(today or days.today())


def keep(today: dt.date) -> int:
    """The same within a transaction that has its actor; how many are warned of."""
    found = debtors.debtors(today)
    card = learnt(sample(found), today) if found else Card({}, 0.0, (), 0.0, claims=False)
    stopped = sum(1 for one in found.values() if one.lost)
    PaymentLook._base_manager.update_or_create(looked_on=today, defaults={
        "debtors": len(found), "stopped": stopped, "lift": Decimal(str(round(card.lift, 4))), "claims": card.claims})  # fmt: skip
    warned = likeliest(found, card, today) if card.claims else {}
    PaymentWarning._base_manager.filter(deleted_at=None).exclude(customer__in=list(warned)).delete()
    owed = debtors.owed_now(warned)
    for pk, (chance, reasons) in warned.items():
        facts = {"chance": Decimal(str(round(100 * chance, 2))), "reason": reasons[0].signal, "owed": owed.get(pk) or 0,
                 "reasons": ";".join(f"{r.signal} {r.value:.2f}" for r in reasons)}  # fmt: skip
        PaymentWarning._base_manager.update_or_create(customer_id=pk, deleted_at=None, defaults=facts, create_defaults=facts | {"since": today})
    return len(warned)


def sample(found: dict[int, Dealing]) -> list[Dealing]:
    """Debtors to learn from: all, or evenly so many."""
    ids = sorted(found)
    step = -(-len(ids) // LEARNT_FROM)
    return [found[pk] for pk in ids[::step]]


def likeliest(found: dict[int, Dealing], card: Card, today: dt.date) -> dict[int, tuple[float, list[Reason]]]:
    """Those that owe something and look most like those that stopped."""
    owing = {pk: one for pk, one in found.items() if any(b.paid is None for b in one.bills) and not debtors.is_stopped(one, today)}
    many = max(LEAST, len(debtors.overdue_longer(owing, today, credit.patience())))
    scored = sorted(((card.score(seen), pk, seen) for pk, one in owing.items() if (seen := signals(one, today))), key=lambda x: (-x[0], x[1]))
    out = {}
    for score, pk, seen in scored[:many]:
        reasons = [r for r in card.reasons(seen) if r.points > TOLD]
        if reasons and score > 0:
            out[pk] = (card.chance(score), reasons)
    return out


@every("04:40")
@job("orders.look_ahead", label=_("Look who may stop paying"), queue="long", tells=False)
def look_job(ctx: Context) -> dict[str, int]:
    """Once a night."""
    with ctx.chunk():
        return {"warned": look()}
