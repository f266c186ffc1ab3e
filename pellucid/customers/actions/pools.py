"""Into a pool and out of it: taken by one only, returned with a reason, recalled by rule, kept from being recalled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.collaboration.actions.next_steps import drop_steps
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import Action, Ask, follow, follows, keep_action, prepares, specs_of
from pellucid.kernel.actions.run import noted, told_apart
from pellucid.kernel.events.bus import publish
from pellucid.kernel.records import days, prepared, versions
from pellucid.kernel.records.errors import Faults, Invalid, Refused
from pellucid.kernel.resources.verbs import MOVED

from .. import clocks, pools, serving
from ..models import Customer, Lead, Pool, PoolMove, PoolQuota

STARTED = MOVED | {"plan_due_at"}  # what followers are told when the clock of whom it was given to was written with his name
AT_ONCE = 1000  # records of a pool that go to another keeper in one go
REASON = Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]


def put_in(record: Any, pool: Pool, kind: str, *, actor: Any, reason: str, at: dt.datetime | None = None, former: int | None = None) -> None:
    """A locked record goes into a pool (it went, for whom tells of the past): its keeper owns it, the pool's unit has it. It was its owner's,
    or the `former` one's who had it before another pool."""
    PoolMove._base_manager.create(pool=pool, resource=pool.kind, record_id=record.pk, kind=kind, user_id=former or record.owner_id,
                                  by_id=actor.user_id, reason=reason, at=at or timezone.now())  # fmt: skip
    record.pool, record.owner_id, record.unit_id, record.branch_id = pool, pool.keeper_id, pool.unit_id, tree().branch(pool.unit_id)
    record.save(update_fields=("pool", "owner", "unit", "branch"))
    drop_steps([record], reason)
    follow(type(record), [record], actor=actor, changed=MOVED)


def give_back(record: Any, *, actor: Actor, pool: Annotated[int, Ask(gettext_lazy("Pool"), kind="link", target="pool")], reason: REASON) -> None:
    """Return a record to a pool, with a reason; the cool-down begins for its owner."""
    if record.pool_id:
        raise Refused(_("It waits in a pool already."))
    must_be_open(record)
    found = next((p for p in pools.open_to(actor, record._meta.model_name) if p.pk == pool), None)
    if found is None:
        raise Invalid({"pool": [_("Choose a pool for this kind of record.")]})
    put_in(record, found, PoolMove.Kind.RETURNED, actor=actor, reason=reason)


def keep(record: Any, *, actor: Actor, until: Annotated[dt.date, Ask(gettext_lazy("Until"))], reason: REASON) -> None:
    """No rule recalls it until that day."""
    if until <= days.today():
        raise Invalid({"until": [_("Choose a day to come.")]})
    record.kept_until = until
    record.save(update_fields=("kept_until",))


def take(record: Any, *, actor: Actor) -> None:
    """Take a record out of its pool: the first one gets it."""
    if actor.user_id is None:
        raise Refused(_("Only a person can take something."))
    if record.pool_id is None:
        raise Refused(_("A colleague was faster: it has been taken."))
    pool, model, home = pools.find(record.pool_id, actor), type(record), directory.home_of(actor.user_id)
    if home is None:
        raise Refused(_("%(name)s belongs to no unit yet.") % {"name": actor.name})
    may_take(pool, record, actor.user_id)
    facts: dict[str, Any] = {"pool_id": None, "owner_id": actor.user_id, "unit_id": home, "branch_id": tree().branch(home)}
    now = timezone.now()
    facts |= clocks.started(pool.kind, home, now, serving.minutes([record.pk]).get(record.pk) if pool.kind == "customer" else None)
    if model is Lead:
        facts |= {"assigned_at": now, "allocated_because": _("taken from the pool “%(pool)s”") % {"pool": pool.name}}
    if not model._base_manager.filter(pk=record.pk, pool=pool).update(**facts):
        raise Refused(_("A colleague was faster: it has been taken."))
    PoolMove._base_manager.create(pool=pool, resource=pool.kind, record_id=record.pk, kind=PoolMove.Kind.TAKEN, user_id=actor.user_id,
                                  by_id=actor.user_id)  # fmt: skip
    for name, value in facts.items():
        setattr(record, name, value)
    noted(pool=pool.pk)
    follow(model, [record], actor=actor, changed=STARTED)


def may_take(pool: Pool, record: models.Model, user: int) -> None:
    """Raise Refused, with the reason, unless the limits and the cool-down let this user take the record. What is counted here is uncounted by
    the refusal. What he holds is counted over all pools of a kind, so his takers queue whichever pools they take from."""
    if pool.held_limit is not None:
        prepared.ask("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"customers.take:{pool.kind}:{user}"])
    found = prepared.ask(
        f"INSERT INTO {PoolQuota._meta.db_table} AS q (pool_id, user_id, day, taken) VALUES (%s, %s, %s, 1)"  # noqa: S608  a table of ours
        " ON CONFLICT (pool_id, user_id, day) DO UPDATE SET taken = q.taken + 1 RETURNING taken", [pool.pk, user, days.today()]).fetchone()
    if pool.daily_limit is not None and found is not None and found[0] > pool.daily_limit:
        raise Refused(pools.no_more_today(pool))
    if pool.held_limit is not None and pools.held(pool, user) >= pool.held_limit:
        raise Refused(pools.holds_enough(pool))
    if until := pools.cooling(pool, record, user):
        raise Refused(_("It was yours until recently; you may take it again on %(day)s.") % {"day": until.isoformat()})


def must_be_open(record: Any) -> None:
    """Refuse what is settled."""
    if isinstance(record, Lead) and record.state not in Lead.OPEN:
        raise Refused(_("This lead is settled already."))


def out_of_pool(records: Sequence[Any], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Given to somebody else than its keeper, a record waits no more."""
    if changed is None or "owner" not in changed:
        return
    waiting = [r for r in records if r.pool_id]
    keepers = dict(Pool._base_manager.filter(pk__in={r.pool_id for r in waiting}).values_list("pk", "keeper")) if waiting else {}
    left = [r for r in waiting if r.owner_id != keepers[r.pool_id]]
    PoolMove._base_manager.bulk_create([
        PoolMove(pool_id=r.pool_id, resource=r._meta.model_name, record_id=r.pk, kind=PoolMove.Kind.ASSIGNED, user_id=r.owner_id, by_id=actor.user_id)
        for r in left])  # fmt: skip
    if left:
        type(left[0])._base_manager.filter(pk__in=[r.pk for r in left]).update(pool=None)
        for record in left:
            record.pool = None


@follows(Pool)
def kept_by_another(changed_pools: list[Pool], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What waits in a pool belongs to whoever keeps it, and to its unit: another keeper, or another unit, has all of it at once."""
    if changed is None or not changed & {"keeper", "unit"}:
        return
    for pool in changed_pools:
        model, branch = pools.MODELS[pool.kind], tree().branch(pool.unit_id)
        held = pools.waiting(pool).exclude(owner=pool.keeper_id, unit=pool.unit_id).order_by("pk").select_for_update(of=("self",), no_key=True)
        while records := list(held[:AT_ONCE]):
            ids, was = [r.pk for r in records], records[0].owner_id
            with told_apart(actor) as event:
                model._base_manager.filter(pk__in=ids).update(owner=pool.keeper_id, unit=pool.unit_id, branch=branch)
                for record in records:
                    record.owner_id, record.unit_id, record.branch_id = pool.keeper_id, pool.unit_id, branch
                follow(model, records, actor=actor, changed=MOVED)
                publish(f"{pool.kind}.reassigned", event_id=event, by=actor, resource=pool.kind,
                        payload={"owner": pool.keeper_id, "was": was}, items=ids)  # fmt: skip


def recall(record: Any, *, actor: Actor, at: dt.datetime | None = None) -> None:
    """What the rules say today: back into the pool. Refused when something has happened meanwhile."""
    due = next(iter(pools.due_back(record._meta.model_name or "", ids=[record.pk])), None)
    if due is None:
        raise Refused(_("No rule sends this back today."))
    noted(rule=str(due.rule), pool=due.rule.pool_id, former=record.owner_id)
    put_in(record, due.rule.pool, PoolMove.Kind.RECALLED, actor=actor, reason=due.why, at=at)


def flow_on(record: Any, *, actor: Actor) -> None:
    """Nobody took it out of its pool in time: on into the pool that comes after it. Refused when something has happened meanwhile."""
    pool = next((p for p in pools.in_use() if p.pk == record.pool_id), None)
    if pool is None or (into := pools.next_pool(pool)) is None or not pools.due_on(pool, ids=[record.pk]):
        raise Refused(_("No rule moves this on today."))
    entry = pools.entries(pool, [record.pk]).get(record.pk)
    noted(before=pool.name, into=into.name, days=pool.flow_days, pool=into.pk)
    reason = ngettext("nobody took it from “%(pool)s” for %(n)s day", "nobody took it from “%(pool)s” for %(n)s days", pool.flow_days or 0)
    put_in(record, into, PoolMove.Kind.FLOWED, actor=actor, reason=reason % {"pool": pool.name, "n": pool.flow_days},
           former=entry.former if entry else None)  # fmt: skip


@prepares(Pool)
def pool_prepare(found: list[Pool], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Pools of one kind follow one another, and what moves on never comes round."""
    if not any(p.flows_into_id or p.flow_days is not None for p in found) and not (changed and "kind" in changed):
        return
    versions.alone("settings")  # two pools that are made to follow one another at the same moment
    known = {pk: (kind, into, name) for pk, kind, into, name in
             Pool._base_manager.filter(deleted_at=None).values_list("pk", "kind", "flows_into", "name")}  # fmt: skip
    for pool in found:
        faults, way, at = Faults(), [pool.pk], pool.flows_into_id
        if at and pool.flow_days is None:
            faults.tell("flow_days", _("Say after how many days."))
        if not at and pool.flow_days is not None:
            faults.tell("flows_into", _("Say into which pool."))
        if at in known and known[at][0] != pool.kind:
            faults.tell("flows_into", _("Choose a pool for the same kind of record."))
        while at in known and at not in way:
            way.append(at)
            at = known[at][1]
        if pool.pk and at == pool.pk:
            faults.tell("flows_into", _("“%(name)s” moves on into this one again: it would go round in circles.") % {"name": known[way[-1]][2]}
                        if len(way) > 1 else _("A pool does not move on into itself."))
        if pool.pk and changed and "kind" in changed and any(into == pool.pk and kind != pool.kind for kind, into, _name in known.values()):
            faults.tell("kind", _("Another pool moves on into this one; change that first."))
        faults.settle()


def declare_pools(model: type[models.Model]) -> None:
    """The verbs of pools on a model."""
    key = model._meta.model_name or ""

    def verb(name: str, function: Any, label: Any, sentence: Any, **facts: Any) -> None:
        inputs = specs_of(function, ("record", "actor", "at"))
        facts = {"verb": "edit", "event": f"{key}.{name}"} | facts
        keep_action(Action(name=f"{key}_{name}", model=model, label=label, function=function, inputs=inputs, **facts), sentence)

    verb("take", take, gettext_lazy("Take"), gettext_lazy("{actor} took this from the pool"), icon="hand-stop", event=f"{key}.taken", bulk=True,
         did=gettext_lazy("Took “{name}”"), reach=pools.reach(key), shown=lambda r: r.pool_id is not None)
    verb("return", give_back, gettext_lazy("Return to a pool"), gettext_lazy("{actor} returned this to the pool: {reason}"), icon="arrow-back-up",
         bulk=True, leaves_scope=True, event=f"{key}.returned", did=gettext_lazy("Returned “{name}” to the pool"),
         shown=lambda r: r.pool_id is None and (not isinstance(r, Lead) or r.state in Lead.OPEN))
    verb("keep", keep, gettext_lazy("Keep from recall"), gettext_lazy("{actor} kept this from being recalled: {reason}"), icon="lock",
         verb="transfer", event=f"{key}.kept", did=gettext_lazy("“{name}” is kept from recall"), position=70,
         shown=lambda r: r.pool_id is None and (not isinstance(r, Lead) or r.state in Lead.OPEN))
    verb("recall", recall, gettext_lazy("Recall"), gettext_lazy("The rule “{rule}” sent this back to the pool"), icon="clock-pause", verb="transfer",
         leaves_scope=True, event=f"{key}.recalled", shown=lambda r: False)
    verb("flow_on", flow_on, gettext_lazy("Move on"), gettext_lazy("Nobody took this from “{before}” for {days} days: it moved on into “{into}”"),
         icon="ripple", verb="transfer", leaves_scope=True, event=f"{key}.flowed", shown=lambda r: False)
    follows(model)(out_of_pool)


for _model in (Lead, Customer):
    declare_pools(_model)
