"""Steps in words: whom they ask, how, by when. The tree, the differences between versions and a screen reader say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.automation.definition import Do
from pellucid.kernel.automation.doing import doings
from pellucid.kernel.automation.values import Beside, told
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.translated import say
from pellucid.kernel.resources.conditions import filters_of
from pellucid.kernel.resources.fields import readable
from pellucid.kernel.resources.telling import value_words

from ..approvers import approvers
from ..definition import (
    HERE,
    Approval,
    Auto,
    Condition,
    Definition,
    Does,
    End,
    Node,
    Notify,
    Parallel,
    Plan,
    Start,
    Task,
    Wait,
    Who,
    span,
)
from ..form import form_specs
from ..models import Process
from ..offered import templates

KINDS: dict[str, tuple[Any, str, str]] = {
    "start": (t("The requester's form"), "player-play", ""),
    "approval": (pgettext_lazy("process", "Approval"), "user-check", "a"),
    "task": (pgettext_lazy("process", "Something to do"), "edit", "v"),
    "notify": (pgettext_lazy("process", "Copy"), "mail", "b"),
    "condition": (pgettext_lazy("process", "Condition"), "git-branch", ""),
    "parallel": (pgettext_lazy("process", "Side by side"), "arrows-split-2", ""),
    "wait": (pgettext_lazy("process", "Wait"), "clock", "w"),
    "action": (pgettext_lazy("process", "Carried out by the system"), "bolt", "o"),
    "set": (pgettext_lazy("process", "Set fields"), "pencil", "o"),
    "create": (pgettext_lazy("process", "New record"), "plus", "o"),
    "webhook": (pgettext_lazy("process", "Message to another program"), "webhook", "o"),
    "subprocess": (pgettext_lazy("process", "Another process"), "route", "o"),
    "end": (pgettext_lazy("process", "End"), "flag", ""),
}
MODES = {"any": t("Any one of them"), "all": t("All of them"), "n": t("A number of them"), "sequence": t("One after another")}
REJECTS = {"end": t("It is refused"), "start": t("Back to the requester"), "prev": t("Back to the step before"), "lane": t("This lane is lost")}
THEN = {"notify": t("Remind"), "manager": t("Ask the manager instead"), "return": t("Send it back"), "reject": t("Refuse"),
        "approve": t("Let it pass"), "admin": t("Ask an administrator")}  # fmt: skip
JOINS = {"all": t("go on when all are done"), "any": t("go on when one is done"), "n": t("go on when some are done")}


def called_step(node: Node) -> str:
    """A step as people call it; without a name, what it is."""
    return say(node.name) or str(KINDS[node.type][0])


class Sayer:
    """Puts the parts of one definition into words, for one reader: fields he may not read are not named to him."""

    def __init__(self, definition: Definition, actor: Actor) -> None:
        self.definition, self.actor, self.show = definition, actor, show_for(actor)
        self.plan = Plan(definition)
        self.fields: dict[str, Spec] = {**readable(definition.subject, actor), **form_specs(definition)}
        self.roles = {r.code: say(r.label) for r in directory.roles()}

    def title(self, node: Node) -> str:
        return called_step(node)

    def field(self, name: str) -> str:
        return str(self.fields[name].label) if name in self.fields else _("a field one may not read")

    def who(self, who: Who) -> str:
        """A way to name people."""
        of = "" if who.of == "requester" else self.field(who.of)
        match who.kind:
            case "person":
                return self.joint(directory.user_name(p) or f"#{p}" for p in who.ids) or _("nobody named yet")
            case "unit":
                return self.joint(directory.unit_name(u) or f"#{u}" for u in who.ids) or _("no unit named yet")
            case "role":
                role = self.roles.get(who.role, who.role) or _("no role named yet")
                near = {"unit": _("over the requester's unit"), "branch": _("in the requester's branch")}.get(who.scope, "")
                return f"{role} ({near})" if near else role
            case "manager":
                said = _("Direct manager") if who.level == 1 else _("Manager, level %(n)s") % {"n": who.level}
            case "managers":
                said = _("Managers, up to level %(n)s") % {"n": who.level}
            case "head":
                said = _("Head of the unit")
            case "field":
                return _("Person in “%(field)s”") % {"field": self.field(who.field)}
            case "decider":
                node = self.plan.node.get(who.node)
                return _("Who decided “%(step)s”") % {"step": self.title(node) if node else who.node}
            case "chosen":
                among = {"role": self.roles.get(who.role, who.role), "unit": self.joint(directory.unit_name(u) or f"#{u}" for u in who.ids)}
                near = _(", among: %(whom)s") % {"whom": among[who.among]} if who.among in among else ""
                return _("Whom the requester chooses%(near)s") % {"near": near}
            case _:
                known = approvers.get(who.kind)
                return str(known.label) if known else who.kind
        return _("%(who)s of “%(field)s”") % {"who": said, "field": of} if of else said

    def joint(self, words: Any) -> str:
        return ("、" if self.show.chinese else ", ").join(words)

    def asked(self, node: Approval | Task | Notify) -> str:
        """Whom a step asks, and how many of them must agree."""
        people = self.joint(self.who(w) for w in node.who) or _("nobody yet")
        mode = getattr(node, "mode", "any")
        if mode == "n":
            return _("%(who)s, %(need)s of them") % {"who": people, "need": getattr(node, "need", 1)}
        several = len(node.who) > 1 or any(w.kind in ("role", "unit", "managers") or len(w.ids) > 1 for w in node.who)
        return f"{people} · {MODES[mode]}" if several and not isinstance(node, Notify) else people

    def note(self, node: Node) -> str:
        """The second line of a step."""
        match node:
            case Approval() | Task():
                due = _("within %(time)s") % {"time": time_words(node.deadline.after)} if node.deadline else ""
                return " · ".join(x for x in (self.asked(node), due) if x)
            case Notify():
                return self.asked(node)
            case Condition():
                return _("the first branch that holds")
            case Parallel():
                return _("%(need)s of them are enough") % {"need": node.need} if node.join == "n" else str(JOINS[node.join])
            case Wait():
                return time_words(node.after) if node.after else _("until “%(field)s”") % {"field": self.field(node.until or "")}
            case Auto():
                return self.call(node)
            case End():
                return _("Agreed") if node.outcome == "approved" else _("Refused")
            case Start():
                return self.joint(self.form_label(n) for n in node.fields.edit)
        return ""

    def call(self, node: Auto) -> str:
        """What the program does, as the product calls it."""
        if isinstance(node, Does):
            return self.does(node)
        name = Process.objects.filter(key=node.call, deleted_at=None).values_list("name", "name_en").first()
        if name is None and node.call in templates():
            return templates()[node.call].name
        return (name[0] if self.show.chinese or not name[1] else name[1]) if name else _("nothing chosen yet")

    def does(self, node: Does) -> str:
        """What the program does, and with which values; a field the reader may not read is not named to him."""
        key, kind = self.definition.subject, doings[node.type]
        if node.call not in dict(kind.offers(key)) and node.call not in actions:
            return _("nothing chosen yet")
        what, _inputs = kind.says(key, Do(kind=node.type, on=node.call), self.show)
        asked, beside = kind.asks(key, node.call), {name: (spec, None) for name, spec in self.fields.items()}
        told = (self.taken(asked, name, value, beside) for name, value in node.inputs.items() if node.type != "webhook")
        return _(": ").join(x for x in (what, self.joint(filter(None, told))) if x)

    def taken(self, asked: Mapping[str, Spec], name: str, value: Any, beside: Beside) -> str:
        """One value a step passes on."""
        if isinstance(value, dict) and "field" in value and value["field"] not in (HERE, *self.fields) and name in asked:
            return f"{asked[name].label} {self.field(value['field'])}"
        return "".join(told(asked, {name: value}, self.definition.subject, self.show, beside))

    def form_label(self, name: str) -> str:
        return next((say(f.label) or f.name for f in self.definition.form if f.name == name), name)

    def condition(self, text: str | None) -> str:
        """Conditions in one sentence: those that must all hold, then each group of alternatives."""
        groups: dict[int, list[str]] = {}
        for f in filters_of(text or ""):
            spec = self.fields.get(f.name)
            said = f"{spec.label} {value_words(spec, f, self.show, self.actor)}" if spec else _("a field one may not read")
            groups.setdefault(f.group, []).append(said)
        both, either = pgettext("conditions", " and "), _(" or ")
        return both.join([*groups.pop(0, []), *(either.join(found) for found in groups.values())])


def time_words(text: str) -> str:
    """A span of time: "8 working hours"."""
    n, unit = span(text)
    return {
        "m": ngettext("%(n)s minute", "%(n)s minutes", n), "h": ngettext("%(n)s hour", "%(n)s hours", n), "d": ngettext("%(n)s day", "%(n)s days", n),
        "wh": ngettext("%(n)s working hour", "%(n)s working hours", n), "wd": ngettext("%(n)s working day", "%(n)s working days", n),
    }[unit] % {"n": n}  # fmt: skip
