"""Questions about opportunities."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from pellucid.collaboration.models import PlanRun, Task
from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.events.models import Event
from pellucid.kernel.history.selectors import periods
from pellucid.kernel.records import days
from pellucid.kernel.records.models import Attachment
from pellucid.products.models import Product

from .models import (
    Competitor,
    CompetitorPrice,
    CompetitorProduct,
    CompetitorQuote,
    Finding,
    GivenDocument,
    Letterhead,
    Opportunity,
    OpportunityCompetitor,
    OpportunityContact,
    Playbook,
    Quotation,
    QuotationLine,
)

IN_NEED = 5
LATELY = 30  # days within which a quote is news


def in_need(actor: Actor, today: dt.date, *, owner_id: int | None = None) -> QuerySet[Opportunity]:
    """The largest opportunities in progress that are longer in their stage than it allows, or without a next step."""
    rows = scoped(Opportunity, actor).filter(Q(rots_on__lt=today) | Q(next_step_at=None), state=Opportunity.State.OPEN)
    rows = rows.filter(owner=owner_id) if owner_id else rows
    rows = rows.select_related("customer")
    return rows.only("name", "customer__name", "owner", "amount_base", "rots_on", "stage_since", "next_step_at").order_by("-amount", "-id")[:IN_NEED]


def in_progress(actor: Actor, owner_id: int | None = None) -> QuerySet[Opportunity]:
    """The opportunities in progress that the reader sees, of one owner or of all."""
    rows = scoped(Opportunity, actor).filter(state=Opportunity.State.OPEN)
    return rows.filter(owner=owner_id) if owner_id else rows


def open_with(customer: Customer, actor: Actor, limit: int = 20) -> QuerySet[Opportunity]:
    """The opportunities in progress with a customer, the one that moved last first."""
    rows = scoped(Opportunity, actor).filter(customer=customer.pk, state=Opportunity.State.OPEN)
    return rows.only("name").order_by("-stage_since", "-id")[:limit]


def advice_on(one: Opportunity, limit: int = 3) -> list[Event]:
    """The latest guidance on a sale; whoever asks has read it within scope."""
    return list(Event.objects.filter(resource="opportunity", record_id=one.pk, name="opportunity.advised").order_by("-id")[:limit])


def key_among(event: Event, levels: list[int]) -> list[int]:
    """The sales an event speaks of whose customers are of these levels, the largest first."""
    rows = Opportunity._base_manager.filter(pk__in=event.ids(), customer_level__in=levels)
    return list(rows.order_by("-amount_base", "-id").values_list("pk", flat=True))


def key_deals(actor: Actor, levels: list[int], limit: int = IN_NEED) -> list[Opportunity]:
    """The largest sales in progress with key customers."""
    rows = scoped(Opportunity, actor).filter(customer_level__in=levels, state=Opportunity.State.OPEN).select_related("customer")
    return list(rows.order_by("-amount_base", "-id")[:limit])


def deciders(one: Opportunity) -> list[OpportunityContact]:
    """The people of a decision, from the one who decides downwards; whoever asks has read the opportunity within scope."""
    rows = OpportunityContact._base_manager.filter(opportunity=one, deleted_at=None, contact__deleted_at=None)
    return list(rows.select_related("contact").order_by("role__position", "id")[:12])


def rivals_of(one: Opportunity) -> list[OpportunityCompetitor]:
    """The competitors of a deal, the best placed first."""
    rows = OpportunityCompetitor._base_manager.filter(opportunity=one, deleted_at=None).select_related("product")
    order = {competitor: at for at, competitor in enumerate(one.competitors)}
    return sorted(rows, key=lambda r: (r.competitor_id != one.lost_to_id, order.get(r.competitor_id, 99), r.pk))


def quotes_of(one: Opportunity) -> dict[int, list[CompetitorQuote]]:
    """What each competitor asked for in a deal, the latest first."""
    out: dict[int, list[CompetitorQuote]] = {}
    for quote in CompetitorQuote._base_manager.filter(opportunity=one, deleted_at=None).order_by("-quoted_on", "-id")[:60]:
        out.setdefault(quote.competitor_id, []).append(quote)
    return out


def prices_of(one: Competitor | CompetitorProduct) -> list[tuple[CompetitorProduct, list[CompetitorPrice]]]:
    """Its products, those with the latest news first, each with the prices known of it from the earliest on."""
    products = CompetitorProduct._base_manager.filter(deleted_at=None).select_related("against")
    products = products.filter(pk=one.pk) if isinstance(one, CompetitorProduct) else products.filter(competitor=one)
    known: dict[int, list[CompetitorPrice]] = {}
    for price in CompetitorPrice._base_manager.filter(product__in=products, deleted_at=None).order_by("valid_from", "id")[:2000]:
        known.setdefault(price.product_id, []).append(price)
    found = sorted((p for p in products if p.pk in known), key=lambda p: known[p.pk][-1].valid_from, reverse=True)
    return [(p, known[p.pk]) for p in found]


def list_prices(product_id: int) -> list[tuple[dt.date, Decimal]]:
    """What a product of ours cost by the list, and since when."""
    return [(days.day_of(p.start), p.value) for p in periods(Product, product_id, "list_price") if p.value is not None]


def open_of(customer_id: int, actor: Actor, limit: int = 6) -> list[Opportunity]:
    """What is in progress with a customer, the largest first."""
    rows = scoped(Opportunity, actor).filter(customer=customer_id, state=Opportunity.State.OPEN)
    return list(rows.only("name", "amount", "stage", "probability").order_by("-amount", "-id")[:limit])


def worth_of(customer_id: int, actor: Actor) -> tuple[int, Decimal, Decimal]:
    """How many sales are in progress with a customer, what they are worth, and what of it is expected by their chances."""
    rows = scoped(Opportunity, actor).filter(customer=customer_id, state=Opportunity.State.OPEN)
    found = rows.aggregate(n=Count("pk"), worth=Sum("amount_base"), expected=Sum(F("amount_base") * F("probability") / 100))
    return found["n"], found["worth"] or Decimal(0), found["expected"] or Decimal(0)


def met_at(customer_id: int, actor: Actor, limit: int = 6) -> list[dict[str, Any]]:
    """The competitors of a customer's deals: in how many they took part, how these ended for us, when they quoted last."""
    rows = scoped(OpportunityCompetitor, actor).filter(opportunity__customer=customer_id, opportunity__deleted_at=None).order_by()
    to_it = Q(opportunity__state="lost", opportunity__lost_to=F("competitor"))
    found = rows.values("competitor").annotate(
        n=Count("pk"), now=Count("pk", filter=Q(opportunity__state="open")), won=Count("pk", filter=Q(opportunity__state="won")),
        lost=Count("pk", filter=to_it), last=Max("quote_on"))  # fmt: skip
    return list(found.order_by("-now", "-n", "competitor")[:limit])


def pressing(actor: Actor, today: dt.date, *, owner_id: int | None = None) -> list[OpportunityCompetitor]:
    """Competitors in deals in progress who are ahead of us, or have lately asked for less than we do; of each deal one, the largest first."""
    cheap = Q(quote__lt=F("opportunity__amount"), quote_on__gte=today - dt.timedelta(days=LATELY)) & ~Q(standing__in=("behind", "out"))
    rows = scoped(OpportunityCompetitor, actor).filter(Q(standing="ahead") | cheap, opportunity__state="open", opportunity__deleted_at=None)
    rows = rows.filter(opportunity__owner=owner_id) if owner_id else rows
    found = rows.select_related("opportunity").order_by("-opportunity__amount_base", "standing", "quote", "id")[: IN_NEED * 4]
    return list({row.opportunity_id: row for row in reversed(found)}.values())[::-1][:IN_NEED]


def playbooks() -> list[Playbook]:
    """Every playbook, those in use first, the company's before those of units."""
    rows = Playbook._base_manager.filter(deleted_at=None).select_related("plan", "copied_from")
    return list(rows.order_by("-active", F("unit").asc(nulls_first=True), "id"))


def findings(pipeline: int) -> list[Finding]:
    """What holds now for a pipeline, the largest difference first."""
    rows = Finding._base_manager.filter(pipeline=pipeline, holds=True, deleted_at=None)
    return sorted(rows, key=lambda f: -abs(f.with_won / max(1, f.with_n) - f.without_won / max(1, f.without_n)))


def last_look(pipeline: int) -> dt.datetime | None:
    """When the closed deals of a pipeline were last looked at with something found."""
    return Finding._base_manager.filter(pipeline=pipeline, deleted_at=None).aggregate(last=Max("found_at"))["last"]


def wins_by_step(plan: int, actor: Actor) -> dict[int, tuple[int, int, int, int]]:
    """step -> (won with it, deals with it, won without, deals without) of closed deals in reach to whose stage the step belongs."""
    state = {pk: s == "won" for pk, s in scoped(Opportunity, actor).filter(state__in=("won", "lost")).values_list("pk", "state")}
    out: dict[int, list[int]] = {}
    rows = Task._base_manager.filter(run__plan=plan, step__isnull=False, deleted_at=None, done_at__isnull=False)
    for step, about, cancelled in rows.values_list("step", "about_id", "cancelled"):
        if about in state:
            counts = out.setdefault(step, [0, 0, 0, 0])
            at = 2 if cancelled else 0
            counts[at] += state[about]
            counts[at + 1] += 1
    return {step: (c[0], c[1], c[2], c[3]) for step, c in out.items()}


def of_customer(customer_id: int, actor: Actor, limit: int) -> list[Opportunity]:
    """The opportunities of a customer: the open ones by amount, then those closed last."""
    rows = scoped(Opportunity, actor).filter(customer=customer_id)
    open_ones = list(rows.filter(state=Opportunity.State.OPEN).order_by("-amount_base", "id")[:limit])
    closed = rows.exclude(state=Opportunity.State.OPEN).order_by("-closed_on", "-id")[: limit - len(open_ones)]
    return [*open_ones, *closed]


def given(opportunity: int) -> QuerySet[GivenDocument]:
    """What was given to the customer of an opportunity that has been read within scope, in order."""
    return GivenDocument._base_manager.filter(opportunity=opportunity, deleted_at=None).order_by("given_on", "id")


def of_owner(user: int, actor: Actor) -> QuerySet[Opportunity]:
    """The opportunities of a colleague within the reader's reach."""
    return scoped(Opportunity, actor).filter(owner=user)


def of_plan(plan: int, actor: Actor) -> QuerySet[PlanRun]:
    """The runs of a plan for customers, within the reader's reach."""
    return scoped(PlanRun, actor).filter(plan=plan, about_resource="customer").order_by()


def customers_of_plan(plan: int, actor: Actor) -> int:
    """For how many customers a plan was begun."""
    return of_plan(plan, actor).values("about_id").distinct().count()


def since_plan(plan: int, actor: Actor) -> QuerySet[Opportunity]:
    """Opportunities of the customers of a plan that were opened on the day it began for them, or later."""
    zone = days.zone()
    opened = Coalesce("opened_on", TruncDate("created_at", tzinfo=zone))
    began = of_plan(plan, actor).filter(about_id=OuterRef("customer")).annotate(day=TruncDate("created_at", tzinfo=zone))
    return scoped(Opportunity, actor).annotate(began_on=opened).filter(Exists(began.filter(day__lte=OuterRef("began_on"))))


# ------------------------------------------------------------------------------------------------ quotations
def overdue_quotations(today: dt.date) -> list[int]:
    """Those sent whose last day is over."""
    found = Quotation._base_manager.filter(state=Quotation.State.SENT, valid_until__lt=today, deleted_at=None)
    return list(found.order_by("id").values_list("pk", flat=True))


def versions_of(one: Quotation, actor: Actor) -> list[Quotation]:
    """Every version of it that the actor may see, the newest first."""
    return list(scoped(Quotation, actor).filter(number=one.number).order_by("-edition"))


def offered_lines(one: Quotation) -> list[QuotationLine]:
    """Its lines in order; of a quotation the reader has been let to."""
    return list(QuotationLine._base_manager.filter(quotation=one.pk, deleted_at=None).select_related("product").order_by("position", "id"))


def quoted_to(one: Quotation, actor: Actor, n: int) -> list[Quotation]:
    """The latest versions of other quotations to its customer, within what the actor may see."""
    found = scoped(Quotation, actor).filter(customer=one.customer_id, latest=True).exclude(number=one.number)
    return list(found.order_by("-id")[:n])


def asked_about(resource: str, pk: int) -> Quotation | None:
    """The quotation a request decides about; for who has been let to the request."""
    return Quotation._base_manager.filter(pk=pk, deleted_at=None).first() if resource == "quotation" else None


def agreed_lately(one: Quotation, actor: Actor, today: dt.date, span: int) -> list[Quotation]:
    """What its customer agreed to within some days before, other offers than this one, as far as the actor may see them."""
    found = scoped(Quotation, actor).filter(customer=one.customer_id, state=Quotation.State.ACCEPTED, listed__gt=0)
    return list(found.filter(decided_on__gt=today - dt.timedelta(days=span)).exclude(number=one.number))


def rivals_quotes(one: Quotation, actor: Actor, n: int) -> list[CompetitorQuote]:
    """What competitors asked for in its opportunity; without one, in all opportunities of its customer."""
    at = {"opportunity": one.opportunity_id} if one.opportunity_id else {"opportunity__customer": one.customer_id}
    found = scoped(CompetitorQuote, actor).filter(**at).select_related("competitor", "product")
    return list(found.order_by("-quoted_on", "-id")[:n])


def letterhead_of(unit: int) -> Letterhead | None:
    """That of the unit, of the nearest unit above it, or of the company."""
    found = {one.unit_id: one for one in Letterhead._base_manager.filter(deleted_at=None).select_related("logo")}
    return next((found[u] for u in (unit, *tree().ancestors(unit), None) if u in found), None)


def papers_of(one: Quotation) -> dict[str, int]:
    """Files kept with it, by name; of a quotation the reader has been let to."""
    kept = Attachment.objects.filter(resource="quotation", record_id=one.pk, deleted_at=None)
    return dict(kept.order_by("id").values_list("name", "pk"))
