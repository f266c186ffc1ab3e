"""What the program shows of schemes and of the rules by which customers change class."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Resource, Section, Sort, View, register

from ..models import ClassFall, ClassRise, Scheme

RULES = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "read:all", "sales_manager": "read:all", "sales": "read:all",
         "marketing": "read:all", "service": "read:all", "finance": "read:all", "warehouse": "none", "auditor": "read:all"}  # fmt: skip


@register
class SchemeResource(Resource):
    """How customers of each kind are looked after."""

    model = Scheme
    path = "schemes"
    icon = "affiliate"
    columns = ("name", "customer_class", "conditions", "goal_class", "by_rule", "unit", "active")
    more = ("goal", "since", "plan", "created_at")
    sections = (
        Section(_("Scheme"), ("name", "goal", "goal_class", "active")),
        Section(_("For whom"), ("customer_class", "conditions", "unit", "by_rule", "since")),
    )
    form = ("name", "customer_class", "conditions", "goal", "goal_class", "by_rule", "unit", "active")
    filters = ("customer_class", "goal_class", "by_rule", "unit", "active")
    sorts = (Sort("created_at", "created_at", desc=True),)
    views = (View("active", _("In use"), {"f.active": "is:1"}), View("all", _("All"), {}))
    managed = ("since", "plan")
    facts = ("customer_class", "goal_class")
    grants = RULES | {"branch_manager": "manage:all", "sales_manager": "manage:all", "marketing": "manage:all", "service": "manage:all"}


@register
class ClassRiseResource(Resource):
    """What raises a customer to which class."""

    model = ClassRise
    path = "class-rises"
    icon = "stairs-up"
    title = "happening"
    columns = ("happening", "customer_class", "active")
    sections = (Section(_("Rule"), ("happening", "customer_class", "active")),)
    form = ("happening", "customer_class", "active")
    filters = ("customer_class", "active")
    sorts = (Sort("class", "customer_class", shows="customer_class"), Sort("created_at", "created_at", desc=True))
    grants = RULES


@register
class ClassFallResource(Resource):
    """Who falls back, after how long without a deal."""

    model = ClassFall
    path = "class-falls"
    icon = "arrow-down"
    title = "from_class"
    columns = ("from_class", "customer_class", "months", "conditions", "active")
    sections = (Section(_("Rule"), ("from_class", "customer_class", "months", "conditions", "active")),)
    form = ("from_class", "customer_class", "months", "conditions", "active")
    filters = ("from_class", "customer_class", "active")
    sorts = (Sort("class", "from_class", shows="from_class"), Sort("created_at", "created_at", desc=True))
    grants = RULES
