"""A rule may begin a process, and tell a person's manager: what the floor below does not know."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.actions.run import fetch
from pellucid.kernel.automation import people
from pellucid.kernel.automation.definition import Do
from pellucid.kernel.automation.doing import Case, Doing, known
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.spec import Show

from .approvers import head, manager
from .models import Process
from .starting import start


def _offers(key: str) -> list[tuple[str, Any]]:
    """The processes in use about these records that stand before no move: those begin by themselves."""
    rows = Process.objects.filter(resource=key, is_on=True, gate="", deleted_at=None).order_by("name")
    return list(rows.values_list("key", "name"))


def _start(case: Case, do: Do, given: dict[str, Any]) -> dict[str, Any]:
    process = Process.objects.filter(key=do.on, is_on=True, deleted_at=None).first()
    if process is None:
        raise Refused(_("There is no process “%(name)s” in use.") % {"name": do.on})
    record = fetch(type(case.record), case.record.pk, case.actor, lock=True)
    row = start(process, record, case.actor, key=f"{case.mark}:{do.on}"[:80])
    return {"state": "done", "made": ["processinstance", row.pk]}


def _says(key: str, do: Do, show: Show) -> tuple[str, list[str]]:
    name = Process.objects.filter(key=do.on, deleted_at=None).values_list("name", flat=True).first()
    return _("start the process “%(name)s”") % {"name": name or do.on}, []


known(Doing("process", t("Start a process"), "route", _offers, lambda key, on: {}, lambda key, on: [], _start, _says,
            hint=t("Have somebody approve or do something, step by step")))  # fmt: skip


@people.names("manager", t("its owner's manager"), owned=True)
def _manager(record: Any, given: dict[str, Any]) -> list[int]:
    found = manager(record.owner_id) if getattr(record, "owner_id", None) else None
    return [found] if found else []


@people.names("head", t("the head of its unit"), owned=True)
def _head(record: Any, given: dict[str, Any]) -> list[int]:
    found = head(getattr(record, "unit_id", None))
    return [found] if found else []
