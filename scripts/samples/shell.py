"""The shell of the sample pages: menu, scope, user. All names are invented."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any


def entry(label: str, icon: str, key: str = "", count: str = "", hot: bool = False, children: list[Any] | None = None) -> dict[str, Any]:
    return {"label": label, "icon": icon, "key": key, "href": f"/{key or label}", "count": count, "hot": hot, "children": children or []}


def child(label: str, key: str, count: str = "", hot: bool = False) -> dict[str, Any]:
    return {"label": label, "key": key, "href": f"/{key}", "count": count, "hot": hot}


def folding(label: str, icon: str, key: str, children: list[Any]) -> dict[str, Any]:
    return {"label": label, "icon": icon, "key": key, "open": False, "children": children}


def shell(nav: str = "customer") -> dict[str, Any]:
    """The context every page inside needs."""
    people = [child("线索", "lead", "12", True), child("客户", "customer"), child("联系人", "contact"), child("公海", "pool", "86")]
    sales = [child("商机", "deal", "34"), child("报价", "quote"), child("合同", "contract"), child("竞争对手", "rival")]
    return {
        "company": {"name": "澄泰智能装备集团", "app": "Pellucid"},
        "home": "/",
        "nav": nav,
        "menu": [
            {"entries": [entry("工作台", "home", "home"), entry("待办与审批", "inbox", "inbox", "5", True), entry("日程", "calendar", "calendar")]},
            {"caption": "收藏的场景", "entries": [entry("本季度预计成交", "star", "v1", "18"), entry("逾期应收", "star", "v2", "3", True)]},
            {
                "caption": "业务",
                "entries": [
                    entry("客户", "building", "customers", children=people),
                    folding("市场", "speakerphone", "marketing", [child("市场活动", "campaign")]),
                    entry("销售", "target", "sales", children=sales),
                    entry("订单与回款", "package", "orders"),
                    entry("服务", "headset", "service", "7"),
                    folding("合作伙伴", "affiliate", "partners", [child("伙伴档案", "partner")]),
                    entry("分析", "chart-bar", "insight"),
                    folding("目标与绩效", "trophy", "performance", [child("目标分解", "target")]),
                    entry("知识库", "book-2", "knowledge"),
                ],
            },
        ],
        "foot": [entry("设置", "settings", "settings")],
        "scope": {
            "label": "华东分公司",
            "options": [
                {"label": "全集团", "href": "?unit=1"},
                {"label": "华东分公司", "href": "?unit=2", "depth": 1, "current": True},
                {"label": "苏州办", "href": "?unit=3", "depth": 2},
                {"label": "我的", "href": "?unit=me"},
            ],
        },
        "create": [
            {"label": "客户", "icon": "building", "drawer": "/new/customer"},
            {"label": "联系人", "icon": "user-plus", "drawer": "/new/contact"},
            {"label": "任务", "icon": "checkbox", "drawer": "/new/task"},
        ],
        "approvals": {"href": "/approvals", "count": 5},
        "bell": {"count": 0, "src": "/tray.html"},
        "user": {
            "name": "林晓彤",
            "tint": "",
            "title": "高级销售",
            "logout": "/logout",
            "entries": [{"label": "个人设置", "icon": "user-cog", "href": "/me"}, {"label": "登录与安全", "icon": "shield-lock", "href": "/me/security"}],
        },
        "languages": [{"label": "简体中文", "code": "zh-hans", "current": True}, {"label": "English", "code": "en"}],
        "language": "/language",
        "search": "/search.html",
        "palette": "/palette.html",
        "tabs": [
            {"label": "工作台", "icon": "home", "href": "/", "current": nav == "home"},
            {"label": "业务", "icon": "building", "href": "/customers", "current": nav == "customer"},
            {"label": "新建", "icon": "circle-plus", "drawer": "/new"},
            {"label": "审批", "icon": "checkup-list", "href": "/approvals"},
            {"label": "我的", "icon": "user", "href": "/me"},
        ],
    }


def base(nav: str, title: str) -> dict[str, Any]:
    return {"shell": shell(nav), "title": title, "theme": "", "density": "normal", "folded": False, "csrf_token": "t", "toasts": []}
