"""Decisions on what one is asked. Whoever may read a request gets here; whether it is his to decide, the machine says."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from django.utils.translation import pgettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted, reaches, show_for
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.translated import say as said
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.together import mentioned

from .. import store
from ..choosing import as_kept, asks, choices, choose_anew
from ..definition import Approval, Start, Task
from ..designing.sayings import called_step
from ..form import FORM, form_specs, typed
from ..machine.deciding import decide, targets_of, verdicts_of
from ..machine.rows import Asked
from ..machine.run import Run
from ..models import ProcessInstance
from ..too_late import ended, too_late

ASKED = Annotated[int | None, Ask(t("Number of what is asked"), hidden=True)]
WHY = Annotated[str, Ask(t("Why"), kind="longtext", max_length=2000)]
COMMENT = Annotated[str, Ask(pgettext_lazy("process", "Comment"), kind="longtext", max_length=2000)]
PERSON = Annotated[int, Ask(t("Colleague"), kind="user")]
HOW = (("with", t("Together with me")), ("before", t("Before me")), ("after", t("After me: I agree")))


LIST = "checklist"  # what was ticked off


def never(record: Any) -> bool:
    """Not in the menu of the record: it is offered to whom it is asked of, by a panel."""
    return False


def mine(run: Run, user: int | None) -> list[Asked]:
    """What waits for this person, or for somebody he stands in for; his own first. Whoever stands in decides no request of his own."""
    if user is None or not run.i.running:
        return []
    pending = [a for a in run.i.asked.values() if a.state == "pending"]
    own = [a for a in pending if a.person == user]
    return own if user == run.i.requester else own + [a for a in pending if a.person != user and user in run.world.proxies(a.person)]


def chosen(record: ProcessInstance, run: Run, actor: Actor, verdict: str, no: int | None) -> Asked:
    """The row this verdict is about. What has been decided meanwhile says by whom and when."""
    if no is not None:
        row = run.i.asked.get(no)
        if row is None:
            raise Missing
        if row.state != "pending":
            raise too_late(record, run, row, actor)
        return row
    rows, user = mine(run, actor.user_id), actor.user_id
    found = next((a for a in rows if verdict in verdicts_of(run, a)), None)
    if found is not None:
        return found
    if rows:
        raise Refused(_("This is not possible at this step."))
    if user == run.i.requester and any(a.state == "pending" and user in run.world.proxies(a.person) for a in run.i.asked.values()):
        raise Refused(_("Nobody decides about the own request."))
    before = [a for a in run.i.asked.values() if user in (a.person, a.actor)]
    if before:
        raise too_late(record, run, before[-1], actor)
    if not run.i.running:
        raise ended(record, run, actor)
    raise Forbidden("processinstance.decide", _("This is somebody else's to decide."))


def _decide(row: ProcessInstance, actor: Actor, verdict: str, asked: int | None, comment: str, **more: Any) -> None:
    if actor.user_id is None:
        raise Refused(_("A person decides."))
    with store.command(row, actor.user_id) as run:
        found = chosen(row, run, actor, verdict, asked)
        step = run.i.steps[found.step]
        node = run.node(step)
        if isinstance(node, Start) and verdict == "submit":
            more["form"] = choose_anew(run, more.get("form") or {})
        more |= {"form": as_kept(more["form"])} if "form" in more else {}
        noted(step=called_step(node) if node else "", behalf=found.person if found.person != actor.user_id else None)
        if told := heard(row, run, found, mentioned(comment or "")):
            noted(mentions=told, text=comment)
            run.i.readers |= set(told)
        decide(run, found.no, actor.user_id, verdict, comment or "", **more)


def heard(row: ProcessInstance, run: Run, asked: Asked, named: list[int]) -> list[int]:
    """Who is named in the comment and hears of it: anybody, where one may ask others, too; elsewhere who may read the request already, and
    whoever may not is said to be none to name. Raises Invalid."""
    if {"add", "transfer"} & set(verdicts_of(run, asked)):
        return named
    people = User.objects.in_bulk(named)
    strange = [user for user in named if not reaches(ProcessInstance, row.pk, Actor.of(people[user]))]
    if strange:
        who = _(", ").join(directory.user_name(user) for user in strange)
        raise Invalid({"comment": [_("%(who)s cannot read this request and would not hear of it: this step lets nobody else in.") % {"who": who}]})
    return named


def form_asks(row: ProcessInstance, actor: Actor, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """What the step lets one fill in comes to the inputs; what it requires is required."""
    plan = store.plan_of(row.edition_id)
    if not choices(plan) and not any(isinstance(n, Start | Approval | Task) and (n.fields.edit or lists(n)) for n in plan.node.values()):
        return inputs
    run = store.loaded(row)
    found = next(iter(mine(run, actor.user_id)), None)
    node = run.node(run.i.steps[found.step]) if found else None
    if isinstance(node, Start):
        return (*(s for s in inputs if s.name == "comment"), *asks(plan, row.requester_id, run.i), *(s for s in inputs if s.name != "comment"))
    if not isinstance(node, Approval | Task) or not (node.fields.edit or lists(node)):
        return inputs
    known = form_specs(run.plan.definition)
    show = show_for(actor)
    added = [known[FORM + n].changed(name=FORM + n, required=n in node.fields.require, default=typed(known[FORM + n], run.i.form.get(n), show))
             for n in node.fields.edit]  # fmt: skip
    if isinstance(node, Task) and node.checklist:
        things = tuple((n, said(text), "") for n, text in enumerate(node.checklist))
        added.append(Spec(LIST, _("To be ticked off"), kind("picks"), required=True, choices=things))
    return (*(s for s in inputs if s.name == "comment"), *added, *(s for s in inputs if s.name != "comment"))


def lists(node: Any) -> bool:
    """Whether a step has things to be ticked off."""
    return isinstance(node, Task) and bool(node.checklist)


def where_to(row: ProcessInstance, actor: Actor, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """The steps one may return to, by their names; the nearest first."""
    run = store.loaded(row)
    found = next(iter(mine(run, actor.user_id)), None)
    nodes = targets_of(run, run.i.steps[found.step]) if found else []
    choices = tuple((n, called_step(run.plan.node[n]), "") for n in nodes)
    nearest = nodes[0] if nodes else None
    return tuple(s.changed(kind=kind("choice"), choices=choices, default=nearest) if s.name == "target" else s for s in inputs)


@action(ProcessInstance, label=t("Approve"), verb="view", icon="check", tone="ok", bulk=True, shown=never, asks=form_asks,
        sentence=t("{actor} approved “{step}”"), did=t("Approved “{name}”"))  # fmt: skip
def processinstance_approve(row: ProcessInstance, *, actor: Actor, comment: COMMENT = "", asked: ASKED = None, **form: Any) -> None:
    """I agree."""
    _decide(row, actor, "approve", asked, comment, form=form)


@action(ProcessInstance, label=t("Reject"), verb="view", icon="x", tone="bad", shown=never, sentence=t("{actor} rejected “{step}”"),
        did=t("Rejected “{name}”"))  # fmt: skip
def processinstance_reject(row: ProcessInstance, *, actor: Actor, comment: WHY, asked: ASKED = None) -> None:
    """I do not agree; why is told to everybody concerned."""
    _decide(row, actor, "reject", asked, comment)


@action(ProcessInstance, label=t("Send back"), verb="view", icon="arrow-back-up", shown=never, asks=where_to,
        sentence=t("{actor} sent “{step}” back"), did=t("Sent “{name}” back"))  # fmt: skip
def processinstance_return(
    row: ProcessInstance,
    *,
    actor: Actor,
    target: Annotated[str, Ask(t("Back to"), max_length=40)],
    comment: Annotated[str, Ask(t("What is to be done"), kind="longtext", max_length=2000)],
    asked: ASKED = None,
) -> None:
    """Back to an earlier step on the own path."""
    _decide(row, actor, "return", asked, comment, target=target)


@action(ProcessInstance, label=t("Hand on"), verb="view", icon="user-share", shown=never, sentence=t("{actor} handed “{step}” on to {person:user}"),
        did=t("Handed “{name}” on"))  # fmt: skip
def processinstance_transfer(row: ProcessInstance, *, actor: Actor, person: PERSON, comment: COMMENT = "", asked: ASKED = None) -> None:
    """A colleague decides in my place."""
    _decide(row, actor, "transfer", asked, comment, people=(person,))


@action(ProcessInstance, label=t("Ask somebody in addition"), verb="view", icon="user-plus", shown=never,
        sentence=t("{actor} asked {person:user} to sign “{step}”, too"), did=t("Asked somebody in addition: “{name}”"))  # fmt: skip
def processinstance_add(row: ProcessInstance, *, actor: Actor, person: PERSON, how: Annotated[str, Ask(t("When"), choices=HOW)] = "with",
                        comment: COMMENT = "", asked: ASKED = None) -> None:  # fmt: skip
    """A colleague has to agree, too."""
    _decide(row, actor, "add", asked, comment, people=(person,), how=how or "with")


@action(ProcessInstance, label=t("Submit"), verb="view", icon="check", tone="ok", shown=never, asks=form_asks,
        sentence=t("{actor} has done “{step}”"), did=t("Submitted “{name}”"))  # fmt: skip
def processinstance_submit(row: ProcessInstance, *, actor: Actor, comment: COMMENT = "", asked: ASKED = None, **form: Any) -> None:
    """It is done, and what is asked for is filled in."""
    ticked = [int(n) for n in form.pop(LIST, None) or () if is_whole(str(n))]
    _decide(row, actor, "submit", asked, comment, form=form, ticked=ticked)


@action(ProcessInstance, label=t("Try again"), verb="view", icon="refresh", shown=never, sentence=t("{actor} had “{step}” tried again"),
        did=t("Tried again: “{name}”"))  # fmt: skip
def processinstance_retry(row: ProcessInstance, *, actor: Actor, comment: COMMENT = "", asked: ASKED = None) -> None:
    """What stopped is tried once more."""
    _decide(row, actor, "retry", asked, comment)


@action(ProcessInstance, label=t("Skip the step"), verb="view", icon="arrow-right", shown=never, sentence=t("{actor} skipped “{step}”"),
        did=t("Skipped a step of “{name}”"))  # fmt: skip
def processinstance_skip(row: ProcessInstance, *, actor: Actor, comment: WHY, asked: ASKED = None) -> None:
    """Go on without the step that stopped."""
    _decide(row, actor, "skip", asked, comment)


@action(ProcessInstance, label=t("End the request"), verb="view", icon="ban", tone="bad", shown=never, sentence=t("{actor} ended it"),
        did=t("Ended “{name}”"))  # fmt: skip
def processinstance_end(row: ProcessInstance, *, actor: Actor, comment: WHY, asked: ASKED = None) -> None:
    """End what stopped; what waited for it does not happen."""
    _decide(row, actor, "end", asked, comment)
