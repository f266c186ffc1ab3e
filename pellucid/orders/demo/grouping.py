"""Groups of companies in the demo company: holdings with their subsidiaries, each with a limit for all of them. One limit is nearly used up, and
an order of a subsidiary that itself has room waits because of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from pellucid.customers.demo.contacts import mobile
from pellucid.customers.demo.words import words
from pellucid.customers.models import Contact, Customer, CustomerClass
from pellucid.customers.resources import CustomerResource
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import approvers
from pellucid.kernel.processes.demo import moved_back
from pellucid.kernel.records import terms, versions
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.numbers import draw_many

from ..actions.using import bring_up
from ..credit import exposure
from ..models import ContractParty, CreditProfile, Order
from . import planning, special

SIZES = (4, 3, 3)  # subsidiaries of each group
TIMES = (Decimal("1.06"), Decimal("1.6"), Decimal("2.2"))  # the limit of each against what is used
STEP = Decimal(50_000)
NOTES = ("集团内各公司合计使用，由母公司财务部统一对账。", "集团授信，子公司另设单家额度。", "")
ORDER = "集团统采备件包"
REASON = "集团额度将满，子公司自身额度充足；母公司已书面同意年底前统一付款。"
PAYER = "超过 30 天未付时由集团代付。"
HOURS = 5


def fill(stage: Stage) -> None:
    """The groups, their limits, and the order that waits."""
    admin = Actor.of(User._base_manager.get(username="admin"), "demo")
    groups = list(zip(_groups(), TIMES, NOTES, strict=False))
    made = [(_holding(stage, companies, times, note), companies) for companies, times, note in groups]
    for holding, companies in made:  # only when all of them are written as of their day: what is done now is done today
        for company in companies:
            run("customer_update", company.pk, admin, values={"parent": holding.pk}, version=company.version)
            company.parent_id = holding.pk
    versions.forget()
    bring_up()
    for companies, _times, _note in groups[:1] if made else []:
        _waiting(stage, companies, admin)


def _groups() -> Iterator[list[Customer]]:
    """Customers with a limit, of one branch and trade, no two groups of the same; those of the sample manager's people first."""
    asked = Order._base_manager.filter(over_credit=True, state__in=(Order.State.DRAFT, Order.State.PENDING)).values("customer")
    profiles = CreditProfile._base_manager.filter(limit__gt=0, blocked=False, deleted_at=None, customer__parent=None, customer__owner__is_active=True)
    found: dict[tuple[int | None, int | None], list[Customer]] = defaultdict(list)
    for profile in profiles.exclude(customer__in=asked).select_related("customer").order_by("-limit", "pk"):
        found[profile.customer.branch_id, profile.customer.industry_id].append(profile.customer)
    manager = User._base_manager.get(username="manager").pk

    def rank(companies: Sequence[Customer]) -> tuple[bool, int]:
        return approvers.manager(companies[0].owner_id) != manager, -len(companies)

    several = sorted((c for c in found.values() if len(c) > 1), key=rank)
    for companies, size in zip(several, SIZES, strict=False):
        yield companies[:size]


def _holding(stage: Stage, companies: list[Customer], times: Decimal, note: str) -> Customer:
    """The company above them, looked after by whoever has the largest of them, with whom one talks there, and how far all of them together
    are trusted."""
    first = companies[0]
    since = min(c.created_at for c in companies) - dt.timedelta(days=2)
    one = Customer(
        id=reserve(Customer, 1)[0], number=draw_many("customer", CustomerResource.number, 1)[0],
        name=f"{(first.short_name or first.name)[:2]}控股集团有限公司", customer_class=CustomerClass.POTENTIAL, class_since=since,
        industry_id=first.industry_id, region_id=first.region_id, level_id=terms.by_code("customer_level", "A"), origin_id=first.origin_id,
        size_id=terms.by_code("company_size", "1000"), employees=stage.chance.randint(1800, 9000), owner_id=first.owner_id, unit_id=first.unit_id,
        branch_id=first.branch_id, created_at=since, updated_at=since, created_by_id=first.owner_id)  # fmt: skip
    person = Contact(customer_id=one.pk, name=stage.chance.choice(words("surnames")) + stage.chance.choice(words("given female")),
                     position="财务总监", mobile=mobile(stage.chance), is_primary=True, created_at=since, updated_at=since,
                     created_by_id=first.owner_id)  # fmt: skip
    prepare(Customer, [one], actor=stage.actor, changed=None)
    prepare(Contact, [person], actor=stage.actor, changed=None)
    copy(Customer, [row_of(one)])
    copy(Contact, [row_of(person)])
    stage.happened(since, "customer.created", first.owner_id, "customer", one.pk)
    used = exposure(c.pk for c in companies)
    limit = max(STEP * 4, (used * times / STEP).to_integral_value() * STEP)
    at = stage.now - dt.timedelta(days=stage.chance.randint(40, 200))
    copy(CreditProfile, [{"customer_id": one.pk, "grade": CreditProfile.Grade.B, "limit": limit, "valid_until": stage.today + dt.timedelta(days=180),
                          "blocked": False, "note": note, "created_at": at, "updated_at": at}])  # fmt: skip
    return one


def _waiting(stage: Stage, companies: list[Customer], admin: Actor) -> None:
    """An order of the subsidiary that has most room of its own, beyond what its group has left: it waits for finance."""
    room = {p.customer_id: p.available or Decimal(0) for p in CreditProfile._base_manager.filter(customer__in=companies, deleted_at=None)}
    for company in sorted(companies, key=lambda c: (-room.get(c.pk, Decimal(0)), c.pk)):
        contract = special.frame(company, admin)
        made = special.handed_in(stage, contract, ORDER, admin)
        if made is not None:
            payer = {"contract": contract.pk, "part": ContractParty.Part.PAYER.value, "customer": company.parent_id, "note": PAYER}
            run("contractparty_create", None, admin, values=payer)
            special.decided(made, "credit", REASON)
            moved_back(made, HOURS)
            break
    planning.late()
