"""What was said and done with a customer."""
from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from .contact import Contact
from .customer import Customer


class Told(Record):
    """What was said with somebody: how, when, what came of it, what comes next. Author, his unit and whom he stood in for stay as they were."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("Visit")
        CALL = "call", _("Call")
        WECHAT = "wechat", _("WeChat")
        EMAIL = "email", _("E-mail")
        MEETING = "meeting", _("Meeting")
        SMS = "sms", _("SMS")
        FAX = "fax", _("Fax")
        LETTER = "letter", _("Letter")

    kind = fields.Choice(_("How"), choices=Kind, default=Kind.CALL)
    at = fields.Moment(_("When"), default=timezone.now)
    text = fields.LongText(_("What was said"), personal=True)
    result = fields.Term(dictionary="follow_up_result", verbose_name=_("Result"), null=True, blank=True)
    minutes = fields.Integer(_("Minutes"), null=True, blank=True)
    author = fields.Person(verbose_name=_("Who"))
    author_unit = fields.InUnit(verbose_name=_("Unit"))
    on_behalf_of = fields.Person(verbose_name=_("On behalf of"), null=True, blank=True, editable=False, db_index=False)
    next_step = fields.Text(_("Next step"), max_length=200, blank=True, default="", personal=True)
    next_step_at = fields.Moment(_("Next step at"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text[:60]


class FollowUp(Told):
    """One contact with a customer."""

    came_from: int | None = None  # the customer it leaves, while it is being written
    scope_via = "customer"
    record_refs = (("about_resource", "about_id"),)
    lock_rank = 26

    customer = fields.Link(Customer, models.CASCADE, verbose_name=_("Customer"), related_name="follow_ups")
    about_resource = models.CharField(max_length=40, blank=True, default="", editable=False)  # what of the customer's it was about, if anything
    about_id = models.BigIntegerField(null=True, blank=True, editable=False)
    contact = fields.Link(Contact, models.SET_NULL, verbose_name=_("With whom"), null=True, blank=True, related_name="follow_ups")
    met_decision_maker = fields.YesNo(_("Met the decision maker"), default=False)
    latitude = fields.Number(_("Latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = fields.Number(_("Longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    place = fields.Text(_("Place"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("follow-up"), _("follow-ups")
        constraints = [models.CheckConstraint(condition=models.Q(minutes=None) | models.Q(minutes__range=(0, 1440)), name="follow_up_minutes",
                                              violation_error_message=_("Between 0 and 1,440 minutes.")),
                       models.CheckConstraint(condition=models.Q(about_id=None) | ~models.Q(about_resource=""), name="follow_up_about",
                                              violation_error_message=_("Say what it is about."))]
        indexes = [models.Index(fields=("customer", "-at", "-id"), name="follow_up_of"),
                   models.Index(fields=("author", "-at"), name="follow_up_by"),
                   models.Index(fields=("about_resource", "about_id", "-at"), name="follow_up_about_one",
                                condition=models.Q(about_id__isnull=False))]
