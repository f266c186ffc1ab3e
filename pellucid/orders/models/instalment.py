"""When an order is owed, and the ledger of what became of each part: rows are added, never changed."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.customers.models import Customer
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .order import FAR_DAY, Order
from .receipt import Receipt


class Basis(models.TextChoices):
    """What makes an instalment owed."""

    SIGNED = "signed", _("After signing")
    DELIVERED = "delivered", _("After delivery")
    ACCEPTED = "accepted", _("After acceptance")
    WARRANTY = "warranty", _("After the warranty")
    DAY = "day", _("On a day")


class Instalment(Record):
    """A part of an order's amount: what it waits for, when it is due, how much of it is owed, received and credited by now."""

    scope_via = "order"
    lock_rank = 57
    to_the_cent = True

    order = fields.Link(Order, models.CASCADE, verbose_name=_("Customer order"), related_name="instalments")
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), blank=True, related_name="+", editable=False)
    position = fields.Integer(_("No."), default=0, editable=False)
    name = fields.Text(_("Condition"), max_length=100, blank=True, default="", help_text=_("Left empty: said by what it waits for."))
    basis = fields.Choice(_("Waits for"), choices=Basis, default=Basis.SIGNED)
    days = fields.Integer(_("Days after it"), default=0)
    share = fields.Percent(_("Share"), null=True, blank=True, help_text=_("Of the order, where no amount is named."))
    amount = fields.Money(_("Amount"), blank=True, default=0)
    due_on = fields.Day(_("Due on"), null=True, blank=True)
    due_key = models.GeneratedField(expression=Coalesce("due_on", models.Value(FAR_DAY, models.DateField())), output_field=models.DateField(),
                                    db_persist=True)
    owed = fields.Money(_("Owed so far"), default=0, editable=False)
    allocated = fields.Money(pgettext_lazy("money", "Received"), default=0, editable=False)
    credited = fields.Money(_("Returned or written off"), default=0, editable=False)
    balance = models.GeneratedField(expression=F("owed") - F("allocated") - F("credited"), output_field=fields.Money(_("Still owed"), default=0),
                                    db_persist=True)
    settled_on = fields.Day(_("Settled on"), null=True, blank=True, editable=False)  # the last day of its postings while they add up to nothing
    winding = models.BooleanField(default=False, editable=False)  # what stood on a past day has to be added up: see `post`
    disputed = fields.YesNo(_("Disputed"), default=False)
    in_charge = fields.Person(verbose_name=_("Collected by"), null=True, blank=True)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("instalment"), _("instalments")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="instalment_amount", violation_error_message=_(
                "An instalment is above zero.")),
            models.CheckConstraint(condition=models.Q(owed__gte=0) & models.Q(owed__lte=F("amount")), name="instalment_owed",
                                   violation_error_message=_("More cannot be owed than the instalment says.")),
            models.CheckConstraint(condition=models.Q(allocated__gte=0) & models.Q(allocated__lte=F("owed")), name="instalment_allocated",
                                   violation_error_message=_("More cannot be received for it than is owed.")),
            models.CheckConstraint(condition=models.Q(credited__gte=0) & models.Q(credited__lte=F("owed")), name="instalment_credited",
                                   violation_error_message=_("More cannot be credited than is owed.")),
            models.CheckConstraint(condition=~models.Q(basis="day") | models.Q(due_on__isnull=False), name="instalment_day",
                                   violation_error_message=_("Say on which day.")),
            models.CheckConstraint(condition=models.Q(days__range=(0, 3660)), name="instalment_days", violation_error_message=_(
                "Between 0 and 3,660 days.")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("order", "position", "id"), name="instalment_of"),
            models.Index(fields=("customer", "due_key"), name="instalment_of_customer"),
            models.Index(fields=("due_on",), name="instalment_due", condition=models.Q(balance__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def waiting(self) -> Decimal:
        """How much of it is not owed yet."""
        return self.amount - self.owed


class Posting(Record):
    """One movement on an instalment: owed (+), received (-), released again (+), returned or written off (-). Never changed, never deleted.
    Whose the order was is copied onto it, for figures: rights are read through the order."""

    class Kind(models.TextChoices):
        DUE = "due", _("Owed")
        RECEIPT = "receipt", pgettext_lazy("money", "Received")
        RELEASE = "release", _("Allocation taken back")
        RETURN = "return", pgettext_lazy("goods", "Returned")
        WRITE_OFF = "write_off", _("Written off")
        REVERSAL = "reversal", _("Credit taken back")

    scope_via = "order"
    lock_rank = 59
    to_the_cent = True
    visits_kept = False
    unaudited = ("settled_on", "winding", "late_on")

    order = fields.Link(Order, models.PROTECT, verbose_name=_("Customer order"), related_name="+")
    instalment = fields.Link(Instalment, models.PROTECT, verbose_name=_("Instalment"), related_name="postings")
    receipt = fields.Link(Receipt, models.PROTECT, verbose_name=_("Receipt"), null=True, blank=True, related_name="postings")
    kind = fields.Choice(_("Movement"), choices=Kind, tones={"receipt": "ok", "return": "warn", "write_off": "bad", "release": "warn"})
    amount = fields.Money(_("Amount"))
    amount_base = fields.Money(_("Amount in company currency"))
    posted_on = fields.Day(_("Posted on"))
    due_on = fields.Day(_("Due on"), null=True, blank=True)
    customer = fields.Link(Customer, models.PROTECT, verbose_name=_("Customer"), related_name="+")
    sold_by = fields.Person(verbose_name=_("Owner then"))
    sold_unit = fields.InUnit(verbose_name=_("Unit then"))
    sold_branch = fields.InUnit(verbose_name=_("Branch then"))
    reason = fields.Text(_("Reason"), max_length=200, blank=True, default="")
    settled_on = fields.Day(_("Settled on"), null=True, blank=True, editable=False)  # copies of the instalment's, so that what is owed on a
    winding = models.BooleanField(default=False, editable=False)  # day is found without reading what was settled by then
    late_on = fields.Day(_("First paid late on"), null=True, blank=True, editable=False)  # of what was owed: the first payment after it was due

    class Meta:
        verbose_name, verbose_name_plural = _("posting"), _("postings")
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="posting_amount", violation_error_message=_("Nothing is posted.")),
            models.CheckConstraint(condition=models.Q(kind__in=("due", "release", "reversal"), amount__gt=0)
                                   | models.Q(kind__in=("receipt", "return", "write_off"), amount__lt=0), name="posting_sign"),
            models.CheckConstraint(condition=models.Q(kind__in=("receipt", "release"), receipt__isnull=False)
                                   | models.Q(kind__in=("due", "return", "write_off", "reversal"), receipt=None), name="posting_of_receipt"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("instalment", "id"), name="posting_of"),
            models.Index(fields=("receipt",), name="posting_by_receipt", condition=models.Q(receipt__isnull=False)),
            models.Index(fields=("order", "posted_on"), name="posting_of_order"),
            models.Index(fields=("posted_on",), name="posting_day"),
            models.Index(fields=("settled_on",), name="posting_settled"),
            models.Index(fields=("instalment", "posted_on"), name="posting_winding", condition=models.Q(winding=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
