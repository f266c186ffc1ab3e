"""What ships with the knowledge base: kinds of documents and what they are good for. Steps are told by the areas that have some."""

from __future__ import annotations

from pellucid.kernel.records.seeds import Shipped as T
from pellucid.kernel.records.seeds import dictionary, seeds

EXPERIENCE = "experience"


@seeds
def dictionaries() -> None:
    """Kinds and purposes; an administrator changes them."""
    dictionary("document_kind", (T("proposal", "方案", "Proposal"), T("quotation", "报价单", "Quotation"), T("contract", "合同范本", "Contract form"),
                                 T("case", "成功案例", "Case", "ok"), T("product", "产品资料", "Product information", "info"),
                                 T("rival", "竞争分析", "Competition"), T("tender", "投标文件", "Tender"), T("method", "方法与话术", "Method", "vio"),
                                 T("training", "培训教材", "Training", "acc"), T(EXPERIENCE, "经验总结", "Experience", "warn"),
                                 T("form", "表格模板", "Form")))  # fmt: skip
    dictionary("document_purpose", (T("introduce", "介绍公司与产品", "Introduce us"), T("ask", "调研需求", "Find out needs"),
                                    T("convince", "论证方案", "Argue a solution"), T("calculate", "测算投资回报", "Show the return"),
                                    T("price", "报价谈判", "Negotiate the price"), T("tender", "投标", "Tender"), T("sign", "签订合同", "Sign"),
                                    T("deliver", "交付验收", "Deliver"),
                                    T("care", "售后与续约", "Care and renew"), T("learn", "新员工学习", "Learn")))  # fmt: skip
