"""Transfers as they would be and were carried out; the successor's file with what areas know; what waits to be signed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from django.utils.translation import pgettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import fetch, show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.resources.declare import HomeCard, Menu, Panel, place, registry

from . import handing, selectors, transfers
from .models import Handover, Transfer, TransferLine
from .standing_in import label_of

SHOWN = 6


def planned(transfer: Transfer, actor: Actor) -> dict[str, Any] | None:
    """What goes to whom, counted: before, from the rows of now; after, what went."""
    lines = transfers.lines_of(transfer)
    if transfer.done_at is not None:
        counts = transfers.moved(transfer)
        return {"parts": [_part(line, counts.get(line.pk, Counter()), actor) for line in lines], "done": True, "left": [], "beyond": []}
    found = transfers.plan(transfer, lines, actor)
    counts = found.counts()
    edit = actor.may("transferline", "create") and not actor.read_only
    return {
        "parts": [_part(line, counts.get(line.pk, Counter()), actor, line.pk in found.nobody) for line in lines],
        "done": False,
        "left": [(label_of(key), len(ids)) for key, ids in found.left.items()],
        "beyond": [(label_of(key), n) for key, n in found.beyond.items() if n],
        "total": len(found.goes),
        "new": f"/transfer-lines/new?transfer={transfer.pk}" if edit else "",
        "run": f"/transfers/{transfer.pk}/do/transfer_run" if edit and lines and actor.may("transfer", "transfer") else "",
    }


def _part(line: TransferLine, counts: Counter[tuple[str, int]], actor: Actor, nobody: bool = False) -> dict[str, Any]:
    people: dict[int, list[str]] = {}
    for (key, receiver), n in sorted(counts.items()):
        people.setdefault(receiver, []).append(f"{label_of(key)} {n:,}")
    return {
        "what": transfers.in_words(line, actor),
        "rule": line.get_rule_display() if line.rule != TransferLine.Rule.PERSON else "",
        "href": f"/transfer-lines/{line.pk}",
        "total": sum(counts.values()),
        "to": [{"name": directory.user_name(u), "tint": u, "counts": " · ".join(found)} for u, found in people.items()],
        "nobody": nobody,
    }


def file(handover: Handover, actor: Actor) -> dict[str, Any] | None:
    """The file: where it leads, and each slot that has something to say to this reader."""
    resource = registry.get(handover.about_resource)
    if resource is None:
        return None
    try:
        record = fetch(resource.model, handover.about_id, actor)
    except Missing:
        return {"cards": [], "href": "", "name": handover.name, "about": str(resource.model._meta.verbose_name)}
    cards = [{"label": str(s.label), "rows": rows} for s in handing.slots_of(handover.about_resource, actor) if (rows := s.rows(record, actor))]
    return {"cards": cards, "href": f"/{resource.path}/{handover.about_id}", "name": handover.name,
            "about": str(resource.model._meta.verbose_name)}  # fmt: skip


def of_record(record: models.Model, actor: Actor) -> dict[str, Any] | None:
    """On a record that was handed over: from whom, signed or not, first contact."""
    show, rows = show_for(actor), []
    for h in handing.of_record(record._meta.model_name or "", record.pk):
        late = h.contacted_at is None and h.due_at < show.now
        due = words.due(h.due_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
        rows.append({
            "label": _("%(giver)s to %(owner)s") % {"giver": directory.user_name(h.giver_id), "owner": directory.user_name(h.owner_id)},
            "href": f"/handovers/{h.pk}",
            "sub": _("first contact made") if h.contacted_at else _("first contact: %(due)s") % {"due": due},
            "tag": {"label": h.get_state_display(), "tone": "bad" if late else "ok" if h.signed_at else "warn"},
        })  # fmt: skip
    return {"rows": rows} if rows else None


def card(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """On the successor's workbench: customers he should have spoken with by now, files to be signed, then who is to be spoken with."""
    found, n = selectors.handovers_to_do(actor, SHOWN)
    show, rows = show_for(actor), []
    for h in found:
        due = words.due(h.due_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
        said = _("first contact made") if h.contacted_at else _("first contact: %(due)s") % {"due": due}
        rows.append({"icon": "file-check", "tone": "bad" if h.contacted_at is None and h.due_at < show.now else "", "label": h.name,
                     "href": f"/handovers/{h.pk}", "sub": _("from %(giver)s") % {"giver": directory.user_name(h.giver_id)},
                     "tag": None if h.signed_at else {"label": h.get_state_display(), "tone": "warn"}, "right": said})  # fmt: skip
    return {"rows": rows, "all": "/handovers/?view=mine", "note": str(n)} if rows else None


def panel_of(key: str) -> Panel:
    """The card about handovers, for the records of a resource that has files."""
    return Panel(key, "handovers", t("Handed over"), "people/rows.html", of_record, needs="handover.view", position=60)


place(
    Panel("transfer", "plan", t("What goes to whom"), "people/plan.html", planned, place="tab", position=1, first=True),
    Panel("handover", "file", pgettext_lazy("handover", "File"), "people/file.html", file, place="tab", position=1, first=True),
    HomeCard("handovers", t("Handed over to me"), "people/noted_card.html", card, position=14),
    Menu("transfer", t("Transfers"), "/transfers/", "transfer", group="staff", needs="transfer.create", position=920),
    Menu("handover", t("Handovers"), "/handovers/", "file-check", group="staff", needs="handover.view", position=930),
    Menu("transferline", t("Parts of transfers"), ""),  # reached from their transfer
)
