"""Writing: create, update, delete, actions, sets. The Idempotency-Key's row is written in the transaction of its effect."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, Once, actions
from pellucid.kernel.actions.idempotency import once
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import Outcome, run, show_for
from pellucid.kernel.records.errors import Failure, Invalid, Missing
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import Resource, resource_of
from pellucid.kernel.resources.verbs import checked

from .answers import answer, body_of, error, failed, refusal
from .reading import one

MAX_SET = 500


def keyed(request: HttpRequest, actor: Actor, work: Callable[[], HttpResponse], content: Callable[[], bytes] | None = None) -> HttpResponse:
    """The answer of the work, once per Idempotency-Key of this user; the same key with other content (the body, unless said otherwise) is 422."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return work()
    if len(key) > 255 or not key.isprintable():
        raise Invalid({"Idempotency-Key": [_("At most 255 printable characters.")]})
    print_ = hashlib.sha256(
        b"\0".join(((request.method or "").encode(), request.get_full_path().encode(), content() if content else request.body))
    ).digest()
    fresh: list[HttpResponse] = []

    def answered() -> tuple[int, bytes]:
        fresh[:] = [guarded(work, request)]  # of the latest try: what an earlier one answered was rolled back
        return fresh[0].status_code, fresh[0].content

    kept = once(actor.user_id, key, print_, answered)
    if not kept.replayed:
        return fresh[0]
    if not kept.same:
        return error(422, "idempotency_mismatch", _("This Idempotency-Key was used for another request."), request)
    return answer(kept.body, kept.status, Idempotency_Replayed="true")


def guarded(work: Callable[[], HttpResponse], request: HttpRequest) -> HttpResponse:
    """A refusal inside a keyed transaction is an answer to keep; its effects are rolled back to here."""
    try:
        with transaction.atomic():
            return work()
    except Failure as failure:
        return failed(failure, request, strict="HTTP_IF_MATCH" in request.META)


def create(request: HttpRequest, actor: Actor, resource: type[Resource]) -> HttpResponse:
    """POST a new record: 201 with the record and its address, of what a rule gave to somebody out of the caller's reach with its id and version
    only; 409 "unsure" asks whether it is meant, ?sure=1 says so."""
    values = body_of(request)
    sure = request.GET.get("sure") == "1"

    def work() -> HttpResponse:
        outcome = run(f"{resource.key()}_create", None, actor, values=values, sure=sure)
        if outcome.state == "waiting":
            return waiting(outcome)
        record, version = made(resource, outcome.record, actor)
        return answer(record, 201, Location=f"/api/v1/{resource.path}/{outcome.record.pk}", ETag=f'"{version}"')

    return keyed(request, actor, work)


def made(resource: type[Resource], record: Any, actor: Actor) -> tuple[Any, int]:
    """(what was made as the actor sees it, its version); that there is one, where he does not see it."""
    try:
        return one(resource, record.pk, actor)
    except Missing:
        record.refresh_from_db(fields=("version",))
        return {"id": record.pk, "version": record.version}, record.version


def update(request: HttpRequest, actor: Actor, resource: type[Resource], pk: int) -> HttpResponse:
    """PATCH fields of a record. If-Match is strict (412); "version" in the body merges changes of other fields, and the answer says which."""
    values = body_of(request)
    match = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    version = values.pop("version", None)
    strict = bool(match)
    if match:
        if not is_whole(match) or len(match) > 9:
            raise Invalid({"If-Match": [_("The ETag of the record, as it was read.")]})
        version = int(match)
    if version is not None and (isinstance(version, bool) or not isinstance(version, int) or not 0 < version < 2**31):
        raise Invalid({"version": [_("A whole number, please.")]})

    def work() -> HttpResponse:
        outcome = run(f"{resource.key()}_update", pk, actor, values=values, version=version, strict=strict)
        if outcome.state == "waiting":
            return waiting(outcome)
        record, now = one(resource, pk, actor)
        return answer(record, 200, ETag=f'"{now}"', **({"X_Merged_Fields": ",".join(outcome.merged)} if outcome.merged else {}))

    return keyed(request, actor, work)


def delete(request: HttpRequest, actor: Actor, resource: type[Resource], pk: int) -> HttpResponse:
    """DELETE puts the record into the bin: 204."""

    def work() -> HttpResponse:
        outcome = run(f"{resource.key()}_delete", pk, actor)
        return waiting(outcome) if outcome.state == "waiting" else HttpResponse(status=204)

    return keyed(request, actor, work)


def waiting(outcome: Outcome) -> HttpResponse:
    """202: a process will decide."""
    made = outcome.waiting
    path = resource_of(type(made)).path
    return answer({"state": "waiting", "waiting": str(made), "id": made.pk, "href": f"/api/v1/{path}/{made.pk}"}, 202)


def action_of(resource: type[Resource], name: str) -> Action:
    """The action of a resource by its name in the address: customer_reassign or reassign."""
    what = actions.get(name) or actions.get(f"{resource.key()}_{name.replace('-', '_')}")
    if what is None or what.model is not resource.model or what.name.removeprefix(f"{resource.key()}_") in ("create", "update"):
        raise Missing(_("There is no action “%(name)s”.") % {"name": name})
    return what


def act(request: HttpRequest, actor: Actor, resource: type[Resource], pk: int, name: str) -> HttpResponse:
    """POST a business verb on one record; the body holds its inputs; 409 "unsure" asks whether it is meant, ?sure=1 says so."""
    what = action_of(resource, name)
    if what.on != "record":
        raise Missing(_("There is no action “%(name)s”.") % {"name": name})
    given = known_inputs(what, body_of(request))

    def work() -> HttpResponse:
        outcome = run(what, pk, actor, given, show=show_for(actor), sure=request.GET.get("sure") == "1")
        if outcome.state == "waiting":
            return waiting(outcome)
        return answer({"state": "done", "event": outcome.event_id, "value": told(outcome.value, request)})

    return keyed(request, actor, work)


def told(value: Any, request: HttpRequest) -> Any:
    """What an action made, as JSON: the id of a record, a plain value, or a secret, which no kept answer may hold."""
    if isinstance(value, Once):
        if request.headers.get("Idempotency-Key"):
            raise Invalid({"Idempotency-Key": [_("A secret is told once and kept nowhere: please ask without this header.")]})
        return {"secret": value.text}
    if isinstance(value, models.Model):
        return {"id": value.pk}
    return value if isinstance(value, (bool, int, str)) else None


def known_inputs(what: Action, given: dict[str, Any]) -> dict[str, Any]:
    """The inputs, none of them unknown."""
    names = {s.name for s in what.inputs}
    if unknown := [n for n in given if n not in names and not what.takes_more]:
        raise Invalid({n: [_("There is no input “%(name)s”.") % {"name": n}] for n in unknown})
    return given


def bulk(request: HttpRequest, actor: Actor, resource: type[Resource]) -> HttpResponse:
    """POST {"action", "ids", "inputs"}: the verb, or "update" with the fields as inputs, on up to 500 records in one transaction with one event;
    says which were done, and of each other one what a single call would have been answered."""
    body = body_of(request)
    ids = body.get("ids")
    if (
        not isinstance(ids, list)
        or not ids
        or len(ids) > MAX_SET
        or any(isinstance(i, bool) or not isinstance(i, int) or not 0 < i < 2**63 for i in ids)
    ):
        raise Invalid({"ids": [_("Between 1 and %(n)s ids.") % {"n": MAX_SET}]})
    name, inputs = body.get("action"), body.get("inputs") or {}
    if not isinstance(name, str) or not isinstance(inputs, dict):
        raise Invalid({"action": [_("Please fill in.")]})
    if name in ("update", f"{resource.key()}_update"):
        what, given, extra = actions[f"{resource.key()}_update"], {}, {"values": inputs}
        checked(resource, inputs, actor, partial=True)  # wrong for all of them: refused as a whole, at the fields
    else:
        what = action_of(resource, name)
        given, extra = known_inputs(what, inputs), {}
        if what.on != "record":
            raise Missing(_("There is no action “%(name)s”.") % {"name": name})

    def work() -> HttpResponse:
        batch = run_many(what, ids, actor, given, chunk=MAX_SET, **extra)
        place = {pk: n for n, pk in enumerate(dict.fromkeys(ids))}
        left = [{"id": pk} | refusal(batch.refusals[pk]) for pk in sorted(batch.refusals, key=place.__getitem__)]
        return answer({"done": sorted(batch.done, key=place.__getitem__), "failed": left})

    return keyed(request, actor, work)
