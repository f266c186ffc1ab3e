"""The list of rules as sentences, a rule's own page with its log, and on every record what rules did to it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.declare import EVERY, Menu, Page, Panel, place, registry
from pellucid.kernel.resources.marks import titled

from . import facts, saying, selectors
from .definition import read
from .models import KEY, Rule, RuleRun

HERE = "/p/automation"
SHOWN = 30
ON_RECORD = 8


def rules(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """All rules, those that are switched on first; what they wait for, ask and do."""
    show = show_for(actor)
    found = list(scoped(Rule, actor).select_related("active").order_by("-is_on", "name")[:200])
    about = params.get("about", "")
    numbers = selectors.figures([r.pk for r in found])
    cards = [_card(rule, numbers.get(rule.pk, {}), actor, show) for rule in found if not about or rule.resource == about]
    kinds = sorted({(r.resource, saying.noun(r.resource)) for r in found}, key=lambda pair: pair[1])
    tabs = [{"label": _("All"), "href": HERE, "current": not about, "count": len(found)}]
    tabs += [{"label": label, "href": f"{HERE}?about={key}", "current": key == about, "count": sum(r.resource == key for r in found)}
             for key, label in kinds]  # fmt: skip
    return {"cards": cards, "tabs": tabs if len(kinds) > 1 else [], "may": actor.may(KEY, "create"), "on": sum(r.is_on for r in found)}


def _card(rule: Rule, numbers: dict[str, Any], actor: Actor, show: Show) -> dict[str, Any]:
    version = selectors.said_by(rule)
    last = numbers.get("last")
    return {
        "id": rule.pk, "name": rule.name, "href": f"/rules/{rule.pk}", "on": rule.is_on, "draft": rule.active_id is None, "stopped": rule.stopped,
        "said": saying.sentence(read(version.body), show, actor) if version else None,
        "who": directory.user_name(rule.keeper_id), "tint": rule.keeper_id, "done": numbers.get("done", 0), "bad": numbers.get("bad", 0),
        "last": words.ago(last, show.now, show.language) if last else "",
        "switch": f"/rules/{rule.pk}/do/rule_switch_{'off' if rule.is_on else 'on'}" if actor.may(KEY, "edit") and rule.active_id else "",
    }  # fmt: skip


def whole_rule(rule: Rule, actor: Actor) -> dict[str, Any]:
    """What a rule says, as a sentence of three parts; the draft beside it, if it says something else."""
    show, draft = show_for(actor), selectors.draft_of(rule)
    said = rule.active or draft
    return {
        "said": saying.sentence(read(said.body), show, actor) if said else None, "draft": bool(draft), "published": rule.active,
        "edit": f"/rules/{rule.pk}/compose" if actor.may(KEY, "edit") else "", "rule": rule,
        "versions": [{"number": v.number, "state": v.state, "label": v.get_state_display(), "note": v.note,  # type: ignore[attr-defined]
                      "who": directory.user_name(v.published_by_id), "at": v.published_at or v.created_at,
                      "ago": words.ago(v.published_at or v.created_at, show.now, show.language),
                      "said": saying.sentence(read(v.body), show, actor)} for v in selectors.versions_of(rule)],
    }  # fmt: skip


def log(rule: Rule, actor: Actor) -> dict[str, Any]:
    """What it did lately, and what it did not."""
    return {"lines": lines(selectors.log_of(rule)[:SHOWN], actor), "all": f"{HERE}/log?rule={rule.pk}"}


def whole_log(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """The log of one rule or of all by time, with what met no conditions on request; older lines on further pages."""
    mine = scoped(Rule, actor)
    rule = mine.filter(pk=whole(params.get("rule"), 2**62) or 0).first()
    rows = selectors.by_time(mine)
    if rule is not None:
        rows = rows.filter(rule=rule)
    state = params.get("state", "")
    if state in RuleRun.State.values:
        rows = rows.filter(state=state)
    elif state != "every":
        rows = rows.exclude(state="unmet")
    if before := whole(params.get("before"), 2**62):
        rows = selectors.older_than(rows, before)
    found = list(rows[: SHOWN + 1])
    kept = f"rule={rule.pk}&" if rule else ""
    one_of = [{"label": _("All rules"), "href": f"{HERE}/log?state={state}", "current": rule is None},
              *({"label": r.name, "href": f"{HERE}/log?rule={r.pk}&state={state}", "current": r == rule} for r in mine.order_by("name")[:200])]
    choices = [("", _("What it did")), *((s.value, s.label) for s in RuleRun.State), ("every", _("All"))]
    return {
        "rule": rule, "one_of": one_of, "lines": lines(found[:SHOWN], actor, named=rule is None), "back": f"/rules/{rule.pk}" if rule else HERE,
        "tabs": [{"label": str(label), "href": f"{HERE}/log?{kept}state={key}", "current": key == state} for key, label in choices],
        "older": f"{HERE}/log?{kept}state={state}&before={found[SHOWN - 1].pk}" if len(found) > SHOWN else "",
    }  # fmt: skip


def lines(runs: Any, actor: Actor, *, named: bool = False) -> list[dict[str, Any]]:
    """Runs as lines of a log. A record the reader may not see is not named."""
    show, found = show_for(actor), list(runs)
    made = [(k, pk) for run in found for came in run.did or [] if (pair := came.get("made")) for k, pk in (pair,)]
    titles = titled(list({(r.resource, r.record_id) for r in found} | {(k, pk) for k, pk in made}), actor)
    out = []
    for run in found:
        body = read(run.edition.body)
        here = titles.get((run.resource, run.record_id))
        did = saying.did(run, body, show) if here is not None else []
        for step in did:
            pair = tuple(step["made"]) if step.get("made") else None
            step["link"] = {"href": f"/{registry[pair[0]].path}/{pair[1]}", "label": titles[pair]} if pair in titles else None
        out.append(
            {"id": run.pk, "at": run.ended_at or run.created_at, "ago": words.ago(run.ended_at or run.created_at, show.now, show.language),
             "title": here or _("a record you may not see"), "href": f"/{registry[run.resource].path}/{run.record_id}" if here else "",
             "label": run.get_state_display(), "tone": saying.TONES[run.state], "state": run.state, "why": saying.why(run) if here else "",
             "facts": facts.in_words(run.resource, body.if_, run.facts, show, actor) if here and run.facts else [], "did": did,
             "rule": run.rule.name if named else "", "rule_href": f"/rules/{run.rule_id}", "version": run.edition.number,
             "event": run.event_id, "deep": len(run.chain)}
        )  # fmt: skip
    return out


def acted(record: Any, actor: Actor) -> dict[str, Any] | None:
    """The rules that acted on a record."""
    runs = list(selectors.acted_on(record._meta.model_name or "", record.pk)[:ON_RECORD])
    may, told = actor.may(KEY, "view"), lines(runs, actor, named=True)
    for line in told if not may else ():
        if line["why"] and line["state"] in (RuleRun.State.REFUSED, RuleRun.State.FAILED):  # the sentence is for who looks after the rule
            line["why"] = _("It could not be done; who looks after the rule sees why.")
    return {"lines": told, "may": may} if runs else None


@versioned("settings")
def kinds_about() -> frozenset[str]:
    """The kinds of records there is a rule about."""
    return frozenset(Rule.objects.filter(deleted_at=None).values_list("resource", flat=True))


place(
    Page("automation", t("Automation"), "automation/rules.html", rules, needs="rule.view", icon="robot"),
    Page("automation/log", t("What rules did"), "automation/log.html", whole_log, needs="rule.view", icon="robot"),
    Panel(KEY, "says", t("What it says"), "automation/says.html", whole_rule, place="tab", position=1, first=True),
    Panel(KEY, "log", t("Log"), "automation/log_tab.html", log, place="tab", position=2),
    Panel(EVERY, "rules", t("Rules that acted here"), "automation/acted.html", acted, position=95, lazy=True,
          wanted=lambda key: key in kinds_about()),
    Menu("automation", t("Automation"), HERE, icon="robot", group="settings/rules", needs="rule.view", position=6, covers=("rule",)),
)  # fmt: skip
