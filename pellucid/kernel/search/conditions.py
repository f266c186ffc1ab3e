"""Words as SQL over a search table."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.resources.columns import ALIAS
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.fields import masked, readable
from pellucid.kernel.resources.lists.query import Condition

from .asked import Word, read
from .derived import fields_of, file_text, searched, table_of

Part = tuple[str, list[Any]]


def like(text: str) -> str:
    """Text as a LIKE pattern for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def of_word(word: Word, s: str = "s", pinyin: bool = True, phones: bool = True, codes: bool = True) -> Part:
    """One word as an OR of the ways it may be meant. Where rows are looked through, LIKE says no much faster than the grams do: it comes
    first."""
    parts: list[str] = []
    params: list[Any] = []
    for text, grams in zip(word.texts, word.grams, strict=True):
        if len(text) == 1:
            parts.append(f"{s}.title LIKE %s")
            params.append(like(text) + "%")
        elif grams:
            parts.append(f"({s}.plain LIKE %s AND {s}.grams @> %s::text[])")
            params += [f"%{like(text)}%", list(grams)]
    if pinyin and len(word.initials) >= 2:
        pairs = sorted({"~" + word.initials[i : i + 2] for i in range(len(word.initials) - 1)})
        parts.append(f"({s}.initials LIKE %s AND {s}.grams @> %s::text[])")
        params += [f"%{like(word.initials)}%", pairs]
    if pinyin and word.syllables:
        parts.append(f"({s}.pinyin LIKE %s AND {s}.grams @> %s::text[])")
        params += [f"%{like(word.initials)}%", ["^" + x for x in dict.fromkeys(word.syllables)]]
    elif pinyin and len(word.initials) >= 2:
        parts.append(f"({s}.pinyin <> '' AND {s}.pinyin LIKE %s)")
        params.append(like(word.initials) + "%")
    if phones and len(word.digits) >= 4:
        parts.append(f"({s}.digits LIKE %s AND {s}.grams @> %s::text[])")
        params += [f"%{word.digits}%", ["p" + word.digits[-4:]]]
    if codes and word.code:
        parts.append(f"{s}.grams @> %s::text[]")
        params.append(["#" + (word.code.lstrip("0") or word.code)])
    return (f"({' OR '.join(parts)})" if parts else "false"), params


def of_words(words: tuple[Word, ...], resource: type[Resource], actor: Actor, s: str = "s") -> Part:
    """All words of a query over the search table. Fields the actor may not read do not count; masked ones only in full."""
    hidden = hidden_fields(resource, actor)
    kinds = {k: bool(fields_of(resource, k)) for k in ("phone", "code")}
    found = [of_word(w, s, phones=kinds["phone"], codes=kinds["code"]) for w in words]
    text, params = " AND ".join(p for p, _v in found) or "false", [v for _p, vs in found for v in vs]
    if not hidden:
        return text, params
    return f"{text} AND {{recheck}}", params


def hidden_fields(resource: type[Resource], actor: Actor) -> set[str]:
    """Searched fields that the actor may not read in full."""
    may = readable(resource.key(), actor)
    return {n for n, how in resource.search.items() if how != "link" and (n not in may or masked(resource.key(), n, actor))}


def recheck(words: tuple[Word, ...], resource: type[Resource], actor: Actor, r: str, names: tuple[str, ...] = ()) -> Part:
    """The words over the readable fields of the record itself, or those `names` of them; a masked phone or code matches in full only."""
    may, out, params = readable(resource.key(), actor), [], []
    for word in words:
        parts: list[str] = []
        for name, how in resource.search.items():
            if name not in may or how == "link" or names and name not in names:
                continue
            column = f"{r}.{may[name].column}"
            whole = masked(resource.key(), name, actor)
            if how == "phone" and word.digits:
                parts.append(f"search.digits({column}) {'=' if whole else 'LIKE'} %s")
                params.append(word.digits if whole else f"%{word.digits}%")
            if how == "file":
                column = file_text(column)
            for text in word.texts or ((word.code,) if word.code else ()):
                parts.append(f"search.plain({column}) {'=' if whole else 'LIKE'} %s")
                params.append(text if whole else f"%{like(text)}%")
            if how == "text" and name == resource.title and not whole and word.initials:
                parts.append(f"({r}.initials LIKE %s OR {r}.pinyin LIKE %s)" if has_pinyin(resource) else "false")
                params += [f"%{like(word.initials)}%", f"%{like(word.initials)}%"] if has_pinyin(resource) else []
        out.append(f"({' OR '.join(parts)})" if parts else "false")
    return " AND ".join(out) or "false", params


def has_pinyin(resource: type[Resource]) -> bool:
    """Whether records carry their reading."""
    columns = {f.column for f in resource.model._meta.fields}
    return {"pinyin", "initials"} <= columns


def for_list(resource: type[Resource], query: str, actor: Actor) -> Condition:
    """The list's q= as a condition: the same words, the same rights; in the record, or in a record it leads to."""
    words = read(query)
    if not resource.search or not words:
        return Condition(sql.SQL("false"), (), 0.0)
    ways = [within(resource, words, actor)] if searched(resource) else []
    ways += [way for name, how in resource.search.items() if how == "link" and (way := beyond(resource, name, words, actor)) is not None]
    text = " UNION ALL ".join(way for way, _params in ways) or "SELECT 0"
    return Condition(sql.SQL(f"{ALIAS}.id IN ({text})"), tuple(p for _way, params in ways for p in params), None, True)


def within(resource: type[Resource], words: tuple[Word, ...], actor: Actor) -> Part:
    """Ids of the records that meet the words; where a field is hidden from the reader, by what is left of the record."""
    text, params = of_words(words, resource, actor)
    table = table_of(resource.key())
    if "{recheck}" not in text:
        return f"SELECT s.id FROM {table} s WHERE {text}", params  # noqa: S608  values travel as parameters
    again, more = recheck(words, resource, actor, "r")
    text = text.replace("{recheck}", f"({again})")
    return f"SELECT s.id FROM {table} s JOIN {resource.model._meta.db_table} r ON r.id = s.id WHERE {text}", [*params, *more]  # noqa: S608


def beyond(resource: type[Resource], name: str, words: tuple[Word, ...], actor: Actor) -> Part | None:
    """Ids of the records that lead to one which meets the words. Whoever sees a row sees all of the record it is read through; of any other
    only what it is called, which stands in the row, is looked at. None for a link the reader may not read."""
    link = resource.model._meta.get_field(name)
    target = registry.get((link.related_model._meta.model_name or "") if link.related_model else "")  # type: ignore[union-attr]
    if target is None or not searched(target) or name not in readable(resource.key(), actor):
        return None
    found, params = within(target, words, actor)
    if name != getattr(resource.model, "scope_via", ""):
        if target.title in hidden_fields(target, actor) or target.search.get(target.title) != "text":
            return None
        named, more = recheck(words, target, actor, "t", (target.title,))
        found = f"SELECT t.id FROM {target.model._meta.db_table} t WHERE t.id IN ({found}) AND {named}"  # noqa: S608
        params = [*params, *more]
    return f"SELECT w.id FROM {resource.model._meta.db_table} w WHERE w.{link.column} IN ({found})", params  # type: ignore[union-attr]  # noqa: S608
