"""Dictionaries as an administrator edits them. A value in use is retired or merged, never deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, Ask, action, keep_action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import terms
from pellucid.kernel.records.errors import Invalid, Missing, Refused
from pellucid.kernel.records.models import Term
from pellucid.kernel.records.spec import Spec

from ..declare import registry
from ..fields import specs

TONES = (
    ("ok", t("Green")),
    ("warn", t("Amber")),
    ("bad", t("Red")),
    ("info", t("Blue")),
    ("vio", t("Violet")),
    ("acc", t("Teal")),
)


@dataclass(slots=True)
class Dictionary:
    """A dictionary and the fields that draw on it."""

    key: str
    fields: list[tuple[str, Spec]] = field(default_factory=list)
    terms: int = 0

    @property
    def label(self) -> str:
        """Named after the first field that uses it."""
        if not self.fields:
            return self.key
        resource, spec = self.fields[0]
        return f"{registry[resource].model._meta.verbose_name} · {spec.label}"


def dictionaries() -> list[Dictionary]:
    """Every dictionary that a field uses, in the order of the resources."""
    out: dict[str, Dictionary] = {}
    for resource in registry:
        for spec in specs(resource).values():
            if spec.dictionary:
                out.setdefault(spec.dictionary, Dictionary(spec.dictionary)).fields.append((resource, spec))
    known = terms.dictionaries()
    for key, found in out.items():
        found.terms = sum(1 for term in known.get(key, ()) if term.merged_into is None)
    return list(out.values())


def dictionary_of(key: str) -> Dictionary:
    """A dictionary by its key. Missing otherwise."""
    for found in dictionaries():
        if found.key == key:
            return found
    raise Missing(_("There is no such dictionary."))


def uses(found: Dictionary) -> dict[int, int]:
    """How many living records hold each value."""
    out: dict[int, int] = {}
    for resource, spec in found.fields:
        table = sql.Identifier(registry[resource].model._meta.db_table)
        held = _held(spec)
        query = sql.SQL(
            "SELECT v, count(*) FROM (SELECT {} AS v FROM {} WHERE deleted_at IS NULL) x WHERE v IS NOT NULL GROUP BY v"
        ).format(held, table)
        with connection.cursor() as cursor:
            cursor.execute(query)
            for value, n in cursor.fetchall():
                out[int(value)] = out.get(int(value), 0) + n
    return out


def _held(spec: Spec) -> sql.Composable:
    """The ids a row holds for a field, one row each."""
    many = spec.kind.family == "array"
    if spec.custom:
        name = sql.Literal(spec.name)
        if many:
            return sql.SQL(
                "(jsonb_array_elements_text(CASE jsonb_typeof(extra -> {0}) WHEN 'array' THEN extra -> {0} ELSE '[]' END))::bigint"
            ).format(name)
        return sql.SQL("(extra ->> {})::bigint").format(name)
    return sql.SQL("unnest({})" if many else "{}").format(sql.Identifier(spec.column))


def _label(zh: str, en: str) -> dict[str, str]:
    zh, en = (zh or "").strip(), (en or "").strip()
    if not zh and not en:
        raise Invalid({"zh": [_("Please fill in.")]})
    return {"zh-hans": zh or en, "en": en or zh}


Zh = Annotated[str, Ask(t("Name in Chinese"), max_length=80)]
En = Annotated[str, Ask(t("Name in English"), max_length=80)]
Tone = Annotated[str | None, Ask(t("Colour"), choices=TONES)]


@action(Term, label=t("New value"), verb="edit", on="new", icon="plus", sentence=t("{actor} added {zh} to a dictionary"))
def term_create(
    *,
    actor: Actor,
    dictionary: Annotated[str, Ask(t("Dictionary"), max_length=40)],
    zh: Zh,
    en: En = "",
    tone: Tone = None,
    parent: Annotated[int | None, Ask(t("Below"))] = None,
) -> Term:
    """A new value at the end of its dictionary."""
    key = dictionary_of(dictionary).key
    label = _label(zh, en)
    for word in label.values():
        if terms.find(key, word) is not None:
            raise Invalid({"zh": [_("“%(name)s” is there already.") % {"name": word}]})
    above = Term.objects.filter(pk=parent, dictionary=key).first() if parent else None
    last = Term.objects.filter(dictionary=key).order_by("-position").values_list("position", flat=True).first()
    newest = Term.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return Term.objects.create(
        dictionary=key, code=f"own{newest + 1}", label=label, tone=tone or "", parent=above, position=(last or 0) + 1
    )


@action(Term, label=t("Edit"), verb="edit", icon="pencil", sentence=t("{actor} changed the value {zh} of a dictionary"))
def term_change(term: Term, *, actor: Actor, zh: Zh, en: En = "", tone: Tone = None) -> None:
    """Call a value something else or colour it; records keep it, and it goes on answering to what it was called."""
    label = _label(zh, en)
    term.aliases = list(dict.fromkeys([*term.aliases, *(said for said in term.label.values() if said and said not in label.values())]))
    term.label, term.tone = label, tone or ""
    term.save(update_fields=("label", "tone", "aliases"))


@action(Term, label=t("Retire"), verb="edit", icon="eye-off", sentence=t("{actor} retired a value of a dictionary"))
def term_retire(term: Term, *, actor: Actor) -> None:
    """Offer a value no longer; records that hold it keep it."""
    term.retired_at = timezone.now()
    term.save(update_fields=("retired_at",))
    noted(name=str(term))


@action(Term, label=t("Offer again"), verb="edit", icon="eye", sentence=t("{actor} offers a value of a dictionary again"))
def term_revive(term: Term, *, actor: Actor) -> None:
    """Offer a retired value again."""
    if term.merged_into_id:
        raise Refused(_("It was merged into another value."))
    term.retired_at = None
    term.save(update_fields=("retired_at",))
    noted(name=str(term))


@action(
    Term,
    label=t("Merge into another value"),
    verb="edit",
    icon="arrow-merge",
    tone="bad",
    sentence=t("{actor} merged values of a dictionary"),
)
def term_merge(term: Term, *, actor: Actor, into: Annotated[int, Ask(t("The value that stays"))]) -> int:
    """Give every record that holds this value the other one; imports know the old words from then on. Returns how many changed."""
    other = (
        Term.objects.select_for_update().filter(pk=into, dictionary=term.dictionary, merged_into=None).exclude(pk=term.pk).first()
    )
    if other is None:
        raise Invalid({"into": [_("Please choose from the list.")]})
    above, seen = other.parent_id, set()
    while above and above not in seen:
        if above == term.pk:
            raise Refused(_("A value cannot be merged into one below it."))
        seen.add(above)
        above = Term.objects.filter(pk=above).values_list("parent_id", flat=True).first()
    moved = sum(_move(resource, spec, term.pk, other.pk) for resource, spec in dictionary_of(term.dictionary).fields)
    Term.objects.filter(parent=term).update(parent=other)
    Term.objects.filter(merged_into=term).update(merged_into=other)
    words = [term.code, *term.label.values(), *term.aliases]
    other.aliases = list(dict.fromkeys([*other.aliases, *(str(w) for w in words if w not in other.label.values())]))
    other.save(update_fields=("aliases",))
    term.merged_into, term.retired_at = other, term.retired_at or timezone.now()
    term.save(update_fields=("merged_into", "retired_at"))
    noted(name=str(term), other=str(other), n=moved)
    return moved


def _move(resource: str, spec: Spec, old: int, new: int) -> int:
    """Replace a value in one field of all records; history is kept by the triggers as ever."""
    table, many = sql.Identifier(registry[resource].model._meta.db_table), spec.kind.family == "array"
    values: dict[str, Any] = {"old": old, "new": new, "name": spec.name}
    if spec.custom and many:
        query = sql.SQL(
            "UPDATE {} SET extra = jsonb_set(extra, ARRAY[%(name)s], (SELECT coalesce(jsonb_agg(DISTINCT CASE v WHEN to_jsonb(%(old)s::bigint)"
            " THEN to_jsonb(%(new)s::bigint) ELSE v END), '[]') FROM jsonb_array_elements(extra -> %(name)s) v))"
            " WHERE extra @> jsonb_build_object(%(name)s, jsonb_build_array(%(old)s::bigint))"
        ).format(table)
    elif spec.custom:
        query = sql.SQL(
            "UPDATE {} SET extra = jsonb_set(extra, ARRAY[%(name)s], to_jsonb(%(new)s::bigint))"
            " WHERE extra @> jsonb_build_object(%(name)s, %(old)s::bigint)"
        ).format(table)
    elif many:
        query = sql.SQL(
            "UPDATE {0} SET {1} = CASE WHEN %(new)s = ANY({1}) THEN array_remove({1}, %(old)s) ELSE array_replace({1}, %(old)s, %(new)s) END"
            " WHERE {1} @> ARRAY[%(old)s]::bigint[]"
        ).format(table, sql.Identifier(spec.column))
    else:
        query = sql.SQL("UPDATE {0} SET {1} = %(new)s WHERE {1} = %(old)s").format(table, sql.Identifier(spec.column))
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return int(cursor.rowcount)


def term_arrange(*, actor: Actor, key: str, order: Sequence[int]) -> None:
    """Put the values of a dictionary into this order."""
    places = {pk: at for at, pk in enumerate(order, 1)}
    found = list(Term.objects.select_for_update().filter(dictionary=key, pk__in=places))
    for term in found:
        term.position = places[term.pk]
    Term.objects.bulk_update(found, ["position"])
    noted(dictionary=key)


keep_action(
    Action(
        name="term_arrange",
        model=Term,
        label=t("Arrange"),
        verb="edit",
        function=term_arrange,
        on="new",
        event="term.arranged",
        icon="arrows-sort",
    ),
    t("{actor} arranged the values of a dictionary"),
)
