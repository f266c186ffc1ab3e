"""Sample contexts for every page template, so that the look can be judged without a database."""

from __future__ import annotations

from typing import Any

from scripts.samples import forms, lists, pages, record
from scripts.samples.shell import base


def contexts(environment: Any) -> dict[str, tuple[str, dict[str, Any], bool]]:
    """Name -> template, context, whether it is a whole page (else a fragment the pages load)."""
    customer = record.customer(environment)
    wrong = {**base("", "缺少权限"), "title": "缺少权限", "message": "", "right": "订单 · 导出", "status": 403}
    broken = {"title": "这里出错了", "incident": "7F3A-20261123-1402", "csrf_token": "t", "message": "", "status": 500}
    return {
        "list": ("list.html", lists.customers(), True),
        "leads": ("list.html", lists.leads(), True),
        "nothing": ("list.html", lists.nothing(), True),
        "record": ("record.html", customer, True),
        "workbench": ("workbench.html", pages.workbench(environment), True),
        "login": ("login.html", pages.login(), True),
        "import_upload": ("import.html", pages.upload(), True),
        "import_map": ("import.html", pages.mapping(), True),
        "settings": ("settings.html", pages.settings(environment), True),
        "calendar": ("calendar.html", pages.calendar(), True),
        "month": ("calendar.html", pages.calendar("month"), True),
        "search": ("search.html", pages.search(), True),
        "form": ("form.html", forms.page(), True),
        "error403": ("errors/403.html", wrong, True),
        "error500": ("errors/500.html", broken, True),
        "totals": ("list_totals.html", lists.totals(), False),
        "peek": ("record_peek.html", customer, False),
        "drawer": ("form_drawer.html", forms.drawer(), False),
        "dialog": ("form_drawer.html", forms.dialog(), False),
        "filter": ("list_filter.html", forms.filter_drawer(), False),
        "filter_row": ("list_filter_row.html", forms.filter_row(), False),
        "columns": ("list_columns.html", forms.columns(), False),
        "options": ("parts/options.html", forms.options(), False),
        "duplicates": ("parts/duplicates.html", forms.duplicates(), False),
        "palette": ("parts/palette_hits.html", pages.palette(), False),
        "tray": ("tray.html", pages.tray(), False),
    }
