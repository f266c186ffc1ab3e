"""Addresses of the pages. Fixed ones first: what stands below is a resource's path."""
from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path, re_path

from .views import (
    boards,
    bulk,
    calendar,
    days,
    doing,
    exports,
    files,
    forms,
    hints,
    home,
    inline,
    lists,
    options,
    past,
    records,
    signin,
)
from .views import views as kept

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("login", signin.login, name="login"),
    path("logout", signin.logout, name="logout"),
    path("language", home.language, name="language"),
    path("home/cards", home.arrange, name="home-cards"),
    path("home/pieces/<str:name>", home.piece, name="home-piece"),
    path("menu/counts", home.menu_counts, name="menu-counts"),
    path("menu/scopes", home.menu_scopes, name="menu-scopes"),
    path("p/<path:path>", home.area_page, name="area-page"),
    path("undo/<int:event_id>", records.take_back, name="undo"),
    path("options/user", options.users, name="options-user"),
    path("options/unit", options.units, name="options-unit"),
    path("options/term/<str:name>", options.dictionary, name="options-term"),
    path("options/<slug:key>", options.records, name="options"),
]

# Pages of the program itself that stand in modules of their own (settings, search, notices, import): each brings `urlpatterns`.
PARTS = ("analyses", "automation", "search", "notices", "designer", "settings", "invitations", "open", "security", "exchange")
for part in PARTS:
    if find_spec(f"pellucid.web.{part}_urls"):
        urlpatterns.append(path("", include(f"pellucid.web.{part}_urls")))

RECORD = [
    path("", records.show, name="record"),
    path("/peek", records.peek, name="peek"),
    path("/edit", forms.edit, name="edit"),
    path("/field/<str:name>", inline.field, name="field"),
    path("/cell/<str:name>", inline.cell, name="cell"),
    path("/do/<str:name>", doing.do, name="do"),
    path("/move", boards.move, name="board-move"),
    path("/day", days.move, name="calendar-move"),
    path("/panel/<str:key>", records.panel, name="panel"),
    path("/related/<int:at>", records.related_list, name="related"),
    path("/timeline", records.timeline, name="timeline"),
    path("/history", past.history, name="history"),
    path("/print", past.paper, name="print"),
    path("/paper/<slug:key>", files.paper, name="paper"),
    path("/card.vcf", exports.card, name="card"),
    path("/seers", records.seers_of, name="seers"),
    path("/star", records.star, name="star"),
    path("/watch", records.watch, name="watch"),
    path("/comment", records.comment, name="comment"),
    path("/compose/<str:key>", records.compose, name="compose"),
    path("/reveal/<str:name>", records.reveal, name="reveal"),
    path("/held/<str:name>", files.held, name="held"),
    path("/held/<str:name>/preview", files.held_preview, name="held-preview"),
    path("/files", files.files, name="files"),
    path("/files/<int:file_id>", files.download, name="file"),
    path("/files/<int:file_id>/preview", files.preview, name="file-preview"),
    path("/files/<int:file_id>/remove", files.remove, name="file-remove"),
]

urlpatterns += [
    path("<slug:path>/", lists.index, name="list"),
    re_path(r"^(?P<path>[a-z0-9-]+)$", lists.slashless, name="slashless"),
    path("<slug:path>/totals", lists.figures, name="totals"),
    path("<slug:path>/filter", lists.filter_drawer, name="filter"),
    path("<slug:path>/filter/row", lists.filter_row, name="filter-row"),
    path("<slug:path>/filter/apply", lists.filter_apply, name="filter-apply"),
    path("<slug:path>/columns", lists.columns, name="columns"),
    path("<slug:path>/calendar", calendar.calendar, name="calendar"),
    path("<slug:path>/column", boards.column, name="board-column"),
    path("<slug:path>/new", forms.new, name="new"),
    path("<slug:path>/conditions/<slug:name>", forms.conditions, name="form-conditions"),
    path("<slug:path>/hint", hints.hint, name="hint"),
    path("<slug:path>/view", kept.save_as, name="view-save-as"),
    path("<slug:path>/views", kept.arrange, name="view-order"),
    path("<slug:path>/view/<int:pk>", kept.change, name="view"),
    path("<slug:path>/view/<int:pk>/save", kept.keep_changes, name="view-save"),
    path("<slug:path>/view/<int:pk>/delete", kept.delete, name="view-delete"),
    path("<slug:path>/view/<int:pk>/restore", kept.restore, name="view-restore"),
    path("<slug:path>/bulk/<str:name>", bulk.bulk, name="bulk"),
    path("<slug:path>/<int:pk>", include(RECORD)),
]
