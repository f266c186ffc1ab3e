"""Dictionaries that ship with customers."""

from __future__ import annotations

from pathlib import Path

from pellucid.kernel.records.seeds import Shipped as T
from pellucid.kernel.records.seeds import dictionary, seeds, shipped_csv

DATA = Path(__file__).parent / "data"


@seeds
def dictionaries() -> None:
    """Levels, sizes, origins, decision roles, results; regions and industries from the data files."""
    dictionary(
        "customer_level",
        (
            T("A", "A 类 · 战略客户", "A · Strategic", "acc"),
            T("B", "B 类 · 重点客户", "B · Key"),
            T("C", "C 类 · 普通客户", "C · Standard"),
        ),
    )
    dictionary(
        "company_size",
        (
            T("1", "1–49 人", "1–49"),
            T("50", "50–199 人", "50–199"),
            T("200", "200–499 人", "200–499"),
            T("500", "500–999 人", "500–999"),
            T("1000", "1000 人以上", "1000 and more"),
        ),
    )
    dictionary(
        "business",
        (
            T("manufacture", "生产制造", "Manufacturing"),
            T("trade", "贸易流通", "Trade"),
            T("integrate", "系统集成", "Integration"),
            T("service", "服务", "Services"),
            T("research", "研究与院校", "Research and schools"),
            T("public", "政府与公共", "Public"),
        ),
    )
    dictionary(
        "origin",
        (
            T("media", "媒介营销", "Media"),
            T("website", "网站", "Website"),
            T("campaign", "市场活动", "Campaign"),
            T("referral", "推荐", "Referral"),
            T("development", "业务员开发", "Own development"),
            T("ads", "广告", "Advertising", "", "media"),
            T("search", "搜索引擎", "Search engine", "", "website"),
            T("form", "官网表单", "Web form", "", "website"),
            T("fair", "展会", "Trade fair", "", "campaign"),
            T("seminar", "研讨会", "Seminar", "", "campaign"),
            T("customer", "老客户推荐", "By a customer", "", "referral"),
            T("partner", "伙伴推荐", "By a partner", "", "referral"),
            T("cold", "陌生拜访", "Cold call", "", "development"),
            T("import", "资料导入", "Imported", "", "development"),
        ),
    )
    dictionary(
        "decision_role",
        (
            T("decides", "决策人", "Decision maker", "acc"),
            T("influences", "影响人", "Influencer", "info"),
            T("uses", "使用人", "User"),
            T("buys", "采购", "Buyer"),
            T("tech", "技术把关", "Technical gatekeeper"),
            T("blocks", "反对者", "Opponent", "bad"),
            T("coach", "内线", "Coach", "ok"),
        ),
    )
    dictionary(
        "follow_up_result",
        (
            T("progress", "有进展", "Progress", "ok"),
            T("continue", "继续跟进", "Continue"),
            T("quote", "要求报价", "Wants a quotation", "info"),
            T("wait", "客户暂缓", "On hold", "warn"),
            T("absent", "未见到人", "Nobody there"),
            T("refused", "明确拒绝", "Refused", "bad"),
        ),
    )
    dictionary(
        "lead_invalid_reason",
        (
            T("unreachable", "联系不上", "Cannot be reached"),
            T("no_need", "没有需求", "No need"),
            T("no_money", "没有预算", "No budget"),
            T("competitor", "已选竞争对手", "Chose a competitor"),
            T("double", "重复线索", "Already known"),
            T("wrong", "信息有误", "Wrong data"),
            T("other", "其他", "Other"),
        ),
    )
    dictionary(
        "need",
        (
            T("line", "产线改造", "Line retrofit"),
            T("assembly", "柔性装配", "Flexible assembly"),
            T("vision", "视觉检测", "Machine vision"),
            T("weld", "焊接自动化", "Welding automation"),
            T("agv", "物流 AGV", "Logistics AGV"),
            T("mes", "MES 软件", "MES software"),
            T("spare", "备件", "Spare parts"),
            T("service", "维保服务", "Maintenance"),
        ),
    )
    dictionary(
        "customer_tag",
        (
            T("strategic", "战略", "Strategic", "acc"),
            T("export", "出口", "Exports", "info"),
            T("price", "价格敏感", "Price sensitive", "warn"),
            T("reference", "样板客户", "Reference", "ok"),
            T("tender", "招投标", "Tenders"),
            T("group", "集团客户", "Group"),
        ),
    )
    dictionary("region", shipped_csv(DATA / "regions.csv"))
    dictionary("industry", shipped_csv(DATA / "industries.csv"))


@seeds
def class_rules() -> None:
    """A lead judged good makes a potential customer; who has had no deal for long falls back."""
    from .actions import classes

    classes.ship({"qualified": 2})
    classes.ship_falls()
