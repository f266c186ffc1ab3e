"""Forms that strangers fill in, on their own page or framed by a company's site: guarded against programs by a field nobody sees, by the time
it takes to type, and by how many come from one address."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.idempotency import once
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.kinds import parse_all
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.throttle import spend
from pellucid.kernel.resources.declare import Asked, OpenForm, Visit, open_forms

from .. import answers, errors, forms
from ..middleware import LANGUAGES, public
from ..shell import company_name
from .signin import address_of

log = logging.getLogger(__name__)
TRAP = "company_page"                    # no person sees this field; what fills it in is a program
SALT, LASTS, AT_LEAST = "pellucid.open", 12 * 3600, 3
A_MINUTE, A_FORM = 5, 120                # answers from one address, and to one form, in a minute
MARKS = ("utm_source", "utm_medium", "utm_campaign")


@public
@csrf_exempt  # nobody is signed in here: there is nothing to borrow, and a framed page gets no cookie
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: Any, kind: str, key: str) -> HttpResponse:
    """The form; what an opened page sends is taken once, however often it is sent, and thanked for."""
    spoken = request.GET.get("lang", "")
    language = spoken if spoken in LANGUAGES else get_language() or "zh-hans"
    with override(language):
        found = open_forms.get(kind)
        asked = found.show(key, language) if found else None
        if found is None or asked is None:
            gone = {"title": errors.title_of(404), "message": _("This form is not here any more."), "status": 404}
            return answers.plain(request, "errors/plain.html", gone, status=404)
        if request.method != "POST":
            return drawn(request, asked, language, signing.dumps(visit_of(request), salt=SALT))
        return taken(request, found, key, asked, language)


def taken(request: Any, found: OpenForm, key: str, asked: Asked, language: str) -> HttpResponse:
    """Look at who sends it and how, then hand it on."""
    pass_on, wrong = request.POST.get("pass", "")[:4000], {}
    try:
        came = signing.loads(pass_on, salt=SALT, max_age=LASTS)
        came = came if isinstance(came, dict) else {}
    except signing.BadSignature:
        came, pass_on = visit_of(request), ""
        wrong[""] = [_("This page has been open for too long; please send it once more.")]
    if not wrong and timezone.now().timestamp() - float(came.get("at", 0)) < AT_LEAST:
        wrong[""] = [_("That was very quick; please send it once more.")]
    if not wrong and (spend(("open", source(request)), A_MINUTE)[0] < 0 or spend(("open", found.kind, key), A_FORM)[0] < 0):
        wrong[""] = [_("Too many answers came from here; please wait a minute.")]
    typed = forms.raw_values(asked.specs, request.POST)
    if request.POST.get(TRAP):
        log.info("an open form of kind %s was filled in by a program", found.kind)
        return thanked(request, asked)
    agreed = request.POST.get("consent") == "true"
    if asked.consent and not agreed:
        wrong["consent"] = [_("Please agree, so that we may contact you.")]
    try:
        values = parse_all(tuple(asked.specs.values()), typed, showing(language))
        if not wrong:
            marks = {name: str(came.get(name, ""))[:120] for name in MARKS}
            visit = Visit(language, str(came.get("page", ""))[:300], marks)
            if taken_once(str(came.get("nonce") or pass_on), [key, typed, agreed], lambda: found.take(key, values, agreed, visit)):
                return thanked(request, asked)
            pass_on = signing.dumps(came | fresh(), salt=SALT)
            wrong[""] = [_("This was sent already. If something else is to come in, please send it once more.")]
    except Invalid as error:
        wrong |= forms.errors_of(error)
    again = pass_on or signing.dumps(came | {"at": timezone.now().timestamp()}, salt=SALT)
    return drawn(request, asked, language, again, typed, wrong, agreed)


def taken_once(nonce: str, sent: Any, take: Callable[[], None]) -> bool:
    """Take what was sent, unless this page has sent the same before: a second click finds it taken. False when it has sent something else."""
    print_ = hashlib.sha256(json.dumps(sent, sort_keys=True, default=str).encode()).digest()

    def work() -> tuple[int, bytes]:
        take()
        return 200, b""

    return once(None, f"open:{nonce}"[:255], print_, work).same


def fresh() -> dict[str, str]:
    """What tells one opened page from another."""
    return {"nonce": secrets.token_urlsafe(16)}


def visit_of(request: Any) -> dict[str, Any]:
    """Where a visitor came from: the page that shows or links the form, and the marks of a campaign in its address or ours."""
    page = request.headers.get("Referer", "")[:1000]
    marks = dict(parse_qsl(urlsplit(page).query)) | request.GET.dict()
    return fresh() | {"at": timezone.now().timestamp(), "page": page.partition("?")[0][:300]} | {n: marks[n][:120] for n in MARKS if marks.get(n)}


def source(request: Any) -> str:
    """The address that counts: one of the older kind, or the network of a newer one."""
    try:
        found = ipaddress.ip_address(address_of(request))
    except ValueError:
        return ""
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))


def showing(language: str) -> Show:
    """How a stranger's typing is read."""
    now, zone = timezone.now(), days.zone()
    return Show(language=language, zone=ZoneInfo(str(zone)), now=now, today=now.astimezone(zone).date())


def drawn(request: Any, asked: Asked, language: str, pass_on: str, typed: dict[str, Any] | None = None, wrong: dict[str, list[str]] | None = None,
          agreed: bool = False) -> HttpResponse:  # fmt: skip
    """The form with what was typed."""
    wrong = wrong or {}
    fields = forms.drawn(asked.specs, showing(language), Actor.system("form"), {}, typed, wrong)
    context = {"title": asked.title, "text": asked.text, "fields": list(fields.values()), "submit": asked.submit, "consent": asked.consent,
               "agreed": agreed, "refused": " ".join(wrong.get("consent", ())), "pass": pass_on, "trap": TRAP, "company": company_name(),
               "failure": " ".join(" ".join(m) for n, m in wrong.items() if n not in fields and n != "consent"), "action": request.get_full_path()}
    return framed(answers.plain(request, "open_form.html", context, status=422 if wrong else 200), asked)


def thanked(request: Any, asked: Asked) -> HttpResponse:
    """Word that it has arrived."""
    return framed(answers.plain(request, "open_form.html", {"title": asked.title, "thanks": asked.thanks, "company": company_name()}), asked)


def framed(response: HttpResponse, asked: Asked) -> HttpResponse:
    """Let the named sites, and no others, show it within their pages."""
    if asked.sites:
        response._csp_config = {**settings.SECURE_CSP, "frame-ancestors": list(asked.sites)}  # type: ignore[attr-defined]
        response.framed = True  # type: ignore[attr-defined]
    return response
