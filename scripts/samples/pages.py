"""The workbench, sign-in, import, settings, calendar, search and small fragments."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from scripts.samples.shell import base

HOME = """
{% from "parts/card.html" import card, rows %}{% from "parts/home.html" import todo, approvals, targets, funnel, news %}{% from "parts/table.html" import simple %}{% from "parts/tag.html" import tag %}{% from "parts/button.html" import button %}
{% call card('今天要做', '6') %}{{ todo(todos) }}{% endcall %}
@@{% call card('新分配线索', '', {'label': '全部 12 条', 'href': '#', 'accent': true}, {'label': '2 条即将超时', 'tone': 'bad', 'icon': 'clock'}) %}{{ simple([{'label': '线索'}, {'label': '来源'}, {'label': '剩余响应'}, {'label': '操作', 'right': true}], leads) }}{% endcall %}
@@{% call card('需要关注', '按规则自动发现') %}{{ rows(risks) }}{% endcall %}
@@{% call card('目标完成', '签约，万元', {'label': '分解', 'href': '#'}) %}{{ targets([{'label': '本月', 'share': 72, 'time': 77, 'text': '286 / 400'}, {'label': '本季度', 'share': 68, 'time': 58, 'text': '812 / 1,200'}, {'label': '本年', 'share': 87, 'time': 89, 'text': '3,480 / 4,000'}], '竖线为时间进度；本月落后 5 点，约差 20 万') }}{% endcall %}
@@{% call card('待我审批', '', {'label': '审批中心', 'href': '#', 'accent': true}, {'label': '5', 'tone': 'bad pill'}) %}{{ approvals(asked) }}{% endcall %}
@@{% call card('本季度漏斗', '加权 742.5 万', {'label': '打开看板', 'href': '#', 'accent': true}) %}{{ funnel(stages) }}{% endcall %}
@@{% call card('总部公告', '2 条未读', {'label': '全部', 'href': '#'}) %}{{ news([{'label': '2027 年一季度价格政策（华东版）', 'at': '今天', 'href': '#', 'unread': true}, {'label': '焊接产品线竞品应对手册更新', 'at': '11-20', 'href': '#', 'unread': true}]) }}{% endcall %}"""


def workbench(environment: Any) -> dict[str, Any]:
    """The page of workbench.html."""
    todos = [("逾期 5 天", "回复付款条件", "镇江江澜船舶配套 · 焊接变位机 × 3", "商机", "", True), ("逾期 1 天", "催收二期款 42.0 万", "苏州恒砺精密制造 · CK-1093", "催款", "bad", True),
             ("14:30", "现场调研", "杭州云帆智能家居 · 门锁压装单元", "拜访", "acc", False), ("16:00", "电话确认预算", "无锡鼎曜半导体设备 · 晶圆搬运模组", "电话", "", False),
             ("17:00", "复核报价第 3 版", "苏州恒砺精密制造 · 三号线柔性装配", "报价", "", False), ("18:00", "提交本周工作汇报", "已按拜访与商机数据生成草稿", "汇报", "", False)]  # fmt: skip
    leads = [("常熟锦源汽车内饰", "总部市场部分配", "工博会扫码", "38 分钟", "bad"), ("太仓海岳液压", "按区域规则", "官网表单", "1 小时 52 分", "warn"), ("张家港新锐线缆", "伙伴 · 江南自动化", "伙伴推荐", "5 小时 10 分", "ok")]
    risks = [("hourglass", "warn", "合肥晶越光电科技", "商机停滞 18 天，368.0 万，没有下一步", "安排"), ("user-off", "warn", "湖州莫干精工等 4 家", "A、B 类客户超过 30 天未联系", "查看"), ("trending-down", "bad", "常州中岳机械", "近 3 月采购额较去年同期下降 46%，有流失风险", "分析")]
    asked = [("赵亦凡", "o", "报价折扣 12%（超权限 4 点）", "芜湖远景热管理 · 165.0 万 · 等待 3 小时"), ("周启明", "v", "订单变更：第 3 期付款日顺延", "SO-2026-1107-018 · 等待 1 天 4 小时"), ("黄骏", "g", "差旅费 3,860 元", "宁波海川现场测试 · 预算内")]
    stages = [("线索确认", 100, "412.0 万", "5 个"), ("需求分析", 84, "346.0 万", "3 个"), ("方案报价", 71, "292.0 万", "2 个"), ("商务谈判", 45, "186.0 万", "1 个"), ("合同审批", 23, "96.0 万", "1 个")]
    button = Markup('<button type="button" class="btn btn-s">安排跟进</button>')
    name = Markup('<b class="m">{}</b> <span class="i3 t12 donly">{}</span>')
    due = Markup('<span class="tag sla {}">{}</span>')
    more = [{"label": "改期", "icon": "calendar-time", "dialog": "/dialog.html"}]
    text = environment.from_string(HOME).render(
        todos=[{"time": a, "label": b, "about": c, "tag": {"label": d, "tone": e}, "late": f, "href": "#", "done": "/done", "menu": more} for a, b, c, d, e, f in todos],
        leads=[[name.format(a, b), c, due.format(e, d), button] for a, b, c, d, e in leads],
        risks=[{"icon": a, "tone": b, "label": c, "sub": d, "inline": True, "href": "#", "act": {"label": e, "quiet": True, "drawer": "/form.html"}} for a, b, c, d, e in risks],
        asked=[{"person": a, "tint": b, "label": c, "about": d, "href": "#", "yes": "/dialog.html", "no": "/dialog.html"} for a, b, c, d in asked],
        stages=[{"label": a, "share": b, "amount": c, "count": d, "href": "#"} for a, b, c, d in stages],
    )  # fmt: skip
    cards = [Markup(part) for part in text.split("@@")]
    numbers = [("签约金额", "286.0", "万", "同比 +24.1%", "ok", "0,18 12,16 24,17 36,11 48,12 60,6 72,3"), ("回款金额", "174.8", "万", "同比 −8.3%", "bad", "0,6 12,8 24,5 36,10 48,9 60,14 72,13"),
               ("新增商机", "9", "个", "同比 +3", "ok", "0,16 12,14 24,15 36,9 48,10 60,8 72,5"), ("新增客户", "14", "家", "环比 +2", "ok", "0,14 12,12 24,14 36,12 48,8 60,9 72,7"),
               ("拜访与跟进", "63", "次", "见到决策人 11 次", "", "0,12 12,15 24,9 36,10 48,6 60,9 72,4")]  # fmt: skip
    return {
        **base("home", "工作台"),
        "home": {
            "greeting": "林晓彤，下午好", "today": Markup('11 月 23 日 周一，今天还有 <b class="num">6</b> 项待办，<b class="num bad">2</b> 项已逾期'), "customise": "/dialog.html",
            "periods": [{"label": p, "href": "#", "current": p == "本月"} for p in ("本周", "本月", "本季度", "本年")],
            "facts": [{"label": a, "value": b, "unit": c, "note": d, "tone": e, "spark": f, "href": "#"} for a, b, c, d, e, f in numbers],
            "left": cards[:3], "right": cards[3:],
        },
    }  # fmt: skip


def login() -> dict[str, Any]:
    """The page of login.html, after a wrong password."""
    return {
        "title": "登录", "csrf_token": "t", "company": "澄泰智能装备集团", "username": "linxiaotong@chengtai.example", "next": "/", "second": "", "locked": 0,
        "errors": {"password": "密码不正确，还可再试 3 次。连续输错 5 次后锁定 15 分钟。"},
        "ways": [{"label": "用通行密钥登录", "icon": "fingerprint", "href": "#"}, {"label": "企业微信扫码", "icon": "qrcode", "href": "#"}],
        "languages": [{"label": "简体中文", "code": "zh-hans", "current": True}, {"label": "English", "code": "en"}],
    }  # fmt: skip


def mapping() -> dict[str, Any]:
    """The second step of an import."""
    columns = [("公司全称", "苏州拓维医疗器械有限公司", "客户名称", "ok", "同名表头"), ("统一社会信用代码", "91320594MA1X7K3P4T", "税号", "ok", "同名含义"), ("所在地", "江苏苏州", "城市", "warn", "拆出市名，32 行无法识别"), ("行业分类", "医疗", "行业", "warn", "5 个值要对应"),
               ("客户经理", "林晓彤", "负责人", "ok", "按姓名匹配"), ("年采购(元)", "4,200,000", "年采购额", "ok", "去掉千分位"), ("首次接触", "2026/9/8", "首次接触日", "ok", "日期 3 种写法"), ("备注2", "展会名片", "不导入", "", "不导入")]  # fmt: skip
    faults = [(14, "昆山瑞鼎电子", "91320583MA", "昆山", "电子", "林晓彤", 2, "税号应为 18 位，这里是 10 位"), (27, "南通海鑫渔具", "91320600MA2P7L8X", "南通", "渔具", "赵亦凡", 4, "行业“渔具”不在字典中"), (41, "", "91320211MA1R9T3Q6B", "无锡", "机械", "黄骏", 1, "客户名称必填"),
              (58, "杭州云帆智能家居", "91330106MA2H3C7D1K", "杭州", "家居", "沈珂", 1, "与 KH-2024-00812 同税号，将更新"), (77, "宁波港联物流设备", "91330201MA2A5N6M4J", "宁波", "物流", "王小川", 5, "没有叫“王小川”的在职员工"), (93, "合肥启明星光电", "91340100MA2U1B7E3F", "合肥市包河", "光电", "周启明", 3, "城市取“合肥”，请确认")]  # fmt: skip
    table = []
    for number, *cells, at, text in faults:
        soft = number in (58, 93)
        drawn = [{"text": c, "state": ("w0" if soft else "e0") if n == at else ""} for n, c in enumerate(cells, 1)]
        table.append({"number": number, "cells": drawn, "text": text, "state": "warn" if soft else "bad"})
    return {
        **base("customer", "导入客户"),
        "imp": {
            "title": "导入客户", "note": "工博会名单 1120.xlsx · 1,284 行", "action": "#", "step": "map", "crumbs": [{"label": "客户", "href": "/list.html"}], "back": "#", "next": "下一步：查重 1,261 行",
            "steps": [{"label": "上传", "state": "done"}, {"label": "对应列与校验", "state": "now"}, {"label": "查重", "state": ""}, {"label": "确认", "state": ""}],
            "foot": "错误行会原样写回 Excel，末列注明原因", "foot_button": {"label": "下载 23 行错误", "icon": "file-download", "href": "#"}, "matched": "自动对上 6 列", "unsure": "2 列要看一下", "remember": "remember",
            "columns": [{"name": a, "first": b, "state": d, "text": e, "href": "#" if a == "行业分类" else "", "link": "去对应", "field": {"name": f"c{n}", "id": f"c{n}", "kind": "choice", "required": True, "options": [{"value": 1, "label": c, "selected": True}]}} for n, (a, b, c, d, e) in enumerate(columns)],
            "tabs": [{"label": a, "count": b, "href": "#", "current": not n} for n, (a, b) in enumerate([("有问题", "61"), ("错误", "23"), ("提醒", "38"), ("全部", "1,284")])],
            "table": {"columns": ["客户名称", "税号", "城市", "行业", "负责人"], "rows": table}, "table_note": "可在格子里直接改，改完立即重验",
            "share": [{"share": 95}, {"share": 3, "tone": "warn"}, {"share": 2, "tone": "bad"}], "share_label": "可导入 1,223 行，提醒 38 行，错误 23 行", "sums_note": "用时 3.2 秒",
            "sums": [{"label": "可以直接导入", "value": "1,223 行"}, {"label": "有提醒，仍会导入", "value": "38 行", "tone": "warn"}, {"label": "有错误，不会导入", "value": "23 行", "tone": "bad"}, {"label": "共", "value": "1,284 行", "total": True}],
            "faults": [{"label": a, "count": b, "tone": c, "href": "#"} for a, b, c in [("税号位数不对", 9, "bad"), ("负责人找不到", 7, "bad"), ("客户名称为空", 4, "bad"), ("城市写法不标准", 32, "warn"), ("与现有客户重复", 6, "warn")]],
            "policies": {"name": "policy", "label": "重复时", "note": "按税号，其次名称", "kind": "radios", "options": [{"value": 1, "label": "只补空字段，不覆盖", "selected": True}, {"value": 2, "label": "用表中的值覆盖"}, {"value": 3, "label": "跳过"}]},
        },
    }  # fmt: skip


def upload() -> dict[str, Any]:
    """The first step of an import."""
    page = mapping()
    page["imp"] = {**page["imp"], "step": "upload", "note": "", "back": None, "next": "下一步", "foot": "", "foot_button": None, "accept": ".xlsx,.csv", "limits": "Excel 或 CSV，最多 100 万行、500 列", "template": "#", "options": [],
                   "recent": [{"label": "工博会名单 1120.xlsx", "sub": "1,223 行新增，38 行更新 · 林晓彤", "right": "11-20", "href": "#"}]}  # fmt: skip
    return page


def job(state: str, label: str, icon: str, **more: Any) -> dict[str, Any]:
    return {"id": 1, "state": state, "label": label, "icon": icon, **more}


def tray() -> dict[str, Any]:
    """What the bell shows."""
    return {
        "tray": {
            "jobs": [
                job("running", "导入客户 · 工博会名单 1120.xlsx", "upload", percent=64, figures=["807 / 1,261 行", "每秒 212 行"], right="约 2 秒", buttons=[{"label": "取消", "quiet": True, "post": "/x"}]),
                job("waiting", "转移 46 个客户给黄骏", "user-share", note="排队中，前面 1 个"),
                job("done", "导出应收明细", "circle-check", note="13:42 完成，文件保留到 11-26", buttons=[{"label": "下载", "icon": "download", "href": "#"}]),
                job("partial", "导入联系人 · 名片 11 月.xlsx", "alert-triangle", note="新增 212，更新 31，跳过 7", buttons=[{"label": "7 行错误", "icon": "file-download", "href": "#"}, {"label": "撤销（还剩 22 小时）", "quiet": True, "dialog": "/x"}]),
            ],
            "notices": [{"icon": "message", "label": "周启明在 苏州恒砺精密制造 提到了您", "text": "报价第 3 版请先给我看", "at": "14:02", "href": "#", "unread": True}, {"icon": "bell", "label": "任务今天到期：电话确认预算", "at": "09:00", "href": "#"}],
            "all": "/notices", "read_all": "/read",
        }
    }  # fmt: skip


GROUPS = [("组织与权限", ["组织与人员", "角色与权限", "工作代理与交接"]), ("数据模型", ["字段与布局", "阶段与生命周期", "数据字典"]), ("规则", ["线索分配", "公海回收", "信用与预警"]), ("流程", ["流程设计"]), ("数据", ["导入导出", "回收站"]), ("集成", ["接口与密钥", "登录与安全"]), ("审计", ["操作日志"])]
ROLES = """{% from "parts/tree.html" import rights %}<section class="card"><div class="ch"><h2>数据范围</h2><span class="i3 t12">销售经理 · 18 人；橙线为未保存</span></div>{{ rights(columns, rows) }}</section>"""


def settings(environment: Any) -> dict[str, Any]:
    """Roles and rights."""
    names = ["无", "本人", "部门", "及下级", "分公司", "集团"]
    grid = [("线索", [3, 1, 3, 2, 3, 3, 0]), ("客户", [3, 1, 3, 0, 3, 2, 0]), ("联系人", [3, 1, 3, 1, 3, 2, 0]), ("商机", [3, 1, 3, 0, 3, 3, 0]), ("报价", [3, 1, 2, 0, 2, 2, 3]), ("合同", [4, 1, 1, 0, 0, 0, 3]), ("订单与回款", [5, 0, 1, 0, 0, 2, 3])]
    rows = []
    for label, levels in grid:
        cells: list[dict[str, Any]] = [{"level": n, "label": names[n], "dialog": "/dialog.html", "changed": label == "客户" and at == 5} for at, n in enumerate(levels)]
        cells[1] = {"check": levels[1] == 1, "name": "c"}
        rows.append({"label": label, "cells": cells})
    html = Markup(environment.from_string(ROLES).render(columns=["查看", "新建", "编辑", "删除", "转移", "导出", "审批"], rows=rows))
    return {**base("settings", "角色与权限"), "settings": {
        "title": "角色与权限", "note": "秦朗 11-20 修改", "html": html, "buttons": [{"label": "还原"}, {"label": "以某人的身份看", "icon": "user-search"}, {"label": "保存", "primary": True}],
        "groups": [{"label": a, "entries": [{"label": e, "href": "#", "current": e == "角色与权限"} for e in b]} for a, b in GROUPS],
        "danger": [{"title": "删除角色", "text": "18 人会失去这个角色带来的权限。", "button": {"label": "删除“销售经理”", "danger": True, "dialog": "/dialog.html"}}],
    }}  # fmt: skip


def calendar(mode: str = "week") -> dict[str, Any]:
    """A week or a month of next steps."""
    week = [
        [("bad", 1, 2, "逾期 5 天：回复付款", "镇江江澜"), ("mute", 4, 2, "催收二期款 42.0 万", "苏州恒砺 · CK-1093"), ("", 14, 3, "现场调研", "杭州云帆智能家居 · 滨江"), ("mute", 17, 1, "电话确认预算", "")],
        [("mute", 3, 2, "发送洁净线方案", "苏州拓维医疗器械"), ("", 5, 3, "样品测试", "昆山瑞铂电子 · 昆山"), ("vio", 15, 2, "部门周会", "线上")],
        [("ok", 2, 2, "到期：质保金 5%", "盐城风华电控 · 3.8 万"), ("", 5, 4, "首次拜访", "常熟天衡轴承 · 常熟")],
        [("ok", 3, 2, "到货验收", "苏州恒砺 · 第 4 批"), ("warn", 9, 2, "待定：高层拜访", "扬州维扬电机"), ("", 13, 4, "方案二轮评审", "苏州恒砺 · 星塘街 218 号")],
        [("", 3, 4, "技术答疑会", "上海申珩航空部件 · 嘉定"), ("vio", 17, 2, "周报与复盘", "")], [], [],
    ]  # fmt: skip
    days = [{"name": n, "number": 23 + at, "today": at == 0, "weekend": at > 4, "label": n, "events": [{"tone": a, "from": b, "long": c, "label": d, "note": e, "maybe": a == "warn", "href": "#"} for a, b, c, d, e in week[at]]} for at, n in enumerate(["周一", "周二", "周三", "周四", "周五", "周六", "周日"])]
    names = list("一二三四五六日")
    month = [{"number": n if n else 31, "today": n == 23, "off": not 0 < n < 31, "label": str(n if n else 31), "href": "#", "events": days[n % 7]["events"][:3] if n % 3 == 0 else [], "more": "还有 2 项" if n == 12 else ""} for n in range(-5, 37)]
    mini = [{"current": w == 4, "days": [{"number": (w * 7 + d - 5) % 31 or 31, "href": "#", "off": not 0 < w * 7 + d - 5 < 31, "today": w * 7 + d - 5 == 23, "label": "x"} for d in range(7)]} for w in range(6)]
    return {**base("calendar", "日程"), "cal": {
        "title": "日程", "range": "2026 年 11 月 23 – 29 日", "note": "第 48 周", "previous": "#", "next": "#", "now": "#", "mode": mode, "names": names,
        "modes": [{"label": a, "href": "#", "current": b == mode} for a, b in [("日", "day"), ("周", "week"), ("月", "month"), ("清单", "agenda")]], "who": [{"label": "我的", "href": "#", "current": True}, {"label": "团队拜访", "href": "#"}],
        "chips": [{"label": a, "count": b, "tone": c, "href": "#"} for a, b, c in [("拜访", 5, "acc"), ("电话与任务", 7, "grey"), ("收款与交付", 2, "ok"), ("会议", 2, "vio"), ("待定", 1, "warn")]], "warn": {"text": "3 个商机没有下一步，拖到格子里安排", "href": "#"},
        "hours": [f"{h:02}:00" for h in range(8, 18)], "days": days if mode == "week" else month, "mini": {"title": "2026 年 11 月", "previous": "#", "next": "#", "names": names, "weeks": mini},
        "groups": [{"label": "今天 11-23", "events": [{"label": "现场调研", "note": "杭州云帆", "time": "14:30", "href": "#", "tone": "acc"}]}], "cards": [],
    }}  # fmt: skip


def search() -> dict[str, Any]:
    """The search page."""
    hits = [{"label": Markup("苏州<mark>恒砺</mark>精密制造有限公司"), "note": "华东 · 林晓彤 · 0512-6285 7700", "level": 4, "href": "#", "tags": [{"label": "A 类", "tone": "acc"}]}, {"label": Markup("昆山<mark>恒砺</mark>自动化"), "note": "公海", "level": 1, "href": "#"}]
    deals = [{"label": "三号线柔性装配改造", "note": "苏州恒砺精密制造", "right": "方案报价 · 420.0 万", "icon": "target", "href": "#"}]
    return {**base("search", "搜索"), "query": "恒砺", "filters": [{"label": "全部", "href": "#", "current": True, "count": 3}, {"label": "客户", "href": "#", "count": 2}], "groups": [{"label": "客户", "count": "2", "more": "#", "hits": hits}, {"label": "商机", "count": "1", "more": "#", "hits": deals}]}


def palette() -> dict[str, Any]:
    """The palette's fragment."""
    deals = [("三号线柔性装配改造", "方案报价 · 420.0 万", "target"), ("视觉复检工位 × 6", "需求分析 · 186.0 万", "target"), ("SO-2026-1107-018", "执行中 · 486.0 万", "package")]
    return {"groups": [
        {"label": "客户", "hits": [{"label": "苏州恒砺精密制造有限公司", "note": "华东 · 林晓彤", "level": 4, "href": "/record.html", "peek": "/peek.html"}]},
        {"label": "商机与订单", "hits": [{"label": a, "right": b, "icon": c, "href": "#"} for a, b, c in deals]},
        {"label": "对“苏州恒砺”执行", "hits": [{"label": "写跟进", "icon": "pencil", "key": "L", "href": "/record.html"}, {"label": "新建商机", "icon": "target", "drawer": "/drawer.html"}, {"label": "发起催款", "icon": "bell-ringing", "href": "#"}]},
    ]}  # fmt: skip
