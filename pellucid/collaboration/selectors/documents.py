"""Questions about documents, all within the reader's scope."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records import terms
from pellucid.kernel.records.models import FileText
from pellucid.kernel.resources.fields import masked, readable

from ..documents import Using
from ..models import Document, DocumentLink, DocumentVersion

FITTING = 6


def linked(key: str, pk: int, actor: Actor) -> QuerySet[Document]:
    """The documents used for a record, those last used first."""
    mine = scoped(Document, actor).filter(links__resource=key, links__record_id=pk)
    return mine.order_by("-links__created_at", "-pk")


def by_record(key: str, ids: list[int], actor: Actor) -> dict[int, list[Document]]:
    """The documents used for each of these records, those first that helped to win most."""
    links = DocumentLink.objects.filter(resource=key, record_id__in=ids).values_list("record_id", "document_id")
    found = {d.pk: d for d in scoped(Document, actor).filter(pk__in={d for _r, d in links})} if links else {}
    out: dict[int, list[Document]] = {}
    for record, pk in sorted(links, key=lambda link: (-found[link[1]].won_with, link[1]) if link[1] in found else (0, 0)):
        if pk in found:
            out.setdefault(record, []).append(found[pk])
    return out


def fitting(record: Any, of: Using, actor: Actor) -> list[Document]:
    """Documents that fit where the record stands and what it has to do with, the proven ones first."""
    steps, near = of.steps(record) if of.steps else [], of.near(record) if of.near else []
    wanted = Q(steps__overlap=steps) if steps else Q(pk__in=[])
    for key, pk in near:
        wanted |= Q(pk__in=DocumentLink.objects.filter(resource=key, record_id=pk).values("document"))
    used = DocumentLink.objects.filter(resource=of.key, record_id=record.pk).values("document")
    found = scoped(Document, actor).filter(wanted).exclude(pk__in=used)
    return list(found.order_by(F("recommended_at").desc(nulls_last=True), "-won_with", "-revised_at", "-pk")[:FITTING])


def versions(document: Document) -> list[DocumentVersion]:
    """Every version of a document that has been read within scope, the newest first."""
    return list(DocumentVersion.objects.filter(document=document, deleted_at=None).select_related("file__text").order_by("-number"))


def links_of(document: Document) -> list[tuple[str, int]]:
    """(resource, id) of what a document was used for, the latest first."""
    return list(DocumentLink.objects.filter(document=document).order_by("-created_at", "-pk").values_list("resource", "record_id"))


def text_of(document: Document, actor: Actor) -> FileText | None:
    """What is written in its file, for who may read the file."""
    if not document.file_id or "file" not in readable("document", actor) or masked("document", "file", actor):
        return None
    return FileText.objects.filter(pk=document.file_id).select_related("blob").first()


def labels(ids: list[int], language: str) -> list[str]:
    """The words of terms."""
    return [said for pk in ids or () if (said := terms.label(pk, language))]


def proven(actor: Actor, limit: int = 5) -> list[Document]:
    """What was used in the most won deals."""
    return list(scoped(Document, actor).filter(won_with__gt=0).order_by("-won_with", "-uses", "-pk")[:limit])


def recommended(actor: Actor, limit: int = 5) -> list[Document]:
    """What headquarters held up last."""
    return list(scoped(Document, actor).filter(recommended_at__isnull=False).order_by("-recommended_at", "-pk")[:limit])


def kept_text(blob: str) -> str:
    """What is written in a file."""
    return FileText.objects.filter(pk=blob).values_list("text", flat=True).first() or ""
