"""Where rules send to: an address of another program, its secrets, and what is on its way there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record


class Endpoint(Record):
    """An address another program listens at. Messages to it are signed with its secrets."""

    visits_kept = False
    lock_rank = 99
    inner = ("failing_since", "quiet_until")
    unaudited = ("failing_since", "quiet_until")

    name = fields.Text(_("Name"), max_length=120)
    url = fields.Url(_("Address"), max_length=500, help_text=_("https, and reachable from the internet."))
    keeper = fields.Person(verbose_name=_("Looked after by"), null=True, blank=True, editable=False)
    is_on = fields.YesNo(_("Switched on"), default=True, editable=False)
    stopped = fields.Text(_("Why it was switched off"), max_length=300, blank=True, default="", editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    quiet_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("webhook"), _("webhooks")

    def __str__(self) -> str:
        return self.name


class EndpointSecret(models.Model):
    """What messages are signed with, sealed (kernel/records/sealed.py). While it is replaced, the one before signs too."""

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="secrets")
    sealed = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True)


class Message(models.Model):
    """Something to be posted, with the very bytes that are signed. Its id stays the same however often it is tried."""

    class State(models.TextChoices):
        DUE = "due", _("Waiting")
        DONE = "done", _("Delivered")
        DEAD = "dead", _("Given up")

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="messages")
    uid = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    body = models.TextField()
    run = models.ForeignKey("automation.RuleRun", models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.DUE)
    tries = models.SmallIntegerField(default=0)
    status = models.SmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state="due", ended_at=None) | (~Q(state="due") & Q(ended_at__isnull=False)), name="message_ended"),
        ]
        indexes = [
            models.Index(fields=("next_at", "id"), name="message_due", condition=Q(state="due")),
            models.Index(fields=("endpoint", "-id"), name="message_log"),
        ]
