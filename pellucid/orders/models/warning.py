"""Who may stop paying, as it was last looked at, and what was learnt for it."""

from __future__ import annotations

from django.db import models
from django.db.models import ExpressionWrapper, F
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.customers.models import Customer
from pellucid.kernel.records import days, fields
from pellucid.kernel.records.models import Record

MONEY = models.DecimalField(max_digits=24, decimal_places=4)


class PaymentWarning(Record):
    """A customer that looks like those that stopped paying before: how many of these did, since when, and why, the weightiest reason first."""

    class Reason(models.TextChoices):
        DRIFT = "drift", _("Pays later and later")
        OVERDUE = "overdue", _("Later now than it ever used to be")
        SILENCE = "silence", _("Nobody spoke to it for long")
        USE = "use", _("Credit nearly used up")
        DISPUTES = "disputes", _("Disputes what it owes")
        HABIT = "habit", _("Has always paid late")

    scope_via = "customer"
    lock_rank = 22

    customer = fields.Link(Customer, models.CASCADE, verbose_name=_("Customer"), related_name="+")
    chance = fields.Percent(_("May not pay"), default=0, help_text=_("How many of 100 customers that looked like it stopped paying."))
    reason = fields.Choice(_("Main reason"), choices=Reason, tones={"drift": "warn", "overdue": "bad", "use": "warn", "disputes": "bad"})
    owed = fields.Money(pgettext_lazy("warning", "Owed"), default=0, help_text=_("In the company's currency."))
    stake = models.GeneratedField(expression=Round(ExpressionWrapper(F("owed") * F("chance") / 100, output_field=MONEY), 2), db_persist=True,
                                  output_field=fields.Money(_("At stake"), help_text=_("What is owed, times how likely it is not paid."), default=0))
    since = fields.Day(_("Warned of since"), default=days.today)
    reasons = models.TextField(blank=True, default="", editable=False)  # "drift 12.5;silence 3.1": signals with their values

    class Meta:
        verbose_name, verbose_name_plural = _("payment warning"), _("payment warnings")
        constraints = [models.UniqueConstraint(fields=("customer",), name="payment_warning_once", condition=models.Q(deleted_at=None))]

    def __str__(self) -> str:
        return str(self.customer)

    @property
    def signals(self) -> list[tuple[str, float]]:
        """The reasons with their values."""
        return [(name, float(value)) for name, _space, value in (one.partition(" ") for one in self.reasons.split(";") if one)]


class PaymentLook(Record):
    """What one look at all debtors found and rests on: how many stopped paying, how much better than chance the score found them."""

    looked_on = fields.Day(_("Looked at on"), default=days.today)
    debtors = fields.Integer(_("Debtors"), default=0)
    stopped = fields.Integer(_("Stopped paying"), default=0)
    lift = fields.Number(_("Better than chance"), default=0)
    claims = fields.YesNo(_("Claims anything"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("look at debtors"), _("looks at debtors")
        constraints = [models.UniqueConstraint(fields=("looked_on",), name="payment_look_once")]

    def __str__(self) -> str:
        return str(self.looked_on)
