"""Under which headings other programs keep orders and invoices, and what a row says about the past of one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.kernel.exchange.guessing import also_called
from pellucid.kernel.exchange.making import also_fills
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.people.importing import knows_colleagues

also_called("contract", number=("合同编号", "合同号", "contract number"), name=("合同", "合同名称", "contract", "contract name"),
            customer=("客户", "客户名称", "甲方", "customer", "account"), signed_on=("签订日期", "签约日期", "signed on", "date signed"))  # fmt: skip
also_called("order", contract=("合同", "合同名称", "contract"), name=("订单", "订单名称", "发票号", "order", "invoice", "invoice number"),
            signed_on=("签订日期", "开票日期", "invoice date", "order date"), worth=("金额", "开票金额", "含税金额", "invoice amount", "amount"),
            due_on=("到期日", "due date"), settled_on=("结清日期", "付款日期", "settled date", "date paid"),
            disputed=("有争议", "disputed"))  # fmt: skip
also_called("receipt", customer=("客户", "付款方", "customer", "payer"), amount=("金额", "收款金额", "amount"),
            received_on=("收款日期", "到账日期", "date", "received on"), reference=("流水号", "银行流水号", "reference"))  # fmt: skip
also_called("invoice", order=("订单", "订单编号", "order", "order number"), amount=("金额", "开票金额", "amount"))
also_called("invoicepart", invoice=("发票", "invoice"), line=("订单行", "订单明细", "order line"), instalment=("分期", "instalment"),
            amount=("金额", "开票金额", "含税金额", "amount"))  # fmt: skip
knows_colleagues("contract")
knows_colleagues("order")
also_fills(
    "contract",
    Spec("signed_on", gettext_lazy("Signed on"), kind("date"), null=True),
    Spec("number", gettext_lazy("Contract number"), kind("text"), max_length=40, null=True),
)
also_fills(
    "order",
    Spec("signed_on", gettext_lazy("Signed on"), kind("date"), null=True),
    Spec("worth", pgettext_lazy("of the past", "Amount with tax, already carried out"), kind("money"), digits=(18, 2), null=True),
    Spec("due_on", gettext_lazy("Due on"), kind("date"), null=True),
    Spec("settled_on", pgettext_lazy("of the past", "Paid on"), kind("date"), null=True),
    Spec("disputed", gettext_lazy("Disputed"), kind("bool"), null=True),
)
