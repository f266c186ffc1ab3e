"""Everything that happens to a document: new versions, old ones brought back, a new one made from it, recommending it to everybody."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.held import Kept
from pellucid.kernel.resources.verbs import GONE, insert, write

from ..audience import meant_for
from ..models import Document, DocumentVersion

FILE = Annotated[str, Ask(gettext_lazy("File"), kind="file")]
CHANGED = Annotated[str, Ask(pgettext_lazy("edition", "What changed"), max_length=200)]
TAKEN_ALONG = ("kind_id", "purposes", "steps", "summary", "lessons", "file_id", "file_name")


@prepares(Document)
def document_prepared(documents: list[Document], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """For whom it is follows from its audience; the name of its file from the file."""
    now = timezone.now()
    for document in documents:
        document.meant_for_id = meant_for(document)
        if document.audience != Document.Audience.UNIT:
            document.audience_unit_id = None
        if isinstance(document.file_id, Kept):
            document.file_name = document.file_id.name
        if changed is not None and "file" in changed:
            document.revised_at = now


@follows(Document)
def document_versions_follow(documents: list[Document], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """Whoever puts another file there makes a version of it."""
    for document in documents:
        if document.file_id and (changed is None or "file" in changed):
            keep_version(document, "", actor=actor)


def keep_version(document: Document, note: str, *, actor: Actor) -> DocumentVersion:
    """The document's file as its next version; said once more about the same version, it is the note that is kept."""
    newest = DocumentVersion._base_manager.filter(document=document).order_by("-number").first()
    if newest is not None and newest.file_id == document.file_id and newest.file_name == document.file_name:
        if note:
            newest.note = note
            newest.save(update_fields=("note",))
        return newest
    last = DocumentVersion._base_manager.filter(document=document).aggregate(last=Max("number"))["last"] or 0
    made = DocumentVersion(document=document, number=last + 1, file_id=str(document.file_id), file_name=document.file_name, note=note,
                           created_by_id=actor.user_id)  # fmt: skip
    made.save(force_insert=True)
    document.edition = made.number
    document.save(update_fields=("edition",))
    return made


@follows(DocumentVersion)
def version_that_counts_stays(versions: list[DocumentVersion], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """A version can be put into the bin, but not the one a document stands on."""
    for version in versions if changed == GONE else ():
        if version.deleted_at is not None and version.number == version.document.edition:
            raise Refused(_("This version is the one that counts now; bring back another one first."))


@action(Document, label=gettext_lazy("New version"), icon="file-upload", event="document.revised", sentence=gettext_lazy(
    "{actor} brought version {edition}: {note}"), did=gettext_lazy("“{name}” has a new version"))  # fmt: skip
def document_new_version(document: Document, *, actor: Actor, file: FILE, note: CHANGED = "") -> DocumentVersion:
    """Another file takes the place of this one; the old one stays among the versions."""
    if file == document.file_id:
        raise Invalid({"file": [_("This is the very file that is there already.")]})
    document.file_id = file
    write(registry["document"], document, {"file"}, actor=actor)
    made = keep_version(document, note or "", actor=actor)
    noted(edition=made.number, note=note or document.file_name)
    return made


@action(Document, label=gettext_lazy("Bring back a version"), icon="restore", shown=lambda document: document.edition > 1,
        event="document.brought_back", sentence=gettext_lazy("{actor} brought back version {number}"),
        did=gettext_lazy("An earlier version of “{name}” is back"))
def document_restore_version(document: Document, *, actor: Actor, number: Annotated[int, Ask(gettext_lazy("Version"))]) -> DocumentVersion:
    """An earlier file is what counts again, as a new version, so that nothing in between is lost."""
    old = DocumentVersion._base_manager.filter(document=document, number=number, deleted_at=None).first()
    if old is None:
        raise Invalid({"number": [_("There is no such version.")]})
    if old.file_id == document.file_id:
        raise Refused(_("This version is the one that counts now."))
    document.file_id = Kept(old.file_id, old.file_name)
    write(registry["document"], document, {"file"}, actor=actor)
    return keep_version(document, _("As in version %(n)s") % {"n": number}, actor=actor)


@action(Document, label=gettext_lazy("New one from this"), icon="copy", verb="view", event="document.copied", sentence=gettext_lazy(
    "{actor} made a new document from this one"), did=gettext_lazy("Made a new document from “{name}”"))  # fmt: skip
def document_copy(
    document: Document,
    *,
    actor: Actor,
    name: Annotated[str, Ask(gettext_lazy("Title of the new document"), max_length=200)],
    file: Annotated[str | None, Ask(gettext_lazy("Its file"), kind="file", help=gettext_lazy("Left empty: the same file to begin with."))] = None,
) -> Document:
    """A document of one's own that begins where this one is: same tags and texts, and the same file unless another is given."""
    if not actor.may("document", "create"):
        raise Forbidden("document.create", _("The right to make documents is missing."))
    made = Document(name=name, based_on=document, audience=document.audience, audience_unit_id=document.audience_unit_id)
    for field in TAKEN_ALONG:
        setattr(made, field, getattr(document, field))
    if file:
        made.file_id = file
    insert(registry["document"], made, actor=actor)
    noted(made=made.pk)
    return made


def recommended(document: Document) -> bool:
    """Whether headquarters holds it up to everybody."""
    return document.recommended_at is not None


@action(Document, label=gettext_lazy("Recommend to all units"), icon="award", verb="approve", shown=lambda document: not recommended(document),
        event="document.recommended", sentence=gettext_lazy("{actor} recommended this to all units: {reason}"),
        did=gettext_lazy("Recommended “{name}” to all units"))
def document_recommend(
    document: Document, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Why it is worth reading"), max_length=200)]
) -> None:
    """What one branch learnt is held up to the others; the heads of all units are told, and everybody may read it from now on."""
    if recommended(document):
        raise Refused(_("This is recommended already."))
    document.recommended_at, document.recommended_by_id = timezone.now(), actor.user_id
    document.audience = Document.Audience.ALL
    write(registry["document"], document, {"audience", "recommended_at", "recommended_by"}, actor=actor)


@action(Document, label=gettext_lazy("Take the recommendation back"), icon="x", verb="approve", shown=recommended, event="document.unrecommended",
        sentence=gettext_lazy("{actor} took the recommendation back"), did=gettext_lazy("“{name}” is no longer recommended"))
def document_unrecommend(document: Document, *, actor: Actor) -> None:
    """No longer held up; who may read it stays as it is."""
    if not recommended(document):
        raise Refused(_("This is not recommended."))
    document.recommended_at, document.recommended_by_id = None, None
    write(registry["document"], document, {"recommended_at", "recommended_by"}, actor=actor)


def version_of(document: Document, number: int) -> Any:
    """One version of a document that has been read within scope. Missing if there is none."""
    found = DocumentVersion._base_manager.filter(document=document, number=number, deleted_at=None).select_related("file").first()
    if found is None:
        raise Missing(_("There is no such version."))
    return found
