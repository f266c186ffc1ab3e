"""The processes of the company on one page of the settings: what is in use, what is a draft, how much runs, and what one may start from."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.resources.declare import Page, place, registry

from . import drafts
from .offered import templates
from .showing import title_of


def subject_of(key: str) -> str:
    """What a process is about, in words."""
    return str(registry[key].model._meta.verbose_name) if key in registry else key


def overview(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """Every process, those in use first."""
    show = show_for(actor)
    rows = []
    for row in drafts.listed():
        draft, active = row.draft, row.active  # type: ignore[attr-defined]
        moment = draft.changed_at if draft else active and active.published_at or row.created_at
        rows.append({"href": f"/settings/processes/{row.pk}", "pk": row.pk, "name": title_of(row), "about": subject_of(row.resource), "on": row.is_on,
                     "version": active.number if active else 0, "draft": draft.number if draft else 0, "runs": row.runs,  # type: ignore[attr-defined]
                     "at": words.ago(moment, show.now, show.language)})  # fmt: skip
    offered = [{"key": x.key, "name": x.name, "about": subject_of(x.body["subject"])} for x in templates().values()]
    return {"rows": rows, "offered": offered, "may": actor.may("process", "edit")}


place(Page("settings/processes/all", t("Processes"), "processes/overview.html", overview, needs="process.view", icon="route"))
