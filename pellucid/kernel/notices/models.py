"""What somebody was told, how he wants to be told, and what still has to be sent."""
from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from pellucid.kernel.records import fields


class Notice(models.Model):
    """Something a user is told, once per event. Kept as kind, record and facts, never as text: it is put into words for its reader,
    with what he may see at that moment. `count` says how many happenings were folded into it."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("access.User", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    event_id = models.BigIntegerField(null=True)
    actor = fields.Person(null=True)
    resource = models.CharField(max_length=40, blank=True, default="")
    record_id = models.BigIntegerField(null=True)
    params = models.JSONField(default=dict)
    count = models.IntegerField(default=1)
    shown = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("event_id", "user"), name="notice_once")]
        indexes = [
            models.Index(fields=("user", "-id"), name="notice_of_user"),
            models.Index(fields=("user", "kind"), name="notice_unread", condition=Q(read_at=None)),
            models.Index(fields=("resource", "record_id"), name="notice_about"),
        ]


class Dispatch(models.Model):
    """A notice on its way through a channel. `message` is drawn before the first try, so that a second try can be told for a double."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="dispatches")
    channel = models.CharField(max_length=20)
    due_at = models.DateTimeField(default=timezone.now)
    message = models.CharField(max_length=120, blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("notice", "channel"), name="dispatch_once")]
        indexes = [models.Index(fields=("due_at",), name="dispatch_open", condition=Q(sent_at=None))]


class Wish(models.Model):
    """A user wants a kind of notice through a channel, or does not; without a row the kind's own default holds."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("access.User", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=20)
    wanted = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "kind", "channel"), name="wish_once")]


class Quiet(models.Model):
    """Hours of the user's day in which nothing is sent to him; both empty: never quiet. Without a row the company's hours hold."""

    user = models.OneToOneField("access.User", models.CASCADE, primary_key=True, related_name="+")
    begins = models.TimeField(null=True)
    ends = models.TimeField(null=True)
