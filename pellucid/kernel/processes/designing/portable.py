"""A definition as a file: roles by their key, persons and units by name, so that another installation understands it. Whom it does not know, it
asks for."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from pellucid.kernel.access import directory

from .operations import Body, walk

FORMAT = "pellucid.process.file/1"


def whos(body: Body) -> Iterator[Body]:
    """Every way to name people in a definition."""
    yield from body.get("admins", ())
    yield from body.get("see", ())
    for step, _sequence in walk(body["steps"]):
        yield from step.get("who", ())


def exported(body: Body) -> Body:
    """The file: ids of people and units become names."""
    body = copy.deepcopy(body)
    for who in whos(body):
        if who["kind"] == "person":
            who["names"] = [directory.user_name(i) for i in who.pop("ids", ())]
        if who["kind"] == "unit":
            who["names"] = [directory.unit_name(i) for i in who.pop("ids", ())]
    return {"format": FORMAT, "process": body}


def unknown(file: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(kind, name) of the persons, units and roles of a file that this installation does not know."""
    roles = {r.code for r in directory.roles()}
    out: list[tuple[str, str]] = []
    for who in whos(file["process"]):
        find = {"person": directory.find_user, "unit": directory.find_unit}.get(who["kind"])
        out += [(who["kind"], name) for name in who.get("names", ()) if find is not None and find(name) is None]
        if who["kind"] == "role" and who.get("role") and who["role"] not in roles:
            out.append(("role", who["role"]))
    return list(dict.fromkeys(out))


def imported(file: Mapping[str, Any], answers: Mapping[tuple[str, str], Any]) -> Body:
    """The definition of a file; `answers` say who is meant by what is not known here. Without an answer a name is left out, and the step says
    that nobody is asked."""
    body: Body = copy.deepcopy(file["process"])
    for who in whos(body):
        find = {"person": directory.find_user, "unit": directory.find_unit}.get(who["kind"])
        if find is not None:
            found = (find(name) or answers.get((who["kind"], name)) for name in who.pop("names", ()))
            who["ids"] = list(dict.fromkeys(int(i) for i in found if i))
        if who["kind"] == "role" and ("role", who.get("role", "")) in answers:
            who["role"] = answers["role", who["role"]]
    return body
