"""The frame of the settings: eight groups of pages, those the reader may open; areas bring pages of their own under settings/<group>/<name>."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import verb_words
from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Forbidden
from pellucid.kernel.resources.admin.areas import AREAS
from pellucid.kernel.resources.declare import Page, menus, pages

from . import answers, shell
from .menu import allowed

t = gettext_lazy
GROUPS = (
    ("access", t("Organisation and rights")),
    ("company", t("Company")),
    ("model", t("Data model")),
    ("rules", t("Rules")),
    ("processes", t("Processes")),
    ("data", t("Data")),
    ("integration", t("Integration")),
    ("audit", t("Audit")),
)
PREFIX = "settings/"


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the settings."""

    key: str
    label: Any
    group: str
    needs: str
    position: int = 100
    shown: Callable[[], bool] | None = None
    at: str = ""  # where it is, if not below /settings

    @property
    def href(self) -> str:
        return self.at or f"/settings/{self.key}"


OWN = (
    Entry("roles", t("Roles and rights"), "access", "role.view", 20),
    Entry("sessions", t("Sign-ins"), "access", "user.view", 40),
    Entry("fields", t("Fields and layout"), "model", "customfield.view", 10),
    Entry("dictionaries", t("Dictionaries"), "model", "term.view", 20),
    Entry("bin", t("Recycle bin"), "data", "audit.view", 20),
    Entry("jobs", t("Background jobs"), "data", "job.view", 30),
    Entry("tokens", t("API tokens"), "integration", "token.view", 10),
    Entry("audit", t("Audit log"), "audit", "audit.view", 10),
)


def entries() -> list[Entry]:
    """Every page there is: the program's own, one per section of typed settings, those of areas."""
    sections = [
        Entry(f"company/{key}", label, "company", "setting.view", at)
        for key, (at, label) in settings.sections.items()
        if settings.of_section(key)
    ]
    placed = [_of_area(path, page) for path, page in pages.items() if path.startswith(PREFIX)]
    lists = [Entry(m.key, m.label, m.group.removeprefix(PREFIX), m.needs, m.position, at=m.href) for m in menus if m.group.startswith(PREFIX)]
    order = [key for key, _label in GROUPS]
    return sorted((*OWN, *sections, *placed, *lists), key=lambda e: (order.index(e.group), e.position))


def _of_area(path: str, page: Page) -> Entry:
    key = path.removeprefix(PREFIX)
    group = key.partition("/")[0]
    return Entry(key, page.label, group if group in dict(GROUPS) else "rules", page.needs, 10)


def groups(actor: Actor, current: str) -> list[dict[str, Any]]:
    """The pages this reader may open, in their groups."""
    may = [e for e in entries() if allowed(e.needs, actor)]
    out = []
    for key, label in GROUPS:
        found = [{"label": str(e.label), "href": e.href, "current": e.key == current} for e in may if e.group == key]
        if found:
            out.append({"label": str(label), "entries": found})
    return out


def need(actor: Actor, right: str) -> None:
    """Refuse who lacks a right, naming it."""
    if not allowed(right, actor):
        key, _dot, verb = right.partition(".")
        raise Forbidden(
            right, _("The right “%(right)s” is missing.") % {"right": f"{AREAS.get(key, key)} · {verb_words(verb or 'view')}"}
        )


def frame(request: Any, key: str, **facts: Any) -> dict[str, Any]:
    """What settings.html asks for."""
    label = next((str(e.label) for e in entries() if e.key == key), "")
    return {
        "settings": {"title": label, "groups": groups(request.actor, key), "index": key == ""} | facts,
        "title": label or _("Settings"),
    }


def page(
    request: Any, key: str, template: str, context: dict[str, Any] | None = None, *, status: int = 200, **facts: Any
) -> HttpResponse:
    """A page of the settings in its frame."""
    return answers.page(request, template, frame(request, key, **facts) | (context or {}), status=status)


def foot(request: Any) -> list[dict[str, Any]]:
    """The entry at the end of the side menu."""
    if not any(allowed(e.needs, request.actor) for e in entries()):
        return []
    return [{"key": "settings", "label": _("Settings"), "icon": "settings", "href": "/settings"}]


def own(request: Any) -> list[dict[str, Any]]:
    """The entry of one's own profile."""
    return [{"label": _("My profile"), "icon": "user", "href": "/profile"}]


def company_name() -> str:
    """As the settings say it."""
    return str(settings.get("company.name") or "")


shell.foot_entries.append(foot)
shell.user_entries.append(own)
shell.company.append(company_name)
