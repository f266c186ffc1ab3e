"""The end of an opportunity: won, lost, or not the end after all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration.actions.next_steps import drop_steps, resume_step
from pellucid.customers.actions.classes import happened
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, Shown, action
from pellucid.kernel.actions.run import holds_since, noted
from pellucid.kernel.history.selectors import periods
from pellucid.kernel.records import days, settings
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.spec import Spec

from .. import gates, stages
from ..lifecycles import OPPORTUNITY
from ..models import Opportunity, OpportunityLine
from .competing import keep_quote, known_as, take_part, uncontested
from .lines import agree
from .playbooks import concluded
from .preparing import stands

CLOSED = ("stage", "state", "stage_since", "rots_on", "probability", "closed_on", "closed_owner", "closed_unit", "closing_note")
LOSS = ("loss_reason", "lost_to", "lost_price", "lost_price_base")
DAY = Annotated[dt.date | None, Ask(gettext_lazy("Closed on"), help=gettext_lazy("Left empty: today."))]
NOTE = Annotated[str, Ask(gettext_lazy("Note"), kind="longtext", max_length=2000)]
SINCE = Annotated[dt.datetime | None, Ask(gettext_lazy("In this stage since"), hidden=True)]
AGAINST = Annotated[list[int] | None, Ask(gettext_lazy("Who competed"), kind="competitors")]
NOBODY = Annotated[bool, Ask(gettext_lazy("Nobody competed"))]


def can(name: str) -> Any:
    """Whether the opportunity may take this step now."""
    return lambda one: one.state in OPPORTUNITY.transitions[name].sources


def _close(one: Opportunity, kind: str, closed_on: dt.date | None, note: str) -> None:
    """Into the end of its pipeline, since that day."""
    end, today = stages.end_of(one.pipeline_id, kind), days.today()
    if end is None:
        raise Refused(_("This pipeline has no stage for this."))
    on = closed_on or today
    if on > today:
        raise Invalid({"closed_on": [_("This day has not come yet.")]})
    if one.opened_on and on < one.opened_on:
        raise Invalid({"closed_on": [_("It was closed before it was opened.")]})
    since = timezone.now()
    if on < today:
        since = days.end_of(on) - dt.timedelta(microseconds=1)
        holds_since(since)
    stands(one, end, since)
    one.closed_on, one.probability = on, end.probability
    one.closing_note = note or one.closing_note


def _contest(one: Opportunity, against: list[int] | None, nobody: bool, *, actor: Actor) -> None:
    """Keep who competed, and see that the company knows as much of it as it wants to."""
    if against:
        take_part(((one.pk, competitor) for competitor in against), actor=actor)
    elif nobody:
        uncontested([one.pk])
    one.refresh_from_db(fields=("competitors", "uncontested"))
    wanted = settings.get("sales.competitors_at_close")
    found = gates.unquoted(one) if wanted == "quoted" else gates.unnamed(one) if wanted == "named" else []
    if found:
        raise Invalid({"against": [_("Before it is closed this is still missing: %(what)s.") % {"what": gates.said(found, actor.language)}]})


def close_won(one: Opportunity, *, actor: Actor, amount: Decimal | None = None, win_reason: int | None = None, against: list[int] | None = None,
              nobody: bool = False, closed_on: dt.date | None = None, note: str = "") -> None:  # fmt: skip
    """What winning means, through whichever door."""
    here = stages.stages()[one.stage_id]
    end = stages.end_of(one.pipeline_id, "won")
    if end is not None and (found := gates.lacking(one, stages.passed(here, end))):
        raise Invalid({"": [_("Before it is won this is still missing: %(what)s.") % {"what": gates.said(found, actor.language)}]})
    if amount is not None and amount != one.amount:
        one.amount = amount
        agree(one, frozenset({"amount"}))
    if not one.amount and settings.get("sales.win_needs_amount"):
        raise Invalid({"amount": [_("Say for how much it was won.")]})
    if settings.get("sales.win_needs_products") and not OpportunityLine._base_manager.filter(opportunity=one, deleted_at=None).exists():
        raise Invalid({"": [_("Say what was sold: add a product line.")]})
    if win_reason is None and settings.get("sales.win_reason_required"):
        raise Invalid({"win_reason": [_("Say why it was won.")]})
    _contest(one, against, nobody, actor=actor)
    OPPORTUNITY.check(one, "win")
    noted(since=one.stage_since.isoformat())
    one.win_reason_id = win_reason or one.win_reason_id
    one.amount_base = cents(Decimal(one.amount) * Decimal(one.rate))
    _close(one, "won", closed_on, note)
    one.save(update_fields=(*CLOSED, "amount", "amount_base", "win_reason"))
    holds_since(None)  # what follows from it is so from now on
    concluded(one)
    noted(amount=str(one.amount), closed_on=one.closed_on)
    if one.customer is not None:
        happened("opportunity_won", {one.customer.pk}, actor=actor, at=timezone.now(),
                 reason=_("the opportunity “%(name)s” was won") % {"name": one.name})  # fmt: skip


def reopened(one: Opportunity, payload: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """How a closing is taken back, as long as it is closed: its stage runs on since it was entered."""
    since = {"since": payload["since"]} if payload.get("since") else {}
    return None if one.state == Opportunity.State.OPEN else ("opportunity_reopen", {"reason": _("Taken back"), **since})


def said_before(one: Opportunity) -> str:
    """What its owner said of it before it was lost."""
    said, lost = periods(Opportunity, one.pk, "forecast"), periods(Opportunity, one.pk, "state")
    left_out = len(said) > 1 and lost and said[-1].start == lost[-1].start
    return str(said[-2].value if left_out else one.forecast)


def entered(one: Opportunity, stage: int, since: dt.datetime | None) -> dt.datetime:
    """Since when it stands in a stage it comes back to: now, or, where a step is taken back, since it stood there before."""
    if since is None:
        return timezone.now()
    if since > timezone.now() or stage not in {p.value for p in periods(Opportunity, one.pk, "stage")}:
        raise Invalid({"since": [_("It was not in this stage then.")]})
    return since


def known(one: Opportunity, actor: Actor) -> dict[str, Any]:
    """What a dialog of closing knows already."""
    return {"amount": one.amount or None, "against": one.competitors, "nobody": one.uncontested}


def starred(one: Opportunity, actor: Actor, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """What the company wants to know of a closing is asked with a star."""
    wanted = {name for name in ("win_reason", "loss_reason", "lost_to", "lost_price")
              if settings.steady(f"sales.{name}_required")}  # fmt: skip
    if not one.amount and settings.steady("sales.win_needs_amount") and any(s.name == "win_reason" for s in inputs):
        wanted.add("amount")
    return tuple(s.changed(required=True) if s.name in wanted else s for s in inputs)


def skipping(one: Opportunity, actor: Actor, given: dict[str, Any]) -> Shown | None:
    """The stages that are left out when it is won from here."""
    here, end = stages.stages().get(one.stage_id), stages.end_of(one.pipeline_id, "won")
    left_out = stages.passed(here, end)[1:] if here and end else []
    if not left_out:
        return None
    joint = "、" if actor.language.startswith("zh") else ", "
    named = joint.join(s.label(actor.language) for s in left_out)
    return Shown("sales/skipped.html", {"here": here.label(actor.language), "n": len(left_out), "named": named}) if here else None


@action(Opportunity, label=gettext_lazy("Won"), icon="trophy", move="win", lifecycle=OPPORTUNITY, shown=can("win"), locks=("customer",),
        event="opportunity.won", sentence=gettext_lazy("{actor} won this opportunity"), suggest=known, back=reopened, asks=starred, shows=skipping,
        did=gettext_lazy("Won “{name}”"))
def opportunity_win(
    one: Opportunity,
    *,
    actor: Actor,
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount"), kind="money", help=gettext_lazy("Left empty: as it stands."))] = None,
    win_reason: Annotated[int | None, Ask(gettext_lazy("Why won"), kind="term", dictionary="win_reason")] = None,
    against: AGAINST = None,
    nobody: NOBODY = False,
    closed_on: DAY = None,
    note: NOTE = "",
) -> None:
    """The sale is made: amount, day, reason and who competed are kept, the customer rises to those who order."""
    close_won(one, actor=actor, amount=amount, win_reason=win_reason, against=against, nobody=nobody, closed_on=closed_on, note=note)


@action(Opportunity, label=gettext_lazy("Lost"), icon="mood-sad", tone="bad", move="lose", lifecycle=OPPORTUNITY, bulk=True, shown=can("lose"),
        event="opportunity.lost", sentence=gettext_lazy("{actor} closed this opportunity as lost"), suggest=known, back=reopened,
        asks=starred, did=gettext_lazy("Lost “{name}”"), position=60)
def opportunity_lose(
    one: Opportunity,
    *,
    actor: Actor,
    loss_reason: Annotated[int | None, Ask(gettext_lazy("Why lost"), kind="term", dictionary="loss_reason")] = None,
    lost_to: Annotated[int | None, Ask(gettext_lazy("Lost to"), kind="competitor")] = None,
    lost_to_name: Annotated[str, Ask(gettext_lazy("Or to somebody not in the list"), max_length=120)] = "",
    lost_price: Annotated[Decimal | None, Ask(gettext_lazy("Price of the winner"), kind="money", help=gettext_lazy("As far as it is known."))] = None,
    against: AGAINST = None,
    nobody: NOBODY = False,
    closed_on: DAY = None,
    note: NOTE = "",
) -> None:
    """It will not be bought from us; why, from whom instead and at what price is kept for the analyses of lost deals and competitors."""
    if loss_reason is None and settings.get("sales.loss_reason_required"):
        raise Invalid({"loss_reason": [_("Say why it was lost.")]})
    if lost_to is None and lost_to_name:
        lost_to = known_as(lost_to_name, actor=actor)
    if lost_to is None and settings.get("sales.lost_to_required"):
        raise Invalid({"lost_to": [_("Say to whom it was lost.")]})
    if lost_price is not None and lost_price <= 0:
        raise Invalid({"lost_price": [_("A price is above zero.")]})
    if lost_price is not None and lost_to is None:
        raise Invalid({"lost_to": [_("Say whose price it is.")]})
    if lost_to is not None and lost_price is None and settings.get("sales.lost_price_required"):
        raise Invalid({"lost_price": [_("Say at what price it was lost.")]})
    OPPORTUNITY.check(one, "lose")
    if lost_to is not None:
        against = [lost_to, *(against or ())]
        if lost_price is not None:
            keep_quote(one, lost_to, lost_price, closed_on or days.today(), actor=actor)
    _contest(one, against, nobody, actor=actor)
    noted(stage=one.stage_id, since=one.stage_since.isoformat())
    _close(one, "lost", closed_on, note)
    one.loss_reason_id, one.lost_to_id, one.lost_price = loss_reason, lost_to, lost_price
    one.lost_price_base = cents(lost_price * Decimal(one.rate)) if lost_price is not None else None
    one.forecast = Opportunity.Forecast.OMITTED  # nothing more is promised of it
    one.save(update_fields=(*CLOSED, *LOSS, "forecast"))
    holds_since(None)
    concluded(one)
    drop_steps([one], _("lost"))


@action(Opportunity, label=gettext_lazy("Reopen"), icon="rotate", move="reopen", lifecycle=OPPORTUNITY, shown=can("reopen"),
        event="opportunity.reopened", sentence=gettext_lazy("{actor} reopened this opportunity: {reason}"),
        did=gettext_lazy("Reopened “{name}”"))
def opportunity_reopen(one: Opportunity, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
                       since: SINCE = None) -> None:  # fmt: skip
    """It was not the end: back to the stage it was closed from."""
    OPPORTUNITY.check(one, "reopen")
    known = stages.stages()
    passed = [known[p.value] for p in periods(Opportunity, one.pk, "stage") if p.value in known]
    before = next((s for s in reversed(passed) if s.kind == "open" and s.pipeline == one.pipeline_id and s.active), None)
    back = before or stages.first_stage(one.pipeline_id)
    if back is None:
        raise Refused(_("This pipeline has no stage to begin with."))
    if one.state == Opportunity.State.LOST:
        resume_step(one, one.stage_since)
        one.forecast = said_before(one)
    stands(one, back, entered(one, back.id, since))
    one.probability, one.closed_on, one.loss_reason_id, one.win_reason_id = back.probability, None, None, None
    one.lost_to_id, one.lost_price, one.lost_price_base = None, None, None
    one.save(update_fields=(*CLOSED, *LOSS, "win_reason", "forecast"))
