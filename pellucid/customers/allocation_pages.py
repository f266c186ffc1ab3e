"""The page of the allocation rules: in order, with what they would do now to the leads that wait, to whom, why, and who is passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.many import in_order
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.conditions import filters_of
from pellucid.kernel.resources.declare import Menu, Page, place, registry
from pellucid.kernel.resources.fields import masked, readable
from pellucid.kernel.resources.telling import told

from . import selectors
from .allocation import WAY, Given, Turn, Why, planned
from .models import AllocationRule, Lead

HERE = "/p/customers/allocation"
MOST = 2_000                            # leads that one look shares out
LISTED = 8                              # leads to be explained, by name
TONES = ("acc", "vio", "ok", "warn", "mute", "grey")
OF = {"new": gettext_lazy("Never allocated"), "judged": gettext_lazy("Judged and open"), "pool": gettext_lazy("In pools")}
WHY = {Why.LEFT: gettext_lazy("has left"), Why.AWAY: gettext_lazy("is away"), Why.PROXIED: gettext_lazy("is stood in for"),
       Why.FULL: gettext_lazy("is full")}  # fmt: skip


def waiting(of: str, actor: Actor) -> QuerySet[Lead]:
    """The leads a look at the rules shares out: those the reader may give away."""
    rows = scoped(Lead, actor, "transfer").filter(state__in=Lead.OPEN).order_by("pk")
    if of == "pool":
        return rows.filter(pool__isnull=False)
    rows = rows.filter(pool=None)
    return rows.exclude(state=Lead.State.NEW) if of == "judged" else rows.filter(assigned_at=None)


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """The rules on the left, on the right what would come of them now."""
    show, may = show_for(actor), actor.may("lead", "transfer")
    counts = {of: waiting(of, actor).count() if may else 0 for of in OF}
    usual = next((of for of, n in counts.items() if n), "new")
    of = params["of"] if params.get("of") in OF else usual
    trial = [int(pk) for pk in params.get("with", "").split(",") if is_whole(pk) and len(pk) < 18]
    ids = list(waiting(of, actor).values_list("pk", flat=True)[:MOST]) if may else []
    given, turns = planned(in_order("lead_allocate", ids, actor), trial=trial)
    hits = Counter(g.rule for g in given if g.rule)
    reached = {t.rule.pk: len(t.ids) for t in turns}
    kept = {"of": of} | ({"with": ",".join(map(str, trial))} if trial else {})

    def at(**more: str) -> str:
        return f"{HERE}?{urlencode({k: v for k, v in (kept | more).items() if v})}"

    edits = actor.may("allocationrule", "edit") and not actor.read_only
    rules = selectors.all_rules()
    rows = [_rule(n, rule, hits[rule.pk], reached.get(rule.pk, 0), rule.pk in trial, edits, actor, show) for n, rule in enumerate(rules, 1)]
    for row, rule in zip(rows, rules, strict=True):
        if not rule.active:
            tried = [pk for pk in trial if pk != rule.pk] if rule.pk in trial else [*trial, rule.pk]
            row["try"] = {"href": at(**{"with": ",".join(map(str, tried))}), "on": rule.pk in trial}
    chosen = int(params["lead"]) if is_whole(params.get("lead", "")) and len(params["lead"]) < 18 else None
    return {
        "rules": rows, "edits": edits, "creates": actor.may("allocationrule", "create") and not actor.read_only,
        "of": [{"label": label, "href": at(of=key, lead=""), "count": f"{counts[key]:,}", "current": key == of} for key, label in OF.items()],
        "total": len(given), "more": max(0, counts[of] - len(given)), "trial": bool(trial), "again": at(),
        "goes": _goes(given, turns, show), "stay": sum(1 for g in given if g.rule is None), "passed": _passed(given, turns),
        "one": _one(given, turns, chosen, actor, at), "may": may,
        "do": {"label": _("Give these away"), "dialog": f"/leads/bulk/lead_allocate?ids={','.join(map(str, ids))}"}
              if may and ids and not trial and not actor.read_only and len(ids) <= 500 else None,
    }  # fmt: skip


def _rule(n: int, rule: AllocationRule, hits: int, reached: int, tried: bool, edits: bool, actor: Actor, show: Show) -> dict[str, Any]:
    """A rule as a sentence: which leads, to whom; how many of those that wait it gets."""
    base = f"/allocation-rules/{rule.pk}"
    which = told(filters_of(rule.conditions), registry["lead"], show, actor) if rule.conditions else _("all leads")
    return {
        "n": n, "name": rule.name, "active": rule.active, "on": rule.active or tried, "which": which, "to": _goes_to(rule), "hits": hits,
        "reached": reached, "href": base, "edit": f"{base}/edit" if edits else "",
        "up": f"{base}/do/allocationrule_earlier" if edits else "", "down": f"{base}/do/allocationrule_later" if edits else "",
        "switch": f"{base}/do/allocationrule_{'stop' if rule.active else 'start'}" if edits else "", "try": None,
    }  # fmt: skip


def _goes_to(rule: AllocationRule) -> str:
    """To whom a rule gives, in words."""
    match rule.way:
        case WAY.PERSON:
            return directory.user_name(rule.person_id)
        case WAY.POOL:
            return str(rule.pool)
        case WAY.OWNER:
            return _("the owner of the matching customer")
    unit = directory.unit_name(rule.unit_id, full=True) if rule.unit_id else ""
    return f"{unit} · {rule.get_role_display()} · {rule.get_way_display()}" if rule.way != WAY.HEAD else f"{unit} · {rule.get_way_display()}"


def _goes(given: Sequence[Given], turns: Sequence[Turn], show: Show) -> list[dict[str, Any]]:
    """Who would get how many by which rules, and what he then carries; most first."""
    rules = {t.rule.pk: t.rule for t in turns}
    bearers = {b.user: b for t in turns for b in t.bearers}
    groups: dict[tuple[int | None, int | None], Counter[int]] = {}
    for g in given:
        if g.rule:
            groups.setdefault((g.user, g.pool), Counter())[g.rule] += 1
    total = len(given)
    rows: list[dict[str, Any]] = []
    for (user, _pool), by in sorted(groups.items(), key=lambda item: (-item[1].total(), str(item[0]))):
        n = by.total()
        joint = "、" if show.language.startswith("zh") else ", "
        because = joint.join(f"{rules[pk].name} {count:,}" if len(by) > 1 else rules[pk].name for pk, count in by.most_common())
        bearer = bearers.get(user or 0)
        name = directory.user_name(user) if user else str(rules[next(iter(by))].pool)
        rows.append({"name": name, "tint": user, "pool": user is None, "n": n, "because": because, "share": 100 * n / total,
                     "load": f"{bearer.carried:,} / {bearer.capacity:,}" if bearer and bearer.capacity else f"{bearer.carried:,}" if bearer else "",
                     "full": bool(bearer and bearer.full), "tone": TONES[min(len(rows), len(TONES) - 1)]})  # fmt: skip
    return rows


def _passed(given: Sequence[Given], turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Who was passed over for how many leads, and why; what no rule could place."""
    bearers = {b.user: b for t in turns for b in t.bearers}
    counts = Counter((user, why) for g in given for user, why in {(user, why) for _rule, user, why in g.passed})
    rows = []
    for (user, why), n in counts.most_common():
        facts: dict[str, Any] = {"why": WHY[why], "n": n}
        if why == Why.FULL and (bearer := bearers.get(user)):
            facts["load"] = f"{bearer.carried:,} / {bearer.capacity:,}"
        rows.append({"name": directory.user_name(user), "tint": user, "icon": "gauge" if why == Why.FULL else "calendar-off",
                     "why": f"{facts['why']} {facts.get('load', '')}".strip(),
                     "n": ngettext("passed over for %(n)s lead", "passed over for %(n)s leads", n) % {"n": f"{n:,}"}})  # fmt: skip
    return rows


def _one(given: Sequence[Given], turns: Sequence[Turn], chosen: int | None, actor: Actor, at: Any) -> dict[str, Any] | None:
    """One lead taken through the rules, line by line, and the names of others to choose from."""
    if not given or "name" not in readable("lead", actor) or masked("lead", "name", actor):
        return None
    by_lead = {g.lead: g for g in given}
    one = by_lead.get(chosen or 0) or given[0]
    listed = [g.lead for g in given[:LISTED]]
    names = selectors.names_of_leads({*listed, one.lead})
    lines = []
    for n, turn in enumerate(turns, 1):
        passed = [_("%(name)s %(why)s") % {"name": directory.user_name(user), "why": WHY[why]} for rule, user, why in one.passed
                  if rule == turn.rule.pk]  # fmt: skip
        hit, fits = one.rule == turn.rule.pk, one.lead in turn.ids
        said = one.because if hit else "" if fits else _("does not fit")
        if fits and not hit and not passed:
            said = _("no customer of ours") if turn.rule.way == WAY.OWNER else _("nobody there")
        lines.append({"n": n, "name": turn.rule.name, "hit": hit, "said": said, "passed": passed})
        if hit:
            break
    to = directory.user_name(one.user) if one.user else next((str(t.rule.pool) for t in turns if t.rule.pk == one.rule), _("nobody"))
    return {"name": names.get(one.lead, ""), "href": f"/leads/{one.lead}", "to": to, "lines": lines, "because": one.because if not one.rule else "",
            "others": [{"label": names.get(pk, ""), "href": at(lead=str(pk)), "current": pk == one.lead} for pk in listed]}  # fmt: skip


place(
    Page("customers/allocation", gettext_lazy("Allocation of leads"), "customers/allocation.html", page, needs="allocationrule.view", icon="sitemap"),
    Menu("allocation", gettext_lazy("Allocation of leads"), HERE, "sitemap", group="customers", needs="allocationrule.view", position=52),
)
