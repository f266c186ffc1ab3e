"""Sample contexts for every page template, so that the look can be judged without a database."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from scripts.samples import lists, record


def contexts(environment: Any) -> dict[str, tuple[str, dict[str, Any], bool]]:
    """Name -> template, context, whether it is a whole page (else a fragment the pages load)."""
    customer = record.customer(environment)
    return {
        "list": ("list.html", lists.customers(), True),
        "leads": ("list.html", lists.leads(), True),
        "nothing": ("list.html", lists.nothing(), True),
        "totals": ("list_totals.html", lists.totals(), False),
        "record": ("record.html", customer, True),
        "peek": ("record_peek.html", customer, False),
    }
