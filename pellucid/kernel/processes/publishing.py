"""What a definition must fulfil before it may be published: a list of sentences, each naming its step. Empty: publish."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from pellucid.kernel.records.translated import say

from .definition import (
    Approval,
    Branch,
    Condition,
    Definition,
    Does,
    Doubled,
    End,
    Lane,
    Node,
    Notify,
    Parallel,
    Plan,
    Start,
    Subprocess,
    Task,
    Wait,
    Who,
    parts,
)
from .offered import templates


@dataclass(frozen=True)
class Known:
    """What a definition may name: the fields with their kind, the kinds of approvers, actions, moves and other processes."""

    fields: dict[str, str] = field(default_factory=dict)  # name -> kind
    approvers: Collection[str] = ()
    moves: Collection[str] = ()
    does: Callable[[Does], Collection[str]] = lambda node: ()  # what is wrong with what the program is to do, in words
    calls: dict[str, frozenset[str]] = field(default_factory=dict)  # another published process -> the processes it starts
    wrong: Callable[[str], str] = lambda conditions: ""  # what is wrong with conditions, in words


class Fault(NamedTuple):
    """Why it cannot be published: the step, branch or lane it is about ("" for the whole), and what is wrong with it."""

    at: str
    text: str


def problems(definition: Definition, known: Known) -> list[str]:
    """Why it cannot be published, each naming its step."""
    try:
        names = {n.id: called(n) for n in Plan(definition).node.values()}
    except Doubled:
        names = {}
    return [f"“{names[f.at]}”{_(': ')}{f.text}" if f.at in names else f.text for f in faults(definition, known)]


def faults(definition: Definition, known: Known) -> list[Fault]:
    """Why it cannot be published, by step."""
    try:
        plan = Plan(definition)
    except Doubled as twice:
        return [Fault("", _("Two steps have the id “%(id)s”.") % {"id": twice})]
    whole = [Fault("", text) for text in _whole(definition, plan, known)]
    return whole + [Fault(node.id, why) for node in plan.node.values() for why in _wrong(node, plan, known)]


def _whole(definition: Definition, plan: Plan, known: Known) -> list[str]:
    out: list[str] = []
    if not isinstance(plan.first, Start):
        out.append(_("The first step must be the requester's form."))
    if not definition.admins:
        out.append(_("Name at least one administrator of the process."))
    if definition.gate and definition.gate not in known.moves:
        out.append(_("“%(name)s” is no move of these records that could wait.") % {"name": definition.gate})
    if definition.when and (wrong := known.wrong(definition.when)):
        out.append(wrong)
    for name in definition.watch:
        if name not in known.fields:
            out.append(_("There is no field “%(field)s” to watch.") % {"field": name})
    for name in definition.facts:
        if name not in known.fields:
            out.append(_("There is no field “%(field)s” to show.") % {"field": name})
    return out + [_("Administrators: %(why)s") % {"why": why} for who in definition.admins for why in _asked(who, plan, None, known)]


def called(part: Node | Branch | Lane) -> str:
    """A step as people call it."""
    return say(part.name) or part.id


def _wrong(node: Node, plan: Plan, known: Known) -> Iterator[str]:
    around = [plan.node[n] for n in plan.chain(node.id)][1:]
    inside_parallel = any(isinstance(n, Parallel) for n in around)
    if isinstance(node, Start) and node is not plan.first:
        yield _("only the first step may be the requester's form.")
    if isinstance(node, End):
        if inside_parallel:
            yield _("an end inside a parallel part would abandon the other lanes.")
        if plan.place[node.id] != len(plan.sequence[node.id]) - 1:
            yield _("nothing behind an end is ever reached.")
    if isinstance(node, Condition):
        yield from _branches(node, known)
    if isinstance(node, Parallel) and node.join == "n" and not 1 <= node.need <= len(node.lanes):
        yield _("%(need)s of %(lanes)s lanes cannot be.") % {"need": node.need, "lanes": len(node.lanes)}
    if isinstance(node, Parallel):
        yield from (_("the lane “%(name)s” has no step.") % {"name": called(lane)} for lane in node.lanes if not lane.steps)
    ids = [p.id for p in parts(node)]
    if len(ids) != len(set(ids)):
        yield _("two of its branches or lanes have the same id.")
    if isinstance(node, Approval | Parallel):
        if node.on_reject == "prev" and not plan.earlier(node.id):
            yield _("there is no earlier step to return to.")
        if node.on_reject == "lane" and not inside_parallel:
            yield _("a rejection can only lose a lane inside a parallel part.")
    if isinstance(node, Approval) and node.binding and _passes(node):
        yield _("a binding approval must not pass by itself.")
    if isinstance(node, Wait):
        if bool(node.after) == bool(node.until):
            yield _("wait either a time or until the day in a field.")
        if node.until and known.fields.get(node.until) not in ("date", "datetime"):
            yield _("“%(field)s” is no date.") % {"field": node.until}
    if isinstance(node, Does):
        yield from known.does(node)
    if isinstance(node, Subprocess):
        yield from _calls(node, plan, known)
    if isinstance(node, Start | Approval | Task):
        names = {f.name for f in plan.definition.form}
        for name in {*node.fields.edit, *node.fields.require} - names:
            yield _("the form has no field “%(field)s”.") % {"field": name}
        for name in set(node.fields.require) - set(node.fields.edit):
            yield _("“%(field)s” is required but cannot be filled in here.") % {"field": name}
    if isinstance(node, Approval | Task | Notify):
        if not node.who:
            yield _("nobody is asked.")
        for who in node.who:
            yield from _asked(who, plan, node, known)


def _passes(node: Approval) -> bool:
    return node.empty == "pass" or node.dedupe != "never" or (node.deadline is not None and node.deadline.then == "approve")


def _branches(node: Condition, known: Known) -> Iterator[str]:
    *told, last = node.branches
    if last.when is not None:
        yield _("the last branch must be for everything else.")
    for branch in told:
        if not branch.when:
            yield _("only the last branch may be for everything else.")
        elif wrong := known.wrong(branch.when):
            yield f"“{called(branch)}”: {wrong}"


def _calls(node: Subprocess, plan: Plan, known: Known) -> Iterator[str]:
    if node.call not in known.calls:
        template = templates().get(node.call)
        if not node.call:
            yield _("choose the process.")
            return
        yield _("publish “%(name)s” first.") % {"name": template.name} if template else _("there is no process “%(name)s”.") % {"name": node.call}
        return
    seen: set[str] = set()
    todo = [node.call]
    while todo:
        at = todo.pop()
        if at == plan.definition.key:
            yield _("the processes would start each other in a circle.")
            return
        if at not in seen:
            seen.add(at)
            todo += known.calls.get(at, frozenset())


def _chosen(who: Who, node: Node | None) -> Iterator[str]:
    if node is None or sum(w.kind == "chosen" for w in getattr(node, "who", ())) > 1:
        yield _("the requester chooses once for a step, and only for a step.")
    if who.min > who.max:
        yield _("at least %(min)s and at most %(max)s cannot be.") % {"min": who.min, "max": who.max}
    if who.among == "role" and not who.role or who.among == "unit" and not who.ids:
        yield _("say among whom the requester chooses.")


def _asked(who: Who, plan: Plan, node: Node | None, known: Known) -> Iterator[str]:
    if who.kind not in known.approvers:
        yield _("“%(kind)s” is no way to name people.") % {"kind": who.kind}
    if who.kind == "decider" and (node is None or who.node not in plan.earlier(node.id)):
        yield _("“%(node)s” is not decided before.") % {"node": who.node}
    if who.kind == "field" and known.fields.get(who.field) != "user":
        yield _("“%(field)s” is no person.") % {"field": who.field}
    if who.kind in ("manager", "managers", "head") and who.of != "requester" and known.fields.get(who.of) != "user":
        yield _("“%(field)s” is no person.") % {"field": who.of}
    if who.kind == "chosen":
        yield from _chosen(who, node)
