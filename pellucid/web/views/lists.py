"""Lists: the page and its fragment, the figures at its foot, the drawers of filters and columns."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from psycopg import sql

from pellucid.kernel.actions.declare import actions, of_model
from pellucid.kernel.records import words
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources import saved
from pellucid.kernel.resources.boards import board_of
from pellucid.kernel.resources.fields import offered, readable
from pellucid.kernel.resources.lists.run import COUNT_LIMIT, Totals, count, totals
from pellucid.kernel.resources.params import SIZES, ListParams
from pellucid.kernel.resources.query import conditions, text_search
from pellucid.kernel.resources.telling import told

from .. import answers, boards, filters, rows
from ..finding import resource_at
from ..links import exists
from ..menu import label_of, makes
from ..opened import NEAR, Opened, builtin, open_list


def asked(request: HttpRequest) -> ListParams:
    """The state in the address."""
    return ListParams.parse([(k, v) for k in request.GET for v in request.GET.getlist(k)])


@require_safe
def index(request: Any, path: str) -> HttpResponse:
    """A list: a page, or the part of it that changes with the address."""
    resource = resource_at(path, request.actor)
    opened = open_list(resource, request.actor, request.show, asked(request))
    order = (request.identity.preferences.get("views") or {}).get(opened.key, ())
    context = {"list": list_context(opened, order), "title": label_of(resource),
               "density": opened.params.density or request.COOKIES.get("density", "")}
    if request.htmx:
        return answers.fragment(request, "list_region.html", context)
    return answers.page(request, "list.html", context)


def list_context(opened: Opened, order: Sequence[str] = ()) -> dict[str, Any]:
    """Everything list.html asks for; the views in the reader's own order."""
    params, resource, actor = opened.params, opened.resource, opened.actor
    here = opened.path + params.url(page=params.page, after=params.after, before=params.before)
    frame = {
        "shown": opened.path + params.url(sort="", columns=(), density="", size=50),
        "title": label_of(resource), "noun": str(resource.model._meta.verbose_name_plural), "key": opened.key, "href": here,
        "views": views_of(opened, order), "new_view": f"{opened.path}view{params.url()}",
        "order_views": "" if opened.actor.read_only else f"{opened.path}views", "modes": modes_of(opened), "buttons": buttons_of(opened),
        "search": search_of(opened) if text_search and resource.search else None,
        "filter": f"{opened.path}filter{params.url()}", "chips": filters.chips(resource, params, opened.show, actor),
        "changed": changed_of(opened), "tools": tools_of(opened), "strip": None, "notice": opened.notice,
    }
    return frame | (boards.drawn(opened) if boards.shown_as_board(opened) else table_context(opened))


def search_of(opened: Opened) -> dict[str, Any]:
    """The box one searches this list in: what is typed narrows the view and the filters that stand."""
    rest = replace(opened.params, q="", page=1, after="", before="")
    return {"value": opened.params.q, "placeholder": "", "href": opened.path + rest.url(), "keep": rest.pairs()}


def table_context(opened: Opened) -> dict[str, Any]:
    """The rows, and what may be done to them."""
    params, resource = opened.params, opened.resource
    found, more = opened.page()
    columns = opened.listing.columns
    whole = len(found) if not more and params.page == 1 and not params.after and not params.before else None
    bulk = bulk_of(opened)
    return {
        "columns": rows.heads(resource, columns, params, opened.show), "selectable": bool(bulk),
        "body": rows.table(resource, columns, found, opened.show, suffix=opened.suffix, pick=bool(bulk), tick=tick_of(opened)),
        "empty": None if found else empty_of(opened), "bulk": bulk, "count": whole,
        "pager": pager_of(opened, found, more, whole), "totals": f"{opened.path}totals{params.url()}" if found else None,
    }


def tick_of(opened: Opened) -> str:
    """The action that says of a row that it is done, if the reader has the right to it."""
    plan, actor = opened.resource.calendar, opened.actor
    what = actions.get(plan.doer) if plan is not None else None
    return what.name if what is not None and actor.may(opened.key, what.verb) and not actor.read_only and not opened.params.bin else ""


def views_of(opened: Opened, order: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The scenes as tabs: in the reader's own order, without one the shipped ones before the saved ones. On the board one stays on the board."""
    rest = (f"&unit={opened.params.unit}" if opened.params.unit else "") + ("&as=board" if opened.params.display == "board" else "")
    named = [(v.key, str(v.label)) for v in builtin(opened.resource)] + [(str(v.pk), v.name) for v in opened.views]
    places = {key: at for at, key in enumerate(order)}
    named.sort(key=lambda one: places.get(one[0], len(places)))
    return [{"key": key, "label": label, "href": f"{opened.path}?view={key}{rest}", "current": opened.params.view == key} for key, label in named]


def modes_of(opened: Opened) -> list[dict[str, Any]]:
    """Ways to look at the same records."""
    params, path = opened.params, opened.path
    on_board = boards.shown_as_board(opened)
    out = [{"label": _("Table"), "icon": "table", "href": path + params.url(display="table" if on_board else ""), "current": not on_board}]
    if board_of(opened.resource, opened.actor) is not None:
        out.append({"label": _("Board"), "icon": "layout-kanban", "href": path + params.url(display="board", bin=False), "current": on_board})
    if opened.resource.calendar is not None:
        out.append({"label": _("Calendar"), "icon": "calendar", "href": f"{path}calendar{params.url(display='')}", "current": False})
    return out if len(out) > 1 else []


def buttons_of(opened: Opened) -> list[dict[str, Any]]:
    """A new record, and import where that part is there, for who may create."""
    out = []
    if makes(opened.resource, opened.actor) and not opened.params.bin:
        noun = opened.resource.model._meta.verbose_name
        out.append({"label": _("New %(what)s") % {"what": noun}, "icon": "plus", "drawer": f"{opened.path}new", "key": "C"})
    if opened.resource.importable and opened.actor.may(opened.key, "create") and exists(f"{opened.path}import"):
        out.append({"label": _("Import"), "icon": "upload", "href": f"{opened.path}import"})
    return out


def tools_of(opened: Opened) -> list[dict[str, Any]]:
    """What one does with the list itself."""
    out: list[dict[str, Any]] = []
    if not boards.shown_as_board(opened):
        out.append({"label": _("Columns"), "icon": "columns-3", "drawer": f"{opened.path}columns{opened.params.url()}"})
    if opened.kept is not None and saved.changeable(opened.kept, opened.actor) and not opened.actor.read_only:
        here = f"{opened.path}view/{opened.kept.pk}"
        out = [{"label": _("Change the view"), "icon": "settings", "dialog": here},
               {"label": _("Delete the view"), "icon": "trash", "post": f"{here}/delete"}, *out]
    if opened.actor.may(opened.key, "delete"):
        href = opened.path + ("" if opened.params.bin else "?bin=1")
        out.append({"label": _("Leave the bin") if opened.params.bin else _("Bin"), "icon": "trash", "href": href})
    if opened.actor.may(opened.key, "export") and exists(f"{opened.path}export"):
        out.append({"label": _("Export"), "icon": "download", "href": f"{opened.path}export{opened.params.url()}"})
    return out


def bulk_of(opened: Opened) -> list[dict[str, Any]]:
    """What one may do to the selection."""
    key, actor, path = opened.key, opened.actor, opened.path
    if actor.read_only:
        return []
    if opened.params.bin:
        return [{"label": _("Restore"), "icon": "restore", "dialog": f"{path}bulk/{key}_restore"}] if actor.may(key, "delete") else []
    out: list[dict[str, Any]] = [{"label": _("Edit"), "icon": "pencil", "dialog": f"{path}bulk/{key}_update"}] if actor.may(key, "edit") else []
    out += [{"label": str(a.label), "icon": a.icon, "danger": a.tone == "bad", "dialog": f"{path}bulk/{a.name}",
             "key": "A" if a.name == f"{key}_reassign" else ""}
            for a in of_model(opened.resource.model) if a.bulk and actor.may(key, a.verb)]
    if actor.may(key, "export") and exists(f"{path}export"):
        out.append({"label": _("Export"), "icon": "download", "dialog": f"{path}export"})
    return out


def changed_of(opened: Opened) -> dict[str, Any] | None:
    """Save, save as, reset: when the list no longer shows what its view says."""
    params, path = opened.params, opened.path
    if opened.kept is not None:
        if not saved.differs([(k, v) for k, v in opened.kept.params], params):
            return None
        mine = saved.changeable(opened.kept, opened.actor)
        save = f"{path}view/{opened.kept.pk}/save{params.url()}" if mine else None
    else:
        shipped = next((v for v in builtin(opened.resource) if v.key == params.view), None)
        plain = replace(params, display="")        # a shipped view says nothing of how its rows stand
        if shipped is not None and not saved.differs(list(shipped.params.items()), plain) or shipped is None and not saved.state(plain):
            return None
        save = None
    back = params.url(filters=(), sort="", q="", columns=(), density="", size=50, bare=False, display="" if opened.kept else params.display)
    return {"save": save, "save_as": f"{path}view{params.url()}", "reset": path + back}


def empty_of(opened: Opened) -> dict[str, Any]:
    """Nothing yet, or nothing that fits: two different sentences."""
    params, resource, actor = opened.params, opened.resource, opened.actor
    noun = str(resource.model._meta.verbose_name_plural)
    if params.q or params.filters and (opened.kept is not None or changed_of(opened)):
        parts = [told(params.filters, resource, opened.show, actor)] if params.filters else []
        parts += [_("“%(q)s” in the text") % {"q": params.q}] if params.q else []
        actions_ = [{"label": text, "href": href, "primary": False} for text, href in ways_out(opened)]
        actions_.append({"label": _("Clear all filters"), "href": opened.path + params.url(filters=(), q="", bare=True), "quiet": True})
        return {"kind": "filter", "title": _("No %(what)s fit") % {"what": noun}, "text": ("、" if opened.show.chinese else ", ").join(parts),
                "actions": actions_}
    if params.bin:
        return {"kind": "trash", "title": _("The bin is empty"), "text": _("What is deleted stays here for 30 days."), "actions": []}
    ways = [b | ({"primary": True, "key": ""} if at == 0 and "drawer" in b else {}) for at, b in enumerate(buttons_of(opened))]
    text = _("What is created or imported stands here.")
    if params.filters:  # a scene that ships, as it is: nothing is there yet that it would show
        text = told(params.filters, resource, opened.show, actor)
        ways.append({"label": _("Show all"), "href": f"{opened.path}?view={next(v.key for v in builtin(resource) if not v.params)}", "quiet": True})
        return {"kind": "filter", "title": _("No %(what)s fit") % {"what": noun}, "text": text, "actions": ways}
    return {"kind": "none", "title": _("No %(what)s yet") % {"what": noun}, "text": text, "actions": ways}


def ways_out(opened: Opened) -> list[tuple[str, str]]:
    """For each single filter: what leaving it out would give."""
    params, may = opened.params, readable(opened.key, opened.actor)
    out: list[tuple[str, str]] = []
    if not 2 <= len(params.filters) + bool(params.q) <= 5:
        return out
    for f in params.filters:
        rest = params.without(f)
        where = conditions(opened.resource, rest, opened.actor, opened.show)
        base = opened.listing.query.where[len(conditions(opened.resource, params.filters, opened.actor, opened.show)):]
        n, exact = count(connection, replace(opened.listing.query, where=(*where, *base)))
        if n:
            said = f"{n:,}" + ("" if exact else "+")
            out.append((_("Without “%(name)s”: %(n)s") % {"name": may[f.name].label, "n": said}, opened.path + params.url(filters=rest)))
    return out[:3]


def pager_of(opened: Opened, found: list[Any], more: bool, whole: int | None) -> dict[str, Any]:
    """Page numbers while they are near, places in the order when they are far."""
    params, path = opened.params, opened.path
    keyed = bool(params.after or params.before)
    first = 1 + (params.page - 1) * params.size
    previous = following = ""
    if keyed and found:
        previous = path + params.url(before=opened.cursor(found[0][0]), after="", page=1)
        following = path + params.url(after=opened.cursor(found[-1][0]), before="", page=1) if more or params.before else ""
    elif found:
        previous = path + params.url(page=params.page - 1) if params.page > 1 else ""
        if more:
            near = params.page * params.size < NEAR
            following = path + (params.url(page=params.page + 1) if near else params.url(after=opened.cursor(found[-1][0]), page=1))
    sizes = [{"label": str(n), "href": path + params.url(size=n), "current": n == params.size} for n in SIZES]
    return {"first": "…" if keyed else f"{first:,}", "last": ("…" if keyed else f"{first + len(found) - 1:,}") if found else "",
            "total": f"{whole:,}" if whole is not None else "", "previous": previous, "next": following, "sizes": sizes, "size": params.size}


@require_safe
def figures(request: Any, path: str) -> HttpResponse:
    """Count and sums of everything filtered; asked for after the rows stand."""
    resource = resource_at(path, request.actor)
    opened = open_list(resource, request.actor, request.show, asked(request))
    may = readable(opened.key, request.actor)
    sums = [s for s in resource.sums if s.column in may]
    query = opened.listing.query
    parts = [sql.SQL("{}.{}").format(sql.Identifier(query.alias), sql.Identifier(may[s.column].column)) for s in sums]
    if parts:
        found = totals(connection, query, parts)
        if not found.exact:
            found = Totals(count(connection, query)[0], False, None)
    else:
        found = Totals(*count(connection, query), None)
    noun = resource.model._meta
    said = f"{found.count:,}" if found.exact else f"{COUNT_LIMIT - 1:,}+" if found.count <= COUNT_LIMIT else about(found.count, request.show)
    text = ngettext("%(n)s %(one)s", "%(n)s %(many)s", found.count) % {"n": said, "one": noun.verbose_name, "many": noun.verbose_name_plural}
    shown = [{"label": str(s.label or may[s.column].label), "value": may[s.column].kind.words(may[s.column], value or 0, request.show)}
             for s, value in zip(sums, found.sums or (), strict=False)]
    response = answers.fragment(request, "list_totals.html", {"totals": {"count": text, "sums": shown}})
    return answers.happens(response, counted={"count": found.count, "exact": found.exact, "text": text})


def about(n: int, show: Any) -> str:
    """An estimate, which says that it is one."""
    digits = max(1, len(str(n)) - 2)
    return _("about %(n)s") % {"n": words.number(round(n, -digits))}


@require_safe
def filter_drawer(request: Any, path: str) -> HttpResponse:
    """The drawer in which filters are put together."""
    resource = resource_at(path, request.actor)
    opened = open_list(resource, request.actor, request.show, asked(request))
    return answers.fragment(request, "list_filter.html", {"filter": filters.drawer(resource, request.actor, request.show, opened.params)})


@require_safe
def filter_row(request: Any, path: str) -> HttpResponse:
    """One condition, for a field just chosen or a new line."""
    resource = resource_at(path, request.actor)

    def number(name: str) -> int:
        text = request.GET.get(name, "0")
        return int(text) if is_whole(text) and len(text) < 4 else 0

    i = number("i")
    row = filters.row(resource, request.actor, request.show, i, number("g"), request.GET.get(f"n.{i}", ""), request.GET.get(f"o.{i}", ""),
                      [v for v in request.GET.getlist(f"v.{i}") if v])
    return answers.fragment(request, "list_filter_row.html", {"row": row})


@require_POST
def filter_apply(request: Any, path: str) -> HttpResponse:
    """From the filled-in drawer to the address of the list."""
    resource = resource_at(path, request.actor)
    kept = ListParams.parse([(k[5:], v) for k, v in request.POST.items() if k.startswith("keep.")])
    state = replace(kept, filters=filters.composed(resource, request.actor, request.POST), bare=True)
    conditions(resource, state.filters, request.actor, request.show)
    return answers.go(request, f"/{path}/" + state.url())


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: Any, path: str) -> HttpResponse:
    """GET: the drawer in which columns are chosen and put in order. POST: to the address of the list with them."""
    resource = resource_at(path, request.actor)
    may = readable(resource.key(), request.actor)
    if request.method == "POST":
        chosen = tuple(n for n in dict.fromkeys(request.POST.getlist("columns")) if n in may)
        kept = ListParams.parse([(k[5:], v) for k, v in request.POST.items() if k.startswith("keep.")])
        return answers.go(request, f"/{path}/" + replace(kept, columns=chosen, bare=True).url())
    opened = open_list(resource, request.actor, request.show, asked(request))
    now = [c.spec.name for c in opened.listing.columns]
    rest = [n for n in (*resource.columns, *resource.more, *offered(opened.key, request.actor)) if n in may and n not in now]
    shown = [{"name": n, "label": str(may[n].label), "on": n in now, "fixed": n == resource.title} for n in dict.fromkeys([*now, *rest])]
    keep = [(k, v) for k, v in opened.params.pairs() if k not in ("columns", "page", "after", "before")]
    context = {"columns": shown, "action": opened.path, "keep": keep, "reset": opened.path + opened.params.url(columns=())}
    return answers.fragment(request, "list_columns.html", context)


@require_safe
def slashless(request: Any, path: str) -> HttpResponse:
    """A list asked for without its slash."""
    resource_at(path, request.actor)
    return HttpResponsePermanentRedirect(f"/{path}/" + ("?" + request.META["QUERY_STRING"] if request.META.get("QUERY_STRING") else ""))
