"""What the past needs in the database, as derived objects: the base, then each table's version counter, audit and spans."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives

from . import audit_sql, base_sql, span_sql, version_sql
from .tracked import Tracked, models_with_past, tracked_of, versioned_models


def base() -> Derived:
    """Schema, audit table, shared functions."""
    return Derived("history:base", base_sql.BASE, callable=(base_sql.ERASE_PERSON, base_sql.MAKE_MONTHS, base_sql.DROP_MONTH))


def of_table(t: Tracked) -> Iterator[Derived]:
    """Audit, and spans where columns are temporal."""
    yield Derived(f"history:audit:{t.table}", audit_sql.sql(t), audit_sql.undo(t))
    if t.temporal:
        yield Derived(f"history:spans:{t.table}", span_sql.table_sql(t), read_only=(t.span,))
        yield Derived(f"history:periods:{t.table}", span_sql.sql(t), span_sql.undo(t), callable=span_sql.open_to_app(t))


@derives
def history() -> Iterator[Derived]:
    """Everything the past of the installed models needs."""
    yield base()
    for model in versioned_models():
        t = tracked_of(model)
        yield Derived(f"history:version:{t.table}", version_sql.sql(t), version_sql.undo(t))
    for model in models_with_past():
        yield from of_table(tracked_of(model))
