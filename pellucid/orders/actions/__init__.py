"""Everything that changes contracts, orders and money; importing the package declares it."""

from __future__ import annotations

from . import contracts, delivering, from_quotation, instalments, ledger, lines, past, plans, preparing, receipts, states

__all__ = ["contracts", "delivering", "from_quotation", "instalments", "ledger", "lines", "past", "plans", "preparing", "receipts", "states"]
