"""The warning beside “overdue for more than N days”, at as many alerts, over contracts that never were."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import median

from pellucid.orders.warning import DAY, Dealing, learnt, signals
from tests.orders.warning_worlds import DAYS, day, world

LEARNT_BY, END = day(960), day(DAYS)
OVERDUE, WITHIN, STEP = 30, 300, 15  # days overdue; days before the end within which an alert was of it; days between looks


@dataclass
class Beside:
    """What came of both: how many alerts each gave, whether the score claims anything, who was found, how many days sooner than by the rule."""

    claims: bool
    lift: float
    alerts: int
    lost: int
    rule: int
    score: int
    gained: list[int]

    @property
    def sooner(self) -> float:
        return median(self.gained)


def by_rule(one: Dealing) -> dt.date | None:
    """The first day in the time tried on which something was overdue for longer, while the contract still stood."""
    days = [max(b.due + (OVERDUE + 1) * DAY, LEARNT_BY) for b in one.bills if (b.paid or END) >= max(b.due + (OVERDUE + 1) * DAY, LEARNT_BY)]
    return min((d for d in days if d <= END and (one.lost is None or d < one.lost)), default=None)


def told_by_rule(one: Dealing) -> dt.date:
    """When the rule would have told of the end, be it afterwards."""
    assert one.lost is not None
    days = [b.due + (OVERDUE + 1) * DAY for b in one.bills if b.paid is None or (b.paid - b.due).days > OVERDUE]
    return min((d for d in days if d >= one.lost - WITHIN * DAY), default=one.lost + (OVERDUE + 1) * DAY)


def beside(regime: str, seed: int, contracts: int) -> Beside:
    """Learn from the first part of a world, look every fortnight at the rest."""
    made = world(regime, seed, contracts)
    card = learnt(made, LEARNT_BY)
    live = [one for one in made if one.lost is None or one.lost > LEARNT_BY]
    rule = {n: on for n, one in enumerate(live) if (on := by_rule(one))}
    lost = {n for n, one in enumerate(live) if one.lost and one.lost <= END}
    scores: dict[int, list[tuple[dt.date, float]]] = {}
    if card.claims:
        for n, one in enumerate(live):
            on = LEARNT_BY
            while on < END and (one.lost is None or on < one.lost):
                scores.setdefault(n, []).append((on, card.score(signals(one, on))))
                on += STEP * DAY
    ranked = sorted(((max(s for _on, s in looks), n) for n, looks in scores.items()), reverse=True)[: len(rule)]
    score = {n: next(on for on, s in scores[n] if s >= ranked[-1][0]) for _best, n in ranked}

    def found(alerts: dict[int, dt.date]) -> list[int]:
        return [n for n, on in alerts.items() if n in lost and (live[n].lost - on).days <= WITHIN]

    ours = found(score)
    return Beside(card.claims, card.lift, len(rule), len(lost), len(found(rule)), len(ours), [(told_by_rule(live[n]) - score[n]).days for n in ours])
