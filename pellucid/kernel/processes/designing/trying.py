"""A try on a real record before anything is published: the real machine on a copy, everybody agreeing. Nobody hears of it, nothing is written."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Avg, F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from django.utils.translation import ngettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.translated import say
from pellucid.kernel.resources.conditions import filters_of, matching
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import clear, specs

from .. import approvers
from ..approvers import Case, choosable
from ..choosing import choices
from ..company import Company
from ..definition import GATE, Auto, Condition, Definition, Does, Plan, Wait
from ..happened import held_words
from ..machine import rows as of
from ..machine.foreseeing import Stop, foresee
from ..models import Process, ProcessInstance, Step
from .sayings import Sayer, time_words

REPLAYED, SPOKEN = 40, 30  # records that are gone through once more; days over which the time of a step is averaged
WHY = {
    "manager": t("manager"), "managers": t("manager"), "head": t("head of the unit"), "role": t("by role"), "person": t("named"),
    "field": t("named in the record"), "unit": t("by unit"), "requester": t("requester"), "decider": t("decided before"),
    "chosen": t("chosen by the requester"), "filled": t("an administrator, to make the number"), "held": t("stopped: an administrator is asked"),
}  # fmt: skip


@dataclass
class Tried:
    """What would happen: the steps in order, the ids that were gone through, whether it came to its end."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    went: frozenset[str] = frozenset()
    through: bool = True
    copied: list[str] = field(default_factory=list)
    expected: str = ""
    veiled: bool = False  # it asks about what the reader may not read: from there on nothing is said


def hidden_fields(definition: Definition, actor: Actor) -> frozenset[str]:
    """The fields of the record that this reader may not read."""
    return frozenset(name for name in specs(definition.subject) if not clear(definition.subject, actor, name))


def asks_of(node: Condition) -> frozenset[str]:
    """The fields a condition asks about."""
    return frozenset(f.name for b in node.branches for f in filters_of(b.when or ""))


def foreseen(definition: Definition, record: Any, requester: int) -> tuple[list[Stop], of.Instance]:
    """The real core on a record, without a row of its own."""
    instance = of.Instance(requester, timezone.now(), chosen=likely(Plan(definition), requester))
    return foresee(Plan(definition), instance, around(definition, record, requester))


def around(definition: Definition, record: Any, requester: int) -> Company:
    """The people, days and values such a request would find."""
    return Company(ProcessInstance(resource=definition.subject, record_id=record.pk, requester_id=requester), definition, record)


def likely(plan: Plan, requester: int) -> dict[str, list[int]]:
    """Whom the requester might choose: as long as nobody has, the first he could."""
    case = Case(requester, lambda name: None)
    return {node.id: [p for p in choosable(who, case) if p != requester][: who.min] for node, who in choices(plan)}


def requester_of(record: Any, actor: Actor) -> int | None:
    """Who would most likely ask for it: the owner, else who tries."""
    return getattr(record, "owner_id", None) or actor.user_id


def tried(definition: Definition, record: Any, requester: int, actor: Actor, process: Process) -> Tried:
    """Step by step: who is asked and why, by when, which branch with which values."""
    stops, instance = foreseen(definition, record, requester)
    said, show = Sayer(definition, actor), show_for(actor)
    asked: dict[tuple[str, int], list[Stop]] = {}
    for stop in stops:
        asked.setdefault((stop.node, stop.visit), []).append(stop)
    took, out, total = pace(process), Tried(), 0.0
    went: set[str] = set()
    veiled = hidden_fields(definition, actor)
    for step in sorted(instance.steps.values(), key=lambda s: s.no):
        if step.node == GATE:
            continue
        node = said.plan.node[step.node]
        if isinstance(node, Condition) and asks_of(node) & veiled:
            out.lines.append({"id": step.node, "title": said.title(node), "who": "", "tone": "warn",
                              "notes": [_("It asks about a field you may not read; how it goes on from here is not shown.")]})  # fmt: skip
            out.went, out.veiled = frozenset(went - {""}), True
            return out
        went |= {step.node, step.data.get("branch", "")} | ({step.lane} if step.lane else set())
        line: dict[str, Any] = {"id": step.node, "title": said.title(node), "who": "", "notes": [], "tone": "ok"}
        found = asked.get((step.node, step.visit), [])
        by_itself = _("System") if isinstance(node, Auto | Wait) else ""
        line["who"] = said.joint(dict.fromkeys(directory.user_name(s.person) for s in found)) or by_itself
        line["notes"] += list(dict.fromkeys(why_words(s, instance) for s in found))
        if {name for who in getattr(node, "who", ()) for name in (who.field, who.of)} & veiled:
            line["who"], line["notes"], found = "", [_("who a field names that you may not read")], []
        if isinstance(node, Condition):
            line["who"], branch = "", next((b for b in node.branches if b.id == step.data.get("branch")), None)
            line["notes"] = [*met(node, branch, said, around(definition, record, requester), instance),
                             _("goes into “%(branch)s”") % {"branch": branch_title(said, branch)}]
        deadline = getattr(node, "deadline", None)
        if deadline is not None and found:
            line["notes"].append(_("within %(time)s") % {"time": time_words(deadline.after)})
        if isinstance(node, Does):
            line["notes"].append(said.does(node))
        if step.node in took and found:
            total += took[step.node].total_seconds()
            line["notes"].append(_("took %(time)s on average of late") % {"time": words.duration(took[step.node], show.language)})
        if found and all(below(s.person, requester) for s in found):
            line["notes"].append(_("only people below the requester are asked"))
            line["tone"] = "warn"
        if step.held:
            line["notes"], line["tone"], out.through = [held_words(step.data["held"])], "bad", False
        if node.type != "start" or step.held:
            out.lines.append(line)
    out.through = out.through and not instance.running
    out.went, out.copied = frozenset(went - {""}), [directory.user_name(p) for p in sorted(instance.copied)]
    out.expected = words.duration(total, show.language) if total else ""
    return out


def met(node: Condition, took: Any, said: Sayer, world: Company, instance: of.Instance) -> list[str]:
    """Condition by condition, up to the first that is met: what is asked, whether it is so, and the values that are."""
    out: list[str] = []
    for branch in node.branches[:-1]:
        here = {"condition": said.condition(branch.when or ""), "values": said.joint(world.told(branch.when or "", instance, said.show))}
        if branch is took:
            return [*out, _("Condition “%(condition)s” is met: %(values)s") % here]
        out.append(_("Condition “%(condition)s” is not met: %(values)s") % here)
    return out


def why_words(stop: Stop, instance: of.Instance) -> str:
    """Why somebody is asked, and whose place he takes."""
    row = next((a for a in instance.asked.values() if a.person == stop.person and instance.steps[a.step].node == stop.node), None)
    why = str(WHY.get(stop.why, stop.why))
    if row is not None and row.source and row.source != stop.person:
        return _("%(why)s, in place of %(name)s") % {"why": why, "name": directory.user_name(row.source)}
    return why


def branch_title(said: Sayer, branch: Any) -> str:
    """A branch as people call it."""
    if branch is None:
        return "–"
    return say(branch.name) or (said.condition(branch.when) if branch.when else _("Otherwise"))


def below(person: int, above: int) -> bool:
    """Whether somebody reports to another, over however many levels."""
    seen: set[int] = set()
    at = approvers.manager(person)
    while at is not None and at not in seen:
        if at == above:
            return True
        seen.add(at)
        at = approvers.manager(at)
    return False


def pace(process: Process) -> dict[str, dt.timedelta]:
    """How long the steps of a process took of late."""
    since = timezone.now() - dt.timedelta(days=SPOKEN)
    rows = Step.objects.filter(instance__process=process, state="done", kind__in=("approval", "task"), closed_at__gte=since)
    rows = rows.filter(closed_at__gt=F("opened_at") + dt.timedelta(minutes=1))  # what passed by itself took nobody's time
    return dict(rows.values_list("node").annotate(took=Avg(F("closed_at") - F("opened_at"), output_field=models.DurationField())))


def latest(definition: Definition, actor: Actor, limit: int = REPLAYED) -> list[Any]:
    """The records made last, as far as the designer may see them."""
    return list(scoped(registry[definition.subject].model, actor).order_by("-created_at", "-pk")[:limit])


def replayed(new: Definition, old: Definition | None, actor: Actor) -> list[dict[str, Any]]:
    """How the latest records would go, compared with the published version: as before, by more or fewer steps, or not to the end."""
    counted: Counter[str] = Counter()
    asked = [(d, n) for d in (new, old) if d for n in Plan(d).node.values() if isinstance(n, Condition)]
    if any(asks_of(n) & hidden_fields(d, actor) for d, n in asked):
        return []
    records = latest(new, actor)
    for record in records:
        requester = requester_of(record, actor)
        if requester is None:
            continue
        stops, end = foreseen(new, record, requester)
        before = foreseen(old, record, requester)[0] if old else stops
        more = len({s.node for s in stops}) - len({s.node for s in before})
        same = [s.person for s in stops] == [s.person for s in before]
        counted["stuck" if end.running else "more" if more > 0 else "fewer" if more < 0 else "same" if same else "others"] += 1
    labels = (("same", _("As before"), ""), ("more", _("By more steps"), "warn"), ("fewer", _("By fewer steps"), "ok"),
              ("others", _("By other people"), "warn"), ("stuck", _("Not to the end"), "bad"))  # fmt: skip
    return [{"label": label, "n": counted[key], "tone": tone if counted[key] else ""} for key, label, tone in labels]


def taken(definition: Definition, text: str, actor: Actor) -> str:
    """How many of the latest records conditions hold for, in words; nothing where the form is asked, too."""
    if {f.name for f in filters_of(text)} & hidden_fields(definition, actor):
        return ""
    ids = [r.pk for r in latest(definition, actor, 200)]
    try:
        n = len(matching(definition.subject, text, ids)) if text and ids else 0
    except Invalid:
        return ""
    if not text or not ids:
        return ""
    return ngettext("%(n)s of the last %(all)s record", "%(n)s of the last %(all)s records", len(ids)) % {"n": n, "all": len(ids)}
