"""What the demo company has written down: proposals, cases, forms, methods, lessons, and a leaflet for each product."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent.parent / "data" / "demo_library.toml"
DEARER = ("YZ-20", "SJ-M4")  # their leaflets were revised


class Written(NamedTuple):
    """A document: title, kind, file kind, short name of the unit where it was written, what it says, its paragraphs; steps by name, purposes
    by code, products by number; (new, old) wordings that make earlier versions; for whom; days ago."""

    title: str
    kind: str
    file: str
    place: str
    summary: str
    text: tuple[str, ...]
    steps: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    was: tuple[tuple[str, str], ...] = ()
    audience: str = "all"
    age: int = 200
    lessons: str = ""
    recommended: bool = False


def leaflet(number: str, name: str, facts: str, uses: str) -> Written:
    """What is handed out of a product."""
    text = ("# 产品概述", f"{name}（{number}）：{facts}", "# 适用工序", f"适用于{uses}。", "# 配置",
            "标准配置含控制柜、触摸屏、安全光栅与一年质保；可选数据采集接口与远程诊断。", "# 交付与服务",
            "标准交期 60 天，安装调试 5 天，操作培训 8 课时；备件常备库存。")  # fmt: skip
    was = (("标准交期 60 天", "标准交期 75 天"),) if number in DEARER else ()
    return Written(f"{name} {number} 产品手册", "product", "pdf", "市场部", f"{name}的参数、适用工序、配置与交付。", text, ("线索确认", "方案报价"),
                   ("introduce",), (number,), was, "all", 380 - 20 * len(name))  # fmt: skip


def everything() -> tuple[Written, ...]:
    """Everything written down."""
    with DATA.open("rb") as file:
        kept: dict[str, list[dict[str, Any]]] = tomllib.load(file)
    return (*(Written(**entry) for entry in kept["document"]), *(leaflet(**entry) for entry in kept["product"]))
