"""Learning by role: one's own paths with marks, and how far one's people have come."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import HomeCard, Menu, Page, Panel, place

from .document_panels import icon_of
from .models import Document, DocumentRead, LearningItem
from .selectors import learning as selectors

SHOWN_PEOPLE = 60
HERE = "/p/knowledge/learning"


def line(item: LearningItem, document: Document, read: DocumentRead | None, show: Show) -> dict[str, Any]:
    """One document of a path."""
    newer = read is not None and document.edition > read.edition
    verb = "document_mark_unread" if read and not newer else "document_mark_read"
    return {
        "label": document.name, "href": f"/documents/{document.pk}", "icon": icon_of(document), "sub": item.note or document.summary[:80],
        "read": read is not None and not newer, "newer": newer, "post": f"/documents/{document.pk}/do/{verb}",
        "right": words.ago(read.at, show.now, show.language) if read else "",
    }  # fmt: skip


def paths(actor: Actor) -> list[dict[str, Any]]:
    """One's own paths with what was read."""
    show, mine = show_for(actor), selectors.paths_of(actor)
    items = selectors.items_of(mine, actor) if mine else {}
    read = selectors.read_by(actor.user_id, [d.pk for found in items.values() for _item, d in found]) if mine else {}
    out = []
    for path in mine:
        lines = [line(item, document, read.get(document.pk), show) for item, document in items[path.pk]]
        if lines:
            done = sum(entry["read"] for entry in lines)
            out.append({"name": path.name, "note": path.note, "lines": lines, "done": done, "all": len(lines), "days": path.days,
                        "share": round(100 * done / len(lines)), "next": next((entry for entry in lines if not entry["read"]), None)})  # fmt: skip
    return out


def people(actor: Actor) -> list[dict[str, Any]]:
    """How far those have come whom the reader leads: where he may recommend documents, he sees who reads them."""
    if actor.rights is None or not actor.may("document", "approve"):
        return []
    scope, show = actor.rights.scope("document", "approve"), show_for(actor)
    users = [u.id for u in directory.users().values() if u.active and u.kind == "staff" and u.id != actor.user_id
             and (scope.all or u.unit in scope.units)]  # fmt: skip
    rows = []
    for user, path, done, of, last in selectors.progress(users):
        rows.append({"name": directory.user_name(user), "tint": user, "unit": directory.unit_name(directory.home_of(user), full=True),
                     "path": path.name, "done": done, "all": of, "share": round(100 * done / of),
                     "last": words.ago(last, show.now, show.language) if last else ""})  # fmt: skip
    return sorted(rows, key=lambda r: (r["share"] == 100, r["share"] == 0, r["share"], r["name"]))[:SHOWN_PEOPLE]


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """What to read, and who has."""
    return {"paths": paths(actor), "people": people(actor), "edit": "/learning-paths/" if actor.may("learningpath", "edit") else ""}


def card(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """The path one has not come to the end of, on the workbench."""
    begun = [p for p in paths(actor) if p["next"]]
    return {"path": begun[0], "here": HERE} if begun else None


def on_document(document: Document, actor: Actor) -> dict[str, Any] | None:
    """Whether a document is on the reader's path, and the mark."""
    for path in paths(actor):
        for at, entry in enumerate(path["lines"], 1):
            if entry["href"] == f"/documents/{document.pk}":
                return {"entry": entry, "path": path["name"], "at": at, "all": path["all"], "here": HERE, "may": not actor.read_only}
    return None


place(
    Page("knowledge/learning", gettext_lazy("Learning"), "collaboration/learning.html", page, needs="document.view", icon="school"),
    Menu("learning", gettext_lazy("Learning"), HERE, "school", group="document", needs="learningpath.view", position=172),
    Menu("learningpath", gettext_lazy("Learning paths"), "/learning-paths/", "school", group="settings/rules", needs="learningpath.edit",
         position=70),
    Menu("learningitem", gettext_lazy("Parts of learning paths"), "/learning-items/", "list-check", group="settings/rules",
         needs="learningpath.edit", position=71),
    HomeCard("learning.mine", gettext_lazy("Learning"), "collaboration/learning_card.html", card, place="right", needs="document.view", position=85),
    Panel("document", "learning", gettext_lazy("Learning"), "collaboration/document_learning.html", on_document, position=7),
)  # fmt: skip
