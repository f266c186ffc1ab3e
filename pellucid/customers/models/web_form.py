"""Forms of a company's site: who fills one in becomes a lead."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from ..web_kinds import AskedFields


def new_key() -> str:
    """A key nobody guesses."""
    return secrets.token_hex(8)


def usual() -> list[str]:
    """What a new form asks for."""
    return ["name", "contact_name", "mobile", "email", "needs_note"]


class WebForm(Record):
    """What a stranger is asked for, in which words, what he agrees to, and what becomes of his lead."""

    duties = ("keeper",)

    name = fields.Text(_("Name"), max_length=80)
    key = fields.Text(_("Key"), max_length=16, default=new_key, editable=False)
    title = fields.Text(_("Heading"), max_length=120)
    title_en = fields.Text(_("Heading in English"), max_length=120, blank=True, default="")
    intro = fields.LongText(_("Introduction"), blank=True, default="")
    intro_en = fields.LongText(_("Introduction in English"), blank=True, default="")
    thanks = fields.LongText(_("Thanks"), blank=True, default="", help_text=_("Left empty: a usual sentence."))
    thanks_en = fields.LongText(_("Thanks in English"), blank=True, default="")
    asks = AskedFields(verbose_name=_("Asks for"), default=usual)
    musts = AskedFields(verbose_name=_("Must be filled in"))
    consent = fields.LongText(_("What they agree to"), blank=True, default="", help_text=_("Left empty: nothing is asked, and the lead says so."))
    consent_en = fields.LongText(_("What they agree to, in English"), blank=True, default="")
    consent_version = fields.Integer(_("Version of the consent"), default=0, editable=False)
    origin = fields.Term(dictionary="origin", verbose_name=_("Origin"), null=True, blank=True)
    keeper = fields.Person(verbose_name=_("Goes to"), help_text=_("Unless an allocation rule says otherwise."))
    sites = fields.LongText(_("Sites that may show it"), blank=True, default="", help_text=_("One address per line: https://www.example.com"))
    active = fields.YesNo(_("In use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("web form"), _("web forms")
        constraints = [models.UniqueConstraint(fields=("key",), name="web_form_key_once")]

    def __str__(self) -> str:
        return self.name


class ConsentText(models.Model):
    """The words of a form's consent in one version, never changed: what somebody agreed to can be read years later."""

    id = models.BigAutoField(primary_key=True)
    form = models.ForeignKey(WebForm, models.CASCADE, related_name="consents")
    version = models.IntegerField()
    text = models.TextField()
    text_en = models.TextField(blank=True, default="")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("form", "version"), name="consent_text_once")]
