"""What customers got in their hands on the way to a decision."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.collaboration.models import Document
from pellucid.customers.models import Contact
from pellucid.kernel.records import days, fields
from pellucid.kernel.records.models import Record

from ..kinds import OfStage
from .opportunity import Opportunity
from .pipeline import Stage


class GivenDocument(Record):
    """A document, a proposal or a record that the customer was given: in which stage, on which day, by whom, to whom. A document of the
    knowledge base is named with the version it had then; anything else is kept with its file or by its name alone."""

    scope_via = "opportunity"
    lock_rank = 45

    opportunity = fields.Link(Opportunity, models.CASCADE, verbose_name=_("Sales opportunity"), related_name="given_documents")
    stage = OfStage(Stage, models.PROTECT, verbose_name=_("In which stage"), blank=True, related_name="+", help_text=_(
        "Left empty: the stage it is in."))  # fmt: skip
    document = fields.Link(Document, models.SET_NULL, verbose_name=_("Document of the knowledge base"), null=True, blank=True, related_name="+")
    edition = fields.Integer(_("Version"), null=True, blank=True, editable=False)
    file = fields.File(verbose_name=_("File"), null=True, blank=True, companion="file_name")
    file_name = fields.Text(_("File name"), max_length=255, blank=True, default="", editable=False, personal=True)
    name = fields.Text(_("What was given"), max_length=200, blank=True, personal=True, help_text=_(
        "Left empty: the title of the document, or the name of the file."))  # fmt: skip
    given_on = fields.Day(_("Given on"), default=days.today)
    given_by = fields.Person(verbose_name=_("Given by"), null=True, blank=True)
    contact = fields.Link(Contact, models.SET_NULL, verbose_name=_("Given to"), null=True, blank=True, related_name="+")
    note = fields.Text(_("Note"), max_length=200, blank=True, default="", personal=True)

    class Meta:
        verbose_name, verbose_name_plural = _("document given to the customer"), _("documents given to customers")
        constraints = [models.CheckConstraint(condition=~models.Q(name=""), name="given_document_named",
                                              violation_error_message=_("Say what was given: a document, a file, or its name."))]  # fmt: skip
        indexes = [models.Index(fields=("opportunity", "given_on"), name="given_document_of")]

    def __str__(self) -> str:
        return self.name
