"""Messages leave here: taken, posted outside of any transaction, and what came of it written down. At least once; receivers know them by id."""

from __future__ import annotations

import datetime as dt
import json
import random
import secrets
import time
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import drain, every, job
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Failure
from pellucid.kernel.records.sealed import opened

from ..models import Endpoint, EndpointSecret, Message, RuleRun
from .posting import Answer, post
from .signing import headers

RETRY = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)  # seconds: about three days in all
SPREAD = 0.2
PATIENT = frozenset({408, 409, 425, 429})  # of the refusals (4xx) those that may pass
ITS_OWN = frozenset({400, 413, 415, 422})  # what is wrong with one message, and says nothing about the receiver
FEW = 3  # tries where the receiver says that the message is wrong
CLAIM = 60  # seconds until a message whose worker died is taken again
CALM = dt.timedelta(seconds=20)  # after no answer at all the others for this address wait, too
GIVE_UP = dt.timedelta(days=5)
OFF = "webhook_off"
KEPT = dt.timedelta(days=30)
CHUNK = 2000

TAKE = """
UPDATE automation_message SET next_at = clock_timestamp() + make_interval(secs => %s), tries = tries + 1 WHERE id = (
  SELECT m.id FROM automation_message m JOIN automation_endpoint e ON e.id = m.endpoint_id
   WHERE m.state = 'due' AND m.next_at <= clock_timestamp() AND e.is_on AND e.deleted_at IS NULL
     AND (e.quiet_until IS NULL OR e.quiet_until <= clock_timestamp())
   ORDER BY m.next_at, m.id LIMIT 1 FOR UPDATE OF m SKIP LOCKED)
RETURNING id"""


def write(endpoint: Endpoint, name: str, data: dict[str, Any], run: RuleRun | None = None) -> Message:
    """A message that leaves once the transaction is committed."""
    said = {"type": name, "timestamp": timezone.now().isoformat(), "data": data}
    body = json.dumps(said, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return Message.objects.create(endpoint=endpoint, uid=f"msg_{secrets.token_urlsafe(18)}", name=name, body=body, run=run)


@drain(thread="webhooks")
def send() -> int:
    """A few of what is due."""
    with versions.using(versions.read()):
        count = 0
        while count < 10 and _one():
            count += 1
        return count


def _one() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [CLAIM])
        row = cursor.fetchone()
    if row is None:
        return False
    message = Message.objects.select_related("endpoint").get(pk=row[0])
    body, stamp = message.body.encode(), int(time.time())
    try:
        known = secrets_of(message.endpoint)
    except Failure as refusal:
        answer = Answer(None, refusal.message)
    else:
        answer = post(message.endpoint.url, body, headers(known, message.uid, stamp, body)) if known else Answer(None, _("It has no secret."))
    with transaction.atomic():
        _note(message, answer)
    return True


def secrets_of(endpoint: Endpoint) -> list[str]:
    """What messages to it are signed with now, the newest first."""
    rows = EndpointSecret.objects.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()), endpoint=endpoint).order_by("-id")
    return [opened(row.sealed) for row in rows]


def _note(message: Message, answer: Answer) -> None:
    """Write down what came of it: delivered, once more later, given up, or the address switched off."""
    now, endpoint = timezone.now(), message.endpoint
    facts: dict[str, Any] = {"status": answer.status, "error": answer.error[:300]}
    what, pause = after(answer, message.tries)
    if what == "done":
        facts |= {"state": "done", "ended_at": now, "error": ""}
        Endpoint.objects.filter(pk=endpoint.pk).exclude(failing_since=None, quiet_until=None).update(failing_since=None, quiet_until=None)
    elif what == "retry":
        facts["next_at"] = now + dt.timedelta(seconds=pause)
    else:
        facts |= {"state": "dead", "ended_at": now}
    Message.objects.filter(pk=message.pk, state="due").update(**facts)
    if what == "done":
        return
    if answer.status in ITS_OWN:
        return  # the receiver lives; it is this message that it does not want
    Endpoint.objects.filter(pk=endpoint.pk, failing_since=None).update(failing_since=now)
    if answer.status is None:
        Endpoint.objects.filter(pk=endpoint.pk).update(quiet_until=now + CALM)
    since = Endpoint.objects.filter(pk=endpoint.pk).values_list("failing_since", flat=True).first() or now
    if what == "off":
        _switch_off(endpoint, _("The receiver says that it is gone for good (410)."))
    elif now - since >= GIVE_UP and message.tries >= FEW:  # the first try after a long rest says little
        _switch_off(endpoint, _("Nothing was delivered for five days."))


def after(answer: Answer, tries: int) -> tuple[str, float]:
    """done, retry (and in how many seconds), dead, or off."""
    status = answer.status
    if status is not None and 200 <= status < 300:
        return "done", 0
    if status == 410:
        return "off", 0
    wrong = status is not None and 300 <= status < 500 and status not in PATIENT
    if tries > len(RETRY) or wrong and tries >= FEW:
        return "dead", 0
    return "retry", max(RETRY[tries - 1] * random.uniform(1 - SPREAD, 1 + SPREAD), answer.wait)


def _switch_off(endpoint: Endpoint, why: str) -> None:
    begin(Actor.system("rule"))
    if Endpoint.objects.filter(pk=endpoint.pk, is_on=True).update(is_on=False, stopped=why):
        notify([endpoint.keeper_id or 0], OFF, resource="endpoint", record_id=endpoint.pk, name=endpoint.name, why=why)


@every("03:25")
@job("automation.messages", label=t("Throw away messages of webhooks that ended long ago"))
def tidy(ctx: Context) -> dict[str, int]:
    """What was delivered or given up is kept for thirty days."""
    count, old = 0, Message.objects.exclude(state="due").filter(ended_at__lt=timezone.now() - KEPT)
    while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
        with ctx.chunk():
            count += Message.objects.filter(pk__in=ids).delete()[0]
            ctx.progress()
    return {"messages": count}


def again(messages: Any) -> int:
    """Try once more what was given up, from the beginning."""
    return int(messages.filter(state="dead").update(state="due", tries=0, ended_at=None, next_at=timezone.now(), error="", status=None))
