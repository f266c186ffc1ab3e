"""A list of customers, as the lead page's view would prepare it."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from scripts.samples.shell import base

ROWS = [
    ("镇江江澜船舶配套", 3, "机会", "B", "船舶配套", "312.0", "96.0", 1, 64, "逾期 5 天：回复付款条件", "bad", "6 天前"),
    ("宁波海川汽车部件", 3, "机会", "A", "汽车零部件", "0.0", "0.0", 0, 71, "逾期 2 天：提交节拍测算", "bad", "3 天前"),
    ("杭州云帆智能家居", 3, "机会", "B", "智能家居", "126.4", "58.0", 0, 66, "今天 14:30 现场调研", "ok", "昨天"),
    ("苏州恒砺精密制造", 4, "订单客户", "A", "汽车零部件", "1,286.4", "186.0", 1, 87, "11-26 方案二轮评审", "", "2 天前"),
    ("南京紫金医疗科技", 4, "订单客户", "A", "医疗器械", "864.2", "120.5", 0, 82, "11-26 合同条款沟通", "", "昨天"),
    ("上海申珩航空部件", 4, "订单客户", "A", "航空航天", "742.0", "88.0", 0, 79, "11-27 技术答疑会", "", "4 天前"),
    ("芜湖远景热管理", 3, "机会", "B", "新能源", "204.0", "64.5", 0, 68, "11-28 报价二稿", "", "5 天前"),
    ("台州泰丰阀门", 4, "订单客户", "B", "通用机械", "388.6", "72.0", 0, 63, "11-29 样件测试", "", "1 周前"),
    ("绍兴越瓷新材料", 3, "机会", "C", "新材料", "66.0", "52.0", 0, 48, "12-01 需求复核", "", "1 周前"),
    ("扬州维扬电机", 3, "机会", "B", "电机", "158.0", "50.4", 0, 59, "12-02 高层拜访", "", "6 天前"),
    ("徐州彭城工程机械", 4, "订单客户", "A", "工程机械", "928.0", "214.0", 0, 81, "12-03 交付排期会", "", "2 天前"),
    ("盐城风华电控", 4, "订单客户", "B", "电力电子", "276.5", "76.0", 0, 61, "12-04 开票核对", "", "3 天前"),
    ("湖州太湖动力电池", 3, "机会", "A", "动力电池", "0.0", "0.0", 0, 73, "12-05 议价会", "", "今天"),
    ("合肥晶越光电科技", 3, "机会", "A", "显示面板", "412.0", "105.0", 1, 70, "没有下一步", "warn", "18 天前"),
    ("连云港港机装备", 4, "订单客户", "B", "港口机械", "336.0", "96.0", 0, 65, "没有下一步", "warn", "9 天前"),
    ("常州汇川新能源部件", 3, "机会", "C", "新能源", "48.0", "51.0", 0, 44, "没有下一步", "warn", "12 天前"),
]  # fmt: skip
ROW = Markup(
    '<tr data-id="{id}" data-href="/record.html" data-peek="/peek.html"><td class="pick"><input type="checkbox" class="ck" aria-label="选择{name}"></td>'
    '<td class="name p1"><a href="/record.html">{name}</a></td><td class="p4"><span class="row0 g7"><span class="lv l{level}" aria-hidden="true">'
    '<i></i><i></i><i></i><i></i><i></i></span>{stage}</span></td><td><span class="tag {grade_tone}">{grade}</span></td><td class="i2">{industry}</td>'
    '<td class="r num m p2" data-unit="万">{won}</td><td class="r num {due_tone}">{due}</td><td class="r num">{score}</td><td class="p3 {tone}">{step}</td>'
    '<td class="i2">{last}</td><td><span class="row0 g6"><span class="av" aria-hidden="true">林</span>林晓彤</span></td></tr>'
)


def rows() -> Markup:
    made = []
    for number, (name, level, stage, grade, industry, won, due, late, score, step, tone, last) in enumerate(ROWS, 1):
        made.append(
            ROW.format(
                id=number, name=name, level=level, stage=stage, grade=grade, grade_tone="acc" if grade == "A" else "", industry=industry,
                won=won, due=due, due_tone="bad m" if late else "", score=score, step=step, tone=tone, last=last,
            )
        )  # fmt: skip
    return Markup("").join(made)


def customers(**over: Any) -> dict[str, Any]:
    """The page of list.html."""
    views = [("我负责的", "128", ""), ("我协作的", "46", ""), ("下属的", "512", ""), ("A 类客户", "21", ""), ("30 天未联系", "14", "bad")]
    columns = [
        {"name": "name", "label": "客户名称", "sort": "?sort=name", "frozen": True},
        {"name": "stage", "label": "生命周期"},
        {"name": "grade", "label": "级别"},
        {"name": "industry", "label": "行业"},
        {"name": "won", "label": "累计成交", "unit": "万元", "right": True, "sort": "?sort=-won"},
        {"name": "due", "label": "应收", "unit": "万元", "right": True, "sort": "?sort=-due"},
        {"name": "score", "label": "价值", "right": True},
        {"name": "next", "label": "下一步", "sort": "?sort=-next", "sorted": "asc"},
        {"name": "last", "label": "最近联系"},
        {"name": "owner", "label": "负责人"},
    ]
    listed = {
        "title": "客户", "noun": "客户", "key": "customer", "href": "/list.html", "count": 128, "selectable": True,
        "views": [{"label": a, "count": b, "tone": c, "href": "/list.html?view=1", "current": not n} for n, (a, b, c) in enumerate(views)],
        "new_view": "/dialog.html", "search": {"value": "", "href": "/list.html", "keep": []}, "filter": "/filter.html", "changed": None, "empty": None,
        "modes": [{"label": "表格", "icon": "table", "href": "#", "current": True}, {"label": "看板", "icon": "layout-kanban", "href": "#"}, {"label": "地图", "icon": "map-2", "href": "#"}],
        "buttons": [{"label": "导入", "icon": "upload", "href": "/import_map.html"}],
        "chips": [{"label": "生命周期", "value": "机会、订单客户", "remove": "/list.html?all=1"}, {"label": "应收余额", "value": "≥ 50 万", "remove": "?"}],
        "tools": [{"label": "存为场景", "dialog": "/dialog.html"}, {"label": "列", "icon": "columns-3", "drawer": "/columns.html"}, {"label": "导出", "icon": "download", "dialog": "/dialog.html"}],
        "strip": None, "columns": columns, "body": rows(),
        "bulk": [
            {"label": "批量编辑", "icon": "pencil", "dialog": "/dialog.html"}, {"label": "转移", "icon": "user-share", "dialog": "/dialog.html", "key": "a"},
            {"label": "加协作人", "icon": "users-plus", "dialog": "/dialog.html"}, {"label": "退回公海", "icon": "ripple", "dialog": "/dialog.html"},
            {"label": "导出", "icon": "download", "dialog": "/dialog.html"},
        ],
        "pager": {"first": 1, "last": 50, "total": "128", "previous": "?", "next": "?page=2", "size": 50, "sizes": [{"label": "20", "href": "?"}, {"label": "50", "href": "?", "current": True}]},
        "totals": "/totals.html",
    }  # fmt: skip
    return {**base("customer", "客户"), "list": {**listed, **over}}


def totals() -> dict[str, Any]:
    """The fragment of list_totals.html."""
    return {
        "totals": {
            "count": "共 128 家",
            "sums": [{"label": "累计成交", "value": "6,247.1 万"}, {"label": "应收", "value": "1,329.4 万"}, {"label": "逾期", "value": "387.0 万", "tone": "bad"}],
        }
    }


def leads() -> dict[str, Any]:
    """A list with a status strip."""
    strip = [("待首次响应", "5", ""), ("已超时", "1", "bad"), ("1 小时内到期", "1", "warn"), ("本月平均首次响应", "1 小时 46 分", ""), ("按时率", "92%", "")]
    return customers(title="线索", strip=[{"label": a, "value": b, "tone": c} for a, b, c in strip], strip_note="时限 8 小时，仅计工作时间",
                     changed={"save": "/s", "save_as": "/s", "reset": "/list.html"})  # fmt: skip


def nothing() -> dict[str, Any]:
    """A list whose filters leave nothing."""
    return customers(
        empty={"kind": "filter", "title": "没有符合的客户", "text": "城市 = 南通，且应收 ≥ 500 万。去掉“应收”有 7 家。",
               "actions": [{"label": "去掉“应收”", "href": "?"}, {"label": "清除全部", "href": "?", "quiet": True}]},
        pager={}, totals=None,
    )  # fmt: skip
