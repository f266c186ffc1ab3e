"""Web forms as strangers see them, and what an administrator needs to put one on a site."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import settings, words
from pellucid.kernel.resources.declare import Asked, Menu, OpenForm, Panel, Visit, place
from pellucid.kernel.resources.fields import masked, readable

from .actions import web_forms as actions
from .models import ConsentText, WebForm
from .web_kinds import askable


def of_key(key: str) -> WebForm | None:
    """The form of this key, while it is in use."""
    return WebForm._base_manager.filter(key=key, active=True, deleted_at=None).first()


def asked(key: str, language: str) -> Asked | None:
    """A form in a stranger's language; what has no English yet is said in Chinese."""
    form = of_key(key)
    if form is None:
        return None

    def said(name: str) -> str:
        return str(language == "en" and getattr(form, f"{name}_en") or getattr(form, name))

    known = askable()
    return Asked(
        said("title"), said("intro"), {n: known[n].changed(required=n in form.musts, help="") for n in form.asks if n in known}, _("Send"),
        said("thanks") or _("Thank you. We have received this, and will get in touch with you soon."), said("consent"), tuple(form.sites.split()),
    )  # fmt: skip


def take(key: str, values: dict[str, Any], agreed: bool, visit: Visit) -> None:
    """What was sent becomes a lead."""
    form = of_key(key)
    if form is not None:
        actions.take(form, values, agreed, visit)


def embedding(form: WebForm, actor: Actor) -> dict[str, Any]:
    """The address of the form, what to put into a page so that it stands there, and the words people have agreed to so far."""
    show = show_for(actor)
    seen = {n for n in readable("webform", actor) if not masked("webform", n, actor)}
    kept = ConsentText._base_manager.filter(form=form).order_by("-version") if "consent" in seen else ()
    return {
        "base": str(settings.get("mail.base_url") or "").rstrip("/"), "href": f"/open/lead/{form.key}", "active": form.active,
        "name": form.title if "title" in seen else "", "sites": form.sites.split() if "sites" in seen else [],
        "versions": [{"n": c.version, "since": words.relative_day(c.since.astimezone(show.zone).date(), show.today, show.language),
                      "text": c.text} for c in kept],
    }  # fmt: skip


place(
    OpenForm("lead", asked, take),
    Panel("webform", "embedding", gettext_lazy("On your site"), "customers/embedding.html", embedding, position=5),
    Menu("webform", gettext_lazy("Web forms"), "/web-forms/", "forms", group="settings/rules", needs="webform.view", position=25),
)
