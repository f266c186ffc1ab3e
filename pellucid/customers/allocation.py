"""Who gets which lead, and why: one pure function over rules and people, so that the preview is what then happens.

Ways that share out among several people: in turn (round robin), who carries least of his capacity, and by free capacity and success - each
next lead goes to the highest (free capacity x share of deals won), so that who wins more, and has more room, gets more. Every choice
follows from what people carry at that moment: sharing out in one go or in pieces comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory, proxies
from pellucid.kernel.access.rights import tree
from pellucid.kernel.resources.conditions import matching
from pellucid.people import absences
from pellucid.people.models import Staff

from .models import AllocationRule, Customer, Lead
from .selectors import with_role

WAY = AllocationRule.Way
SUCCESS: list[Callable[[Iterable[int]], dict[int, float]]] = []  # an area above answers: user -> share of deals won (0..1)
UNKNOWN_SUCCESS = 0.5
USUAL_CAPACITY = 120                     # of somebody for whom none is set, where free capacity is weighed


class Why(StrEnum):
    """Why somebody whose turn it could be is passed over."""

    LEFT = "left"
    AWAY = "away"
    PROXIED = "proxied"
    FULL = "full"


@dataclass(slots=True)
class Bearer:
    """Somebody who can be given leads: what he carries, what he can carry, how often he wins."""

    user: int
    carried: int
    capacity: int | None
    success: float = UNKNOWN_SUCCESS

    @property
    def full(self) -> bool:
        return self.capacity is not None and self.carried >= self.capacity

    @property
    def load(self) -> float:
        """Carried for each one that he can carry."""
        return self.carried / (self.capacity or USUAL_CAPACITY)

    @property
    def weight(self) -> float:
        """Free capacity times success."""
        return max((self.capacity or USUAL_CAPACITY) - self.carried, 0) * self.success


@dataclass(slots=True)
class Turn:
    """One rule while leads are shared out: whose leads it speaks about, who may get them, who could but is not here, whose turn was the
    latest."""

    rule: AllocationRule
    ids: set[int]
    bearers: list[Bearer] = field(default_factory=list)
    latest: int | None = None
    gone: tuple[tuple[int, Why], ...] = ()

    def passed(self) -> tuple[tuple[int, Why], ...]:
        """Who is passed over at this moment."""
        return (*self.gone, *((b.user, Why.FULL) for b in self.bearers if b.full))


@dataclass(frozen=True, slots=True)
class Given:
    """What becomes of a lead: the person or the pool, the rule, the reason in words; who was passed over on the way (rule, user, why).
    Nobody at all when no rule fits."""

    lead: int
    user: int | None = None
    pool: int | None = None
    rule: int | None = None
    because: str = ""
    passed: tuple[tuple[int, int, Why], ...] = ()


def share_out(leads: Sequence[int], turns: Sequence[Turn], holders: dict[int, int], owners: dict[int, int], missing: dict[int, Why]) -> list[Given]:
    """Go through leads in order and rules in order. `holders` have the leads now, `owners` the matching customers, `missing` are those who
    get nothing, and why. Changes what bearers carry and whose turn was the latest."""
    known = {b.user: b for turn in turns for b in turn.bearers}
    out = []
    for lead in leads:
        given = _one(lead, turns, owners, missing)
        if given.rule is not None:
            for user, more in ((holders.get(lead), -1), (given.user, 1)):
                if user in known:
                    known[user].carried += more
        out.append(given)
    return out


def _one(lead: int, turns: Sequence[Turn], owners: dict[int, int], missing: dict[int, Why]) -> Given:
    passed: tuple[tuple[int, int, Why], ...] = ()
    for turn in turns:
        if lead not in turn.ids:
            continue
        rule = turn.rule
        if rule.way == WAY.POOL:
            return Given(lead, None, rule.pool_id, rule.pk, _("rule “%(rule)s”") % {"rule": rule.name}, passed)
        if rule.way == WAY.OWNER:
            owner = owners.get(lead)
            if owner is None:
                continue
            if owner not in missing:
                return Given(lead, owner, None, rule.pk, _("rule “%(rule)s”: looks after the matching customer") % {"rule": rule.name}, passed)
            passed = (*passed, (rule.pk, owner, missing[owner]))
            continue
        passed = (*passed, *((rule.pk, user, why) for user, why in turn.passed()))
        bearer = _choose(turn)
        if bearer is not None:
            turn.latest = bearer.user
            return Given(lead, bearer.user, None, rule.pk, _said(turn, bearer), passed)
    return Given(lead, because=_("no rule fits, or everybody is away or full"), passed=passed)


def _choose(turn: Turn) -> Bearer | None:
    able = [b for b in turn.bearers if not b.full]
    if not able:
        return None
    match turn.rule.way:
        case WAY.ROUND:
            order = [b.user for b in turn.bearers]
            at = order.index(turn.latest) + 1 if turn.latest in order else 0
            waiting = {b.user: b for b in able}
            return next(waiting[u] for u in (*order[at:], *order[:at]) if u in waiting)
        case WAY.LEAST:
            return min(able, key=lambda b: (b.load, b.user))
        case WAY.WEIGHTED:
            return max(able, key=lambda b: (b.weight, -b.user))
    return able[0]


def _said(turn: Turn, bearer: Bearer) -> str:
    facts = {"rule": turn.rule.name, "carried": bearer.carried, "capacity": bearer.capacity or "∞",
             "success": round(bearer.success * 100)}  # fmt: skip
    match turn.rule.way:
        case WAY.ROUND:
            return _("rule “%(rule)s”: in turn") % facts
        case WAY.LEAST:
            return _("rule “%(rule)s”: carries least, %(carried)s of %(capacity)s") % facts
        case WAY.WEIGHTED:
            return _("rule “%(rule)s”: carries %(carried)s of %(capacity)s, wins %(success)s %%") % facts
        case WAY.HEAD:
            return _("rule “%(rule)s”: head of the unit") % facts
    return _("rule “%(rule)s”") % facts


# ------------------------------------------------------------------------------------------------ from the database
def planned(leads: Sequence[int], *, lock: bool = False, trial: Collection[int] = (), about: str = "") -> tuple[list[Given], list[Turn]]:
    """What the rules in use (and those on `trial`) would do with these leads now; with `lock` nobody else shares out meanwhile, with `about` only
    the rules that ask for this field are heard."""
    found = AllocationRule._base_manager.filter(Q(active=True) | Q(pk__in=trial), deleted_at=None).order_by("position", "id")
    held_still = found.select_for_update(of=("self",), no_key=True) if lock else found
    rules = [rule for rule in held_still if not about or rule.asks_for(about)]
    ids = set(leads)
    turns = [Turn(rule, set(matching("lead", rule.conditions, ids)), latest=rule.last_user_id) for rule in rules]
    people = {t.rule.pk: _people(t.rule) for t in turns}
    missing = absent()
    known = bearers({u for found in people.values() for u in found if u not in missing})
    for turn in turns:
        turn.bearers = [known[u] for u in people[turn.rule.pk] if u in known]
        turn.gone = tuple((u, missing[u]) for u in people[turn.rule.pk] if u in missing)
    held = Lead._base_manager.filter(pk__in=ids, pool=None, state__in=Lead.OPEN)
    owners = dict(
        Lead._base_manager.filter(pk__in=ids, customer__owner__isnull=False, customer__pool=None).values_list("pk", "customer__owner")
    )
    return share_out(leads, turns, dict(held.values_list("pk", "owner")), owners, missing), turns


def absent() -> dict[int, Why]:
    """Who gets nothing now, and why: he has left, is away, or somebody stands in for him where leads are concerned."""
    out = {u.id: Why.LEFT for u in directory.users().values() if not u.active}
    held = proxies.rows()
    out |= {owner: Why.PROXIED for owner in {r.owner for r in held} if owner not in out and proxies.line(owner, "lead", held)}
    return out | {user: Why.AWAY for user in absences.away() if user not in out or out[user] != Why.LEFT}


def _people(rule: AllocationRule) -> list[int]:
    """Whom a rule may give to, in the order of their names."""
    match rule.way:
        case WAY.PERSON:
            return [rule.person_id] if rule.person_id else []
        case WAY.HEAD:
            unit = directory.units().get(rule.unit_id or 0)
            return [unit.head] if unit and unit.head else []
        case WAY.ROUND | WAY.LEAST | WAY.WEIGHTED:
            units = tree().below(rule.unit_id) if rule.unit_id and rule.unit_id in tree() else frozenset()
            role = with_role(rule.role)
            found = [u for u in directory.users().values() if u.active and u.unit in units and u.id in role]
            return [u.id for u in sorted(found, key=lambda u: (u.pinyin, u.id))]
    return []


def bearers(users: Iterable[int]) -> dict[int, Bearer]:
    """What these people carry: customers and open leads against the capacity in their staff record."""
    ids = list(users)
    capacity = dict(Staff._base_manager.filter(user__in=ids, deleted_at=None).values_list("user_id", "capacity"))
    carried: dict[int, int] = {}
    open_leads = Lead._base_manager.filter(owner__in=ids, deleted_at=None, pool=None, state__in=Lead.OPEN)
    customers = Customer._base_manager.filter(owner__in=ids, deleted_at=None, merged_into=None, pool=None)
    for rows in (open_leads, customers):
        for user, n in rows.order_by().values_list("owner").annotate(n=Count("*")):  # by the index alone
            carried[user] = carried.get(user, 0) + n
    success: dict[int, float] = {}
    for ask in SUCCESS:
        success |= ask(ids)
    return {u: Bearer(u, carried.get(u, 0), capacity.get(u), success.get(u, UNKNOWN_SUCCESS)) for u in ids}
