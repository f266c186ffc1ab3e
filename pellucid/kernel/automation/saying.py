"""A rule in words: when, if, then; and what became of an occasion."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.conditions import filters_of
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs
from pellucid.kernel.resources.telling import value_words

from . import facts
from .checking import events_of
from .definition import Body, Changed, Created, Happened, Reached, Scheduled
from .doing import doings
from .models import RuleRun

TONES = {"done": "ok", "unmet": "", "refused": "warn", "failed": "bad", "stopped": "warn", "due": "info"}
WHY = {
    "loop": t("It has acted on this record already, because of the same first event."),
    "deep": t("Five rules had followed from each other already; it went no further."),
    "spent": t("Fifty runs had followed from the same first event; it went no further."),
    "off": t("The rule was switched off before it came to it."),
    "gone": t("The record had gone before the rule came to it."),
}
WEEKDAYS = (t("Monday"), t("Tuesday"), t("Wednesday"), t("Thursday"), t("Friday"), t("Saturday"), t("Sunday"))


def noun(key: str) -> str:
    """What a record of this kind is called."""
    return str(registry[key].model._meta.verbose_name) if key in registry else key


def when(body: Body) -> str:
    """What it waits for."""
    what, key = body.when, body.resource
    joint = _(" or ")
    match what:
        case Created():
            return _("a new %(noun)s comes in") % {"noun": noun(key)}
        case Changed():
            known = specs(key)
            fields = joint.join(str(known[n].label) if n in known else n for n in what.fields)
            return _("“%(fields)s” of the %(noun)s changes") % {"fields": fields, "noun": noun(key)} if fields else \
                _("anything of the %(noun)s changes") % {"noun": noun(key)}  # fmt: skip
        case Happened():
            known_events = events_of(key) if key in registry else {}
            told = joint.join(f"“{plain(known_events.get(n, n))}”" for n in what.names)
            return _("%(noun)s: %(events)s") % {"noun": noun(key), "events": told}
        case Reached():
            spec = specs(key).get(what.field)
            day = {"noun": noun(key), "field": spec.label if spec else what.field, "n": abs(what.days), "at": what.at}
            if what.days == 0:
                return _("“%(field)s” of the %(noun)s is reached, at %(at)s") % day
            if what.days < 0:
                return _("“%(field)s” of the %(noun)s is %(n)s days ahead, at %(at)s") % day
            return _("“%(field)s” of the %(noun)s is %(n)s days past, at %(at)s") % day
        case Scheduled():
            return _("it is %(time)s, for each %(noun)s") % {"time": _times(what), "noun": noun(key)}
    return ""


def plain(label: Any) -> str:
    """An event's label; of a sentence what stands behind the actor."""
    return str(label).replace("{actor}", "").strip(" :：")


def _times(what: Scheduled) -> str:
    if what.every == "week":
        return _("%(days)s, %(at)s") % {"days": "、".join(str(WEEKDAYS[d - 1]) for d in what.on if 1 <= d <= 7), "at": what.at}
    if what.every == "month":
        return _("day %(days)s of the month, %(at)s") % {"days": "、".join(map(str, what.on)), "at": what.at}
    return _("every day, %(at)s") % {"at": what.at}


def conditions(body: Body, show: Show, actor: Actor) -> list[str]:
    """What must hold, one line per condition; alternatives are one."""
    known = facts.known_specs(body.resource, before=True) if body.resource in registry else {}
    groups: dict[int, list[str]] = {}
    for f in filters_of(body.if_):
        if f.name in known:
            groups.setdefault(f.group, []).append(f"{known[f.name].label} {value_words(known[f.name], f, show, actor)}")
    return [*groups.pop(0, []), *(_(" or ").join(found) for found in groups.values())]


def steps(body: Body, show: Show) -> list[dict[str, Any]]:
    """What it does, in order: {"icon", "what", "inputs"}."""
    out = []
    for step in body.do:
        doing = doings.get(step.kind)
        what, inputs = doing.says(body.resource, step, show) if doing and body.resource in registry else (step.kind, [])
        out.append({"icon": doing.icon if doing else "help", "what": what, "inputs": inputs})
    return out


def sentence(body: Body, show: Show, actor: Actor) -> dict[str, Any]:
    """The whole rule for a card or a page."""
    return {"when": when(body), "if": conditions(body, show, actor), "then": steps(body, show), "noun": noun(body.resource)}


def why(run: RuleRun) -> str:
    """Why nothing, or not all, was done."""
    return str(WHY.get(run.why, run.why))


def did(run: RuleRun, body: Body, show: Show) -> list[dict[str, Any]]:
    """What each step came to."""
    out = []
    for said, came in zip(steps(body, show), run.did or [], strict=False):
        note = ""
        if came.get("state") == "waiting":
            note = _("waits for an approval")
        elif "told" in came:
            note = _("%(n)s told") % {"n": came["told"]} if came["told"] else _("nobody to tell who may see it")
        out.append({**said, "note": note, "made": came.get("made"), "state": came.get("state", "")})
    return out
