"""Under which headings other programs keep what we know of products."""

from __future__ import annotations

from pellucid.kernel.exchange.guessing import also_called

also_called(
    "product",
    name=("产品", "产品名称", "品名", "product", "product name", "item"),
    number=("产品编号", "产品编码", "料号", "货号", "sku", "item number", "product code"),
    product_class=("产品类别", "类别", "产品线", "series", "category", "product line"),
    specification=("规格", "型号", "规格型号", "model", "spec"),
    uom=("单位", "计量单位", "unit"),
    list_price=("单价", "标价", "报价", "目录价", "sales price", "price", "unit price"),
    cost=("成本", "成本价", "unit cost"),
    active=("在售", "启用"),
    note=("备注", "说明"),
)

also_called(
    "price",
    price_list=("价格表", "价目表", "price list"),
    product=("产品", "产品名称", "产品编号", "品名", "料号", "product", "item", "sku"),
    from_quantity=("起订量", "数量", "阶梯数量", "from quantity", "quantity", "min quantity"),
    unit_price=("单价", "价格", "未税单价", "unit price", "price"),
)

for line in ("quotationline", "orderline"):
    also_called(
        line,
        product=("产品", "产品编号", "产品编码", "料号", "货号", "sku", "item number", "product code", "item"),
        name=("产品名称", "品名", "名称", "描述", "product name", "description"),
        uom=("单位", "计量单位", "unit", "uom"),
        quantity=("数量", "qty", "quantity"),
        unit_price=("单价", "未税单价", "不含税单价", "unit price", "price"),
        discount=("折扣", "折扣率", "discount"),
        tax_rate=("税率", "tax rate", "vat"),
        note=("备注", "说明", "remark"),
    )
