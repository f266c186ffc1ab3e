"""The wizard's second step as data: a line per column, how the file is read, what the check says."""
from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.automation.using import rules_about
from pellucid.kernel.exchange import failures, readers, running
from pellucid.kernel.exchange.files import opened
from pellucid.kernel.exchange.guessing import bare, spellings
from pellucid.kernel.exchange.mapping import Plan, Rule, targets
from pellucid.kernel.exchange.models import ImportRun
from pellucid.kernel.exchange.readers import Sheetbook
from pellucid.kernel.exchange.reporting import CHOSEN, shown_columns
from pellucid.kernel.exchange.writers import Column, Workbook
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.declare import Resource

DELIMITERS = ((",", ","), (";", ";"), ("\t", "Tab"), ("|", "|"))


def looked_into(run: ImportRun) -> Sheetbook:
    """The file as it was decided to be read."""
    if run.file is None:
        raise Refused(_("The file is not kept any more."))
    kept = run.reading["file"]
    with opened(run.file) as source:
        return readers.inspect(source, run.file_name, sheet=kept["sheet"], encoding=kept["encoding"], delimiter=kept["delimiter"],
                               header_row=kept["header_row"])


def choices(data: Mapping[str, str]) -> dict[str, Any]:
    """How the reader wants the file read."""
    row = data.get("header_row", "")
    return {"sheet": data.get("sheet", "")[:100], "encoding": data.get("encoding", "")[:20], "delimiter": data.get("delimiter", "")[:1],
            "header_row": whole(row, 999)}


def reread(data: Mapping[str, str], run: ImportRun) -> bool:
    """Whether another sheet, encoding, delimiter or head row was chosen."""
    kept = run.reading["file"]
    return any(name in data and str(value) != str(kept[name]) for name, value in choices(data).items())


def reading_fields(run: ImportRun, book: Sheetbook) -> list[dict[str, Any]]:
    """Sheet, encoding, delimiter and head row, as far as this kind of file has them."""
    kept, out = run.reading["file"], []

    def choice(name: str, label: str, options: Iterable[tuple[str, str]]) -> None:
        drawn = [{"value": v, "label": said, "selected": v == kept[name]} for v, said in options]
        out.append({"name": name, "kind": "choice", "label": label, "required": True, "options": drawn})

    if len(book.sheets) > 1:
        choice("sheet", _("Sheet"), ((s.name, s.name) for s in book.sheets))
    if book.kind == "csv":
        choice("encoding", _("Encoding"), ((e.name, f"{e.label} · {e.sample[:30]}" if e.sample else e.label) for e in book.encodings))
        choice("delimiter", _("Delimiter"), DELIMITERS)
    out.append({"name": "header_row", "kind": "integer", "label": _("Row of the headings"), "value": kept["header_row"], "min": 0,
                "help": _("0: the table has no headings")})
    return out


def plan_of(data: Any, run: ImportRun) -> Plan:
    """The plan as it was chosen in the page; what the page does not ask for stays as it was: also what else a column fills."""
    before = running.run_plan(run)
    kept: dict[str, list[Rule]] = {}
    for rule in before.rules:
        kept.setdefault(rule.column, []).append(rule)
    rules = []
    for name, at in run.places.items():
        first, *others = kept.get(name, [Rule(name, "")])
        field = data.get(f"column-{at}", first.field)
        rules += [first if first.field == field else Rule(name, field, dates=first.dates), *(r for r in others if r.field != field)]
    return Plan(tuple(rules), before.defaults)


def lines(resource: type[Resource], actor: Actor, run: ImportRun, book: Sheetbook, plan: Plan, checked: dict[str, Any]) -> list[dict[str, Any]]:
    """A line per column of the file."""
    may, chosen = targets(resource, actor), {r.column: r for r in reversed(plan.rules)}
    also = {c: [str(may[r.field].label) for r in plan.rules if r.column == c and r is not first and r.field in may] for c, first in chosen.items()}
    named = spellings(resource.key(), may)
    options = [(n, str(s.label) + ("*" if s.required else "")) for n, s in may.items()]
    out = []
    for column in book.columns:
        rule = chosen.get(column.name, Rule(column.name, ""))
        first = next((str(row.cells[column.index]) for row in book.preview if row.cells[column.index] is not None), "")
        line = {"name": column.name, "first": first[:60], "state": "", "text": _("Not imported"), "href": "", "link": "",
                "field": {"name": f"column-{column.index}", "id": f"column-{column.index}", "kind": "choice", "required": True,
                          "options": [{"value": "", "label": _("Not imported"), "selected": not rule.field},
                                      *({"value": n, "label": label, "selected": n == rule.field} for n, label in options)]}}
        if rule.field:
            line |= {"state": "ok", "text": _("Same heading")} if named.get(bare(column.header)) == rule.field else {
                "state": "ok" if checked else "warn", "text": _("Chosen by hand") if checked else _("Please look whether this is right")}
        if (bad := int(checked.get("columns", {}).get(column.name, 0))) and rule.field in may:
            line |= {"state": "warn", "text": ngettext("%(n)s row is faulty here", "%(n)s rows are faulty here", bad) % {"n": bad}}
            if may[rule.field].kind.family in CHOSEN and may[rule.field].kind.key != "link":
                words = len(checked["unknown"].get(column.name, {}))
                line |= {"text": ngettext("%(n)s word without a meaning", "%(n)s words without a meaning", words) % {"n": words},
                         "href": f"/{resource.path}/import/{run.pk}/words/{column.index}", "link": _("Say what they mean")}
        if rule.dates and rule.field in may and may[rule.field].kind.family == "moment":
            line["text"] = _("%(text)s · dates are read as %(order)s") % {
                "text": line["text"], "order": _("month/day/year") if rule.dates == "mdy" else _("day/month/year")}
        if more := also.get(column.name):
            line["text"] = _("%(text)s · also fills %(fields)s") % {"text": line["text"], "fields": ", ".join(more)}
        out.append(line)
    return out


def policies(run: ImportRun) -> dict[str, Any]:
    """What happens to rows that are there already."""
    told = {"skip": "", "fill": _("what is there stays"), "update": _("empty cells change nothing"), "create": _("also where the name is the same")}
    options = [{"value": value, "label": str(label), "note": told[value], "selected": value == run.policy}
               for value, label in ImportRun.Policy.choices]
    return {"name": "policy", "kind": "radios", "label": _("When it is there already"), "options": options}


def rules(resource: type[Resource]) -> dict[str, Any] | None:
    """Whether the rules that are switched on act on what comes in; not asked where there are none."""
    concerned = rules_about(resource.key())
    if not concerned:
        return None
    options = [{"value": "0", "label": _("No, leave these rows alone"), "note": "", "selected": True},
               {"value": "1", "label": _("Yes, as if somebody had typed each row"), "note": "、".join(concerned[:5]), "selected": False}]
    n = len(concerned)
    asked = ngettext("%(n)s rule is about these records. Shall it act?", "%(n)s rules are about these records. Shall they act?", n)
    return {"name": "rules", "kind": "radios", "label": asked % {"n": n}, "options": options}


def result(run: ImportRun, resource: type[Resource]) -> dict[str, Any]:
    """The check's figures and first faulty rows."""
    found, total = run.checked, max(1, int(run.checked["rows"]))
    tones = (("imported", "acc", ""), ("updated", "accl", ""), ("skipped", "warn", "warn"), ("failed", "bad", "bad"))
    labels = {"imported": _("New"), "updated": _("Updated"), "skipped": _("Skipped, there already"), "failed": _("Faulty, not imported")}

    def rows(n: int) -> str:
        return ngettext("%(n)s row", "%(n)s rows", n) % {"n": f"{n:,}"}

    sums = [{"label": labels[name], "value": rows(int(found[name])), "tone": tone if found[name] else ""} for name, _meter, tone in tones]
    sums.append({"label": _("Together") if found["whole"] else _("Looked at, of more"), "value": rows(int(found["rows"])), "total": True})
    share = [{"share": round(100 * int(found[name]) / total, 2), "tone": meter} for name, meter, _tone in tones if found[name]]
    faulty = f"/{resource.path}/import/{run.pk}/faults.xlsx"
    table = {"columns": shown_columns(run), "rows": [
        {"number": row["number"], "lines": row.get("faults") or [row["text"]], "state": "bad" if row["state"] == "failed" else "warn",
         "cells": [{"text": text, "state": "e0" if bad else ""} for text, bad in row["cells"]]} for row in found["shown"]]}
    return {
        "share": share, "share_label": ", ".join(f"{s['label']} {s['value']}" for s in sums), "sums": sums,
        "sums_note": _("took %(n)s s") % {"n": found["seconds"]}, "table": table if found["shown"] else None,
        "table_note": _("The first %(n)s rows with something to say") % {"n": len(found["shown"])},
        "faults": [{"label": label, "count": count, "tone": "bad", "href": faulty} for label, count in found["faults"]],
        "foot_button": {"label": _("Download %(rows)s with their faults") % {"rows": rows(int(found["failed"]))}, "icon": "download",
                        "href": faulty} if found["failed"] else None,
    }


def template(resource: type[Resource], actor: Actor) -> BinaryIO:
    """A table that holds nothing but headings."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
    names = [s for s in targets(resource, actor).values() if s.name not in ("created_at", "created_by")]
    with Workbook(file, [Column(str(s.label)) for s in names], title=str(resource.model._meta.verbose_name_plural)):
        pass
    file.seek(0)
    return file


def faulty(run: ImportRun, found: Iterable[tuple[int, str]]) -> BinaryIO:
    """The rows with their faults as a table."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
    with running.rows_of(run) as rows:
        failures.write(run, found, rows, file)
    file.seek(0)
    return file
