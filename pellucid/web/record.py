"""The page of a record as data: identity, facts, path, fields, actions, tabs and cards, all from the registries."""
from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from markupsafe import Markup

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, actions, gates_ask, of_model, still_written
from pellucid.kernel.actions.run import scope_of, scoped
from pellucid.kernel.history.selectors import periods
from pellucid.kernel.processes.gate import being_decided
from pellucid.kernel.records import prepared, words
from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.models import OwnedRecord, stays_kept
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.boards import way
from pellucid.kernel.resources.columns import Column, columns_of, row_of
from pellucid.kernel.resources.declare import EVERY, Panel, Related, Resource, Section, panels, registry, related
from pellucid.kernel.resources.fields import arranged, masked, readable, resource_title, value_of, wanted, written
from pellucid.kernel.resources.reach import Reach

from .answers import drawn
from .guiding import address, advice
from .menu import label_of, placed

YEAR = re.compile(r"^[\W\d_]*\d[\W\d_]*年?\s*")
FACTS = 6                               # figures under the name
HEADLINE = ("term", "choice")          # kinds whose values stand as tags beside the name


@dataclass(slots=True)
class Sheet:
    """A record with everything that drawing it needs."""

    resource: type[Resource]
    record: Any
    actor: Actor
    show: Show
    list_state: str = ""
    reach: Reach = field(init=False)
    columns: dict[str, Column] = field(init=False)
    row: tuple[Any, ...] = field(init=False)
    writable: dict[str, Spec] = field(init=False)
    offers: list[Action] | None = None
    waits: set[str] | None = None
    writing: tuple[Panel | None, dict[str, Any]] | None = None
    advice: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.reach = Reach(self.record, self.actor)
        may = readable(self.key, self.actor)
        _parts, columns = columns_of(self.key, [n for n in may if not may[n].options.get("hidden")], self.actor)
        self.columns = {c.spec.name: c for c in columns}
        self.row = row_of(self.record, columns)
        self.writable = written(self.key, self.record, self.actor) if self.alive and self.reach.may("edit") else {}

    @property
    def verbs(self) -> list[Action]:
        """The area's own verbs that are there for the reader; asked for once, and by the page only."""
        if self.offers is None:
            self.offers = offered(self)
        return self.offers

    @property
    def decided(self) -> set[str]:
        """The moves that wait for a decision; asked once for a sheet."""
        if self.waits is None:
            self.waits = being_decided(self.key, self.record.pk)
        return self.waits

    @property
    def key(self) -> str:
        return self.resource.key()

    @property
    def alive(self) -> bool:
        return self.record.deleted_at is None and self.record.merged_into is None

    @property
    def href(self) -> str:
        return f"/{self.resource.path}/{self.record.pk}"

    @property
    def title(self) -> str:
        column = self.columns.get(self.resource.title)
        said = column.spec.kind.words(column.spec, column.pick(self.row), self.show) if column else ""
        return said[:160] or f"#{self.record.pk}"

    def value(self, name: str) -> Any:
        """What the record holds for a field, masked where the reader sees it masked."""
        return self.columns[name].pick(self.row)

    def drawn(self, name: str) -> Markup:
        """The field as HTML."""
        column = self.columns[name]
        return column.spec.kind.cell(column.spec, self.show)(column.pick(self.row))

    def words(self, name: str) -> str:
        """The field as text."""
        column = self.columns[name]
        return column.spec.kind.full(column.spec, column.pick(self.row), self.show)


def mark_of(title: str) -> str:
    """The two characters of a record's tile; the year or number a title begins with tells nothing."""
    return (YEAR.sub("", title, count=1) or title)[:2]


def identity(sheet: Sheet) -> dict[str, Any]:
    """What the record is: title, mark, tags, number, crumbs."""
    resource = sheet.resource
    tags = []
    for name in (n for n in resource.columns if n in sheet.columns and n not in resource.facts):
        spec = sheet.columns[name].spec
        if spec.kind.key in HEADLINE and (said := sheet.words(name)) and len(tags) < 4:
            tone = next((t for v, _label, t in spec.kind.options(spec, sheet.show) if v == sheet.value(name)), "")
            tags.append({"label": said, "tone": tone})
    links = [n for n in resource.columns if n in sheet.columns and sheet.columns[n].spec.kind.key == "link"]
    root = next((n for n in links if sheet.columns[n].spec.target != sheet.key and sheet.words(n)), "")  # one of its own kind is not above it
    short = mark_of(str(getattr(sheet.record, "short_name", "") or sheet.title))
    number = str(getattr(sheet.record, "number", "") or "")
    back = f"/{resource.path}/" + (f"?{sheet.list_state}" if sheet.list_state else "")
    return {"title": sheet.title, "short": short, "tags": tags, "root": sheet.drawn(root) if root else "",
            "number": number if number != sheet.title else "", "key": f"{sheet.key}:{sheet.record.pk}",
            "noun": str(resource.model._meta.verbose_name), "back": back, "href": sheet.href,
            "crumbs": [{"label": label_of(resource), "href": back}]}


def strip(sheet: Sheet) -> list[dict[str, Any]]:
    """What areas have to say in figures, then the record's own; six at most."""
    return [*told_in_figures(sheet), *facts(sheet)][:FACTS]


def told_in_figures(sheet: Sheet) -> list[dict[str, Any]]:
    """What areas have to say of it in figures."""
    return [fact for p in shown_panels(sheet, "strip") for fact in (p.select(sheet.record, sheet.actor) or {}).get("facts", ())]


def facts(sheet: Sheet) -> list[dict[str, Any]]:
    """The figures under the name."""
    out = []
    for name in sheet.resource.facts:
        if name not in sheet.columns:
            continue
        spec, value = sheet.columns[name].spec, sheet.value(name)
        fact = {"label": str(spec.label), "value": sheet.words(name) or "–", "text": spec.kind.align != "r"}
        if spec.companion and spec.kind.family != "moment" and isinstance(value, tuple):
            said, at = value
            fact |= {"value": said or "–"}
            if at is not None:
                late = at < sheet.show.now
                fact |= {"note": words.due(at.astimezone(sheet.show.zone), sheet.show.now.astimezone(sheet.show.zone), sheet.show.language),
                         "tone": "bad" if late else "warn" if at.astimezone(sheet.show.zone).date() == sheet.show.today else ""}
        elif spec.kind.family == "moment" and value is not None and spec.kind.key == "datetime" and not spec.companion:
            fact |= {"value": words.ago(value, sheet.show.now, sheet.show.language), "title": sheet.words(name)}
        out.append(fact)
    return out


def path(sheet: Sheet) -> dict[str, Any] | None:
    """The ordered steps a record takes, with when it took them."""
    found = ((c.spec, c.spec.kind.steps(c.spec, sheet.value(c.spec.name), sheet.show)) for c in sheet.columns.values() if not c.spec.editable)
    spec, ways = next(((spec, way) for spec, way in found if way), None) or usual_way(sheet) or (None, ())
    if spec is None:
        return None
    by_state = spec.kind.key == "choice"
    now = sheet.value(spec.name)
    spans = periods(sheet.resource.model, sheet.record.pk, spec.name) if spec.name in sheet.resource.model.temporal else []
    taken = {p.value for p in spans}
    place = next((at for at, (value, _label, _tone) in enumerate(ways) if value == now), -1)
    lost = place >= 0 and ways[place][2] == "bad"
    # what ended badly did not get through the steps after the last it stood on
    through = max((at for at, (value, *_rest) in enumerate(ways) if value in taken and at != place), default=-1) + 1 if lost else place
    level = spec.kind.key == "level"
    steps = []
    for at, (value, label, _tone) in enumerate(ways):
        period = next((p for p in reversed(spans) if p.value == value), None)
        note = ""
        if period is not None:
            began, today = period.start.astimezone(sheet.show.zone).date(), sheet.show.today
            day = words.relative_day(began, today, sheet.show.language)
            lasted = period.end - period.start if period.end else dt.timedelta()
            length = words.duration(dt.timedelta(days=lasted.days), sheet.show.language) if lasted >= dt.timedelta(days=1) else ""
            note = f"{day} · {length}" if length else day if period.end else _("since %(day)s") % {
                "day": words.that_day(began, today, sheet.show.language)}
        mover = mover_for(sheet, spec, value) if value != now and sheet.alive else None
        asked = f"?{spec.name}={value}" if mover and any(i.name == spec.name for i in mover.inputs) else ""
        gone = at < through and (value in taken or not by_state)
        state = ("lost" if lost else "now") if at == place else "done" if gone else ""
        steps.append({"label": str(label), "note": note if at <= place else "", "state": state,
                      "level": at + 1 if level else 0, "dialog": f"{sheet.href}/do/{mover.name}{asked}" if mover else ""})
    return {"steps": steps, "label": str(spec.label), "guide": guided(sheet) or None}


def guided(sheet: Sheet) -> dict[str, Any]:
    """What an area says under the steps; what it calls `next` stands first among the buttons. Asked once for a sheet."""
    if sheet.advice is None:
        asked = shown_panels(sheet, "guide") if sheet.alive else []
        sheet.advice = advice(asked, sheet.record, sheet.actor, sheet.href, lambda: sheet.decided)
    return sheet.advice


def usual_way(sheet: Sheet) -> tuple[Spec, list[tuple[Any, Any, str]]] | None:
    """The states a record of this kind usually goes through; one off that way stands at its end."""
    cycle = next((a.lifecycle for a in of_model(sheet.resource.model) if a.lifecycle and a.lifecycle.way), None)
    if cycle is None or cycle.field not in sheet.columns:
        return None
    spec, now = sheet.columns[cycle.field].spec, sheet.value(cycle.field)
    known = {value: (value, label, tone) for value, label, tone in spec.choices}
    if now not in known:  # masked
        return None
    return spec, [known[s] for s in cycle.way] + ([] if now in cycle.way else [(now, known[now][1], "bad")])


def mover_for(sheet: Sheet, spec: Spec, value: Any) -> Action | None:
    """The action that brings the record onto a step: the board's where it has this field, else the one that asks for it."""
    board = sheet.resource.board
    if board is not None and board.field == spec.name:
        found = way(sheet.resource, sheet.record, spec, board, value, sheet.actor)
    else:
        found = next((a for a in of_model(sheet.resource.model) if any(i.name == spec.name for i in a.inputs)), None)
    return found if found and sheet.reach.may(found.verb) and found.move not in sheet.decided else None


def groups(sheet: Sheet) -> list[dict[str, Any]]:
    """The fields in their sections; what the reader may write is edited in its place."""
    sections = list(sheet.resource.sections) or [Section(_("Fields"), sheet.resource.columns)]
    titles = {str(s.title) for s in sections}
    rest = next((str(s.title) for s in sections if s.rest), "")
    custom: dict[str, list[str]] = {}
    for name, column in sheet.columns.items():
        if column.spec.custom and wanted(column.spec, sheet.record):
            under = column.spec.options.get("section") or ""
            custom.setdefault(under if under in titles else rest, []).append(name)
    out = []
    for section in sections:
        names = arranged(sheet.key, [n for n in (*section.fields, *custom.pop(str(section.title), ())) if n in sheet.columns])
        out.append({"title": str(section.title), "fields": [item(sheet, n) for n in names]})
    if left := custom.pop("", []):
        out.append({"title": _("Custom fields"), "fields": [item(sheet, n) for n in left]})
    out = [g for g in out if g["fields"]]
    if out and sheet.writable:
        out[0]["edit"] = f"{sheet.href}/edit"
    return out


def item(sheet: Sheet, name: str) -> dict[str, Any]:
    """One field at rest."""
    spec, shown = sheet.columns[name].spec, sheet.drawn(name)
    if sheet.columns[name].hidden and sheet.value(name):
        shown += Markup(' <button type="button" class="btn btn-q btn-s" hx-post="{}/reveal/{}" hx-target="closest dd">{}</button>').format(
            sheet.href, name, _("Show"))
    return {"name": name, "label": str(spec.label), "html": None if shown == html.EMPTY else shown,
            "edit": f"{sheet.href}/field/{name}" if name in sheet.writable and spec.kind.control != "file" else None}


def offered(sheet: Sheet) -> list[Action]:
    """The area's own verbs that this reader may do to this record now."""
    if not sheet.alive or sheet.actor.read_only:
        return []
    return [a for a in of_model(sheet.resource.model) if not a.generic and a.on == "record" and sheet.reach.may(a.verb)
            and a.move not in sheet.decided and (a.shown is None or a.shown(sheet.record)) and not a.lacks(sheet.record, sheet.actor)
            and (not a.lifecycle or any(t.name == a.move for t in a.lifecycle.allowed(sheet.record)))]


def composing(sheet: Sheet) -> tuple[Panel | None, dict[str, Any]]:
    """What an area lets one write on the record itself, and the context it draws it from; asked once for a sheet."""
    if sheet.writing is None:
        wanted = shown_panels(sheet, "composer") if sheet.alive and not sheet.actor.read_only else []
        sheet.writing = next(((p, context) for p in wanted if (context := p.select(sheet.record, sheet.actor)) is not None), (None, {}))
    return sheet.writing


def beside(sheet: Sheet) -> list[Action]:
    """The verbs that stand as buttons; the others are in the menu, among them whatever does away with the record."""
    return [a for a in sheet.verbs if a.verb != "delete"][: 1 if composing(sheet)[0] is not None else 2]


def way_to(sheet: Sheet, what: Action) -> dict[str, str]:
    """The address of a verb: of its dialog, or where nothing is asked of whoever does it, of doing it at once."""
    at_once = what.plain and not gates_ask(what, sheet.record, sheet.actor)
    return {"post" if at_once else "dialog": f"{sheet.href}/do/{what.name}"}


def dialled(sheet: Sheet) -> str:
    """The record's first phone number the reader may see in full."""
    for name, spec in readable(sheet.key, sheet.actor).items():
        if spec.kind.key == "phone" and not masked(sheet.key, name, sheet.actor) and (number := value_of(sheet.record, spec)):
            return "".join(c for c in number if c in "+0123456789")
    return ""


def buttons(sheet: Sheet) -> list[dict[str, Any]]:
    """The first verbs as buttons, the first of them primary unless it is one to think twice about."""
    out: list[dict[str, Any]] = []
    if (writing := composing(sheet)[0]) is not None:
        out.append({"label": str(writing.label), "icon": "pencil", "act": "compose"})
    out += [{"label": str(a.label), "icon": a.icon or "bolt", "grave": a.tone in {"bad", "warn"}, **way_to(sheet, a)} for a in beside(sheet)]
    if number := dialled(sheet):
        out.append({"label": _("Call"), "icon": "phone", "href": f"tel:{number}"})
    if (first := guided(sheet).get("next")) is not None:
        out = [first, *(b for b in out if address(b) != address(first))]
    if "edit" not in {b["label"] for b in out} and sheet.writable:
        stands = still_written(sheet.record) is not None  # only remarks are still written: nothing to begin with
        out.append({"label": _("Edit"), "icon": "pencil", "drawer": f"{sheet.href}/edit", "key": "E", "grave": stands})
    return [b | {"primary": at == 0 and not b.get("grave")} for at, b in enumerate(out[:4])]


def more(sheet: Sheet, starred: bool, watched: bool) -> list[dict[str, Any]]:
    """The rest of what one may do."""
    key, href, reach = sheet.key, sheet.href, sheet.reach
    out = [{"label": str(a.label), "icon": a.icon or "bolt", "tone": "bad" if a.tone == "bad" else "", **way_to(sheet, a)}
           for a in sheet.verbs if a not in beside(sheet)]
    owned = issubclass(sheet.resource.model, OwnedRecord)
    if sheet.alive and not sheet.actor.read_only:
        if f"{key}_reassign" in actions and reach.may("transfer"):
            out.append({"label": str(actions[f"{key}_reassign"].label), "icon": "user-share", "dialog": f"{href}/do/{key}_reassign", "key": "A"})
        if owned and reach.may("edit"):
            out.append({"label": str(actions[f"{key}_share"].label), "icon": "users-plus", "dialog": f"{href}/do/{key}_share"})
        out.append({"label": _("Stop watching") if watched else _("Watch"), "icon": "eye-off" if watched else "eye", "post": f"{href}/watch"})
    if out:
        out.append({"rule": True})
    out += [{"label": _("Who sees this, and why"), "icon": "users", "dialog": f"{href}/seers"},
            {"label": _("History"), "icon": "history", "href": f"{href}/history"},
            {"label": _("Print"), "icon": "printer", "href": f"{href}/print"}]
    if sheet.resource.card and sheet.actor.may(key, "export"):
        out.append({"label": _("Address card (vCard)"), "icon": "address-book", "href": f"{href}/card.vcf"})
    if sheet.alive and reach.may("delete") and not stays_kept(sheet.record):
        out += [{"rule": True}, {"label": _("Delete"), "icon": "trash", "tone": "bad", "post": f"{href}/do/{key}_delete"}]
    return out


def shown_panels(sheet: Sheet, place: str) -> list[Panel]:
    """The panels of a place which the reader may see."""
    here = (p for p in panels if p.resource in (sheet.key, EVERY) and p.place == place and (p.wanted is None or p.wanted(sheet.key)))
    return sorted((p for p in here if placed(p, sheet.actor)), key=lambda p: p.position)


def card(sheet: Sheet, panel: Panel, base: dict[str, Any]) -> Markup:
    """A panel at the side: drawn with the page, or fetched afterwards."""
    later = Markup('<div hx-get="{}/panel/{}" hx-trigger="load" hx-swap="outerHTML"></div>')
    return later.format(sheet.href, panel.key) if panel.lazy else drawn_panel(sheet, panel, base)


def drawn_panel(sheet: Sheet, panel: Panel, base: dict[str, Any]) -> Markup:
    """A panel as HTML; empty when it has nothing to say."""
    context = panel.select(sheet.record, sheet.actor)
    if context is None:
        return Markup("")
    return drawn(panel.template, base | {"record": sheet.record, "panel": panel, "label": panel.label, "show": sheet.show} | context)


def tabs(sheet: Sheet) -> list[dict[str, Any]]:
    """Timeline, related lists, panels that are tabs, files; each but the first is loaded when it is opened."""
    out = [{"key": "timeline", "label": _("Timeline"), "current": True}]
    placed = [(p.position, {"key": f"panel-{p.key}", "label": str(p.label), "src": f"{sheet.href}/panel/{p.key}",
                            "count": p.count(sheet.record, sheet.actor) if p.count else None,
                            "current": p.first(sheet.record) if callable(p.first) else p.first})
              for p in shown_panels(sheet, "tab")]
    lists = [(at, r) for at, r in enumerate(related)
             if r.resource == sheet.key and not r.paper and r.child in registry and sheet.actor.may(r.child, "view")]
    for (at, r), n in zip(lists, counted([r for _at, r in lists], sheet), strict=True):
        placed.append((r.position, {"key": f"related-{at}", "label": str(r.label or label_of(registry[r.child])),
                                    "src": f"{sheet.href}/related/{at}", "count": "99+" if n == 100 else n, "current": r.first}))
    out[0]["current"] = not any(tab["current"] for _position, tab in placed)
    out += [tab for _position, tab in sorted(placed, key=lambda p: p[0])]
    return [*out, {"key": "files", "label": _("Files"), "src": f"{sheet.href}/files", "count": None}]


def counted(lists: list[Related], sheet: Sheet) -> list[int]:
    """How many records of other resources point here, up to a hundred of each."""
    models = [registry[r.child].model for r in lists]

    def asked(pk: int) -> list[QuerySet[Any, int]]:
        return [scoped(model, sheet.actor).filter(**{r.via: pk}).values_list("pk", flat=True)[:100]
                for r, model in zip(lists, models, strict=True)]

    if not lists:
        return []
    shape = tuple((model, r.via, scope_of(model, sheet.actor)) for r, model in zip(lists, models, strict=True))
    return prepared.counts(shape, asked, sheet.record.pk)


def list_suffix(state: str) -> str:
    """The list a record was opened from, as part of an address."""
    return "?list=" + quote(state, safe="") if state else ""


def title_of(sheet: Sheet) -> str:
    """What the record is called in a sentence."""
    return resource_title(sheet.resource, sheet.record)


