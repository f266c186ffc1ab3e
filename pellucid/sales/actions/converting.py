"""A lead becomes business: customer, contact and opportunity are made, or joined, in one transaction; and the way back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.collaboration.actions.next_steps import copy_step, hand_on
from pellucid.customers import intake
from pellucid.customers.actions.classes import happened
from pellucid.customers.actions.follow_ups import recount
from pellucid.customers.actions.leads import JUDGED, WHY, can, judge, problem_of
from pellucid.customers.lifecycles import LEAD
from pellucid.customers.models import Contact, Customer, FollowUp, Lead, LeadFollowUp
from pellucid.customers.names import short_name
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, actions
from pellucid.kernel.actions.run import call, fetch, noted, right_words, scoped
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.kernel.records.models import Record
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.throttle import spend
from pellucid.kernel.resources.attachments import carry, drop
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs
from pellucid.kernel.resources.verbs import children_of, insert

from .. import stages
from ..models import Opportunity, OpportunityContact

USUAL_DAYS = 90
BACK_WITHIN = dt.timedelta(days=30)
TO_CUSTOMER = ("industry", "size", "region", "address", "website", "origin", "needs", "needs_note", "tags", "note")
TO_CONTACT = ("position", "mobile", "phone", "email", "wechat", "consent", "consent_source", "consent_on")


def usual_days() -> int:
    """How long the first pipeline takes when no stage stalls."""
    first = stages.first_pipeline()
    way = stages.of_pipeline(first) if first else []
    return sum(s.rotting_days or 0 for s in way if s.kind == "open") or USUAL_DAYS


def suggestion(lead: Lead, actor: Actor) -> dict[str, Any]:
    """What the dialog begins with: the customer the lead was recognised as, the person there, what the lead may be worth."""
    seen = scoped(Customer, actor).filter(pk=lead.customer_id).first() if lead.customer_id else None
    found = person_of(seen, lead) if seen else None
    wanted = terms.label(lead.needs[0], actor.language) if lead.needs else ""
    name = " · ".join(filter(None, (seen.short_name or seen.name if seen else short_name(lead.name) or lead.name, wanted)))
    return {"customer": seen.pk if seen else None, "contact": found.pk if found else None, "amount": lead.budget, "name": name[:180],
            "expected_on": days.today() + dt.timedelta(days=usual_days())}


def unjudged(lead: Lead, actor: Actor, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """Whoever converts what nobody judged to be an opportunity judges it by that, and is asked what judging asks."""
    return tuple(s for s in inputs if s.name != "note" or lead.state != Lead.State.QUALIFIED)


@action(Lead, label=gettext_lazy("Convert"), icon="transform", move="convert", lifecycle=LEAD, locks=("customer",), suggest=suggestion, asks=unjudged,
        shown=lambda lead: can("convert")(lead) and lead.pool_id is None, event="lead.converted",
        personal=("note",),
        sentence=gettext_lazy("{actor} converted this lead: it is now the customer {customer_name}. {note}"),
        confirm=gettext_lazy("Customer, contact and opportunity are made or joined at once; follow-ups, files and open tasks go along. "
                             "For 30 days “Take the conversion back” undoes it, as long as the opportunity is in progress."),
        did=gettext_lazy("Converted “{name}”"), position=15)  # fmt: skip
def lead_convert(
    lead: Lead,
    *,
    actor: Actor,
    customer: Annotated[int | None, Ask(gettext_lazy("Customer"), kind="link", target="customer",
                                        help=gettext_lazy("Left empty: a new one, from what the lead says."))] = None,
    another: Annotated[bool, Ask(gettext_lazy("A new customer, although one seems to be the same"))] = False,
    contact: Annotated[int | None, Ask(gettext_lazy("Contact"), kind="link", target="contact", help=gettext_lazy(
        "Left empty: the person there with the same number or name, else a new one."))] = None,
    sell: Annotated[bool, Ask(gettext_lazy("With an opportunity"))] = True,
    opportunity: Annotated[int | None, Ask(pgettext_lazy("deal", "Opportunity"), kind="link", target="opportunity",
                                           help=gettext_lazy("One that is in progress; left empty: a new one."))] = None,
    name: Annotated[str, Ask(gettext_lazy("Name of the opportunity"), max_length=200, help=gettext_lazy("Left empty: the customer."))] = "",
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount"), kind="money")] = None,
    expected_on: Annotated[dt.date | None, Ask(gettext_lazy("Expected close"))] = None,
    note: WHY = "",
) -> None:  # fmt: skip
    """Make or join customer, contact and opportunity; the lead is settled and names them."""
    if lead.pool_id:
        raise Refused(_("It waits in a pool; take it first."))
    made: list[str] = []
    firm = joined_customer(lead, customer, actor) if customer else new_customer(lead, another, actor, made)
    person = joined_contact(firm, contact, actor) if contact else person_of(firm, lead) or new_contact(lead, firm, actor, made)
    sale = None
    if opportunity:
        sale = joined_opportunity(lead, firm, opportunity, actor)
    elif sell:
        sale = new_opportunity(lead, firm, person, actor, made, name=name, amount=amount, expected_on=expected_on)
    target: Record = sale or firm
    told = tell(lead, firm, person, sale)
    kept = carry(lead, target)
    tasks = hand_on(lead, target)
    now = timezone.now()
    if lead.state != Lead.State.QUALIFIED:
        judge(lead, actor, note)
    LEAD.move(lead, "convert")
    lead.customer, lead.contact, lead.converted_at, lead.qualified_at = firm, person, now, lead.qualified_at or now
    lead.judged_by_id = lead.judged_by_id or actor.user_id
    lead.problem = problem_of(lead)
    lead.save(update_fields=("state", "customer", "contact", "converted_at", *JUDGED, "problem"))
    if sale is None:
        happened("qualified", {firm.pk}, actor=actor, at=now, reason=_("came of the lead “%(name)s”") % {"name": lead.name})
    noted(customer=firm.pk, customer_name=firm.name, contact=person.pk if person else None, opportunity=sale.pk if sale else None, made=made,
          told=told, files=kept, tasks=tasks)  # fmt: skip


# ------------------------------------------------------------------------------------------------ the customer
def living(pk: int) -> int:
    """The customer itself, or the one it was merged into meanwhile."""
    seen: set[int] = set()
    while pk not in seen and (into := Customer._base_manager.filter(pk=pk).values_list("merged_into", flat=True).first()):
        seen.add(pk)
        pk = into
    return pk


def joined_customer(lead: Lead, pk: int, actor: Actor) -> Customer:
    """An existing customer within reach, locked; what it does not say yet of origin and needs, the lead does."""
    firm: Customer = fetch(Customer, living(pk), actor, "view", lock=True)
    blank = [n for n in ("origin_id", "industry_id", "region_id") if getattr(firm, n) is None and getattr(lead, n) is not None]
    if blank and not scoped(Customer, actor, "edit").filter(pk=firm.pk).exists():
        blank = []  # one may read it, no more
    for column in blank:
        setattr(firm, column, getattr(lead, column))
    if blank:
        firm.save(update_fields=blank)
    return firm


def new_customer(lead: Lead, another: bool, actor: Actor, made: list[str]) -> Customer:
    """A customer of what the lead says. Refused while one that may be the same is known, unless it is said to be another; one that a
    colleague works on is nobody's to double, but for those who may give customers to others (R071)."""
    if spend(("duplicates", actor.user_id), intake.HINTS_A_MINUTE)[0] < 0:
        raise Refused(_("That was a little too often; wait a minute."))
    for known in intake.known(actor, name=lead.name, mobile=lead.mobile, phone=lead.phone, exclude=lead.pk):
        if known.resource != "customer":
            continue
        if known.record is None and not (another and actor.may("customer", "transfer")):
            raise Refused(_("A customer that seems to be the same is being worked on by a colleague; ask your manager to give him this lead."))
        if known.record is not None and not another:
            raise Invalid({"customer": [_("“%(name)s” seems to be the same: choose it, or say that this is another one.") % {
                "name": known.record}]})  # fmt: skip
    firm = Customer(name=lead.name, phone=lead.phone or "", **placed(lead))
    return born(firm, lead, TO_CUSTOMER, actor, made)  # type: ignore[return-value]


def placed(lead: Lead) -> dict[str, Any]:
    """It belongs to whom the lead belongs to."""
    return {"owner_id": lead.owner_id, "unit_id": lead.unit_id}


def born(record: Record, lead: Lead, names: tuple[str, ...], actor: Actor, made: list[str]) -> Record:
    """Fill a new record from the lead, custom fields of the same name and kind too, and write it by its own action."""
    key = record._meta.model_name or ""
    what = actions[f"{key}_create"]
    if not actor.may(key, what.verb):
        raise Forbidden(what.right, right_words(what))
    for field in names:
        column = Lead._meta.get_field(field).attname
        setattr(record, column, getattr(lead, column))
    theirs, ours = specs(key), specs("lead")
    record.extra = {n: v for n, v in lead.extra.items() if n in theirs and theirs[n].kind is ours[n].kind}
    made.append(key)
    return call(what.name, None, actor=actor, filled=record)  # type: ignore[no-any-return]


# ------------------------------------------------------------------------------------------------ the person
def person_of(firm: Customer, lead: Lead) -> Contact | None:
    """The person at the customer whom the lead means: by number, address or name."""
    alike = Q(name=lead.contact_name) if lead.contact_name else Q(pk__in=[])
    for name in ("mobile", "email", "wechat"):
        if value := getattr(lead, name):
            alike |= Q(**{name: value})
    found = Contact._base_manager.filter(alike, customer=firm.pk, deleted_at=None, merged_into=None).order_by("id")
    return next((c for c in found if lead.mobile and c.mobile == lead.mobile), None) or found.first()


def joined_contact(firm: Customer, pk: int, actor: Actor) -> Contact:
    """A person of this customer."""
    found: Contact = fetch(Contact, pk, actor)
    if found.customer_id != firm.pk:
        raise Invalid({"contact": [_("This person belongs to another customer.")]})
    return found


def new_contact(lead: Lead, firm: Customer, actor: Actor, made: list[str]) -> Contact | None:
    """The person the lead names; none when it names none."""
    if not lead.contact_name:
        return None
    first = not Contact._base_manager.filter(customer=firm.pk, is_primary=True, deleted_at=None).exists()
    return born(Contact(name=lead.contact_name, customer=firm, is_primary=first), lead, TO_CONTACT, actor, made)  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------ the sale
def joined_opportunity(lead: Lead, firm: Customer, pk: int, actor: Actor) -> Opportunity:
    """An opportunity in progress of this customer, or of none yet."""
    found: Opportunity = fetch(Opportunity, pk, actor, "edit", lock=True)
    if found.state != Opportunity.State.OPEN or found.customer_id not in (None, firm.pk):
        raise Invalid({"opportunity": [_("Choose an opportunity of this customer that is in progress.")]})
    if found.lead_id is None:
        found.lead = lead
        found.save(update_fields=("lead",))
    return found


def new_opportunity(lead: Lead, firm: Customer, person: Contact | None, actor: Actor, made: list[str], *, name: str, amount: Decimal | None,
                    expected_on: dt.date | None) -> Opportunity:  # fmt: skip
    """An opportunity of what the lead asks for, the person in it."""
    worth = amount if amount is not None else lead.budget or Decimal(0)
    sale = Opportunity(customer=firm, lead=lead, name=name or "", amount=worth, expected_on=expected_on, **placed(lead))
    born(sale, lead, ("origin", "needs", "needs_note"), actor, made)
    if person is not None:
        insert(registry["opportunitycontact"], OpportunityContact(opportunity=sale, contact=person), actor=actor)
    return sale


def tell(lead: Lead, firm: Customer, person: Contact | None, sale: Opportunity | None) -> list[int]:
    """What was said with the lead was said with the customer, about the opportunity if there is one; next steps are tasks and go along as such."""
    about = {"about_resource": "opportunity", "about_id": sale.pk} if sale else {}
    said = LeadFollowUp._base_manager.filter(lead=lead, deleted_at=None).order_by("at", "id")
    same = ("kind", "at", "text", "result_id", "minutes", "author_id", "author_unit_id", "next_step", "next_step_at", "created_at", "created_by_id")
    rows = FollowUp._base_manager.bulk_create([
        FollowUp(customer=firm, contact=person, **about, **{n: getattr(f, n) for n in same}) for f in said])  # fmt: skip
    if rows:
        recount([firm.pk])
        firm.refresh_from_db()
    return [row.pk for row in rows]


# ------------------------------------------------------------------------------------------------ the way back
@action(Lead, label=gettext_lazy("Take the conversion back"), icon="arrow-back-up", tone="bad", move="unconvert", lifecycle=LEAD,
        locks=("customer",), shown=can("unconvert"), event="lead.unconverted", sentence=gettext_lazy("{actor} took the conversion back: {reason}"),
        confirm=gettext_lazy("What was made goes into the bin unless others use it meanwhile; follow-ups, files and tasks come back to the lead."),
        did=gettext_lazy("Took the conversion of “{name}” back"))
def lead_unconvert(lead: Lead, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """It was the wrong customer, or too early: everything as it was before, except what has a life of its own by now."""
    since = timezone.now() - BACK_WITHIN
    event = Event.objects.filter(name="lead.converted", resource="lead", record_id=lead.pk, at__gt=since).order_by("-id").first()
    if event is None:
        raise Refused(_("A conversion can be taken back for 30 days, if it was made here."))
    facts, stayed = event.payload, []
    held = Opportunity._base_manager.select_for_update(of=("self",), no_key=True)
    sale = held.filter(pk=facts.get("opportunity") or 0, deleted_at=None).first()
    if sale is not None and sale.state != Opportunity.State.OPEN:
        raise Refused(_("The opportunity has been closed; reopen it first."))
    drop(facts.get("files", ()))
    FollowUp._base_manager.filter(pk__in=facts.get("told", ()), deleted_at=None).update(deleted_at=timezone.now(), deleted_by=actor.user_id)
    firm = Customer._base_manager.filter(pk=living(facts["customer"]), deleted_at=None).first()
    if (source := sale or firm) is not None:
        hand_on(source, lead, facts.get("tasks", ()))
    made = facts.get("made", ())
    if sale is not None and "opportunity" not in made and sale.lead_id == lead.pk:
        sale.lead = None
        sale.save(update_fields=("lead",))
    LEAD.move(lead, "unconvert")
    person, lead.contact, lead.converted_at = facts.get("contact"), None, None
    lead.customer = None if "customer" in made else lead.customer
    lead.problem = problem_of(lead)
    lead.save(update_fields=("state", "contact", "customer", "converted_at", "problem"))
    for key, pk in (("opportunity", facts.get("opportunity")), ("contact", person), ("customer", facts["customer"])):
        record = registry[key].model._base_manager.filter(pk=pk or 0, deleted_at=None, merged_into=None).first() if key in made else None
        if record is None:  # joined, gone, or part of another by now
            continue
        if getattr(record, "customer_id", 0) != facts["customer"] and key == "contact" or not alone(record, event, actor):
            stayed.append(_("Others work with it by now: %(kind)s.") % {"kind": record._meta.verbose_name})
            continue
        try:
            call(f"{key}_delete", record, actor=actor)
        except (Refused, Missing) as used:
            stayed.append(used.message)
    if firm is not None:
        recount([firm.pk])
        copy_step("customer", firm.pk)
    noted(stayed=stayed)


def alone(record: Record, since: Event, actor: Actor) -> bool:
    """Whether the reader may still change it, and nobody else did anything to it or below it since."""
    key = record._meta.model_name or ""
    if not scoped(type(record), actor, "edit").filter(pk=record.pk).exists():
        return False
    theirs = Event.objects.filter(resource=key, record_id=record.pk, at__gt=since.at, actor_id__isnull=False).exclude(actor_id=actor.user_id)
    return not theirs.exists() and not any(
        child._base_manager.filter(**{via: record.pk}, deleted_at=None).exclude(created_by_id=actor.user_id).exists()
        for child, via in children_of(type(record)))  # fmt: skip
