"""Dictionaries that ship with products; classes are the company's own."""

from __future__ import annotations

from pellucid.kernel.records.seeds import Shipped as T
from pellucid.kernel.records.seeds import dictionary, seeds


@seeds
def dictionaries() -> None:
    """Units of measure; a first class that an administrator renames or splits."""
    dictionary("uom", (T("piece", "件", "piece"), T("set", "套", "set"), T("unit", "台", "unit"), T("year", "年", "year"), T("hour", "小时", "hour")))
    dictionary("product_class", (T("equipment", "设备", "Equipment"), T("software", "软件", "Software"), T("spare", "备件", "Spare parts"),
                                 T("service", "服务", "Services")))  # fmt: skip
