"""What a process asks of its requester before it begins: its form, and whom he chooses; by hand and where a move waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.whole import is_whole

from .approvers import Case, choosable
from .company import Company
from .definition import AnyNode, Approval, Definition, Notify, Plan, Start, Task, Who
from .form import FORM, form_specs, typed
from .machine import rows as of
from .machine.foreseeing import foresee
from .machine.run import Run
from .models import ProcessInstance
from .publishing import called

WHO = "who_"


class Choice(NamedTuple):
    """A step whose people the requester chooses."""

    node: AnyNode
    who: Who


def choices(plan: Plan) -> list[Choice]:
    """The steps whose people the requester chooses, from top to bottom."""
    asking = (n for n in plan.node.values() if isinstance(n, Approval | Task | Notify))
    return [Choice(n, w) for n in asking for w in n.who if w.kind == "chosen"]


def asks(plan: Plan, requester: int | None, begun: of.Instance | None = None) -> tuple[Spec, ...]:
    """The start's form and the people to be chosen, as inputs; of a request that came back with what stands there."""
    known, first = form_specs(plan.definition), plan.first
    edit, must = (first.fields.edit, first.fields.require) if isinstance(first, Start) else ((), ())
    fields = [known[FORM + n].changed(name=FORM + n, required=n in must) for n in edit]
    people = [_asked(one, plan, requester) for one in choices(plan)]
    if begun is None:
        return (*fields, *people)
    named = [s.changed(default=[str(p) for p in now], required=False) if (now := begun.chosen.get(s.name.removeprefix(WHO))) else s for s in people]
    return (*(s.changed(default=typed(s, begun.form.get(s.name.removeprefix(FORM)), show_for(Actor.system()))) for s in fields), *named)


def _asked(one: Choice, plan: Plan, requester: int | None) -> Spec:
    node, who = one
    label = _("%(step)s: who") % {"step": called(node)}
    wanted = ngettext("%(n)s person", "%(n)s persons", who.max) % {"n": who.max if who.max == who.min else f"{who.min}–{who.max}"}
    must = plan.up[node.id] is None  # behind a condition it may never come to it
    if who.among == "all":
        return Spec(WHO + node.id, label, kind("picks"), required=must, help=wanted, options={"src": "/options/user"})
    may = [p for p in choosable(who, Case(requester or 0, lambda name: None)) if p != requester or not isinstance(node, Approval)]
    return Spec(WHO + node.id, label, kind("picks"), required=must, help=wanted, choices=tuple((p, directory.user_name(p), "") for p in may))


def given(plan: Plan, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """(form, chosen) out of the inputs of `asks`."""
    form = {n.removeprefix(FORM): v for n, v in values.items() if n.startswith(FORM)}
    people = {one.node.id: [int(v) for v in values.get(WHO + one.node.id) or () if is_whole(str(v))] for one in choices(plan)}
    return form, {node: found for node, found in people.items() if found}


def as_kept(given: dict[str, Any]) -> dict[str, Any]:
    """What was filled in, as the instance keeps it."""
    plain = (str, int, bool, type(None))
    return {n.removeprefix(FORM): v if isinstance(v, plain) else v.isoformat() if hasattr(v, "isoformat") else str(v) for n, v in given.items()}


def choose_anew(run: Run, values: Mapping[str, Any]) -> dict[str, Any]:
    """A request that came back is sent on: whom its requester chooses now is asked from here on; where he says nothing it stays as it was.
    Returns what he filled in. Raises Invalid."""
    form, people = given(run.plan, values)
    chosen = run.i.chosen | people
    assert isinstance(run.world, Company)
    check(run.plan.definition, run.world.record, run.i.requester, run.i.form | form, chosen)
    run.i.chosen = chosen
    return form


def check(definition: Definition, record: Any, requester: int, form: dict[str, Any], chosen: dict[str, list[int]], prefix: str = "") -> None:
    """Refuse a choice that is not within its bounds, and one that lacks where the way certainly leads to it."""
    plan, wrong = Plan(definition), {}
    asked = choices(plan)
    if not asked:
        return
    reached = _reached(plan, record, requester, form, chosen, asked)
    for node, who in asked:
        people = chosen.get(node.id, [])
        if (people or node.id in reached) and (text := _wrong(node, who, people, requester)):
            wrong[prefix + WHO + node.id] = [text]
    if wrong:
        raise Invalid(wrong)


def _wrong(node: AnyNode, who: Who, people: list[int], requester: int) -> str:
    if len(set(people)) != len(people) or not who.min <= len(people) <= who.max:
        return ngettext("Choose %(n)s person.", "Choose %(n)s persons.", who.max) % {"n": who.max if who.max == who.min else f"{who.min}–{who.max}"}
    if isinstance(node, Approval) and requester in people:
        return _("Nobody decides about the own request.")
    strange = [p for p in people if p not in choosable(who, Case(requester, lambda name: None))]
    return _("%(name)s cannot be chosen here.") % {"name": directory.user_name(strange[0]) or f"#{strange[0]}"} if strange else ""


def _reached(plan: Plan, record: Any, requester: int, form: dict[str, Any], chosen: dict[str, list[int]], asked: list[Choice]) -> set[str]:
    """The steps the way leads to if everybody agrees; for whom nobody is chosen yet somebody who could be stands in."""
    assumed = {one.node.id: choosable(one.who, Case(requester, lambda name: None))[:2] for one in asked} | chosen
    row = ProcessInstance(resource=plan.definition.subject, record_id=record.pk, requester_id=requester)
    instance = of.Instance(requester, timezone.now(), form=dict(form), chosen=assumed)
    _stops, end = foresee(plan, instance, Company(row, plan.definition, record))
    return {step.node for step in end.steps.values()}
