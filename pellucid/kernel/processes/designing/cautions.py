"""What one should think of before publishing, although it can be published: sentences, each naming its step."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.resources.conditions import filters_of
from pellucid.kernel.resources.params import Filter

from .. import approvers
from ..approvers import Case
from ..definition import AnyNode, Approval, Condition, Definition, Notify, Task, Who
from .sayings import Sayer
from .trying import below, latest

STANDING = ("person", "unit")  # ways to name people that do not look at the request
OWNERS = 20


def cautions(definition: Definition, actor: Actor) -> list[str]:
    """Warnings; publish anyway."""
    said = Sayer(definition, actor)
    owners = {r.owner_id for r in latest(definition, actor, OWNERS) if getattr(r, "owner_id", None)}
    return [f"“{said.title(node)}”{_(": ")}{text}" for node in said.plan.node.values() for text in _of(node, said, owners)]


def _of(node: AnyNode, said: Sayer, owners: set[int]) -> Iterator[str]:
    if isinstance(node, Approval | Task | Notify) and node.who and all(map(_standing, node.who)):
        people = {p for who in node.who for p in standing(who)}
        if not people:
            yield _("nobody today is whom it asks; an administrator would be asked.")
        elif isinstance(node, Approval):
            under = [o for o in owners if people - {o} and all(below(p, o) for p in people - {o})]
            if under:
                yield _("for %(name)s it asks only people below the requester.") % {"name": directory.user_name(under[0])}
    if isinstance(node, Approval | Task) and node.deadline is None:
        yield _("no time is set: nobody is reminded and nothing happens if it is left lying.")
    if isinstance(node, Condition):
        yield from _hidden(node, said)


def _standing(who: Who) -> bool:
    return who.kind in STANDING or who.kind == "role" and who.scope == "any"


def standing(who: Who) -> list[int]:
    """The active people a way to name them finds whoever asks."""
    found = approvers.approvers[who.kind].find(who, Case(0, lambda name: None)) if who.kind in approvers.approvers else []
    users = directory.users()
    return [p for p in found if p in users and users[p].active]


def _hidden(node: Condition, said: Sayer) -> Iterator[str]:
    """Branches about different sums can hold together, and the first one hides the second; a later one inside an earlier is never reached."""
    told = [(b, [f for f in filters_of(b.when or "") if not f.group]) for b in node.branches[:-1]]
    for at, (late, ours) in enumerate(told):
        for early, theirs in told[:at]:
            a, b = _numbers(theirs, said), _numbers(ours, said)
            if a and b and not _apart(theirs, ours, said):
                names = {"first": said.condition(early.when), "second": said.condition(late.when)}
                if a.keys() != b.keys():
                    yield _("“%(first)s” and “%(second)s” can hold together; the first hides the second. Let one follow the other instead.") % names
                elif len(theirs) == len(a) and all(_inside(b[n], a[n]) for n in a):
                    yield _("“%(second)s” is never reached: “%(first)s” takes it all.") % names


def _numbers(filters: list[Filter], said: Sayer) -> dict[str, tuple[float, float]]:
    """Field of a number -> the span it may have."""
    out: dict[str, tuple[float, float]] = {}
    for f in filters:
        spec = said.fields.get(f.name)
        if spec is None or spec.kind.family != "number" or f.op not in ("gte", "lte", "between", "eq"):
            continue
        try:
            values = [float(str(v).replace(",", "")) for v in f.operands]
        except ValueError:
            continue
        low = values[0] if f.op in ("gte", "between", "eq") else float("-inf")
        high = values[-1] if f.op in ("lte", "between", "eq") else float("inf")
        before = out.get(f.name, (float("-inf"), float("inf")))
        out[f.name] = (max(low, before[0]), min(high, before[1]))
    return out


def _inside(small: tuple[float, float], large: tuple[float, float]) -> bool:
    return large[0] <= small[0] and small[1] <= large[1]


def _apart(a: list[Filter], b: list[Filter], said: Sayer) -> bool:
    """Whether two conditions cannot hold together, as far as one can see."""
    first, second = _numbers(a, said), _numbers(b, said)
    if any(first[n][1] < second[n][0] or second[n][1] < first[n][0] for n in first.keys() & second.keys()):
        return True
    chosen = {f.name: set(f.operands) for f in a if f.op == "in"}
    return any(f.op == "in" and f.name in chosen and not chosen[f.name] & set(f.operands) for f in b)
