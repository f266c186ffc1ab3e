"""What the demo company sells: machines, software, spare parts and services, with prices that were raised once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.demo import Stage, step
from pellucid.kernel.actions.run import run
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records import terms
from pellucid.kernel.records.copying import copy, reserve, row_of

from .models import Price, PriceList, Product

SINCE, RAISED = 720, 150  # days ago: on sale, and when machines became dearer


class Item(NamedTuple):
    """A product: its class, unit of measure, price in yuan, what it costs us of that, and how it comes to us."""

    number: str
    name: str
    of: str
    uom: str
    price: int
    cost: str
    made: str = "自产"
    active: bool = True


ITEMS = (
    Item("ZP-100", "柔性装配单元", "equipment", "set", 860_000, "0.66"),
    Item("ZP-200", "柔性装配线", "equipment", "set", 2_480_000, "0.69"),
    Item("YZ-20", "伺服压装机", "equipment", "unit", 98_000, "0.61"),
    Item("YZ-60", "重载伺服压装机", "equipment", "unit", 168_000, "0.62"),
    Item("NJ-08", "智能拧紧工位", "equipment", "set", 136_000, "0.63"),
    Item("SJ-M4", "视觉检测工位", "equipment", "set", 238_000, "0.58"),
    Item("SJ-X2", "在线外观检测系统", "equipment", "set", 520_000, "0.60", "定制"),
    Item("HJ-06", "机器人焊接工作站", "equipment", "set", 640_000, "0.71", "定制"),
    Item("HJ-90", "激光焊接单元", "equipment", "set", 1_120_000, "0.73", "外购"),
    Item("WL-A1", "物流 AGV 小车", "equipment", "unit", 152_000, "0.74", "外购"),
    Item("WL-S3", "AGV 调度站", "equipment", "set", 88_000, "0.70", "外购"),
    Item("CS-50", "气密检测台", "equipment", "unit", 74_000, "0.57"),
    Item("BY-12", "晶圆搬运模组", "equipment", "set", 410_000, "0.64", "定制"),
    Item("CL-30", "桁架上下料机械手", "equipment", "set", 265_000, "0.66"),
    Item("ZP-050", "手动装配台", "equipment", "unit", 26_000, "0.68", active=False),
    Item("RJ-MES", "MES 制造执行系统", "software", "set", 380_000, "0.32"),
    Item("RJ-SCADA", "产线数据采集系统", "software", "set", 126_000, "0.30"),
    Item("RJ-SPC", "质量追溯模块", "software", "set", 68_000, "0.25"),
    Item("BJ-JT", "拧紧轴头备件包", "spare", "piece", 4_800, "0.45"),
    Item("BJ-XJ", "工业相机", "spare", "piece", 9_600, "0.62", "外购"),
    Item("BJ-SF", "伺服电机", "spare", "piece", 7_200, "0.64", "外购"),
    Item("FW-WB", "年度维保", "service", "year", 58_000, "0.48"),
    Item("FW-PX", "操作与编程培训", "service", "hour", 900, "0.40"),
    Item("FW-GZ", "旧线节拍诊断", "service", "hour", 1_200, "0.42"),
)


ENGLISH = dict(zip((i.number for i in ITEMS), (
    "Flexible assembly cell", "Flexible assembly line", "Servo press", "Heavy-duty servo press", "Smart tightening station",
    "Vision inspection station",
    "In-line surface inspection", "Robot welding station", "Laser welding cell", "AGV", "AGV control station", "Leak test bench",
    "Wafer handling module", "Gantry loader", "Manual assembly bench", "Manufacturing execution system (MES)", "Line data acquisition (SCADA)",
    "Quality traceability module", "Tightening head spares kit", "Industrial camera", "Servo motor", "Yearly maintenance",
    "Operation and programming training", "Line cycle-time study"), strict=True))  # fmt: skip


@step(15, "产品与价格")
def range_(stage: Stage) -> None:
    """The range, with the past of its prices."""
    on_sale, raised = (stage.at(stage.today - dt.timedelta(days=ago), 9) for ago in (SINCE, RAISED))
    rows = [
        Product(id=pk, number=i.number, name=i.name, name_en=ENGLISH[i.number],
                product_class_id=terms.find("product_class", i.of), uom_id=terms.find("uom", i.uom),
                list_price=Decimal(i.price), cost=Decimal(i.price) * Decimal(i.cost),
                active=i.active, created_at=on_sale, updated_at=raised if i.of == "equipment" else on_sale)
        for i, pk in zip(ITEMS, reserve(Product, len(ITEMS)), strict=True)
    ]  # fmt: skip
    prepare(Product, rows, actor=stage.actor, changed=None)
    copy(Product, [row_of(row) for row in rows])
    periods = []
    for row, item in zip(rows, ITEMS, strict=True):
        now = {"id": row.id, "product_class": row.product_class_id, "list_price": row.list_price, "cost": row.cost, "active": row.active}
        if item.of == "equipment":
            before = round(item.price / 1.05 / 1000) * 1000
            periods.append(now | {"valid_from": on_sale, "list_price": Decimal(before), "active": True})
            periods.append(now | {"valid_from": raised})
        else:
            periods.append(now | {"valid_from": on_sale})
    load_spans(Product, periods)


ATTRIBUTES = (  # slug in English, name, kind, unit, bands, values, for which classes
    ("Supply", "供货方式", "term", "", "", "自产 | Own make\n外购 | Bought in\n定制 | Made to order", ()),
    ("Power", "功率", "decimal", "kW", "3, 10, 30", "", ("equipment", "spare")),
    ("Axes", "轴数", "decimal", "", "2, 4, 7", "", ("equipment",)),
    ("Control", "控制方式", "term", "", "",
     "PLC\n工控机 | Industrial PC\n伺服控制器 | Servo controller\n机器人控制柜 | Robot controller\n嵌入式 | Embedded", ("equipment",)),
    ("Protection", "防护等级", "term", "", "", "IP20\nIP54\nIP65", ("equipment", "spare")),
    ("Colour", "颜色", "term", "", "", "机灰 | Machine grey\n信号白 | Signal white\n安全橙 | Safety orange", ("equipment",)),
    ("Licence", "授权方式", "term", "", "", "订阅 | Subscription\n永久 | Perpetual", ("software",)),
)


LIKE = {  # attribute=value, apart by blanks
    "ZP-100": "control=PLC power=18 axes=6 protection=IP54 colour=信号白",
    "ZP-200": "control=工控机 power=65 axes=24 protection=IP54 colour=信号白",
    "YZ-20": "control=伺服控制器 power=4.5 axes=1 protection=IP54 colour=机灰",
    "YZ-60": "control=伺服控制器 power=11 axes=1 protection=IP54 colour=机灰",
    "NJ-08": "control=PLC power=3.2 axes=2 protection=IP54 colour=机灰",
    "SJ-M4": "control=工控机 power=2.8 axes=3 protection=IP65 colour=信号白",
    "SJ-X2": "control=工控机 power=6 axes=4 protection=IP65 colour=信号白",
    "HJ-06": "control=机器人控制柜 power=32 axes=7 protection=IP54 colour=安全橙",
    "HJ-90": "control=机器人控制柜 power=48 axes=6 protection=IP54 colour=安全橙",
    "WL-A1": "control=嵌入式 power=1.5 axes=2 protection=IP54 colour=安全橙",
    "CS-50": "control=PLC power=2.2 protection=IP65 colour=机灰",
    "BY-12": "control=工控机 power=5.5 axes=4 protection=IP20 colour=信号白",
    "CL-30": "control=PLC power=9 axes=3 protection=IP54 colour=安全橙",
    "ZP-050": "colour=机灰",
    "RJ-MES": "licence=订阅",
    "RJ-SCADA": "licence=永久",
    "RJ-SPC": "licence=永久",
    "BJ-XJ": "protection=IP65",
    "BJ-SF": "power=1.5 protection=IP65",
}


@step(16, "产品特征")
def attributes(stage: Stage) -> None:
    """What products are like: attributes by class, and their values."""
    for en, zh, kind, uom, bands, options, classes in ATTRIBUTES:
        only = [f"product_class:{terms.find('product_class', code)}" for code in classes]
        run("customfield_create", None, stage.actor, {"resource": "product", "en": en, "zh": zh, "kind": kind, "uom": uom, "bands": bands,
                                                      "options": options, "only": only})
    by_number = {p.number: p for p in Product._base_manager.filter(number__in=[i.number for i in ITEMS])}
    for item in ITEMS:
        told = {"supply": item.made, **dict(pair.split("=") for pair in LIKE.get(item.number, "").split())}
        values = {f"x_{slug}": terms.find(f"product.{slug}", value) or value for slug, value in told.items()}
        if product := by_number.get(item.number):
            run("product_update", product.pk, stage.actor, values=values, version=product.version)


LISTS = (  # name, level, currency, since, until (days from today), position, of the list price
    ("标准价格表", None, "CNY", -400, None, 20, "1"),
    ("战略客户协议价", "A", "CNY", -200, 165, 10, "0.94"),
    ("海外美元价格表", None, "USD", -120, 245, 20, "0.147"),
)
BREAKS = ((1, "1"), (5, "0.97"), (20, "0.92"))  # from so many pieces on; dearer machines are sold one by one
DEAR = 200_000


@step(17, "价格表")
def price_lists(stage: Stage) -> None:
    """A list for all, one for key customers, one in dollars; spare parts and small machines are cheaper by the dozen."""
    products = [p for p in Product._base_manager.filter(deleted_at=None, active=True).order_by("id") if p.list_price]
    lists = [
        PriceList(id=pk, name=name, level_id=terms.find("customer_level", level) if level else None, currency=currency,
                  valid_from=stage.today + dt.timedelta(days=since), valid_until=stage.today + dt.timedelta(days=until) if until else None,
                  position=position, created_at=stage.at(stage.today + dt.timedelta(days=since), 9),
                  updated_at=stage.at(stage.today + dt.timedelta(days=since), 9))
        for (name, level, currency, since, until, position, _of), pk in zip(LISTS, reserve(PriceList, len(LISTS)), strict=True)
    ]  # fmt: skip
    copy(PriceList, [row_of(one) for one in lists])
    rows = [
        Price(price_list=one, product=product, from_quantity=Decimal(least), created_at=one.created_at, updated_at=one.created_at,
              unit_price=(product.list_price * Decimal(of) * Decimal(share)).quantize(Decimal(1)))
        for one, (*_list, of) in zip(lists, LISTS, strict=True) for product in products if product.list_price
        for least, share in (BREAKS if product.list_price < DEAR else BREAKS[:1])
    ]  # fmt: skip
    for row, pk in zip(rows, reserve(Price, len(rows)), strict=True):
        row.id = pk
    prepare(Price, rows, actor=stage.actor, changed=None)
    copy(Price, [row_of(row) for row in rows])
    load_spans(Price, ({"id": row.id, "valid_from": row.created_at, "unit_price": row.unit_price} for row in rows))
