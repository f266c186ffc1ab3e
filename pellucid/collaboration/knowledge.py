"""The page of the knowledge base: found by words, kind, purpose, step, product and customer; the best of it at the side."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from psycopg import sql

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import fetch, scoped, show_for
from pellucid.kernel.records import terms, words
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.columns import ALIAS
from pellucid.kernel.resources.declare import Menu, Page, place, registry
from pellucid.kernel.resources.lists.query import Condition
from pellucid.kernel.resources.lists.run import count, rows
from pellucid.kernel.resources.marks import titled
from pellucid.kernel.resources.params import Filter, ListParams
from pellucid.kernel.resources.query import listing
from pellucid.kernel.search.text import plain
from pellucid.kernel.search.texts.snippets import snippets

from .actions.documents import version_of
from .comparing import compare
from .document_panels import icon_of, row
from .documents import all_using
from .models import Document, DocumentLink
from .selectors import documents as selectors
from .sight import seen, shown

PAGE = 20
RANKED = 200  # so many hits of a question are put in order
HERE = "/p/knowledge"
FACETS = (("kind", "kind", "document_kind", gettext_lazy("Kind of document")), ("purpose", "purposes", "document_purpose", gettext_lazy("Good for")),
          ("step", "steps", "document_step", pgettext_lazy("document", "Step")))  # fmt: skip
TABS = (
    ("all", gettext_lazy("All"), ()),
    ("proven", gettext_lazy("Used in won deals"), (Filter("won_with", "gte", ("1",)),)),
    ("experience", gettext_lazy("Experience"), (Filter("kind", "in", ("experience",)),)),
    ("recommended", gettext_lazy("Recommended"), (Filter("recommended_at", "filled"),)),
    ("mine", gettext_lazy("Mine"), (Filter("owner", "me"),)),
)


def best_first(found: list[Any], query: str, title: Any) -> list[Any]:
    """Those whose title holds the words before those that only speak of them."""
    wanted = [plain(word) for word in query.split()]
    return sorted(found, key=lambda row: not all(word in plain(str(title.pick(row))) for word in wanted)) if wanted else found


def number(text: str) -> int | None:
    """A sane id out of an address."""
    return whole(text)


def about(params: dict[str, str]) -> list[tuple[str, int]]:
    """The records documents are looked for by."""
    return [(of.key, pk) for of in all_using() if of.tag and (pk := number(params.get(of.key, "")))]


def linked_with(key: str, pk: int) -> Condition:
    """Documents used for this record."""
    text = sql.SQL("EXISTS (SELECT FROM {} l WHERE l.document_id = {}.id AND l.resource = %s AND l.record_id = %s)")
    return Condition(text.format(sql.Identifier(DocumentLink._meta.db_table), sql.Identifier(ALIAS)), (key, pk), None)


def address(params: dict[str, str], **changes: str) -> str:
    """This page with some of its state changed."""
    known = {"q", "tab", "page", *(f[0] for f in FACETS), *(of.key for of in all_using() if of.tag)}
    state = {k: v for k, v in (params | {"page": ""} | changes).items() if v and k in known}
    return HERE + ("?" + urlencode(state) if state else "")


def knowledge(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """What fits the question, with the passage that holds the words."""
    show, resource = show_for(actor), registry["document"]
    query, at = params.get("q", "").strip()[:80], max(1, number(params.get("page", "")) or 1)
    tab = next((t for t in TABS if t[0] == params.get("tab")), TABS[0])
    chosen = {name: pk for name, _field, dictionary, _label in FACETS
              if (pk := number(params.get(name, ""))) and (t := terms.known().get(pk)) and t.dictionary == dictionary}  # fmt: skip
    picked = [(field, str(chosen[name])) for name, field, *_rest in FACETS if name in chosen]
    filters = tab[2] + tuple(Filter(field, "in" if field == "kind" else "any", (value,)) for field, value in picked)
    near = [pair for pair in about(params) if pair[0] in registry and actor.may(pair[0], "view")]
    names = titled(near, actor)
    also = [linked_with(*pair) if pair in names else Condition(sql.SQL("false")) for pair in near]
    asked = ListParams(filters=filters, q=query, size=RANKED if query else PAGE, page=1 if query else min(at, 500))
    found = listing(resource, actor, asked, show, ("name",), also=also)
    ids = [r[0] for r in best_first(rows(connection, found.query), query, found.columns[0])]
    if query:
        ids = ids[PAGE * (at - 1) :]
    more, ids = len(ids) > PAGE, ids[:PAGE]
    n, exact = count(connection, found.query, 1000)
    by_id = {d.pk: d for d in scoped(Document, actor).filter(pk__in=ids)}
    passages = snippets(resource, ids, query, actor) if query else {}
    may = seen("document", actor)
    hits = [hit(by_id[pk], passages.get(pk), show, may) for pk in ids if pk in by_id]
    facets = [{"name": name, "label": str(label), "kind": "choice", "options": options(dictionary, chosen.get(name), show.language)}
              for name, _field, dictionary, label in FACETS]  # fmt: skip
    links = [{"name": of.key, "label": str(of.model._meta.verbose_name).capitalize(), "kind": "reference", "src": f"/options/{of.key}",
              "chosen": [{"value": pk, "label": names[of.key, pk]} for key, pk in names if key == of.key]}
             for of in all_using() if of.tag and actor.may(of.key, "view")]  # fmt: skip
    return {
        "query": query, "facets": facets, "links": links, "hits": hits, "here": HERE, "tab": tab[0],
        "count": f"{n:,}" if exact else f"{n - 1:,}+",
        "tabs": [{"label": str(label), "href": address(params, tab="" if key == "all" else key), "current": key == tab[0]}
                 for key, label, _filters in TABS],
        "narrowed": bool(chosen or near or query), "reset": address({}, tab=params.get("tab", "")),
        "next": address(params, page=str(at + 1)) if more else "", "previous": address(params, page=str(at - 1)) if at > 1 else "",
        "proven": [row(d, show, may) for d in selectors.proven(actor)] if "won_with" in may else [],
        "recommended": [row(d, show, may) | {"tag": None} for d in selectors.recommended(actor)] if "recommended_at" in may else [],
        "new": "/documents/new" if actor.may("document", "create") and not actor.read_only else "",
    }  # fmt: skip


def options(dictionary: str, chosen: int | None, language: str) -> list[dict[str, Any]]:
    """The values of a dictionary to choose from."""
    return [{"value": value, "label": said, "selected": value == chosen} for value, said, _tone in terms.options(dictionary, language)]


def hit(document: Document, passage: Any, show: Any, may: frozenset[str]) -> dict[str, Any]:
    """A document found, as far as the reader sees its fields."""
    kind = terms.known().get(document.kind_id or 0) if "kind" in may else None
    won = {"won_with", "lost_with"} <= may
    return {
        "label": shown(document, "name", may, f"#{document.pk}"), "href": f"/documents/{document.pk}", "icon": icon_of(document),
        "passage": passage or shown(document, "summary", may)[:160],
        "kind": {"label": terms.label(kind.id, show.language), "tone": kind.tone} if kind else None,
        "tags": [label for name in ("steps", "purposes") for label in selectors.labels(shown(document, name, may, []), show.language)][:5],
        "won": document.won_with if won else 0, "ended": document.won_with + document.lost_with if won else 0,
        "recommended": shown(document, "recommended_at", may, None) is not None,
        "by": directory.user_name(document.owner_id) if "owner" in may else "",
        "when": words.ago(document.revised_at, show.now, show.language), "edition": document.edition,
    }  # fmt: skip


def comparison(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """Two versions of a document side by side, in words."""
    pk, old, new = (number(params.get(name, "")) for name in ("document", "from", "to"))
    if pk is None or old is None or new is None:
        raise Missing(_("There is no such version."))
    document = fetch(Document, pk, actor)
    if selectors.text_of(document, actor) is None:
        raise Missing(_("There is no such version."))
    first, second = version_of(document, old), version_of(document, new)
    texts = [selectors.kept_text(v.file_id) for v in (first, second)]
    known = [v.number for v in selectors.versions(document)]
    return {
        "document": {"name": document.name, "href": f"/documents/{document.pk}"}, "old": first, "new": second,
        "pieces": compare(*texts), "unread": not all(texts),
        "choices": [{"label": f"{a} → {b}", "href": f"{HERE}/compare?document={pk}&from={a}&to={b}", "current": (a, b) == (old, new)}
                    for b, a in pairwise(known)],
    }  # fmt: skip


place(
    Page("knowledge", gettext_lazy("Knowledge base"), "collaboration/knowledge.html", knowledge, needs="document.view", icon="book-2"),
    Page("knowledge/compare", gettext_lazy("Versions compared"), "collaboration/compare.html", comparison, needs="document.view", icon="file-diff"),
    Menu("document", gettext_lazy("Knowledge base"), HERE, "book-2", needs="document.view", position=170),
)
