"""What the company means by its people."""
from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record


class Staff(Record):
    """An employee: one-to-one with the login; position, manager, when he came and left, how much he can carry."""

    temporal = ("unit", "manager", "position", "leave_on")
    valid_since = ("created_at",)
    lock_rank = 5

    user = models.OneToOneField("access.User", models.PROTECT, related_name="staff", verbose_name=_("Login"))
    number = fields.Text(_("Employee number"), max_length=30, blank=True, default="")
    name = fields.Text(pgettext_lazy("person", "Name"), max_length=80, personal=True)
    pinyin = fields.Text(_("Pinyin"), max_length=200, blank=True, default="", editable=False)
    position = fields.Text(_("Position"), max_length=80, blank=True, default="")
    unit = fields.InUnit(verbose_name=_("Unit"))
    manager = fields.Person(verbose_name=_("Manager"), null=True, blank=True)
    phone = fields.Phone(_("Phone"), blank=True, default="")
    email = fields.Email(_("E-mail"), blank=True, default="")
    entry_on = fields.Day(_("Joined"), null=True, blank=True)
    leave_on = fields.Day(_("Left"), null=True, blank=True)
    capacity = fields.Integer(_("Customers at once"), default=120, null=True, blank=True,
                              help_text=_("How many customers this person can look after at once; empty: not known."))

    class Meta:
        verbose_name, verbose_name_plural = _("employee"), _("employees")
        constraints = [models.CheckConstraint(condition=models.Q(capacity__gte=0), name="staff_capacity_positive")]

    def __str__(self) -> str:
        return self.name
