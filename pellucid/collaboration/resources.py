"""What the program shows of tasks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Board, Calendar, Resource, Section, Sort, View, register

from .models import Task


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
