"""A customer's page, as the customers area would prepare it."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from scripts.samples.shell import base


def fields() -> list[dict[str, Any]]:
    def f(label: str, value: str | Markup, edit: bool = True) -> dict[str, Any]:
        return {"name": label, "label": label, "html": value, "edit": "/inline.html" if edit else None}

    owner = Markup('<span class="row0 g6"><span class="av" aria-hidden="true">林</span>林晓彤</span>')
    team = Markup('<span class="row0 g6"><span class="avs"><span class="av g">何</span><span class="av o">陈</span><span class="av v">许</span></span><span class="t12 i3">3 人</span></span>')
    rivals = Markup('<span class="row0 g4"><span class="tag warn">启衡自动化</span><span class="tag">德沃机电</span></span>')
    about = [f("负责人", owner), f("协作团队", team), f("所属机构", "华东分公司 · 苏州办", False), f("总机", "0512-6285 7700"),
             f("地址", "园区星塘街 218 号"), f("员工规模", "500–999 人"), f("年营收", "约 9.2 亿元")]  # fmt: skip
    origin = [f("客户来源", "展会 · 2023 上海工博会"), f("行业", "汽车零部件 / 精密加工"), f("主营需求", "压装、视觉、柔性装配"), f("竞争格局", rivals)]
    own = [f("税号", "91320594MA1X7K3P"), f("付款习惯", "月结 60 天")]
    return [{"title": "基本信息", "edit": "/form.html", "fields": about}, {"title": "分类与来源", "fields": origin}, {"title": "自定义字段", "fields": own}]


def timeline() -> dict[str, Any]:
    visit = {
        "icon": "map-pin", "tone": "acc", "who": "林晓彤", "did": "拜访了", "link": {"label": "顾维民 · 制造总监", "href": "#"}, "tags": [{"label": "已签到"}], "at": "周六 15:40",
        "box": "三号线节拍目标从 22 秒降到 18 秒，客户认可视觉复检方案。启衡报价低约 6%，但交期晚 5 周，客户更看重 3 月投产。",
        "next": "下次：11-26 方案二轮评审", "files": [{"label": "节拍测算.xlsx", "href": "#"}],
    }  # fmt: skip
    alarm = {"icon": "alert-triangle", "tone": "bad", "who": "信用监控", "did": "二期款逾期 23 天，逾期额占授信 10.5%", "tags": [{"label": "坏账预警 · 中", "tone": "bad"}],
             "at": "周五 09:00", "text": Markup('已按规则通知负责人与财务许维，催款任务 <a class="ln" href="#">CK-1093</a> 明日到期。')}  # fmt: skip
    sent = {"icon": "truck-delivery", "tone": "ok", "who": "仓储部", "did": "发出第 3 批货物", "link": {"label": "SO-2026-1107-018", "href": "#"}, "at": "周四 17:22",
            "text": "伺服压装机 SP-20 × 4 台，承运单 SF-88210356，预计 11-22 到货。"}  # fmt: skip
    changed = {"icon": "edit", "tone": "", "who": "周启明", "did": "改了 2 个字段", "at": "11-14", "changes": [{"label": "负责人", "old": "赵亦凡", "new": "林晓彤"}, {"label": "级别", "old": "B", "new": "A"}]}
    invited = {"icon": "speakerphone", "tone": "vio", "who": "陈卓", "did": "邀请 3 人参加", "link": {"label": "柔性装配开放日", "href": "#"}, "at": "11-14",
               "text": "顾维民、沈雪已确认出席；活动带来商机 1 个，预计 260.0 万。"}  # fmt: skip
    filters = [("全部", True), ("跟进 41", False), ("业务 18", False), ("服务 7", False), ("系统", False)]
    return {
        "filters": [{"label": a, "href": "#", "current": b} for a, b in filters], "note": "最近 90 天", "more": "/timeline.html",
        "groups": [{"label": "本周", "entries": [visit, alarm, sent]}, {"label": "上周", "entries": [changed, invited]}],
    }  # fmt: skip


CREDIT = Markup("""<div class="cb"><div class="row0"><span class="num b t18">214.0<span class="u">万可用</span></span><span class="sp"></span><span class="t12 i3 num">授信 400.0 万 · 账期 60 天</span></div>
<div class="mt8">{}</div><div class="legend num"><span><span class="d bad"></span>逾期 <b class="bad">42.0</b></span><span><span class="d acc"></span>未到期 <b class="ink">144.0</b></span><span><span class="d i3"></span>可用 <b class="ink">214.0</b></span></div></div>""")


def cards(environment: Any) -> list[Markup]:
    """Right column, drawn with the card macros."""
    template = environment.from_string("""
{% from "parts/card.html" import card, rows %}{% from "parts/meter.html" import meter %}
{% call card(a.title, link={'label': '明细', 'href': '#'}, tag={'label': '信用 B+', 'tone': 'warn'}) %}{{ credit.format(meter([{'share': 10.5, 'tone': 'bad'}, {'share': 36}], '授信占用：逾期 42 万，未到期 144 万，可用 214 万', 'l')) }}{% endcall %}
@@{% call card('客户价值', '模型：装备类 v3', {'label': '口径', 'href': '#'}) %}<div class="cb">{% for k, v in values %}<div class="vb"><span class="i2">{{ k }}</span>{{ meter([{'share': v, 'tone': 'warn' if v < 70 else 'acc'}], k ~ ' ' ~ v) }}<span class="num r m">{{ v }}</span></div>{% endfor %}</div>{% endcall %}
@@{% call card('商机', '3', {'label': '新建商机', 'icon': 'plus', 'drawer': '/form.html'}) %}{{ rows(deals) }}{% endcall %}
@@{% call card('决策链', '6 人', {'label': '关系图', 'href': '#'}) %}{{ rows(people) }}{% endcall %}""")
    deals = [("三号线柔性装配改造", "方案报价 50%", "420.0"), ("视觉复检工位 × 6", "需求分析 25%", "186.0"), ("2027 年度维保", "商务谈判 75%", "136.0")]
    people = [("顾维民", "制造总监", "决策者", "ok"), ("沈雪", "采购经理", "影响者", "warn"), ("丁一鸣", "工艺主管", "支持者", "ok")]
    text = template.render(
        a={"title": "信用与应收"}, credit=CREDIT, values=[("成交额", 92), ("毛利", 84), ("回款", 68), ("增长", 90), ("忠诚", 94)],
        deals=[{"label": a, "sub": b, "right": c, "right_unit": "万", "href": "#"} for a, b, c in deals],
        people=[{"label": a, "sub": b, "person": a, "tint": "b2", "href": "#", "tag": {"label": c, "tone": d}} for a, b, c, d in people],
    )  # fmt: skip
    return [Markup(part) for part in text.split("@@")]


def customer(environment: Any) -> dict[str, Any]:
    """The page of record.html."""
    steps = [("待识别", "2023-03-12 · 9 天", "done"), ("潜在", "2023-03-21 · 48 天", "done"), ("机会", "2023-05-08 · 96 天", "done"), ("订单客户", "2023-08-12 起", "now"), ("用户", "待首条产线终验收", "")]
    tabs = [("timeline", "动态", ""), ("contacts", "联系人", "6"), ("deals", "商机", "3"), ("orders", "合同订单", "5"), ("money", "回款", "11"), ("service", "服务", "3"), ("files", "文件", "12"), ("more", "更多", "")]
    facts = [
        {"label": "累计成交", "value": "1,286.4", "unit": "万", "note": "近 12 月 +18.6%", "tone": "ok", "phone": False}, {"label": "应收余额", "value": "186.0", "unit": "万", "note": "逾期 42.0 万 · 23 天", "tone": "bad", "href": "#"},
        {"label": "在跟商机", "value": "742.0", "unit": "万", "note": "3 个 · 加权 409.5 万"}, {"label": "客户价值", "value": "87", "unit": "分", "note": "集团前 3%，环比 +4", "phone": False},
        {"label": "最近联系", "value": "2 天前", "note": "拜访 · 林晓彤"}, {"label": "下一步", "value": "方案二轮评审", "note": "11 月 26 日 14:00", "tone": "warn", "text": True},
    ]  # fmt: skip
    kinds = [("visit", "拜访", "map-pin"), ("call", "电话", "phone"), ("wechat", "微信", "message-circle"), ("mail", "邮件", "mail")]
    return {
        **base("customer", "苏州恒砺精密制造有限公司"),
        "record": {
            "title": "苏州恒砺精密制造有限公司", "short": "恒砺", "number": "KH-2023-00417", "key": "customer:7", "noun": "客户详情", "href": "/record.html", "back": "/list.html",
            "tags": [{"label": "A 类 · 战略客户", "tone": "acc"}, {"label": "汽车零部件"}, {"label": "规上企业"}], "crumbs": [{"label": "客户", "href": "/list.html"}, {"label": "我负责的客户", "href": "/list.html"}],
            "pager": {"position": "3 / 128", "previous": "#", "next": "#"}, "star": {"on": False, "post": "/star"}, "note": None,
            "buttons": [{"label": "写跟进", "icon": "pencil", "act": "compose", "primary": True, "key": "L"}, {"label": "新建商机", "icon": "target", "drawer": "/drawer.html"}, {"label": "拨打", "icon": "phone", "href": "tel:051262857700"}],
            "more": [{"label": "转移", "icon": "user-share", "dialog": "/dialog.html"}, {"label": "退回公海", "icon": "ripple", "dialog": "/dialog.html"}, {"rule": True}, {"label": "删除", "icon": "trash", "dialog": "/dialog.html", "tone": "bad"}],
            "facts": facts, "groups": fields(), "cards": cards(environment), "timeline": timeline(),
            "path": {"label": "客户生命周期", "steps": [{"label": a, "note": b, "state": c, "level": 4 if c == "now" else 0} for a, b, c in steps],
                     "guide": {"lead": "升为“用户”还差 1 项", "text": "首批设备已交付、培训已完成、", "warn": "终验收单待上传", "act": {"label": "上传验收单", "dialog": "/dialog.html"}}},
            "tabs": [{"key": a, "label": b, "count": c, "current": a == "timeline", "src": None if a == "timeline" else "/pane.html"} for a, b, c in tabs],
            "composer": {"action": "/follow", "key": "customer:7", "kinds": [{"value": a, "label": b, "icon": c, "selected": a == "visit"} for a, b, c in kinds], "contacts": [{"value": 1, "label": "顾维民 · 制造总监"}], "locate": True},
            "phone": [{"label": "写跟进", "icon": "pencil", "act": "compose"}, {"label": "拨打", "icon": "phone", "href": "tel:051262857700"}, {"label": "签到", "icon": "map-pin", "act": "compose"}],
        },
    }  # fmt: skip
