"""Words that name other records - a number, a name, #id - looked up for many rows at once, within the reader's reach."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import masked, readable

from .parsing import Bad

AT_ONCE = 5000


def resolve(spec: Spec, words: Iterable[str], actor: Actor) -> dict[str, int | Bad]:
    """The record each word names: by number first, then by name, as far as the actor may read these; "#12" is an id. A word that names
    none is left out."""
    wanted = list(dict.fromkeys(words))
    if not wanted or spec.target not in registry:
        return {}
    target = registry[spec.target]
    rows = scoped(target.model, actor)
    ids = {w: int(w[1:]) for w in wanted if w[:1] == "#" and is_whole(w[1:]) and len(w) < 19}
    there = set(rows.filter(pk__in=ids.values()).values_list("pk", flat=True)) if ids else set()
    found: dict[str, int | Bad] = {w: pk for w, pk in ids.items() if pk in there}
    columns = [*(["number"] if target.number or target.search.get("number") == "code" else []), target.title]
    may = readable(spec.target, actor)
    for column in (c for c in columns if c in may and not masked(spec.target, c, actor)):
        left = [w for w in wanted if w not in found]
        seen: dict[str, list[int]] = {}
        for start in range(0, len(left), AT_ONCE):
            part = left[start : start + AT_ONCE]
            for pk, word in rows.filter(**{f"{column}__in": part}).values_list("pk", column):
                seen.setdefault(word, []).append(pk)
        for word, pks in seen.items():
            found[word] = pks[0] if len(pks) == 1 else Bad(
                _("“%(name)s” names %(n)s records; give the number instead.") % {"name": word[:40], "n": len(pks)})
    return found


def nobody(spec: Spec, word: str) -> Bad:
    """Says that there is no such record."""
    return Bad(_("There is no %(what)s “%(name)s” in your reach.") % {
        "what": registry[spec.target].model._meta.verbose_name, "name": word[:40]})
