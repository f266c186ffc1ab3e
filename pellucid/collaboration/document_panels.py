"""What is shown of documents on their own page and on the records they were used for."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import terms, words
from pellucid.kernel.records.models import FileText
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources import attachments
from pellucid.kernel.resources.declare import Panel, place, registry
from pellucid.kernel.resources.marks import titled
from pellucid.kernel.resources.reach import Reach
from pellucid.kernel.search.texts.reading import why

from .documents import Using, using
from .models import Document
from .selectors import documents as selectors
from .sight import seen, shown

SHOWN_TEXT = 20_000
SHOWN_LINKS = 6
ICONS = {"xlsx": "file-spreadsheet", "xls": "file-spreadsheet", "csv": "file-spreadsheet", "pptx": "presentation", "docx": "file-text",
         "pdf": "file-text", "png": "photo", "jpg": "photo", "jpeg": "photo", "webp": "photo"}  # fmt: skip


def icon_of(document: Any) -> str:
    """The sign of its kind of file."""
    return ICONS.get(document.file_name.rpartition(".")[2].lower(), "file") if document.file_id else "note"


def size_words(size: int) -> str:
    """How big a file is."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 1024))} KB"


def row(document: Document, show: Show, may: frozenset[str]) -> dict[str, Any]:
    """A document as one line, as far as the reader sees its fields."""
    kind = shown(document, "kind_id", may if "kind" not in may else may | {"kind_id"}, None)
    about = [terms.label(kind, show.language) if kind else "", *selectors.labels(shown(document, "steps", may, []), show.language)[:3]]
    return {
        "label": shown(document, "name", may, f"#{document.pk}"),
        "href": f"/documents/{document.pk}",
        "icon": icon_of(document),
        "tone": "i3",
        "sub": " · ".join(filter(None, about)),
        "tag": {"label": _("Recommended"), "tone": "acc"} if shown(document, "recommended_at", may, None) else None,
        "right": _("won with %(n)s") % {"n": document.won_with} if shown(document, "won_with", may, 0) else "",
    }


def used_here(record: Any, actor: Actor) -> dict[str, Any] | None:
    """The documents of a record, and those that would fit where it stands now."""
    of, show, sight = using(record._meta.model_name or ""), show_for(actor), seen("document", actor)
    if of is None:
        return None
    href = f"/{registry[of.key].path}/{record.pk}"
    may = record.alive and not actor.read_only and Reach(record, actor).may("edit")
    here, fits = [], []
    for document in selectors.linked(of.key, record.pk, actor):
        act = {"label": _("Take away"), "icon": "x", "hidden_label": True, "quiet": True,
               "post": f"{href}/do/{of.key}_drop_document?document={document.pk}"}  # fmt: skip
        here.append(row(document, show, sight) | {"act": act if may else None})
    if may:
        for document in selectors.fitting(record, of, actor):
            fits.append(row(document, show, sight) | {"act": {"label": _("Use"), "post": f"{href}/do/{of.key}_add_document?document={document.pk}"}})
    steps = of.steps(record) if of.steps else []
    more = "/p/knowledge" + (f"?step={steps[0]}" if steps else "")
    return {"rows": here, "fitting": fits, "new": f"{href}/do/{of.key}_add_document" if may else "", "more": more,
            "step": "、".join(selectors.labels(steps, show.language))}  # fmt: skip


def place_documents(of: Using) -> None:
    """The tab on the records of an area."""
    place(Panel(of.key, "documents", gettext_lazy("Documents"), "collaboration/used_documents.html", used_here, place="tab", needs="document.view",
                position=45))  # fmt: skip


def file_card(document: Document, actor: Actor) -> dict[str, Any] | None:
    """The file to be fetched, and how its reading went."""
    text = selectors.text_of(document, actor)
    if text is None:
        return None
    waiting = text.state in (FileText.State.WAITING, FileText.State.READING)
    href = f"/documents/{document.pk}/held/file"
    return {
        "name": document.file_name,
        "href": href,
        "icon": icon_of(document),
        "said": _("Version %(n)s · %(size)s") % {"n": document.edition, "size": size_words(text.blob.size)},
        "preview": f"{href}/preview" if text.blob.media_type in attachments.IMAGES else "",
        "note": _("Its text is being read; in a few seconds it can be searched.") if waiting else why(text.reason),
        "reload": f"/documents/{document.pk}/panel/file" if waiting else "",
    }


def versions_tab(document: Document, actor: Actor) -> dict[str, Any]:
    """Every version, with what changed and the way back."""
    show, rows = show_for(actor), []
    may = document.alive and not actor.read_only and Reach(document, actor).may("edit")
    known = selectors.versions(document)
    before = {v.number: older.number for v, older in pairwise(known)}
    for version in known:
        now = version.number == document.edition
        acts = []
        if version.number in before:
            acts.append({"label": _("Compare"), "icon": "file-diff", "quiet": True,
                         "href": f"/p/knowledge/compare?document={document.pk}&from={before[version.number]}&to={version.number}"})  # fmt: skip
        acts.append({"label": _("Download"), "icon": "download", "quiet": True, "href": f"/document-versions/{version.pk}/held/file"})
        if may and not now:
            acts.append({"label": _("Bring back"), "icon": "restore", "quiet": True,
                         "post": f"/documents/{document.pk}/do/document_restore_version?number={version.number}"})  # fmt: skip
        rows.append({"number": version.number, "name": version.file_name, "note": version.note, "now": now, "acts": acts,
                     "size": size_words(version.file.size), "who": directory.user_name(version.created_by_id),
                     "when": words.ago(version.created_at, show.now, show.language)})  # fmt: skip
    return {"rows": rows, "new": f"/documents/{document.pk}/do/document_new_version" if may else ""}


def text_tab(document: Document, actor: Actor) -> dict[str, Any]:
    """What is written in the file, to be read without fetching it."""
    text = selectors.text_of(document, actor)
    whole = text.text if text else ""
    return {"paragraphs": [p for p in whole[:SHOWN_TEXT].split("\n") if p.strip()], "more": len(whole) > SHOWN_TEXT,
            "note": why(text.reason) if text else ""}  # fmt: skip


def uses_card(document: Document, actor: Actor) -> dict[str, Any] | None:
    """What it was used for, as far as the reader sees it, and how that went."""
    links = selectors.links_of(document)
    names = titled(links[: SHOWN_LINKS * 4], actor)
    rows = [{"label": names[key, pk], "href": f"/{registry[key].path}/{pk}", "icon": registry[key].icon, "tone": "i3",
             "sub": str(registry[key].model._meta.verbose_name)} for key, pk in links if (key, pk) in names]  # fmt: skip
    if not rows and not document.uses:
        return None
    ended = document.won_with + document.lost_with
    return {"rows": rows[:SHOWN_LINKS], "won": document.won_with, "lost": document.lost_with,
            "share": round(100 * document.won_with / ended) if ended else None, "uses": document.uses}  # fmt: skip


place(
    Panel("document", "file", gettext_lazy("File"), "collaboration/document_file.html", file_card, position=5),
    Panel("document", "uses", gettext_lazy("Used for"), "collaboration/document_uses.html", uses_card, position=10),
    Panel("document", "text", gettext_lazy("Read it"), "collaboration/document_text.html", text_tab, place="tab", position=5),
    Panel("document", "versions", gettext_lazy("Versions"), "collaboration/document_versions.html", versions_tab, place="tab", position=8,
          count=lambda document, _actor: document.edition),
)  # fmt: skip
