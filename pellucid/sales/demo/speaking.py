"""What was said with customers while they had something to buy was about that, and what comes next there is what was said last."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from pellucid.collaboration.actions.next_steps import copy_step, open_steps
from pellucid.collaboration.models import Task
from pellucid.customers.models import FollowUp
from pellucid.kernel.actions.demo import Stage

from ..models import Opportunity


def fill(stage: Stage) -> None:
    """Follow-ups put to the opportunity that ran that day, the youngest of several; the step they speak of is the opportunity's."""
    day = OuterRef("at__date")
    running = Opportunity._base_manager.filter(Q(closed_on=None) | Q(closed_on__gte=day), customer=OuterRef("customer"), opened_on__lte=day,
                                               deleted_at=None)  # fmt: skip
    rows = FollowUp._base_manager.filter(Exists(running), about_id=None, deleted_at=None)
    rows.update(about_resource="opportunity", about_id=running.order_by("-opened_on", "-id").values("pk")[:1])
    steps = {step.about_id: step for step in open_steps("customer")}
    told = FollowUp._base_manager.filter(about_resource="opportunity", deleted_at=None).order_by("about_id", "-at", "-id").distinct("about_id")
    deals = dict(Opportunity._base_manager.filter(state="open", deleted_at=None, customer__isnull=False).values_list("pk", "name"))
    for last in told.filter(about_id__in=deals, next_step_at__isnull=False):
        step = steps.pop(last.customer_id, None)
        if step is None or (step.name, step.due_at) != (last.next_step, last.next_step_at):
            continue
        open_steps("opportunity").filter(about_id=last.about_id).update(kind=Task.Kind.TASK)
        Task._base_manager.filter(pk=step.pk).update(about_resource="opportunity", about_id=last.about_id, about_title=deals[last.about_id or 0])
        copy_step("customer", last.customer_id)
        copy_step("opportunity", last.about_id)
