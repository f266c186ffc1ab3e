"""The rows an actor's verb reaches: as a query, one by one, locked; and the words for what is out of reach."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.scopes import Scope, where_q
from pellucid.kernel.records import prepared
from pellucid.kernel.records.errors import Forbidden, Missing

if TYPE_CHECKING:
    from .declare import Action

# (what tells these rows from others it may name, the rows)
Reach = Callable[[Actor], tuple[Hashable, models.Q]]


def scoped(model: type[models.Model], actor: Actor, verb: str = "view", *, gone: bool = False) -> models.QuerySet:
    """The rows of a model that the actor's verb reaches. The only way to rows for everything above the kernel."""
    rows = model._base_manager.all()
    if hasattr(model, "deleted_at"):
        rows = rows.filter(deleted_at__isnull=not gone, merged_into=None)
    if actor.rights is None:
        return rows
    child_of = getattr(model, "scope_via", "")
    via = f"{child_of}__" if child_of else ""
    return rows.filter(where_q(actor.rights.scope(model._meta.model_name or "", verb), model, via))


def scope_of(model: type[models.Model], actor: Actor, verb: str = "view") -> Scope | None:
    """What `scoped` lets through: two actors with the same one read the same rows. None is everything."""
    return None if actor.rights is None else actor.rights.scope(model._meta.model_name or "", verb)


def fetch(
    model: type[models.Model],
    pk: Any,
    actor: Actor,
    verb: str = "view",
    *,
    lock: bool = False,
    also: tuple[str, ...] = (),
    gone: bool = False,
    reach: Reach | None = None,
) -> Any:
    """One record within the verb's scope, locked on request (what `also` names, first). Missing if it cannot be seen; Forbidden, naming
    the right, if it can be seen but not this. `reach` names rows to take instead of the scope: what an area hands out to colleagues who
    cannot see it otherwise (a pool); the right itself is needed still."""
    verb = "delete" if verb == "restore" else verb
    if reach is not None and not actor.may(model._meta.model_name or "", verb):
        raise Forbidden(f"{model._meta.model_name}.{verb}", _("The right “%(right)s” is missing.") % {"right": right_of(model, verb)})
    also = hold(model, [pk], also) if lock else ()
    found = _found(model, pk, actor, verb, lock, also, gone, reach)
    if found is None and lock and reach:  # what `reach` asks elsewhere was asked before the wait for the lock: ask anew
        found = _found(model, pk, actor, verb, lock, also, gone, reach)
    if found is None:
        if (
            verb != "view"
            and reach is None
            and actor.may(model._meta.model_name or "", "view")
            and scoped(model, actor, "view", gone=gone).filter(pk=pk).exists()
        ):
            raise Forbidden(
                f"{model._meta.model_name}.{verb}",
                _("You may see this record, but the right “%(right)s” for it is missing.") % {"right": right_of(model, verb)},
            )
        raise Missing(_("This record does not exist, or it is not yours to see."))
    return found


def _found(
    model: type[models.Model], pk: Any, actor: Actor, verb: str, lock: bool, also: tuple[str, ...], gone: bool, reach: Reach | None
) -> Any:
    """The row itself, by a kept statement."""
    told, within = reach(actor) if reach else (scope_of(model, actor, verb), None)

    def asked(pk: Any) -> models.QuerySet:
        rows = scoped(model, actor, verb, gone=gone) if within is None else model._base_manager.filter(within, deleted_at=None, merged_into=None)
        rows = rows.select_for_update(of=("self", *also), no_key=True) if lock else rows
        return (rows.select_related(*also) if also else rows).filter(pk=pk)

    return next(iter(prepared.rows(("fetch", model, gone, lock, also, reach, told), asked, pk)), None)


def reaches(model: type[models.Model], pk: Any, actor: Actor, verb: str = "view") -> bool:
    """Whether the actor's verb reaches this record."""
    shape = ("reaches", model, scope_of(model, actor, verb))
    return bool(prepared.rows(shape, lambda pk: scoped(model, actor, verb).filter(pk=pk).values_list("pk", flat=True), pk))


def reaches_too(model: type[models.Model], pk: Any, actor: Actor, verb: str) -> bool:
    """Whether the actor's verb reaches a record he has just read; nothing is asked where it reaches as far as reading does."""
    scope = scope_of(model, actor, verb)
    return scope is None or scope.all or scope == scope_of(model, actor) or reaches(model, pk, actor, verb)


def became(model: type[models.Model], pk: Any) -> tuple[int | None, Any]:
    """What became of a record that cannot be reached, whoever asks: (what it was merged into, when it went into the bin)."""
    return model._base_manager.filter(pk=pk).values_list("merged_into", "deleted_at").first() or (None, None)


def hold(model: type[models.Model], ids: Iterable[Any], names: tuple[str, ...]) -> tuple[str, ...]:
    """Lock what these records name, before them and by rank: parents come before children, in every action alike; "order.contract" is what
    the order names. Returns the names that are never empty, whose rows the records' own query may bring along."""
    ends = sorted(((_end(model, name), name) for name in names), key=lambda end: end[0].related_model.lock_rank)
    for field, name in ends:
        of = model._base_manager.filter(pk__in=list(ids)).values(name.replace(".", "__"))
        list(field.related_model._base_manager.filter(pk__in=of).order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk"))
    return tuple(name for field, name in ends if not field.null and "." not in name)


def _end(model: type[models.Model], name: str) -> Any:
    """The foreign key a name leads to, through others where it has dots."""
    *through, last = name.split(".")
    for step in through:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    return model._meta.get_field(last)


VERB_WORDS = {
    "view": gettext_noop("View"),
    "create": gettext_noop("Create"),
    "edit": gettext_noop("Edit"),
    "delete": gettext_noop("Delete"),
    "transfer": gettext_noop("Transfer"),
    "export": gettext_noop("Export"),
    "approve": gettext_noop("Approve"),
}


def verb_words(verb: str) -> str:
    """A verb of the rights grid in the reader's language."""
    return translation.gettext(VERB_WORDS.get(verb, verb))


def right_of(model: type[models.Model], verb: str) -> str:
    """The name of a right."""
    return f"{model._meta.verbose_name} · {verb_words(verb)}"


def right_words(what: Action) -> str:
    """Which right is missing, in words."""
    return _("The right “%(right)s” is missing.") % {"right": right_of(what.model, what.verb)}
