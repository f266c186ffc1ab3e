"""Under which headings other programs, and people, keep what we know of customers, contacts and follow-ups."""
from __future__ import annotations

from pellucid.kernel.exchange.guessing import also_called
from pellucid.people.importing import knows_colleagues

for _key in ("customer", "lead"):
    knows_colleagues(_key)

also_called(
    "customer",
    name=("名称", "客户名称", "公司名称", "公司全称", "企业名称", "单位名称", "客户", "公司",
          "account", "account name", "company", "company name", "customer"),
    short_name=("简称", "客户简称", "公司简称"),
    credit_code=("税号", "统一社会信用代码", "信用代码", "纳税人识别号", "tax number", "vat"),
    industry=("行业", "所属行业", "行业分类", "sector"),
    region=("地区", "省市", "所在地", "城市", "区域", "city", "province"),
    address=("地址", "详细地址", "公司地址", "office location"),
    phone=("电话", "联系电话", "公司电话", "总机", "tel", "telephone"),
    website=("网站", "网址", "官网", "公司网址", "web", "homepage"),
    parent=("上级公司", "母公司", "上级客户", "所属集团", "subsidiary of", "parent", "parent account"),
    employees=("员工人数", "人数", "员工数", "headcount"),
    revenue=("年收入", "年营业额", "营业额", "年销售额", "turnover", "annual revenue"),
    annual_demand=("年需求", "年采购额", "年采购预算", "annual demand", "annual spend"),
    founded=("成立年份", "成立于", "year established", "founded"),
    level=("客户级别", "级别", "客户等级", "等级", "rating", "grade"),
    origin=("来源", "客户来源", "线索来源", "source", "lead source"),
    owner=("负责人", "客户经理", "业务员", "销售", "归属人", "所有人", "sales rep", "account owner", "account manager"),
    number=("编号", "客户编号", "客户编码", "customer number", "account number"),
    note=("备注", "说明", "remark", "remarks", "comment", "description"),
    tags=("标签",),
    needs=("需求",),
    created_at=("创建时间", "创建于", "创建日期", "建档日期", "登记日期", "create time", "created date", "created on"),
    created_by=("创建人", "录入人", "建档人", "creator"),
)
also_called(
    "contact",
    customer=("客户", "公司", "公司名称", "客户名称", "单位", "account", "company", "account name"),
    name=("姓名", "联系人", "联系人姓名", "full name", "contact"),
    position=("职务", "职位", "头衔", "title", "job title"),
    department=("部门",),
    mobile=("手机", "手机号", "手机号码", "移动电话", "cell", "mobile phone", "cellphone"),
    phone=("电话", "办公电话", "座机", "固定电话", "work phone", "telephone"),
    email=("邮箱", "电子邮件", "电子邮箱", "e-mail address", "mail"),
    wechat=("微信", "微信号"),
    birthday=("生日", "出生日期", "date of birth"),
    gender=("性别", "称呼", "sex"),
    role=("决策角色", "角色"),
    note=("备注", "说明", "remark"),
)
also_called(
    "followup",
    customer=("客户", "公司", "客户名称", "公司名称", "account", "company"),
    contact=("联系人",),
    at=("时间", "跟进时间", "联系时间", "日期", "date", "time"),
    kind=("方式", "跟进方式", "联系方式", "type", "method"),
    text=("内容", "跟进内容", "跟进记录", "沟通内容", "content", "notes"),
    result=("结果", "跟进结果"),
    created_by=("跟进人", "记录人", "author"),
)
also_called(
    "lead",
    number=("编号", "线索编号", "lead id", "lead number"),
    name=("公司", "公司名称", "客户名称", "线索", "线索名称", "企业名称", "单位", "company", "company name", "organization", "account"),
    contact_name=("联系人", "姓名", "联系人姓名", "full name", "contact", "contact name"),
    position=("职务", "职位", "job title", "title"),
    mobile=("手机", "手机号", "手机号码", "cell", "mobile phone"),
    phone=("电话", "座机", "telephone", "tel", "work phone"),
    email=("邮箱", "电子邮件", "e-mail address", "mail"),
    wechat=("微信", "微信号"),
    origin=("来源", "线索来源", "source", "lead source"),
    channel=("渠道", "联系方式", "channel", "medium"),
    needs_note=("需求", "需求描述", "咨询内容", "留言", "message", "inquiry"),
    region=("地区", "省市", "城市", "city", "province"),
    industry=("行业", "所属行业", "sector"),
    landing_page=("落地页", "landing page", "landing page id"),
    received_at=("首次接触", "接触日期", "收到时间", "留资时间", "first contact", "first contact date", "received"),
    owner=("负责人", "业务员", "销售", "sales rep", "owner"),
    note=("备注", "说明", "remark"),
)
