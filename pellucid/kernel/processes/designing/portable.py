"""A definition as a file: roles by their key, persons, units, endpoints and records by name, so that another installation understands it. Whom it
does not know, it asks for."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.automation.doing import doings
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.marks import titled

from ..effects import DOES
from .operations import Body, walk

FORMAT = "pellucid.process.file/1"
NAMED = ("user", "unit", "link")  # kinds whose values are numbers of this installation


def whos(body: Body) -> Iterator[Body]:
    """Every way to name people in a definition."""
    yield from body.get("admins", ())
    yield from body.get("see", ())
    for step, _sequence in walk(body["steps"]):
        yield from step.get("who", ())


def sort_of(who: Body) -> str:
    """What a way to name people names by number or key: persons, units, a role; of whom the requester chooses, what bounds it."""
    return str(who.get("among", "all") if who["kind"] == "chosen" else who["kind"])


def exported(body: Body) -> Body:
    """The file: ids of people and units become names."""
    body = copy.deepcopy(body)
    for who in whos(body):
        if who["kind"] == "person":
            who["names"] = [directory.user_name(i) for i in who.pop("ids", ())]
        if sort_of(who) == "unit":
            who["names"] = [directory.unit_name(i) for i in who.pop("ids", ())]
    for step, asked in doings_of(body):
        known = dict(doings[step["type"]].offers(body["subject"])) if step["type"] == "webhook" else {}
        if step.get("call") in known:
            step["call"] = str(known[step["call"]])
        for name, value in step.get("inputs", {}).items():
            if name in asked and asked[name].kind.key in NAMED and isinstance(value, str) and is_whole(value):
                step["inputs"][name] = {"named": name_of(asked[name], int(value))}
    return {"format": FORMAT, "process": body}


def doings_of(body: Body) -> Iterator[tuple[Body, Mapping[str, Spec]]]:
    """Every step in which the program does something, with what that asks for."""
    for step, _sequence in walk(body["steps"]):
        if step["type"] in DOES:
            doing, call = doings[step["type"]], step.get("call", "")
            offered = doing.single or call in actions or call in registry
            yield step, doing.asks(body["subject"], call) if offered and body["subject"] in registry else {}


def name_of(spec: Spec, value: int) -> str:
    """What an installation calls a person, a unit or a record."""
    if spec.kind.key != "link":
        return directory.user_name(value) if spec.kind.key == "user" else directory.unit_name(value)
    return titled([(spec.target, value)], Actor.system()).get((spec.target, value), "")


def value_named(spec: Spec, name: str) -> str:
    """The other way round: the only one of this name, or nothing."""
    if spec.kind.key in ("user", "unit"):
        found = (directory.find_user if spec.kind.key == "user" else directory.find_unit)(name)
        return str(found or "")
    resource = registry[spec.target]
    rows = list(scoped(resource.model, Actor.system()).filter(**{resource.title: name}).values_list("pk", flat=True)[:2])
    return str(rows[0]) if len(rows) == 1 else ""


def unknown(file: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(kind, name) of the persons, units and roles of a file that this installation does not know."""
    roles = {r.code for r in directory.roles()}
    out: list[tuple[str, str]] = []
    for who in whos(file["process"]):
        find = {"person": directory.find_user, "unit": directory.find_unit}.get(sort_of(who))
        out += [(sort_of(who), name) for name in who.get("names", ()) if find is not None and find(name) is None]
        if sort_of(who) == "role" and who.get("role") and who["role"] not in roles:
            out.append(("role", who["role"]))
    return list(dict.fromkeys(out))


def imported(file: Mapping[str, Any], answers: Mapping[tuple[str, str], Any]) -> Body:
    """The definition of a file; `answers` say who is meant by what is not known here. Without an answer a name is left out, and the step says
    that nobody is asked."""
    body: Body = copy.deepcopy(file["process"])
    for who in whos(body):
        find = {"person": directory.find_user, "unit": directory.find_unit}.get(sort_of(who))
        if find is not None:
            found = (find(name) or answers.get((sort_of(who), name)) for name in who.pop("names", ()))
            who["ids"] = list(dict.fromkeys(int(i) for i in found if i))
        if sort_of(who) == "role" and ("role", who.get("role", "")) in answers:
            who["role"] = answers["role", who["role"]]
    for step, asked in doings_of(body):
        if step["type"] == "webhook":
            by_name = {str(name): on for on, name in doings["webhook"].offers(body["subject"])}
            step["call"] = by_name.get(step.get("call", ""), "")
        for name, value in list(step.get("inputs", {}).items()):
            if isinstance(value, dict) and "named" in value:
                step["inputs"][name] = value_named(asked[name], str(value["named"])) if name in asked else ""
            if step["inputs"][name] in ("", None):
                del step["inputs"][name]
    return body
