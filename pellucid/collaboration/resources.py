"""What the program shows of tasks and documents."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Board, Calendar, Resource, Section, Sort, View, register

from . import scopes
from .models import Document, DocumentVersion, Task

__all__ = ["DocumentResource", "DocumentVersionResource", "TaskResource", "scopes"]
READERS = "read:addressed+own+shared,"
DOCUMENTS = {
    "admin": "manage",
    "executive": "manage",
    "branch_manager": READERS + "manage",
    "sales_manager": READERS + "manage",
    "sales": READERS + "work:own+shared",
    "marketing": READERS + "work:own+shared",
    "service": READERS + "work:own+shared",
    "finance": READERS + "work:own+shared",
    "warehouse": READERS + "work:own+shared",
    "auditor": "read",
}


@register
class TaskResource(Resource):
    """To do, by when, by whom."""

    model = Task
    path = "tasks"
    icon = "checkbox"
    columns = ("name", "about_title", "kind", "priority", "due_at", "owner", "done_at")
    more = ("unit", "result", "cancelled", "note", "created_at", "created_by")
    sections = (
        Section(_("Task"), ("name", "about_title", "kind", "priority", "due_at", "owner")),
        Section(_("Result"), ("done_at", "cancelled", "result", "note")),
    )
    form = ("name", "due_at", "priority", "owner", "note")
    filters = ("kind", "priority", "due_at", "done_at", "cancelled", "owner", "unit")
    sorts = (Sort("due_at", "due_at"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text"}
    views = (
        View("mine", _("Mine, open"), {"f.owner": "me", "f.done_at": "empty"}),
        View("overdue", _("Overdue"), {"f.done_at": "empty", "f.due_at": "within:overdue"}),
        View("all", _("All"), {}),
    )
    managed = ("kind", "about_title", "done_at", "cancelled", "unit")
    calendar = Calendar(start="due_at", text="name", note="about_title", done="done_at")
    board = Board("priority", above=("about_title",), card=("kind",), foot="due_at")
    grants = {
        "admin": "manage",
        "executive": "manage",
        "branch_manager": "manage",
        "sales_manager": "manage",
        "sales": "manage:own+shared",
        "marketing": "manage:own+shared",
        "service": "manage:own+shared",
        "finance": "manage:own+shared",
        "warehouse": "manage:own+shared",
        "auditor": "read",
    }


@register
class DocumentResource(Resource):
    """What was written once and is used again."""

    model = Document
    path = "documents"
    icon = "book-2"
    columns = ("name", "kind", "purposes", "steps", "won_with", "edition", "revised_at", "owner")
    more = ("file", "summary", "uses", "lost_with", "recommended_at", "recommended_by", "audience", "audience_unit", "based_on", "unit", "created_at")
    sections = (
        Section(_("Document"), ("kind", "purposes", "steps", "summary", "lessons")),
        Section(_("File"), ("file", "edition", "revised_at", "based_on")),
        Section(_("Whose"), ("owner", "unit", "audience", "audience_unit")),
        Section(_("Recommendation"), ("recommended_at", "recommended_by")),
    )
    form = ("name", "file", "kind", "purposes", "steps", "audience", "audience_unit", "summary", "lessons")
    filters = ("kind", "purposes", "steps", "audience", "uses", "won_with", "recommended_at", "revised_at", "owner", "unit", "created_at")
    sorts = (
        Sort("revised_at", "revised_at", desc=True),
        Sort("won_with", "won_with", desc=True),
        Sort("uses", "uses", desc=True),
        Sort("created_at", "created_at", desc=True),
    )
    search = {"name": "text", "summary": "text", "lessons": "text", "file_name": "text", "file": "file"}
    views = (
        View("all", _("All"), {}),
        View("mine", _("Mine"), {"f.owner": "me"}),
        View("proven", _("Used in won deals"), {"f.won_with": "gte:1"}),
        View("experience", _("Experience"), {"f.kind": "in:experience"}),
        View("recommended", _("Recommended"), {"f.recommended_at": "filled"}),
    )
    facts = ("won_with", "lost_with", "uses", "edition", "revised_at")
    managed = ("owner", "unit")
    importable = ("name", "kind", "purposes", "steps", "summary", "lessons")
    match = ("name",)
    grants = DOCUMENTS


@register
class DocumentVersionResource(Resource):
    """The states a document's file has had, read through the document."""

    model = DocumentVersion
    path = "document-versions"
    icon = "history"
    title = "file_name"
    columns = ("file_name", "document", "number", "note", "created_at", "created_by")
    more = ("file",)
    sections = (Section(_("Version"), ("document", "number", "file", "note")),)
    filters = ("document", "number", "created_at")
    sorts = (Sort("created_at", "created_at", desc=True),)
    managed = ("document", "number", "file", "file_name")
    grants = DOCUMENTS
