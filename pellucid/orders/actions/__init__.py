"""Everything that changes contracts, orders and money; importing the package declares it."""

from __future__ import annotations

from . import (
    changes,
    collecting,
    contracts,
    delivering,
    dunning,
    executing,
    from_quotation,
    instalments,
    invoicing,
    ledger,
    levels,
    lines,
    past,
    plans,
    preparing,
    receipts,
    states,
    usual_plans,
    values,
    warnings,
)

__all__ = ["changes", "collecting", "contracts", "delivering", "dunning", "executing", "from_quotation", "instalments", "invoicing", "ledger",
           "levels", "lines", "past", "plans", "preparing", "receipts", "states", "usual_plans", "values",
           "warnings"]  # fmt: skip
