"""Which documents served in which sale: those of the product, of the steps it went through, and the ones everybody swears by."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pellucid.collaboration.actions.linking import recount
from pellucid.collaboration.models import Document, DocumentLink
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records import terms
from pellucid.kernel.records.copying import copy
from pellucid.products.models import Product

from .. import stages
from ..models import Opportunity

SWORN_BY = ("汽车零部件压装线改造方案", "苏州汽配客户：三个月节拍提升 22% 的案例", "初次拜访十问", "设备验收口径与表格", "价格谈判：让步的顺序")
KINDS = ("proposal", "case", "product", "quotation", "contract", "rival", "tender", "method", "form")


def fill(stage: Stage) -> None:
    """Documents put to products and to two years of sales, and the figures that follow."""
    chance, rows = stage.chance, []
    kinds = {terms.find("document_kind", code) for code in KINDS}
    documents = {d.name: d for d in Document._base_manager.filter(deleted_at=None).order_by("id") if d.kind_id in kinds and d.audience == "all"}
    of_product = by_product(documents)
    for product, found in of_product.items():
        rows += [link("product", product, d.pk, d.created_at, d.created_by_id) for d in found]
    by_step: dict[int, list[Document]] = {}
    for document in documents.values():
        for step in document.steps:
            by_step.setdefault(step, []).append(document)
    sworn = [documents[name] for name in SWORN_BY if name in documents]
    deals = Opportunity._base_manager.filter(deleted_at=None).order_by("id")
    for pk, product, stage_id, state, since, until, owner in deals.values_list(
            "id", "product_id", "stage_id", "state", "created_at", "stage_since", "owner_id"):  # fmt: skip
        if chance.random() > {"won": 0.2, "lost": 0.14}.get(state, 0.3):  # few write down what they used
            continue
        step = terms.find("document_step", stages.stages()[stage_id].name)
        fitting = [*of_product.get(product, ()), *by_step.get(step or 0, ())]
        if state == "won" or chance.random() < 0.35:
            fitting += sworn
        for document in {d.pk: d for d in chance.sample(fitting, min(len(fitting), chance.choice((1, 1, 2, 2, 3))))}.values():
            span = max(1, int((min(until, stage.now) - since).total_seconds()))
            rows.append(link("opportunity", pk, document.pk, since + dt.timedelta(seconds=chance.randrange(span)), owner))
    copy(DocumentLink, rows)
    recount(Document._base_manager.values_list("pk", flat=True))


def by_product(documents: dict[str, Document]) -> dict[int, list[Document]]:
    """The documents that name a product, in their title or in what they say."""
    products = Product._base_manager.filter(deleted_at=None).order_by("id").values_list("id", "number", "name")
    return {pk: [d for d in documents.values() if number in d.name or name in d.summary or name in d.name] for pk, number, name in products}


def link(key: str, pk: int, document: int, at: dt.datetime, by: int | None) -> dict[str, Any]:
    """One use."""
    return {"resource": key, "record_id": pk, "document_id": document, "created_at": at, "created_by_id": by}
