"""The steps of an order on its page and on that of its contract: marks of the rail, a list with who promised what, progress of the whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from pellucid.collaboration import plan_pages
from pellucid.collaboration.models import Task
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import days, words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import Menu, Panel, place
from pellucid.kernel.resources.fields import clear

from . import selectors
from .models import Contract, Order, OrderStep
from .obligations import DELIVERY, RECEIPT
from .rails import Mark

SHORT = 6  # characters of a step's name on the rail
TONES = {"asked": "warn", "refused": "bad", "amended": "info"}
OWN = frozenset({DELIVERY, RECEIPT})  # what has a lane that knows more than the steps do


def name_of(step: OrderStep, language: str) -> str:
    """What a step is called in the reader's language, and for which part it is."""
    task = step.task
    if task.step is None or not task.name.startswith(task.step.name):
        return task.name
    return f"{task.step.said(language)}{task.name[len(task.step.name):]}"


def is_late(step: OrderStep, show: Show) -> bool:
    """Whether the day it was due has passed and it is not done."""
    return step.task.done_at is None and days.day_of(step.task.due_at) < show.today


def day_of(step: OrderStep) -> dt.date:
    """Where it stands in time: when it was done, else when it is due."""
    return step.done_on or days.day_of(step.task.due_at)


def tone(step: OrderStep, show: Show) -> str:
    """How it stands on the rail; the coming weeks stand out."""
    if step.task.done_at is not None:
        return "done"
    if is_late(step, show):
        return "late"
    return "next" if day_of(step) <= show.today + dt.timedelta(days=30) else "plan"


def lanes(steps: Sequence[OrderStep], show: Show) -> list[dict[str, Any]]:
    """Lanes of the steps that no delivery or payment stands for: those of batches and instalments by their number, others by their name."""
    found = sorted((s for s in steps if not s.task.cancelled and s.task.fact not in OWN), key=day_of)

    def marks(part: str) -> list[Mark]:
        own = [s for s in found if s.task.part.partition(":")[0] == part]
        said = [short(name_of(s, show.language)) for s in own] if not part else [str(n) for n in range(1, len(own) + 1)]
        return [Mark(day_of(s), text, tone(s, show), f"{name_of(s, show.language)} · {day_of(s)}") for s, text in zip(own, said, strict=True)]

    return [{"label": _("Preparation"), "icon": "package", "marks": marks("batch")},
            {"label": pgettext("papers", "Invoices"), "icon": "receipt", "marks": marks("instalment")},
            {"label": pgettext("lane", "Service"), "icon": "tool", "marks": marks("")}]  # fmt: skip


def short(name: str) -> str:
    """As much of a name as a mark holds."""
    chinese = any(ord(c) > 0x2E80 for c in name)
    most = SHORT if chinese else SHORT * 2
    return name if len(name) <= most else f"{name[: most - 1]}…"


def goods_to_come(steps: Sequence[OrderStep], show: Show, before: int) -> list[Mark]:
    """Batches that are still to go out."""
    waiting = sorted((s for s in steps if s.task.fact == DELIVERY and s.task.done_at is None), key=day_of)
    return [Mark(day_of(s), str(before + n), tone(s, show), f"{name_of(s, show.language)} · {day_of(s)}") for n, s in enumerate(waiting, 1)]


def next_words(steps: Sequence[OrderStep], show: Show) -> str:
    """What comes next: when, what, and whose it is."""
    waiting = [s for s in steps if s.task.done_at is None]
    ahead = [s for s in waiting if not is_late(s, show)]
    first = min(ahead, key=lambda s: s.task.due_at, default=None)
    if first is None:
        return ""
    return _("Next: %(day)s %(what)s, %(who)s") % {
        "day": words.relative_day(day_of(first), show.today, show.language), "what": name_of(first, show.language),
        "who": directory.user_name(first.task.owner_id)}  # fmt: skip


def row(step: OrderStep, show: Show, actor: Actor, *, money: bool) -> dict[str, Any]:
    """A step in the list: what, whose, promised or not, when; once it is done by whom, how much, by which document."""
    task, late = step.task, is_late(step, show)
    who = directory.user_name(step.executor_id or task.owner_id)
    facts = [who]
    if step.quantity is not None:
        facts.append(f"{step.quantity.normalize():f}")
    if step.amount is not None and money:
        facts.append(words.number(step.amount, 2))
    paper = step.document or step.file_name
    facts += [paper] if paper else [task.promise_note] if task.promise_note and task.done_at is None else []
    n = (show.today - days.day_of(task.due_at)).days
    tag = None
    if task.done_at is None and late:
        tag = {"label": ngettext("%(n)s day late", "%(n)s days late", n) % {"n": n}, "tone": "bad"}
    elif task.done_at is None and task.promise in TONES:
        tag = {"label": str(task.get_promise_display()), "tone": TONES[task.promise]}
    elif step.late_days:
        tag = {"label": ngettext("%(n)s working day late", "%(n)s working days late", step.late_days) % {"n": step.late_days}, "tone": "warn"}
    day = words.relative_day(day_of(step), show.today, show.language)
    return {"label": name_of(step, show.language), "href": f"/tasks/{task.pk}", "sub": " · ".join(filter(None, facts)), "tag": tag,
            "icon": "circle-check" if task.done_at else "alert-circle" if late else "circle", "tone": "ok" if task.done_at else "bad" if late
            else "i3", "right": _("left out") if task.cancelled else day, "act": offered(task, actor) or kept(step, actor)}  # fmt: skip


def kept(step: OrderStep, actor: Actor) -> dict[str, Any] | None:
    """The way to the document that is kept with a step."""
    if not step.file_id or not clear("orderstep", actor, "file"):
        return None
    return {"label": _("Open %(name)s") % {"name": step.file_name}, "icon": "paperclip", "href": f"/order-steps/{step.pk}/held/file", "quiet": True,
            "hidden_label": True}


def offered(task: Task, actor: Actor) -> dict[str, Any] | None:
    """What the reader can do about his own step from here: promise it, or enter what was done."""
    if task.done_at is not None or task.owner_id != actor.user_id or actor.read_only or not actor.may("task", "edit"):
        return None
    if task.promise == Task.Promise.ASKED:
        return {"label": _("Promise it"), "post": f"/tasks/{task.pk}/do/task_promise"}
    return None if task.fact else {"label": _("Enter what was done"), "dialog": f"/tasks/{task.pk}/do/task_carry_out", "quiet": True}


def seen(steps: Sequence[OrderStep], actor: Actor) -> list[OrderStep]:
    """Those the reader may know of: who sees no instalments sees none of their steps."""
    if actor.may("instalment", "view"):
        return list(steps)
    return [s for s in steps if not s.task.part.startswith("instalment:")]


def listed(steps: Sequence[OrderStep], show: Show, actor: Actor) -> list[dict[str, Any]]:
    """The steps by when they are due, or were done; those left out come last."""
    money = clear("orderstep", actor, "amount")
    return [row(s, show, actor, money=money) for s in sorted(steps, key=lambda s: (s.task.cancelled, day_of(s), s.pk))]


def promises(steps: Sequence[OrderStep]) -> str:
    """How many are open, promised and refused, in words."""
    waiting = [s.task.promise for s in steps if s.task.done_at is None and s.task.promise]
    asked, refused = waiting.count("asked"), waiting.count("refused")
    kept = len(waiting) - asked - refused
    said = [(kept, _("%(n)s promised")), (asked, _("%(n)s to be promised")), (refused, _("%(n)s refused"))]
    return " · ".join(text % {"n": n} for n, text in said if n)


def of_contract(contract: Contract, actor: Actor) -> dict[str, Any] | None:
    """The whole contract: every order in reach with how far its steps, its goods and its money are, and the steps that are late or come next."""
    if not clear("order", actor, "amount", "delivered", "received"):
        return None
    show = show_for(actor)
    orders = selectors.orders_under(scoped(Order, actor), contract.pk)
    if not orders:
        return None
    steps = selectors.steps_of([o.pk for o in orders]) if actor.may("orderstep", "view") else {}
    rows, waiting = [], []
    for order in orders:
        own = [s for s in seen(steps.get(order.pk, ()), actor) if not s.task.cancelled]
        done, late = sum(s.task.done_at is not None for s in own), sum(is_late(s, show) for s in own)
        waiting += [(s, order) for s in own if s.task.done_at is None]
        rows.append({
            "label": order.number or order.name, "sub": order.name if order.number else "", "href": f"/orders/{order.pk}",
            "state": {"label": str(order.get_state_display()), "tone": order._meta.get_field("state").tones.get(order.state, "")},  # type: ignore[union-attr]
            "amount": words.number(order.amount, 2), "steps": f"{done} / {len(own)}" if own else "",
            "share": share(done, len(own)), "delivered": share(order.delivered, order.amount), "received": share(order.received, order.amount),
            "late": ngettext("%(n)s thing late", "%(n)s things late", late) % {"n": late} if late else "", "next": next_words(own, show),
        })  # fmt: skip
    first = sorted(waiting, key=lambda pair: pair[0].task.due_at)[:12]
    money = clear("orderstep", actor, "amount")
    ahead = [row(s, show, actor, money=money) for s, _order in first]
    for entry, (_step, order) in zip(ahead, first, strict=True):
        entry["sub"] = " · ".join(filter(None, (order.number if len(orders) > 1 else "", entry["sub"])))
    return {"orders": rows, "ahead": ahead, "late": sum(is_late(s, show) for s, _order in waiting)}


def share(part: Any, whole: Any) -> int:
    """In whole per cent, at most all of it."""
    return min(100, int(part * 100 / whole)) if whole else 0


place(
    Panel("contract", "contract.execution", pgettext_lazy("order", "Execution"), "orders/contract.html", of_contract, place="tab", needs="order",
          first=True, position=5),
    Panel("executionplan", "steps", gettext_lazy("Plan steps"), "collaboration/plan_steps.html", plan_pages.steps_of, place="tab", first=True,
          position=10),
    Menu("executionplan", gettext_lazy("Execution plans"), "/execution-plans/", "list-check", group="settings/rules", needs="executionplan.edit",
         position=72),
)  # fmt: skip
