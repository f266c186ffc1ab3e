"""Everything that changes contracts, orders and money; importing the package declares it."""

from __future__ import annotations

from . import (
    asking,
    changes,
    collecting,
    contracts,
    correcting,
    crediting,
    delivering,
    dunning,
    executing,
    from_quotation,
    instalments,
    invoice_parts,
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

__all__ = ["asking", "changes", "collecting", "contracts", "correcting", "crediting", "delivering", "dunning", "executing", "from_quotation",
           "instalments", "invoice_parts", "invoicing", "joining", "ledger", "levels", "lines", "parties", "past", "plans", "preparing", "receipts",
           "states", "trusting", "using", "usual_plans", "values", "warnings"]  # fmt: skip
