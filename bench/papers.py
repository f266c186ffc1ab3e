"""Section "Papers": what a quotation of 30 lines costs as a PDF, every thread of the process counted."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from bench.section import Options, Section
from pellucid.config.embedded.server import Server
from pellucid.kernel.exchange.papers import paper

TEMPLATE = Path(__file__).resolve().parents[1] / "pellucid" / "sales" / "templates" / "sales" / "quotation.typ"
BUDGET = 150  # milliseconds of CPU
ROUNDS = 15
LINES = 30


class Papers(Section):
    heading = "Papers"

    def run(self, server: Server, options: Options) -> str:
        first = measured(0)
        costs = [measured(n) for n in range(1, ROUNDS + 1)]
        return (f"A quotation of {LINES} lines, each time another one: {statistics.median(costs):.0f} ms of CPU (worst of {ROUNDS}: "
                f"{max(costs):.0f}; the first of a process, with the fonts: {first:.0f}); at most {BUDGET} is wanted.\n")  # fmt: skip


def measured(n: int) -> float:
    """CPU milliseconds of one paper."""
    data, began = quotation(n), time.process_time()
    paper(TEMPLATE, data)
    return (time.process_time() - began) * 1000


def quotation(n: int) -> dict[str, Any]:
    """What the paper of a quotation says; no two alike."""
    lines = [{"n": str(at), "name": f"柔性装配线主机 {n}-{at}", "sub": f"CP-{n:02d}{at:02d}", "quantity": f"{at} 套", "price": f"{at * 1680:,}",
              "discount": f"{at % 12}%", "net": f"{at * at * 1680:,}.00"} for at in range(1, LINES + 1)]  # fmt: skip
    return {"title": "报价", "number": f"BJ-2026-{n:06d}", "version": "第 1 版", "language": "zh", "mark": "草稿" if n % 2 else "", "logo": "",
            "company": {"name": "澄泰智能装备集团", "about": "苏州工业园区", "bank": [["开户银行", "中国银行"], ["银行账号", str(n)]]},
            "facts": [["客户", f"客户 {n}"], ["日期", "2026-11-23"]], "columns": ["序", "产品", "数量", "单价", "折扣", "未税金额"], "lines": lines,
            "sums": [["未税金额", "1.00"], ["增值税 13%", "0.13"], ["含税金额", "1.13"]], "terms": [["付款", "合同签订 30%"]], "words": f"第 {n} 份",
            "signatures": ["报价方盖章", "客户确认"]}  # fmt: skip
