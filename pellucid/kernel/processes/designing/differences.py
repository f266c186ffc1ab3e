"""What is different between two versions of a process, as sentences, each naming its step."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.translated import say

from ..definition import AnyNode, Approval, Auto, Condition, Definition, End, Notify, Parallel, Start, Task, Wait, parts
from .sayings import JOINS, MODES, REJECTS, Sayer, time_words


def differences(old: Definition, new: Definition, actor: Actor) -> list[str]:
    """Sentences, in the order of the new version; what is gone at the end."""
    return list(_all(Sayer(old, actor), Sayer(new, actor)))


def _all(old: Sayer, new: Sayer) -> Iterator[str]:
    yield from _head(old, new)
    for id_, node in new.plan.node.items():
        before = old.plan.node.get(id_)
        if before is None or before.type != node.type:
            yield _("New step: “%(step)s” (%(note)s)") % {"step": new.title(node), "note": new.note(node)}
            continue
        if old.title(before) != new.title(node):
            yield _("“%(old)s” is called “%(new)s” now") % {"old": old.title(before), "new": new.title(node)}
        if (old.plan.up[id_], old.plan.lane[id_]) != (new.plan.up[id_], new.plan.lane[id_]) or _behind(old, id_, new) != _behind(new, id_, old):
            yield _("“%(step)s” stands in another place") % {"step": new.title(node)}
        for what, was, now in _pairs(old, new, before, node):
            if was != now:
                yield _("“%(step)s”: %(what)s: %(old)s → %(new)s") % {"step": new.title(node), "what": what, "old": was or "–", "new": now or "–"}
    for id_, node in old.plan.node.items():
        if id_ not in new.plan.node:
            yield _("Gone: “%(step)s”") % {"step": old.title(node)}


def _behind(of: Sayer, id_: str, other: Sayer) -> str:
    """The nearest step before it in its sequence that both versions have."""
    before = of.plan.sequence[id_][: of.plan.place[id_]]
    return next((n.id for n in reversed(before) if n.id in other.plan.node), "")


def _head(old: Sayer, new: Sayer) -> Iterator[str]:
    a, b = old.definition, new.definition
    for what, was, now in (
        (_("Name"), say(a.name), say(b.name)),
        (_("For which records"), old.condition(a.when), new.condition(b.when)),
        (_("Watched fields"), old.joint(map(old.field, a.watch)), new.joint(map(new.field, b.watch))),
        (_("Shown of the record"), old.joint(map(old.field, a.facts)), new.joint(map(new.field, b.facts))),
        (_("Administrators"), old.joint(map(old.who, a.admins)), new.joint(map(new.who, b.admins))),
        (_("May read every request"), old.joint(map(old.who, a.see)), new.joint(map(new.who, b.see))),
        (_("Form"), old.joint(say(f.label) for f in a.form), new.joint(say(f.label) for f in b.form)),
    ):
        if was != now:
            yield _("%(what)s: %(old)s → %(new)s") % {"what": what, "old": was or "–", "new": now or "–"}
    for was, now, text in ((a.gate, b.gate, _("Something else waits for it")), (a.withdraw, b.withdraw, _("It is taken back by another rule")),
                           (a.on_change, b.on_change, _("A change of a watched field means something else"))):  # fmt: skip
        if was != now:
            yield text


def _pairs(old: Sayer, new: Sayer, a: AnyNode, b: AnyNode) -> Iterator[tuple[str, str, str]]:
    """(what, as it was, as it is) of two states of a step."""
    if isinstance(a, Approval | Task | Notify) and isinstance(b, Approval | Task | Notify):
        yield _("who"), old.joint(map(old.who, a.who)), new.joint(map(new.who, b.who))
    if isinstance(a, Approval | Task) and isinstance(b, Approval | Task):
        yield _("if there are several"), _mode(a), _mode(b)
        yield _("time"), _time(a), _time(b)
        yield _("if nobody is found"), a.empty, b.empty
    if isinstance(a, Task) and isinstance(b, Task):
        yield _("to be ticked off"), old.joint(map(say, a.checklist)), new.joint(map(say, b.checklist))
    if isinstance(a, Approval | Task | Start) and isinstance(b, Approval | Task | Start):
        yield _("filled in"), old.joint(map(old.form_label, a.fields.edit)), new.joint(map(new.form_label, b.fields.edit))
        yield _("must be filled in"), old.joint(map(old.form_label, a.fields.require)), new.joint(map(new.form_label, b.fields.require))
        yield _("not shown"), old.joint(map(old.field, a.fields.hide)), new.joint(map(new.field, b.fields.hide))
    if isinstance(a, Approval | Parallel) and isinstance(b, Approval | Parallel):
        yield _("if it is refused"), str(REJECTS[a.on_reject]), str(REJECTS[b.on_reject])
    if isinstance(a, Approval) and isinstance(b, Approval):
        yes = (_("no"), _("yes"))
        yield _("binding"), yes[a.binding], yes[b.binding]
        yield _("one refusal is enough"), yes[a.veto], yes[b.veto]
    if isinstance(a, Parallel) and isinstance(b, Parallel):
        yield _("it goes on"), f"{JOINS[a.join]} {a.need if a.join == 'n' else ''}", f"{JOINS[b.join]} {b.need if b.join == 'n' else ''}"
        yield _("lanes"), _names(a), _names(b)
    if isinstance(a, Condition) and isinstance(b, Condition):
        yield _("branches"), _branches(old, a), _branches(new, b)
    if isinstance(a, Wait | Auto | End) and isinstance(b, Wait | Auto | End):
        yield _("what it does"), old.note(a), new.note(b)


def _mode(node: Approval | Task) -> str:
    return f"{MODES[node.mode]} ({node.need})" if isinstance(node, Approval) and node.mode == "n" else str(MODES[node.mode])


def _time(node: Approval | Task) -> str:
    return time_words(node.deadline.after) if node.deadline else ""


def _names(node: Parallel) -> str:
    return ", ".join(say(lane.name) or lane.id for lane in parts(node))


def _branches(said: Sayer, node: Condition) -> str:
    return " | ".join(said.condition(b.when) if b.when else _("Otherwise") for b in node.branches)
