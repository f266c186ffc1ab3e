"""What the grades of credit give: as it ships with the program, and where it is felt."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pellucid.collaboration.models import Task
from pellucid.customers import serving
from pellucid.kernel.actions.declare import prepares
from pellucid.kernel.records.terms import find
from pellucid.sales import proposing

from .. import grades
from ..models import CreditGrade, CreditProfile, PaymentPlan
from ..models.trust import Grade

P = Task.Priority
LONGEST = 3660  # days
# terms proposed, said in quotations, longest credit, least in advance, most kept back, largest order, days overdue, service level, in English,
# minutes, priority
SHIPPED = (
    (Grade.A, "货到 30 天", "net_30", 60, 0, 10, None, 60, "金牌", "Gold", 120, P.HIGH),
    (Grade.B, "30/60/10", "30_60_10", 30, 30, 10, 1_000_000, None, "银牌", "Silver", 240, P.NORMAL),
    (Grade.C, "款到发货", "advance", 0, 50, 0, 200_000, 15, "标准", "Standard", 480, P.NORMAL),
    (Grade.D, "款到发货", "advance", 0, 100, 0, 50_000, 0, "标准", "Standard", 480, P.NORMAL),
)


def ship() -> None:
    """Make them where a company has none. The terms of payment they propose come first."""
    if CreditGrade._base_manager.exists():
        return
    sudden = CreditProfile._base_manager.exists()  # a home that gave credit before there were grades goes on as it did, until somebody decides
    plans = dict(PaymentPlan._base_manager.filter(deleted_at=None).values_list("name", "pk"))
    CreditGrade._base_manager.bulk_create(
        CreditGrade(grade=grade, terms_id=plans.get(terms), payment_id=find("quotation_payment", said), max_days=LONGEST if sudden else days,
                    min_prepaid=Decimal(0 if sudden else prepaid), max_retained=Decimal(100 if sudden else kept),
                    order_limit=None if most is None or sudden else Decimal(most),
                    overdue_days=None if sudden else overdue, service=service, service_en=english, response=minutes, priority=priority)
        for grade, terms, said, days, prepaid, kept, most, overdue, service, english, minutes, priority in SHIPPED)  # fmt: skip


@prepares(Task)
def task_is_pressing(tasks: list[Task], *, actor: Any, changed: frozenset[str] | None) -> None:
    """A task about a customer whose service level says so is pressing from the beginning; whoever knows better changes that."""
    if changed is not None:
        return
    new = [t for t in tasks if t.kind == Task.Kind.TASK and t.priority == P.NORMAL and t.about_id]
    about = grades.customers_of((t.about_resource, t.about_id) for t in new)
    served = grades.services(set(about.values()))
    for one in new:
        service = served.get(about.get((one.about_resource, one.about_id), 0))
        if service is not None:
            one.priority = service.priority


def answered(customers: Any) -> dict[int, int]:
    """Within how many working minutes customers are answered."""
    return {pk: service.minutes for pk, service in grades.services(customers).items() if service.minutes}


def pays(customer: int) -> int | None:
    """What a quotation to a customer says of payment."""
    grade = grades.grade_of(customer)
    return grade.payment_id if grade is not None else None


serving.promised(answered)
proposing.pays(pays)
