"""The classes with their schemes: who moves how, what customers of a class have in common, how far each scheme carried."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration import plan_pages
from pellucid.collaboration.selectors import plans as plan_selectors
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import Menu, Page, Panel, place, registry
from pellucid.kernel.resources.fields import specs

from . import characteristics, happenings, selectors
from .actions.classes import rises
from .models import CustomerClass, Scheme

SHOWN = 6


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """One class: its customers, what stands out among them, its schemes, how one comes in and falls out."""
    show, counts = show_for(actor), characteristics.totals(actor)
    asked = params.get("class", "")
    now = int(asked) if asked in {str(v) for v in CustomerClass.values} else CustomerClass.POTENTIAL.value
    tabs = [{"label": label, "href": f"/p/customers/classes?class={value}", "count": f"{counts.get(value, 0):,}", "current": value == now}
            for value, label in characteristics.classes()]  # fmt: skip
    whole = sum(counts.values())
    found = characteristics.characteristics(now, actor, show)
    return {
        "tabs": tabs, "size": f"{counts.get(now, 0):,}", "all": f"/customers/?view=all&f.customer_class=in:{now}",
        "share": f"{100 * counts.get(now, 0) / whole:.1f}%" if whole else "",
        "traits": [trait(v, d, now) for d in found for v in d.values if v.stands_out][:8],
        "dimensions": [{"label": d.label, "rows": [row(v, d, now) for v in d.values[:SHOWN]], "more": max(0, len(d.values) - SHOWN)} for d in found],
        "schemes": [card(s, actor) for s in selectors.schemes_for(now)], "rules": rules(now, show),
        "new": f"/schemes/new?customer_class={now}" if actor.may("scheme", "create") and not actor.read_only else "",
    }  # fmt: skip


def row(value: characteristics.Value, dimension: characteristics.Dimension, now: int) -> dict[str, Any]:
    """A value with both shares and a way to its customers."""
    spec = specs("customer")[dimension.name]
    op = "any" if spec.kind.family == "array" else "is" if spec.kind.key == "bool" else "in"
    said = int(value.value) if spec.kind.key == "bool" else value.value
    return {
        "label": value.label, "href": f"/customers/?view=all&f.customer_class=in:{now}&f.{dimension.name}={op}:{said}"
        if dimension.name in registry["customer"].filters else "", "here": f"{value.here:,}", "share": f"{100 * value.share:.1f}%",
        "width": round(100 * value.share, 1), "mark": round(100 * value.share_of_all, 1), "all": f"{100 * value.share_of_all:.1f}%",
        "times": f"{value.times:.1f}×", "out": value.stands_out,
    }  # fmt: skip


def trait(value: characteristics.Value, dimension: characteristics.Dimension, now: int) -> dict[str, Any]:
    """What stands out, as one sentence's worth."""
    return row(value, dimension, now) | {"dimension": dimension.label}


def card(scheme: Scheme, actor: Actor) -> dict[str, Any]:
    """A scheme in a list: its goal, its steps, how many are under way, came through, dropped out."""
    counts = plan_selectors.states(scheme.plan, actor)
    started = sum(counts.values())
    kept = counts.get("finished", 0) + counts.get("reached", 0)
    ended = started - counts.get("running", 0)
    return {
        "label": scheme.name, "href": f"/schemes/{scheme.pk}", "goal": scheme.goal, "active": scheme.active, "by_rule": scheme.by_rule,
        "steps": plan_selectors.steps_of(scheme.plan_id).count(), "running": counts.get("running", 0), "started": started, "kept": kept,
        "dropped": counts.get("stopped", 0), "share": round(100 * kept / ended) if ended else 0, "ended": ended,
    }  # fmt: skip


def rules(now: int, show: Show) -> list[dict[str, str]]:
    """How one comes into a class and falls out of it, in words."""
    labels = happenings.labels()
    out = [{"icon": "stairs-up", "text": _("Comes in when: %(what)s") % {"what": labels[key]}} for key, to in rises().items()
           if to == now and key in labels]  # fmt: skip
    for fall in selectors.falls_of(now):
        out.append({"icon": "arrow-down", "text": _("Falls to “%(class)s” after %(n)s months without an open or a new deal") % {
            "class": fall.get_customer_class_display(), "n": fall.months}})  # fmt: skip
    return out


def runs(scheme: Scheme, actor: Actor) -> dict[str, Any]:
    """The customers for whom it is under way, and the latest for whom it ended."""
    show = show_for(actor)
    found = plan_selectors.runs_of_plan(scheme.plan_id, actor)
    return {"rows": [plan_pages.run_line(r, show) for r in found[:40]], "all": f"/plan-runs/?view=all&f.plan=in:{scheme.plan_id}"}


def count_runs(scheme: Scheme, actor: Actor) -> int:
    """How many customers it is under way for."""
    return plan_selectors.states(scheme.plan, actor).get("running", 0)


place(
    Page("customers/classes", gettext_lazy("Classes and schemes"), "customers/classes.html", page, needs="customer.view", icon="affiliate"),
    Panel("scheme", "steps", gettext_lazy("Plan steps"), "collaboration/plan_steps.html", plan_pages.steps_of, place="tab", position=10,
          first=True),
    Panel("scheme", "runs", gettext_lazy("Customers"), "customers/scheme_runs.html", runs, place="tab", position=20, count=count_runs),
    Menu("classes", gettext_lazy("Classes and schemes"), "/p/customers/classes", "affiliate", group="customer", needs="scheme.view", position=64),
    Menu("scheme", gettext_lazy("Schemes"), "/schemes/", "affiliate", group="settings/rules", needs="scheme.edit", position=69),
    Menu("classrise", gettext_lazy("Rules for rising"), "/class-rises/", "stairs-up", group="settings/rules", needs="classrise.edit", position=70),
    Menu("classfall", gettext_lazy("Rules for falling"), "/class-falls/", "arrow-down", group="settings/rules", needs="classfall.edit", position=71),
)
