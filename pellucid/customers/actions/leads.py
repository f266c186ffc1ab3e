"""Judging a lead: an opportunity, potential, or invalid; and what follows from writing one."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration.actions.next_steps import keeps, set_step
from pellucid.collaboration.actions.plans import startable
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import given_away, named, noted
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records import days, settings
from pellucid.kernel.records.errors import Faults, Invalid
from pellucid.kernel.resources.together import mentioned
from pellucid.kernel.search.pinyin import pinyin

from .. import intake
from ..allocation import Given
from ..lifecycles import LEAD
from ..models import AllocationRule, Contact, Lead, LeadFollowUp
from ..names import company_key
from ..selectors import with_role
from .allocating import allocate
from .preparing import root_unit
from .scores import rescore

keeps(Lead, shown=lambda lead: lead.state in Lead.OPEN)
startable(Lead, shown=lambda lead: lead.state in Lead.OPEN)
WHY = Annotated[str, Ask(gettext_lazy("Why it is an opportunity"), kind="longtext", max_length=1000)]
TYPED = ("web", "api", "form")
JUDGED = ("qualified_at", "judged_by", "judged_because")
TOLD = ("import", "demo")                  # doors through which whole pasts come
BY_ITSELF = ("import", "api", "form")      # doors through which leads come without somebody who keeps them
SELLS, NURTURES = ("sales", "sales_manager", "branch_manager"), ("marketing",)


def can(name: str) -> Any:
    """Whether the lead may take this step now."""
    return lambda lead: lead.state in LEAD.transitions[name].sources


def judge(lead: Lead, actor: Actor, why: str | None) -> None:
    """Somebody has judged it now, for this reason."""
    lead.qualified_at, lead.judged_by_id, lead.judged_because = timezone.now(), actor.user_id, why or ""


def pass_on_to_sales(lead: Lead, actor: Actor) -> None:
    """An opportunity that somebody has who only nurtures goes to whom the rules say, if that is somebody who sells, or a place for what was
    judged; whatever other roles a company has made, their people keep what they have."""
    nurturing = with_role(*NURTURES) - with_role(*SELLS)

    def fits(rule: AllocationRule, given: Given) -> bool:
        return rule.asks_for("state") or (given.user is not None and given.user not in nurturing)

    if settings.get("leads.allocate_judged") and lead.owner_id in nurturing:
        allocate([lead], actor=actor, fits=fits)


def pass_on_to_nurture(lead: Lead, actor: Actor) -> None:
    """What is only potential goes to whom the rules that speak of judged leads say, unless a nurturer has it."""
    if settings.get("leads.allocate_judged") and lead.owner_id not in with_role(*NURTURES):
        allocate([lead], actor=actor, about="state")


@action(Lead, label=gettext_lazy("Judge: an opportunity"), icon="check", move="qualify", lifecycle=LEAD, bulk=True, shown=can("qualify"),
        leaves_scope=True, event="lead.qualified", sentence=gettext_lazy("{actor} judged this lead to be an opportunity: {note}"), personal=("note",),
        did=gettext_lazy("Judged “{name}” an opportunity"), position=10)
def lead_qualify(lead: Lead, *, actor: Actor, note: WHY = "") -> None:
    """There is something to sell: the rules hand it to the department that sells, unless a seller has it (R042, R043)."""
    LEAD.move(lead, "qualify")
    judge(lead, actor, note)
    lead.save(update_fields=("state", *JUDGED))
    pass_on_to_sales(lead, actor)


@action(Lead, label=gettext_lazy("Judge: potential"), icon="tree", move="nurture", lifecycle=LEAD, bulk=True, shown=can("nurture"),
        leaves_scope=True, event="lead.nurtured", sentence=gettext_lazy("{actor} judged this lead to be potential: {note}"), personal=("note",),
        did=gettext_lazy("Judged “{name}” potential"), position=20)
def lead_nurture(lead: Lead, *, actor: Actor,
                 note: Annotated[str, Ask(gettext_lazy("Why it is nurtured first"), kind="longtext", max_length=1000)] = "") -> None:
    """Not yet: the rules that speak of judged leads hand it to those who nurture (R045); the others say who sells."""
    LEAD.move(lead, "nurture")
    judge(lead, actor, note)
    lead.save(update_fields=("state", *JUDGED))
    pass_on_to_nurture(lead, actor)


@action(Lead, label=gettext_lazy("Judge: invalid"), icon="ban", tone="bad", move="invalidate", lifecycle=LEAD, bulk=True, shown=can("invalidate"),
        event="lead.invalidated", sentence=gettext_lazy("{actor} judged this lead to be invalid: {note}"), personal=("note",),
        did=gettext_lazy("Judged “{name}” invalid"), position=25)
def lead_invalidate(lead: Lead, *, actor: Actor,
                    invalid_reason: Annotated[int, Ask(gettext_lazy("Reason"), kind="term", dictionary="lead_invalid_reason")],
                    note: Annotated[str, Ask(gettext_lazy("What was found"), kind="longtext", max_length=1000)] = "") -> None:
    """Nothing will come of it; the reason is kept for the figures of its origin."""
    LEAD.move(lead, "invalidate")
    lead.invalid_reason_id, lead.pool = invalid_reason, None
    judge(lead, actor, note)
    lead.save(update_fields=("state", "invalid_reason", "pool", *JUDGED))


@action(Lead, label=gettext_lazy("Reopen"), icon="rotate", move="reopen", lifecycle=LEAD, shown=can("reopen"), event="lead.reopened",
        sentence=gettext_lazy("{actor} reopened this lead: {reason}"), did=gettext_lazy("Reopened “{name}”"))
def lead_reopen(lead: Lead, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """It was not invalid after all."""
    LEAD.move(lead, "reopen")
    lead.invalid_reason = None
    lead.save(update_fields=("state", "invalid_reason"))


# ------------------------------------------------------------------------------------------------ what follows from writing
@prepares(Lead)
def lead_prepare(leads: list[Lead], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Readings and keys; how they agreed to be contacted; which customer or open lead it may be."""
    for lead in leads:
        faults = Faults()
        if changed is None or "name" in changed:
            reading = pinyin(lead.name)
            lead.pinyin, lead.initials = reading.spaced[:400], reading.initials[:80]
            lead.company_key = company_key(lead.name)[:200]
        if lead.consent == Contact.Consent.GIVEN:
            if not lead.consent_source:
                faults.tell("consent_source", _("Say how they agreed."))
            lead.consent_on = lead.consent_on or days.today()
        if not (lead.mobile or lead.phone or lead.email or lead.wechat) and changed is None and actor.door in TYPED:
            faults.tell("mobile", _("Give at least one way to reach them: mobile, phone, e-mail or WeChat."))
        if lead.received_at > timezone.now() and (changed is None or "received_at" in changed):
            faults.tell("received_at", _("A lead has already come in."))
        faults.settle()
        lead.problem = problem_of(lead)
    if changed is None:
        intake.recognise(leads)


def problem_of(lead: Lead) -> str:
    """What cannot be right about a lead, so that somebody looks: it is kept and counted all the same."""
    if lead.converted_at and lead.converted_at < lead.received_at:
        return Lead.Problem.EARLY
    if lead.qualified_at and lead.qualified_at < lead.received_at:
        return Lead.Problem.JUDGED
    return Lead.Problem.NONE


def began(lead: Lead) -> dict[str, Any]:
    """The period of a lead that came in before it was entered: as it is, since then."""
    return {"id": lead.pk, "valid_from": lead.received_at, **{name: getattr(lead, Lead._meta.get_field(name).attname) for name in Lead.temporal}}


@follows(Lead)
def lead_settles(leads: list[Lead], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Points by the rules; leads that came by themselves are given to somebody."""
    if changed is None:
        now = timezone.now()
        load_spans(Lead, (began(lead) for lead in leads if actor.door in TOLD and days.day_of(lead.received_at) < days.day_of(now)))
    rescore([lead.pk for lead in leads])
    if changed is not None or actor.door not in BY_ITSELF or not settings.get("leads.allocate_new"):
        return
    if any(given.rule for given in allocate([lead for lead in leads if lead.state in Lead.OPEN], actor=actor)):
        given_away()


@prepares(LeadFollowUp)
def lead_follow_up_prepare(told: list[LeadFollowUp], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Author and his unit stay as they were; a follow-up lies in the past."""
    for follow_up in told:
        faults = Faults()
        if changed is None:
            follow_up.author_id = follow_up.author_id or follow_up.created_by_id or actor.user_id
            if follow_up.author_id is None:
                raise Invalid({"author": [_("Please fill in.")]})
            follow_up.author_unit_id = follow_up.author_unit_id or directory.home_of(follow_up.author_id) or root_unit()
            if follow_up.author_id == actor.user_id:
                follow_up.on_behalf_of_id = named(actor, follow_up, "create").on_behalf_of
        if (changed is None or "at" in changed) and follow_up.at > timezone.now() + dt.timedelta(minutes=5):
            faults.tell("at", _("A follow-up has already happened; for later there is the next step."))
        if follow_up.next_step and not follow_up.next_step_at:
            faults.tell("next_step_at", _("Say when, so that it is not forgotten."))
        faults.settle()


@follows(LeadFollowUp)
def lead_follow_up_counts(told: list[LeadFollowUp], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The latest one is the lead's last contact; a next step in a new one becomes the lead's."""
    ids = {f.lead_id for f in told}
    found = LeadFollowUp._base_manager.filter(lead__in=ids, deleted_at=None).order_by().values_list("lead").annotate(Count("pk"), Max("at"))
    known = {pk: (n, at) for pk, n, at in found}
    for pk in ids:
        n, at = known.get(pk, (0, None))
        Lead._base_manager.filter(Q(pk=pk)).update(told=n, last_contact_at=at)
    if changed is None:
        for follow_up in told:
            if follow_up.next_step_at:
                lead = Lead._base_manager.get(pk=follow_up.lead_id)
                set_step(lead, follow_up.next_step, follow_up.next_step_at, actor=actor, owner_id=follow_up.author_id)
        if len(told) == 1:
            noted(lead=told[0].lead_id, text=told[0].text, mentions=mentioned(told[0].text))
    rescore(ids)
