"""Web forms are composed by administrators; what a stranger sends becomes a lead, with what he agreed to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import follows, prepares
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.resources.declare import Visit
from pellucid.kernel.resources.verbs import assign

from ..models import ConsentText, Contact, Lead, WebForm

REACH = frozenset({"mobile", "phone", "email", "wechat"})


@prepares(WebForm)
def web_form_prepare(forms: list[WebForm], *, actor: Any, changed: frozenset[str] | None) -> None:
    """A form asks for a name and a way to reach who sends it; sites are named by their origin; a changed consent is a new version."""
    for form in forms:
        if not REACH & set(form.asks):
            raise Invalid({"asks": [_("Ask for at least one way to reach them: mobile, phone, e-mail or WeChat.")]})
        form.musts = [n for n in form.musts if n in form.asks]
        form.sites = "\n".join(dict.fromkeys(site_of(line) for line in form.sites.split() if line))
        if changed is None or changed & {"consent", "consent_en"}:
            form.consent_version += 1 if form.consent else 0


def site_of(line: str) -> str:
    """scheme://host of an address, as a policy names it. Raises Invalid for what is none."""
    found = urlsplit(line if "//" in line else f"https://{line}")
    host = found.hostname or ""
    if found.scheme not in ("https", "http") or "." not in host and host != "localhost" or not all(c.isalnum() or c in "-." for c in host):
        raise Invalid({"sites": [_("“%(line)s” is no address of a site.") % {"line": line[:60]}]})
    try:
        port = f":{found.port}" if found.port else ""
    except ValueError as wrong:
        raise Invalid({"sites": [_("“%(line)s” is no address of a site.") % {"line": line[:60]}]}) from wrong
    return f"{found.scheme}://{host}{port}"


@follows(WebForm)
def web_form_remembers(forms: list[WebForm], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The words of every version stay."""
    if changed is None or changed & {"consent", "consent_en"}:
        ConsentText._base_manager.bulk_create([
            ConsentText(form=f, version=f.consent_version, text=f.consent, text_en=f.consent_en) for f in forms if f.consent])  # fmt: skip


def take(form: WebForm, values: dict[str, Any], agreed: bool, visit: Visit) -> Lead:
    """The lead of what a stranger sent: recognised, scored and allocated like any other that comes by itself."""
    lead = Lead(channel=Lead.Channel.WEB, origin_id=form.origin_id, owner_id=form.keeper_id, web_form=form, landing_page=visit.page,
                utm_source=visit.marks.get("utm_source", ""), utm_medium=visit.marks.get("utm_medium", ""),
                utm_campaign=visit.marks.get("utm_campaign", ""))  # fmt: skip
    assign(lead, values, "lead")
    lead.name = lead.name or lead.contact_name or lead.mobile or lead.phone or lead.email or lead.wechat
    if form.consent and agreed:
        lead.consent, lead.consent_on = Contact.Consent.GIVEN, days.today()
        lead.consent_source = _("Web form “%(name)s”, consent version %(n)s") % {"name": form.name[:60], "n": form.consent_version}
    return run("lead_create", None, Actor.system("form"), filled=lead).record  # type: ignore[no-any-return]
