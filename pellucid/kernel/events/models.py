"""What happened, and who still has to hear of it. The event table is partitioned by month and made by derived.py, not by a migration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

EACH = "each"  # in the payload of a batch: record id -> what is said of this one only
MUTED = "-"  # stands for the root of what no rule shall hear of


@dataclass(frozen=True, slots=True)
class Chain:
    """What led to an event without anybody deciding it: the first event of all, and one link for each rule that acted on the way. It is
    written into every event that follows, so that it holds across workers and restarts."""

    root: str = ""
    links: tuple[str, ...] = ()

    @property
    def muted(self) -> bool:
        return self.root == MUTED


class Event(models.Model):
    """One business fact in the past tense: who, through which door, on behalf of whom, following from what, about which record."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    name = models.CharField(max_length=80)
    actor_id = models.BigIntegerField(null=True)
    on_behalf_of = models.BigIntegerField(null=True)
    door = models.CharField(max_length=8)
    cause = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True)
    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField(null=True)
    many = models.IntegerField(default=0)
    payload = models.JSONField(default=dict)
    root = models.CharField(max_length=60, default="")
    chain = ArrayField(models.TextField(), default=list)

    class Meta:
        managed = False
        db_table = "events_event"

    @property
    def led(self) -> Chain:
        """What led here, for what follows from it."""
        return Chain(self.root, tuple(self.chain))

    def ids(self) -> list[int]:
        """The records of its resource that it is about."""
        if self.record_id is not None:
            return [self.record_id]
        return list(EventItem._base_manager.filter(event_id=self.pk).values_list("record_id", flat=True))

    def facts(self, record_id: int) -> dict[str, Any]:
        """What it says of one record: of a batch, what holds for all and what is its own."""
        return self.payload | self.payload.get(EACH, {}).get(str(record_id), {})


class EventItem(models.Model):
    """A record that a batch event is about."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField()
    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=("resource", "record_id", "-event_id"), name="event_item_record")]


class Delivery(models.Model):
    """An event that a handler has yet to take, or has taken. Inserted with the event; at least once, in order per record."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField()
    handler = models.CharField(max_length=120)
    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    tries = models.SmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("event_id", "handler"), name="delivery_once")]
        indexes = [
            models.Index(fields=("next_try_at", "id"), name="delivery_open", condition=models.Q(delivered_at=None)),
            models.Index(fields=("resource", "record_id", "handler", "id"), name="delivery_before", condition=models.Q(delivered_at=None)),
        ]
