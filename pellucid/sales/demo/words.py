"""What opportunities of the demo company are called, what comes next, why they are lost."""

from __future__ import annotations

NAMES = {
    "equipment": ("{p} × {n}", "{p}改造", "新厂{p}", "二期{p}", "三号线{p}", "{year} 年扩产{p}", "{p}替换", "出口车间{p}", "{p}试样与导入"),
    "software": ("{p}上线", "{p}一期", "两厂统一{p}", "{p}升级"),
    "spare": ("{p} × {n}", "{p}年度框架", "{p}补库"),
    "service": ("{year} 年{p}", "{p}续签", "{p}"),
}
NEEDS = {"equipment": ("line", "assembly", "vision", "weld", "agv"), "software": ("mes",), "spare": ("spare",), "service": ("service",)}
ASKED = (
    "节拍要从 {a} 秒降到 {b} 秒，现场面积不能扩大。",
    "现有 {b} 名操作工，目标减到一半，两年收回投资。",
    "要求与现有 MES 对接，数据按件追溯。",
    "{b} 个品种混线，换型要在 {a} 分钟以内。",
    "验收按连续 {a} 天无故障、良率 99.5% 以上。",
    "旧设备停产，备件买不到，停机一次损失 {a} 万。",
    "先上一条线，跑顺后复制到另外 {b} 条线。",
)
STEPS = (
    ("确认需求与预算", "约第一次拜访", "问清决策过程", "发同行业案例", "确认立项时间"),
    ("现场调研节拍", "提交节拍测算", "与工艺部技术交流", "收集图纸与样件", "邀请参观样板工厂"),
    ("方案二轮评审", "报价复核", "技术答疑会", "提交投资回报测算", "样件测试报告回复"),
    ("商务条款沟通", "议价会", "回复付款条件", "确认交期与罚则", "约见决策人"),
    ("合同条款会签", "客户盖章回传", "确认预付款到账时间", "分公司总经理审批"),
)
BACK = ("客户需求变更，重新测算", "预算被压缩，方案要改", "决策人换了，从需求重新谈")
REASONS = {  # reason -> how often; prices hurt most in vision, delivery in welding
    "price": 30, "function": 16, "budget": 17, "delivery": 12, "competitor": 10, "silent": 9, "relation": 6}  # fmt: skip
WHY_WON = ("solution", "solution", "delivery", "service", "reference", "price", "relation")
NOTES = {
    "price": "对方报价低约 {a}%，客户董事会定了低价。",
    "function": "节拍差 {b} 秒，没有通过样件测试。",
    "budget": "集团冻结投资，项目取消。",
    "delivery": "要求 {a} 周内交货，我们排不出来。",
    "competitor": "对手在客户另一家工厂有设备在用。",
    "silent": "连续 {b} 次联系没有回应，先关闭。",
    "relation": "对手与客户总经理认识多年。",
}
