"""Everything that changes contracts, orders and money; importing the package declares it."""

from __future__ import annotations

from . import (
    changes,
    collecting,
    contracts,
    crediting,
    delivering,
    dunning,
    executing,
    from_quotation,
    instalments,
    invoicing,
    joining,
    ledger,
    levels,
    lines,
    parties,
    past,
    plans,
    preparing,
    receipts,
    states,
    trusting,
    using,
    usual_plans,
    values,
    warnings,
)

__all__ = ["changes", "collecting", "contracts", "crediting", "delivering", "dunning", "executing", "from_quotation", "instalments", "invoicing",
           "joining", "ledger", "levels", "lines", "parties", "past", "plans", "preparing", "receipts", "states", "trusting", "using", "usual_plans",
           "values", "warnings"]  # fmt: skip
