"""What the program shows of employees."""
from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Related, Resource, Section, Sort, View, place, register

from .models import Absence, AbsenceCover, Handover, Staff, Transfer, TransferLine


@register
class StaffResource(Resource):
    """The directory of colleagues."""

    model = Staff
    path = "staff"
    icon = "users"
    columns = ("name", "position", "unit", "manager", "phone", "email", "entry_on")
    more = ("number", "leave_on", "capacity", "created_at")
    sections = (Section(_("Employee"), ("name", "number", "position", "unit", "manager")),
                Section(_("Contact"), ("phone", "email")),
                Section(_("Employment"), ("entry_on", "leave_on", "capacity")))
    form = ("name", "position", "unit", "manager", "phone", "email")
    filters = ("unit", "position", "manager", "leave_on")
    sorts = (Sort("name", "pinyin", shows="name"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text", "phone": "phone", "email": "text", "number": "code"}
    views = (View("here", _("Working here"), {"f.leave_on": "empty"}), View("left", _("Left"), {"f.leave_on": "filled"}))
    managed = ("user", "leave_on")
    importable = ("name", "number", "unit", "position", "manager", "phone", "email", "entry_on", "capacity")
    match = ("number", "name")
    card = {"fn": "name", "org": "unit", "title": "position", "tel.cell": "phone", "email": "email"}
    grants = {"admin": "manage:all", "executive": "read:all", "branch_manager": "read:all", "sales_manager": "read:all", "sales": "read:all",
              "marketing": "read:all", "service": "read:all", "finance": "read:all", "warehouse": "read:all", "auditor": "read:all"}


OWN = {"branch_manager": "work", "sales_manager": "work", **dict.fromkeys(("sales", "marketing", "service", "finance", "warehouse"), "work:own")}


@register
class AbsenceResource(Resource):
    """Who is away when, and who stands in."""

    model = Absence
    path = "absences"
    icon = "calendar-off"
    columns = ("name", "owner", "kind", "starts_on", "ends_on", "proxy", "unit")
    more = ("note", "back_at", "created_at")
    sections = (Section(_("Absence"), ("owner", "kind", "starts_on", "ends_on", "back_at", "note")), Section(_("Who stands in"), ("proxy",)))
    form = ("owner", "kind", "starts_on", "ends_on", "proxy", "note")
    filters = ("owner", "proxy", "kind", "unit", "starts_on", "ends_on", "back_at")
    sorts = (Sort("starts_on", "starts_on", desc=True, shows="starts_on"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text"}
    views = (View("now", _("Now and to come"), {"f.ends_on": "gte:today", "f.back_at": "empty"}), View("mine", _("Mine"), {"f.owner": "me"}),
             View("standing_in", _("I stand in"), {"f.proxy": "me"}), View("all", _("All"), {}))
    managed = ("back_at", "unit")
    facts = ("owner", "proxy", "starts_on", "ends_on")
    grants = {"admin": "manage:all", "executive": "work:all", **OWN, "auditor": "read"}


@register
class AbsenceCoverResource(Resource):
    """Who stands in for one kind of record."""

    model = AbsenceCover
    path = "absence-covers"
    icon = "user-share"
    title = "resource"
    columns = ("resource", "proxy", "absence")
    sections = (Section(_("Who stands in"), ("absence", "resource", "proxy")),)
    form = ("absence", "resource", "proxy")
    sorts = (Sort("created_at", "created_at"),)
    grants = {"admin": "manage:all", "executive": "manage:all", **{role: level.replace("work", "manage") for role, level in OWN.items()},
              "auditor": "read"}


place(Related("absence", "absencecover", "absence", ("resource", "proxy"), position=10))


TRANSFERS = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "manage", "sales_manager": "manage",
             **dict.fromkeys(("sales", "marketing", "service", "finance", "warehouse"), "read:own"), "auditor": "read"}


@register
class TransferResource(Resource):
    """Whose work went, or will go, to whom."""

    model = Transfer
    path = "transfers"
    icon = "transfer"
    columns = ("name", "owner", "kind", "unit", "done_at", "created_by", "created_at")
    more = ("note",)
    sections = (Section(pgettext_lazy("handing over", "Transfer"), ("owner", "kind", "note", "done_at")),)
    form = ("owner", "kind", "note")
    filters = ("owner", "kind", "unit", "done_at", "created_at")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text"}
    views = (View("open", _("Being prepared"), {"f.done_at": "empty"}),
             View("done", pgettext_lazy("transfer", "Carried out"), {"f.done_at": "filled"}), View("all", _("All"), {}))
    managed = ("done_at", "unit")
    facts = ("owner", "kind", "done_at")
    grants = TRANSFERS


@register
class TransferLineResource(Resource):
    """Which part of somebody's work goes to whom."""

    model = TransferLine
    path = "transfer-lines"
    icon = "arrow-right"
    title = "rule"
    columns = ("rule", "resource", "receiver", "conditions", "position", "transfer")
    sections = (Section(_("What goes to whom"), ("transfer", "resource", "conditions", "rule", "receiver", "position")),)
    form = ("transfer", "resource", "conditions", "rule", "receiver")
    filters = ("resource", "rule", "receiver")
    sorts = (Sort("position", "position"), Sort("created_at", "created_at"))
    grants = TRANSFERS


@register
class HandoverResource(Resource):
    """The file of a customer for his successor."""

    model = Handover
    path = "handovers"
    icon = "file-check"
    columns = ("name", "owner", "giver", "state", "due_at", "contacted_at", "late_by", "transfer")
    more = ("signed_at", "signed_by", "remark", "created_at", "unit")
    sections = (Section(_("Handover"), ("owner", "giver", "transfer", "created_at")),
                Section(_("Signed"), ("state", "signed_at", "signed_by", "remark")),
                Section(_("First contact"), ("due_at", "contacted_at", "late_by")))
    filters = ("owner", "giver", "state", "due_at", "contacted_at", "late_by", "transfer", "unit")
    sorts = (Sort("due_at", "due_at"), Sort("created_at", "created_at", desc=True))
    search = {"name": "text"}
    views = (View("mine", _("Mine, to do"), {"f.owner": "me", "f.done_at": "empty"}), View("unsigned", _("To be signed"), {"f.state": "in:open"}),
             View("late", _("First contact overdue"), {"f.contacted_at": "empty", "f.late_by": "filled"}), View("all", _("All"), {}))
    managed = ("state", "signed_at", "signed_by", "remark", "due_at", "contacted_at", "late_by", "done_at", "transfer", "giver", "unit", "owner")
    facts = ("giver", "state", "due_at", "contacted_at")
    grants = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "manage", "sales_manager": "manage",
              **dict.fromkeys(("sales", "marketing", "service"), "work"), "finance": "work:own", "warehouse": "work:own", "auditor": "read"}


place(
    Related("transfer", "transferline", "transfer", ("rule", "resource", "receiver", "conditions", "position"), position=10),
    Related("transfer", "handover", "transfer", ("name", "owner", "state", "due_at", "contacted_at"), position=20),
)
