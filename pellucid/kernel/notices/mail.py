"""Notices by e-mail: at least once, with a Message-ID drawn from event and recipient before the first try; many at once make one letter."""
from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Any

from django.conf import settings as django
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records import settings

from .declare import Channel, carry, channels
from .models import Dispatch, Notice
from .selectors import NoticeLine, lines, path_of

log = logging.getLogger(__name__)
SEVERAL = 3                     # from here on notices for one user go out as one letter
MAX_TRIES = 8
CHUNK = 200


def _host() -> str:
    found = re.search(r"@([\w.-]+)", settings.get("mail.from") or "")
    return found[1] if found else "pellucid.local"


def send_mail(user: User, found: list[NoticeLine], message: str) -> None:
    """One letter with one notice or several."""
    base = (settings.get("mail.base_url") or "").rstrip("/")
    subject = found[0].text if len(found) == 1 else gettext("%(n)s notices from Pellucid") % {"n": len(found)}
    parts = []
    for line in found:
        link = f"{base}{path_of(line.target)}" if base and line.target else ""
        parts.append("\n".join(part for part in (line.text, *(f"    {q}" for q in line.quote.splitlines()), link) if part))
    parts.append(gettext("You can choose what you are told of under your profile, Notices."))
    EmailMessage(" ".join(subject.split())[:180], "\n\n".join(parts) + "\n", settings.get("mail.from") or django.DEFAULT_FROM_EMAIL,
                 [user.email], headers={"Message-ID": message, "Auto-Submitted": "auto-generated"}).send()


carry(Channel("mail", _("E-mail"), send_mail, lambda user: bool(user.email)))


@every(minutes=1)
@job("notices.send", label=_("Send notices"), retries=0, tells=False)
def send(ctx: Context) -> dict[str, int]:
    """Send what is due through every channel."""
    sent = failed = 0
    _draw_messages()
    for message, channel in Dispatch.objects.filter(sent_at=None, due_at__lte=Now(), tries__lt=MAX_TRIES).exclude(message="").order_by(
            "message").values_list("message", "channel").distinct()[:CHUNK]:
        ctx.check_cancelled()
        if _send(message, channel):
            sent += 1
        else:
            failed += 1
    return {"sent": sent, "failed": failed}


def _draw_messages() -> None:
    """Settle, before anything leaves, which notices make one letter and what its id is."""
    with transaction.atomic():
        new = Dispatch.objects.select_for_update(skip_locked=True, of=("self",)).select_related("notice").filter(
            sent_at=None, message="", due_at__lte=Now()).order_by("id")[:CHUNK * 5]
        by_user: dict[tuple[str, int], list[Dispatch]] = {}
        for dispatch in new:
            by_user.setdefault((dispatch.channel, dispatch.notice.user_id), []).append(dispatch)
        for (_channel, user_id), found in by_user.items():
            several = len(found) >= SEVERAL
            for dispatch in found:
                first = found[0].notice if several else dispatch.notice
                of = f"e{first.event_id}" if first.event_id else f"n{first.pk}"
                dispatch.message = f"<{of}.u{user_id}{'.more' if several else ''}@{_host()}>"[:120]
        Dispatch.objects.bulk_update([d for found in by_user.values() for d in found], ["message"])


def _send(message: str, channel: str) -> bool:
    """One letter. Notices read meanwhile, or of records the reader may no longer see, are left out."""
    with transaction.atomic():
        found = list(Dispatch.objects.select_for_update(skip_locked=True, of=("self",)).select_related("notice__user").filter(
            message=message, channel=channel, sent_at=None).order_by("id"))
        if not found:
            return True
        user: User = found[0].notice.user
        open_ones = [d.notice for d in found if d.notice.read_at is None]
        rows = Dispatch.objects.filter(pk__in=[d.pk for d in found])
        with translation.override(user.language or django.LANGUAGE_CODE):
            said = [line for line in lines(open_ones, Actor.of(user, "rule")) if line.target or not _about(open_ones, line)]
            if not said or not user.is_active or channel not in channels or not channels[channel].reaches(user):
                rows.update(sent_at=Now(), error="left out")
                return True
            try:
                channels[channel].send(user, said, message)
            except Exception as error:         # whatever the channel answers is kept and tried again
                log.warning("%s did not go out by %s: %s", message, channel, error)
                pause = dt.timedelta(seconds=min(3600 * 6, 30 * 4 ** found[0].tries))
                rows.update(tries=F("tries") + 1, error=f"{type(error).__name__}: {error}"[:500], due_at=timezone.now() + pause)
                return False
        rows.update(sent_at=Now(), error="")
    return True


def _about(found: list[Any], line: NoticeLine) -> bool:
    return any(n.pk == line.id and n.record_id for n in found)


@every("03:30")
@job("notices.tidy", label=_("Throw away old notices"))
def tidy(ctx: Context) -> dict[str, int]:
    """Read notices go after 90 days, unread ones after 180."""
    count = 0
    now = timezone.now()
    old = Q(read_at__lt=now - dt.timedelta(days=90)) | Q(created_at__lt=now - dt.timedelta(days=180))
    while ids := list(Notice.objects.filter(old).values_list("pk", flat=True)[:2000]):
        with ctx.chunk():
            Notice.objects.filter(pk__in=ids).delete()
            count += len(ids)
            ctx.progress(count)
    return {"notices": count}
