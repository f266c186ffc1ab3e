"""What the program shows of tasks and documents."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Board, Calendar, Related, Resource, Section, Sort, View, place, register

from .models import Document, DocumentVersion, Lateness, LearningItem, LearningPath, Opinion, Plan, PlanRun, PlanStep, Task

__all__ = ["DocumentResource", "DocumentVersionResource", "LearningItemResource", "LearningPathResource", "OpinionResource", "TaskResource"]
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
    columns = ("name", "about_title", "state", "priority", "due_at", "owner", "giver")
    more = ("kind", "done_at", "done_by", "done_for", "unit", "result", "to_check", "repeat", "repeat_until", "run", "fact", "promise",
            "promise_note", "cancelled", "note", "checklist", "created_at", "created_by")  # fmt: skip
    sections = (
        Section(_("Task"), ("name", "about_title", "kind", "priority", "due_at", "owner", "giver")),
        Section(_("How"), ("note", "checklist", "to_check", "repeat", "repeat_until")),
        Section(_("Result"), ("state", "done_at", "done_by", "done_for", "cancelled", "result", "promise", "promise_note", "fact")),
    )
    form = ("name", "due_at", "priority", "owner", "to_check", "note", "checklist", "repeat", "repeat_until")
    filters = ("state", "kind", "priority", "due_at", "done_at", "cancelled", "owner", "giver", "to_check", "repeat", "promise", "unit")
    sorts = (Sort("due_at", "due_at"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text"}
    views = (
        View("mine", _("Mine, open"), {"f.owner": "me", "f.done_at": "empty"}),
        View("given", _("Given by me"), {"f.giver": "me", "f.done_at": "empty"}),
        View("check", _("To be checked"), {"f.giver": "me", "f.state": "in:check"}),
        View("promise", _("To be promised by me"), {"f.owner": "me", "f.done_at": "empty", "f.promise": "in:asked"}),
        View("overdue", _("Overdue"), {"f.done_at": "empty", "f.due_at": "within:overdue"}),
        View("done", _("Finished in the last 30 days"), {"f.done_at": "within:last_30_days", "f.cancelled": "is:0"}),
        View("all", _("All"), {}),
    )
    managed = ("kind", "about_title", "state", "done_at", "done_by", "done_for", "cancelled", "giver", "unit", "promise", "promise_note", "fact")
    calendar = Calendar(start="due_at", text="name", note="about_title", done="done_at", doer="task_complete")
    board = Board("state", above=("about_title",), card=("priority", "kind"), foot="due_at", folded=(Task.State.DONE,))
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


@register
class LatenessResource(Resource):
    """Who was late with what, read through the task; written by the clock only."""

    model = Lateness
    path = "late-tasks"
    icon = "hourglass"
    title = "task"
    columns = ("task", "owner", "due_at", "unit")
    more = ("created_at",)
    sections = (Section(_("Late task"), ("task", "owner", "due_at", "unit")),)
    filters = ("owner", "unit", "due_at", "task")
    sorts = (Sort("due_at", "due_at", desc=True), Sort("created_at", "created_at", desc=True))
    views = (View("mine", _("Mine"), {"f.owner": "me"}), View("month", _("This month"), {"f.due_at": "within:this_month"}), View("all", _("All"), {}))
    managed = ("task", "owner", "due_at", "unit")
    grants = {role: level.replace("manage", "read") for role, level in TaskResource.grants.items()} | {"admin": "manage"}


RULES = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "manage:all", "sales_manager": "manage:all", "sales": "read:all",
         "marketing": "manage:all", "service": "read:all", "finance": "read:all", "warehouse": "read:all", "auditor": "read:all"}  # fmt: skip


@register
class PlanResource(Resource):
    """Plans of every kind; each is made where it is used: a scheme with its class, a playbook with its pipeline."""

    model = Plan
    path = "plans"
    icon = "list-check"
    columns = ("name", "kind", "unit", "active", "copied_from")
    more = ("created_at",)
    sections = (Section(_("Plan"), ("name", "kind", "unit", "active", "copied_from")),)
    filters = ("kind", "unit", "active")
    sorts = (Sort("created_at", "created_at", desc=True),)
    managed = ("name", "kind", "unit", "active")
    grants = {role: level.replace("manage", "read") for role, level in RULES.items()} | {"admin": "manage:all"}


@register
class PlanStepResource(Resource):
    """The steps of plans."""

    model = PlanStep
    path = "plan-steps"
    icon = "checklist"
    columns = ("name", "plan", "position", "phase", "days", "counted", "doer", "priority")
    more = ("since", "each", "fact", "remind", "also", "person", "name_en", "note", "checklist", "materials", "created_at")
    sections = (
        Section(_("Step"), ("name", "name_en", "plan", "phase", "position", "days", "counted", "since", "each", "fact", "doer", "person", "remind",
                            "also", "priority")),
        Section(_("How"), ("note", "checklist", "materials")),
    )
    form = ("plan", "phase", "name", "name_en", "days", "counted", "since", "each", "fact", "doer", "person", "remind", "also", "note", "checklist",
            "materials")
    filters = ("plan", "phase", "doer")
    sorts = (Sort("position", "position"), Sort("created_at", "created_at", desc=True))
    grants = RULES


@register
class PlanRunResource(Resource):
    """Plans under way, and how they ended."""

    model = PlanRun
    path = "plan-runs"
    icon = "progress"
    title = "about_title"
    columns = ("about_title", "plan", "state", "done", "steps", "created_at", "ended_at", "owner")
    more = ("kind", "closed", "reason", "unit", "created_by")
    sections = (
        Section(_("Plan"), ("plan", "kind", "about_title", "owner", "unit")),
        Section(_("Progress"), ("state", "steps", "done", "closed", "created_at", "created_by", "ended_at", "reason")),
    )
    filters = ("plan", "kind", "state", "owner", "unit", "created_at", "ended_at")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"about_title": "text"}
    views = (View("running", _("Running"), {"f.state": "in:running"}), View("mine", _("Mine, running"), {"f.state": "in:running", "f.owner": "me"}),
             View("dropped", _("Dropped out"), {"f.state": "in:stopped"}), View("all", _("All"), {}))  # fmt: skip
    managed = ("plan", "kind", "about_title", "state", "ended_at", "reason", "owner", "unit")
    board = Board("state", above=("plan",), card=("done", "steps"), foot="ended_at")
    grants = TaskResource.grants


place(
    Related("task", "lateness", "task", ("due_at", "owner", "unit"), position=30),
    Related("plan", "planstep", "plan", ("position", "name", "phase", "days", "counted", "doer"), position=10),
    Related("plan", "planrun", "plan", ("about_title", "state", "done", "steps", "owner"), position=20),
)


LEARNING = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "work:all", "sales_manager": "work:all", "sales": "read:all",
            "marketing": "read:all", "service": "read:all", "finance": "read:all", "warehouse": "read:all", "auditor": "read:all"}  # fmt: skip


@register
class LearningPathResource(Resource):
    """What a role has to read."""

    model = LearningPath
    path = "learning-paths"
    icon = "school"
    columns = ("name", "role", "days", "active")
    more = ("note", "created_at")
    sections = (Section(_("Learning path"), ("name", "role", "days", "active", "note")),)
    form = ("name", "role", "days", "note", "active")
    filters = ("role", "active")
    sorts = (Sort("created_at", "created_at", desc=True),)
    grants = LEARNING


@register
class LearningItemResource(Resource):
    """The documents of a path, in their order."""

    model = LearningItem
    path = "learning-items"
    icon = "list-check"
    title = "document"
    columns = ("document", "path", "position", "note")
    more = ("created_at",)
    sections = (Section(_("Part of a learning path"), ("path", "document", "position", "note")),)
    form = ("path", "document", "position", "note")
    filters = ("path", "document")
    sorts = (Sort("position", "position"), Sort("created_at", "created_at", desc=True))
    grants = LEARNING


@register
class OpinionResource(Resource):
    """What staff think of the system, of processes and rules. Everybody reads it; who is responsible answers."""

    model = Opinion
    path = "opinions"
    icon = "bulb"
    columns = ("name", "kind", "state", "supports", "author", "owner", "created_at")
    more = ("about", "text", "answer", "answered_at", "answered_by", "anonymous", "unit")
    sections = (
        Section(_("Opinion"), ("kind", "about", "text", "author", "created_at")),
        Section(_("Answer"), ("state", "answer", "answered_by", "answered_at", "owner")),
    )
    form = ("name", "kind", "about", "text", "anonymous")
    filters = ("kind", "state", "supports", "author", "owner", "anonymous", "created_at")
    sorts = (Sort("created_at", "created_at", desc=True), Sort("supports", "supports", desc=True))
    search = {"name": "text", "text": "text", "answer": "text"}
    views = (
        View("open", pgettext_lazy("opinion", "Open"), {"f.state": "in:open"}),
        View("mine", _("For me to answer"), {"f.owner": "me", "f.state": "in:open"}),
        View("all", _("All"), {}),
    )
    managed = ("state", "owner", "unit")
    board = Board("state", above=("kind",), card=("author", "supports"))
    grants = {
        "admin": "manage",
        "executive": "manage",
        "branch_manager": "read:all,work:own",
        "sales_manager": "read:all,work:own",
        "sales": "read:all,work:own",
        "marketing": "read:all,work:own",
        "service": "read:all,work:own",
        "finance": "read:all,work:own",
        "warehouse": "read:all,work:own",
        "auditor": "read",
    }


place(Related("learningpath", "learningitem", "path", ("document", "position", "note"), position=10))
