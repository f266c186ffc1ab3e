"""The rows behind a number in a drawer beside its table: the figure with what it was a year before, month by month, and the way to the list."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.metrics import address, drill
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask, Derived, Measure, base_of, datasets, measures
from pellucid.kernel.metrics.labels import labelled
from pellucid.kernel.metrics.needs import may
from pellucid.kernel.metrics.rows import Below
from pellucid.kernel.metrics.table import table, window_label
from pellucid.kernel.metrics.windows import compared
from pellucid.kernel.records.days import Days, cut
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import registry

from .. import answers
from ..grids import short
from ..plots import over_time
from .analyses import drawn_rows

SHOWN = 20
LONGEST = 800  # days that months can still be told apart in


@require_safe
def behind(request: Any) -> HttpResponse:
    """One number in a drawer."""
    actor, show = request.actor, request.show
    ask = address.parse(list(request.GET.items()), show)
    name = ask.measures[0]
    measure = measures[name]
    if not isinstance(measure, Measure):
        raise Invalid({"measures": [_("“%(name)s” is worked out from other measures.") % {"name": measure.label}]})
    ask = drill.narrow(ask, name, {})
    found = drawn_rows(measure, ask, actor, show, start=0, size=SHOWN, only="owner")
    asof = ask.asof or show.today
    against = replace(ask, compare=compared(ask.period, ("year",), "", asof)) if ask.period and ask.period.first else ask
    whole = table(actor, answer(actor, against, show.today), show, links=False).rows[0].cells[0]
    note = f"{window_label('year')} {whole.change}" if whole.change else ""
    facts = [*worked_out(request.GET.get("of", ""), ask, actor, show),
             {"label": str(measure.label), "value": short(whole.value, measure.unit, show), "title": whole.text, "note": note, "tone": whole.tone,
              "unit": str(measure.noun)}]  # fmt: skip
    if measure.agg != "count":
        facts.append({"label": _("Records"), "value": f"{found['count']:,}"})
    left = found["count"] - len(found["lines"])
    listed = drill.link(actor, name, ask, show.today)
    context = {
        "title": " × ".join(values_of(measure, ask, show)) or str(measure.label), "facts": facts, "curve": curve(measure, against, actor, show),
        "measure": str(measure.label), "lines": found["lines"], "owner": bool(found["columns"]), "own": found["own"], "count": found["count"],
        "href": listed, "total": whole.text,
        "rest": ngettext("%(n)s more row", "%(n)s more rows", left) % {"n": f"{left:,}"} if left > 0 else "",
        "open": _("All rows") if listed.startswith(drill.PAGE) else _("Open in the list “%(name)s”") % {
            "name": registry[datasets[measure.dataset].resource].model._meta.verbose_name_plural},
    }  # fmt: skip
    return answers.fragment(request, "behind.html", context)


def worked_out(of: str, ask: Ask, actor: Actor, show: Show) -> list[dict[str, Any]]:
    """What a number is that was worked out from others, and the others it comes from: each leads to its own rows."""
    if not isinstance(measures.get(of), Derived):
        return []
    shown, words = ask.measures[0], str(measures[of].formula)
    parts = [n for n, m in base_of((of,)).items() if may(actor, n) and all(datasets[m.dataset].dim(d) for d in ask.filters)]
    if len(parts) < len(base_of((of,))) or shown not in parts:
        return []
    found = table(actor, answer(actor, replace(ask, measures=(of, *parts)), show.today), show).rows[0].cells
    out = [{"label": str(measures[of].label), "value": short(found[0].value, measures[of].unit, show), "title": words, "note": "", "tone": ""}]
    return out + [{"label": str(measures[n].label), "value": short(cell.value, measures[n].unit, show), "title": cell.text, "note": "", "tone": "",
                   "unit": str(measures[n].noun), "href": cell.href, "drawer": f"{cell.drawer}&of={of}"}
                  for n, cell in zip(parts, found[1:], strict=True) if n != shown]  # fmt: skip


def values_of(measure: Measure, ask: Ask, show: Show) -> list[str]:
    """What the number is narrowed to, in words."""
    ds, out = datasets[measure.dataset], []
    for name, wanted in ask.filters.items():
        dim = ds.dim(name)
        if dim is None or isinstance(wanted, Days):
            continue
        values = tuple(wanted.units) if isinstance(wanted, Below) else wanted if isinstance(wanted, tuple) else (wanted,)
        words = labelled(ds, dim, values, show)
        out.append("、".join(words.get(v, str(v)) for v in values[:3]))
    return out


def curve(measure: Measure, ask: Ask, actor: Actor, show: Show) -> dict[str, Any] | None:
    """Month by month with the year before, for what comes in over time."""
    first, until = (ask.period.first, ask.period.until) if ask.period else (None, None)
    flows = measure.time == "flow" and not callable(measure.where)
    if not flows or ask.period is None or first is None or until is None or not 31 < (until - first).days < LONGEST:
        return None
    monthly = replace(ask, grain="month", period=cut(ask.period, ask.asof or show.today))
    return over_time(table(actor, answer(actor, monthly, show.today), show, links=False), "columns", show, narrow=True)
