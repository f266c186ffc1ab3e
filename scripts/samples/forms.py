"""Forms: a drawer with errors and a duplicate hint, the dialog of a loss, a form as a page, filter and columns."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from scripts.samples.shell import base


def fields() -> list[dict[str, Any]]:
    return [
        {"name": "name", "label": "客户名称", "value": "苏州恒励精密", "required": True, "wide": True, "check": "/duplicates.html"},
        {"name": "short", "label": "简称", "value": "恒励精密"},
        {"name": "industry", "label": "行业", "kind": "choice", "required": True, "options": [{"value": 1, "label": "汽车零部件", "selected": True}]},
        {"name": "tax", "label": "统一社会信用代码", "value": "91320594MA1X7K3", "error": "应为 18 位，现在 15 位，还差 3 位", "wide": True},
        {"name": "spend", "label": "预计年采购额", "kind": "money", "value": "420万", "unit": "元"},
        {"name": "visit", "label": "首次接触日", "kind": "date", "value": "2026-11-20"},
        {"name": "owner", "label": "负责人", "kind": "reference", "src": "/options.html", "required": True, "chosen": [{"value": 7, "label": "高远"}], "error": "高远 11-14 起待离职，请选在职同事"},
        {"name": "team", "label": "协作团队", "kind": "references", "src": "/options.html", "chosen": [{"value": 3, "label": "何嘉"}, {"value": 4, "label": "陈卓"}]},
        {"name": "reason", "label": "来源", "kind": "chips", "options": [{"value": n, "label": t, "selected": not n} for n, t in enumerate(["展会", "官网", "老客户介绍", "伙伴推荐"])]},
        {"name": "strategic", "label": "战略客户", "kind": "bool", "value": True},
        {"name": "note", "label": "说明", "kind": "long", "value": "", "help": "只有同部门的人看得到"},
    ]


def drawer() -> dict[str, Any]:
    """A new customer, refused."""
    return {"csrf_token": "t", "form": {
        "title": "新建客户", "action": "/customers/new", "next": "保存，下一个", "draft": "customer:new", "sections": [{"title": "", "fields": fields()}],
        "errors": [{"label": "税号", "id": "f-tax"}, {"label": "负责人", "id": "f-owner"}],
        "more": [{"name": "fax", "label": "传真", "value": ""}, {"name": "site", "label": "网址", "kind": "url", "value": ""}],
    }}  # fmt: skip


def dialog() -> dict[str, Any]:
    """The loss of a deal."""
    reasons = ["价格", "交期", "技术方案", "预算取消", "关系与信任", "其他"]
    return {"csrf_token": "t", "form": {
        "title": "标记丢单", "note": "转向器总成装配线 · 320.0 万", "action": "/x", "submit": "标记丢单", "danger": True, "target": "dialog", "sections": [{"title": "", "fields": [
            {"name": "why", "label": "原因", "kind": "chips", "required": True, "options": [{"value": r, "label": r, "selected": r == "价格"} for r in reasons]},
            {"name": "whom", "label": "输给谁", "kind": "choice", "required": True, "options": [{"value": 1, "label": "启衡自动化", "selected": True}]}, {"name": "price", "label": "对方报价", "kind": "money", "value": "298万", "unit": "元"},
            {"name": "learn", "label": "能学到什么", "kind": "long", "rows": 2, "value": "对方放弃两年维保，只报设备；下次先拆开报。"}]}],
    }}  # fmt: skip


def page() -> dict[str, Any]:
    """The same as a page, in two sections."""
    form = {**drawer()["form"], "crumbs": [{"label": "客户", "href": "/list.html"}], "cancel": "/list.html"}
    form["sections"] = [{"title": "基本信息", "fields": fields()[:6]}, {"title": "归属与来源", "fields": fields()[6:]}]
    return {**base("customer", "新建客户"), "form": form}


def duplicates() -> dict[str, Any]:
    hits = [(4, "苏州恒砺精密制造有限公司", "音同，地址同 · 林晓彤", "打开"), (2, "苏州恒立精密模具", "音同 · 公海", "领取"), (1, "昆山恒励自动化", "名称相近 · 无权查看，赵亦凡", "申请协作")]
    return {"duplicates": {"note": "3 家相近", "hits": [{"level": a, "label": b, "why": c, "act": {"label": d, "href": "#"}} for a, b, c, d in hits]}}


def filter_drawer() -> dict[str, Any]:
    """Two conditions that hold together and two alternatives."""
    def row(index: int, group: int, name: str, op: str, control: dict[str, Any]) -> dict[str, Any]:
        return {"index": index, "group": group, "href": "/filter_row.html", "fields": [{"value": 1, "label": name, "selected": True}], "ops": [{"value": 1, "label": op, "selected": True}], "controls": [{"id": f"filter-{index}", "name": f"v.{index}", "label": name, **control}]}

    rows = [row(0, 0, "生命周期", "是其中之一", {"kind": "choices", "options": [{"value": n, "label": t, "selected": n > 1} for n, t in enumerate(["待识别", "潜在", "机会", "订单客户"])]}), row(1, 0, "应收余额", "至少", {"kind": "money", "value": "50万"})]
    return {"csrf_token": "t", "filter": {"action": "/f", "keep": [], "add": "/filter_row.html", "next": 3, "next_group": 2, "groups": [{"n": 0, "rows": rows}, {"n": 1, "rows": [row(2, 1, "城市", "是", {"value": "南通"})]}]}}


def filter_row() -> dict[str, Any]:
    return {"row": filter_drawer()["filter"]["groups"][1]["rows"][0]}


def columns() -> dict[str, Any]:
    names = ["客户名称", "生命周期", "级别", "行业", "累计成交", "应收", "价值", "下一步", "最近联系", "负责人", "城市", "税号"]
    return {"csrf_token": "t", "action": "/customers/", "keep": [], "reset": "#", "columns": [{"name": str(n), "label": t, "on": n < 10, "fixed": not n} for n, t in enumerate(names)]}


def options() -> dict[str, Any]:
    people = [("林晓彤", "苏州办 · 高级销售"), ("赵亦凡", "南京办 · 销售"), ("黄骏", "无锡办 · 销售")]
    return {"prefix": "o", "options": [{"value": n, "label": a, "note": b} for n, (a, b) in enumerate(people)]}
