"""Documents given to records and taken from them, and the figures that follow: how often used, and how the deals ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, Ask, keep_action, specs_of
from pellucid.kernel.actions.run import fetch, noted
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.records.models import FileText
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.erasure import erases, redact, redact_quotes, without

from ..documents import Using, all_using
from ..models import Document, DocumentLink, DocumentVersion

FIGURES = ("uses", "won_with", "lost_with")


def add_document(
    record: Any, *, actor: Actor, document: Annotated[int, Ask(gettext_lazy("Document"), kind="link", target="document")]
) -> DocumentLink:
    """Use a document of the knowledge base here; said twice, it stays one."""
    try:
        found = fetch(Document, document, actor)
    except Missing as missing:
        raise Invalid({"document": [missing.message]}) from missing
    made = used_for(record._meta.model_name, record.pk, found.pk, by=actor.user_id)
    noted(name=found.name)
    return made


def used_for(key: str, pk: int, document: int, *, by: int | None) -> DocumentLink:
    """Keep that a document was used for a record; kept already, it stays one."""
    made, _new = DocumentLink.objects.get_or_create(resource=key, record_id=pk, document_id=document, defaults={"created_by_id": by})
    recount([document])
    return made


def use_as(key: str, pattern: int, twin: int, *, by: int | None) -> None:
    """A record made from another of its kind uses the same documents."""
    for document in DocumentLink.objects.filter(resource=key, record_id=pattern).order_by("pk").values_list("document", flat=True):
        used_for(key, twin, document, by=by)


def drop_document(
    record: Any, *, actor: Actor, document: Annotated[int, Ask(gettext_lazy("Document"), kind="link", target="document")]
) -> None:
    """This document was not used here after all; it stays in the knowledge base."""
    gone = DocumentLink.objects.filter(resource=record._meta.model_name, record_id=record.pk, document_id=document)
    if not gone.delete()[0]:
        raise Invalid({"document": [_("This document is not here any more.")]})
    recount([document])


def declare_linking(of: Using) -> None:
    """The two verbs on a model."""
    for name, function, label, icon, sentence in (
        ("add_document", add_document, gettext_lazy("Use a document"), "book-2", gettext_lazy("{actor} used the document “{name}” here")),
        ("drop_document", drop_document, gettext_lazy("Take a document away"), "unlink", gettext_lazy("{actor} took a document away")),
    ):
        inputs = specs_of(function, ("record", "actor"))
        keep_action(Action(name=f"{of.key}_{name}", model=of.model, label=label, verb="edit", function=function, inputs=inputs, icon=icon,
                           event=f"{of.key}.{name}", shown=(lambda _record: False) if name == "drop_document" else None), sentence)  # fmt: skip


def figures(document_ids: Iterable[int] | None = None) -> dict[int, tuple[int, int, int]]:
    """By document: how often used, how often in what ended well and in what ended badly; those without any use are left out."""
    rows = DocumentLink.objects.all() if document_ids is None else DocumentLink.objects.filter(document_id__in=list(document_ids))
    out: dict[int, list[int]] = {}
    for of in all_using():
        links = list(rows.filter(resource=of.key).values_list("document_id", "record_id"))
        living = set(of.model._base_manager.filter(pk__in={r for _d, r in links}, deleted_at=None, merged_into=None).values_list("pk", flat=True))
        ends = of.ended(list(living)) if of.ended and living else {}
        for document, record in links:
            if record not in living:
                continue
            counts = out.setdefault(document, [0, 0, 0])
            counts[0] += not (of.tag or of.part)
            counts[1] += ends.get(record) is True
            counts[2] += ends.get(record) is False
    return {document: (a, b, c) for document, (a, b, c) in out.items()}


def recount(document_ids: Iterable[int]) -> int:
    """Write the figures of these documents as they are now; returns how many changed."""
    ids = sorted(set(document_ids))
    found, changed = figures(ids), 0
    for pk in ids:
        values = dict(zip(FIGURES, found.get(pk, (0, 0, 0)), strict=True))
        differs = Document._base_manager.filter(pk=pk).exclude(**values)
        changed += differs.update(**values)
    return changed


def recount_for(key: str, record_ids: Iterable[int]) -> int:
    """The ends of these records may have changed: the figures of the documents used for them follow."""
    return recount(DocumentLink.objects.filter(resource=key, record_id__in=list(record_ids)).values_list("document_id", flat=True))


def figures_agree() -> list[int]:
    """Documents whose figures are not what their uses say; the nightly check expects none."""
    true, wrong = figures(), []
    for pk, *kept in Document._base_manager.filter(deleted_at=None).order_by("pk").values_list("pk", *FIGURES):
        if tuple(kept) != true.get(pk, (0, 0, 0)):
            wrong.append(pk)
    return wrong


def with_root(key: str, pk: int) -> list[tuple[str, int]]:
    """A record, and the one it hangs on: what was written for a customer may name his people."""
    model = registry[key].model if key in registry else None
    via = getattr(model, "scope_via", "")
    if model is None or not via:
        return [(key, pk)]
    field = model._meta.get_field(via)
    root = model._base_manager.filter(pk=pk).values_list(field.attname, flat=True).first()
    return [(key, pk), *([(field.related_model._meta.model_name or "", root)] if root else [])]


@erases
def erase_in_documents(key: str, pk: int, words: list[str]) -> None:
    """A person's data is erased: documents used for the record, or for the one it hangs on, lose the words in their kept texts, in what is
    written about them, in their past and in search. The bytes of the files stay as they were signed."""
    links = Q()
    for one, at in with_root(key, pk):
        links |= Q(links__resource=one, links__record_id=at)
    documents = list(Document._base_manager.filter(links).distinct())
    versions = list(DocumentVersion._base_manager.filter(document__in=documents))
    redact(Document._base_manager.filter(pk__in=[d.pk for d in documents]), ("name", "summary", "lessons", "file_name"), words)
    redact(DocumentVersion._base_manager.filter(pk__in=[v.pk for v in versions]), ("file_name", "note"), words)
    redact_quotes("document", [d.pk for d in documents], words)
    for row in FileText._base_manager.filter(pk__in={v.file_id for v in versions}):
        text = without(row.text, words)
        if text != row.text:
            FileText._base_manager.filter(pk=row.pk).update(text=text)
