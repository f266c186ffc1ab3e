"""What customers of the demo company were given: documents of the knowledge base that served in their sales, and papers made for them alone."""

from __future__ import annotations

import datetime as dt

from pellucid.collaboration.actions.linking import recount
from pellucid.collaboration.models import Document, DocumentLink, PlanStep
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import span_model
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.copying import copy

from .. import stages
from ..models import GivenDocument, Opportunity, OpportunityContact, Playbook

KINDS = ("proposal", "case", "product", "quotation", "contract")  # others are for colleagues' eyes
AT_HAND = {"高层拜访": "初次拜访十问",
           "样件试做": "设备验收口径与表格", "方案评审会": "汽车零部件压装线改造方案",
           "对照竞品谈价值": "价格谈判：让步的顺序"}  # fmt: skip
# made for one customer, by the stage it is given in; the names are those of the playbook's materials, where it asks for them
OWN = {"Confirmed": "线索确认表", "Needs analysis": "勘察记录表", "Proposal": "样件试做流程",
       "Negotiation": "竞品对比表", "Contract approval": "合同会签表"}  # fmt: skip
NOTES = ("", "", "当面递交", "微信发送，已确认收到", "随邮件附上", "打印两份，一份留存")


def fill(stage: Stage) -> None:
    """Documents laid beside the steps of every playbook; then, in the order they were used, what was given."""
    documents = {d.name: d for d in Document._base_manager.filter(deleted_at=None).order_by("id")}
    plans = Playbook._base_manager.filter(deleted_at=None).values_list("plan", flat=True)
    steps = PlanStep._base_manager.filter(plan__in=list(plans), name__in=AT_HAND, deleted_at=None).order_by("id")
    copy(DocumentLink, [{"resource": "planstep", "record_id": s.pk, "document_id": documents[AT_HAND[s.name]].pk, "created_at": s.created_at}
                        for s in steps if AT_HAND[s.name] in documents])  # fmt: skip
    chance, kinds = stage.chance, {terms.find("document_kind", code) for code in KINDS}
    handed = {d.pk: d for d in documents.values() if d.kind_id in kinds}
    links = DocumentLink._base_manager.filter(resource="opportunity", document__in=handed).order_by("record_id", "created_at", "id")
    used: dict[int, list[tuple[dt.datetime, Document]]] = {}
    for record, at, named in links.values_list("record_id", "created_at", "document"):
        used.setdefault(record, []).append((at, handed[named]))
    worked = Opportunity._base_manager.filter(pk__in=used, deleted_at=None).order_by("id").values_list("id", "owner")
    deciders = OpportunityContact._base_manager.filter(opportunity__in=used).order_by("-id").values_list("opportunity", "contact")
    owners, people = dict(worked), dict(deciders)
    ways: dict[int, list[tuple[dt.datetime, int]]] = {}
    spans = span_model(Opportunity)._base_manager.filter(recorded_to=FOREVER, id__in=list(used)).order_by("id", "valid_from")
    for pk, since, where in spans.values_list("id", "valid_from", "stage_id"):
        ways.setdefault(pk, []).append((since, where))
    rows = []
    for pk, owner in owners.items():
        way = ways.get(pk, [])
        given: list[tuple[dt.datetime, Document | None]] = [(at, d) for at, d in used[pk] if chance.random() < 0.8]
        days_in = [(at + dt.timedelta(days=1), where) for at, where in way]
        given += [(at, None) for at, where in days_in if at < stage.now and known(where) and chance.random() < 0.4]
        for at, document in sorted(given, key=lambda g: g[0]):
            where = next((s for since, s in reversed(way) if since <= at), None)
            name = document.name if document else OWN.get(stages.stages()[where].name_en, "") if where else ""
            if where and known(where) and name:
                rows.append({"opportunity_id": pk, "stage_id": where, "document_id": document.pk if document else None, "name": name,
                             "edition": (document.edition or None) if document else None, "given_on": days.day_of(at), "given_by_id": owner,
                             "contact_id": people.get(pk), "note": chance.choice(NOTES), "created_at": at, "created_by_id": owner})  # fmt: skip
    copy(GivenDocument, rows)
    recount(d.pk for d in documents.values())


def known(where: int) -> bool:
    """Whether a stage is in progress: what is over gives nothing."""
    found = stages.stages().get(where)
    return found is not None and found.kind == "open"
