"""What customers were given, stage by stage, and what the playbook asks for besides."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pellucid.collaboration.models import Document, DocumentLink, PlanStep
from pellucid.collaboration.plan_pages import progress
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid
from pellucid.sales import stages
from pellucid.sales.given import handed_over
from pellucid.sales.models import GivenDocument

pytestmark = pytest.mark.django_db


def stage(name: str) -> int:
    return next(s.id for s in stages.of_pipeline(stages.first_pipeline()) if s.name_en == name)


@pytest.fixture
def proposal(world):
    return run("document_create", None, world.actor("admin"), values={"name": "压装方案模板"}).record


@pytest.fixture
def book(world, proposal):
    """Confirmed: the proposal and a list by its name; Needs analysis: an outline."""
    made = run("playbook_create", None, world.actor("admin"), values={"name": "标准打法", "pipeline": stages.first_pipeline()}).record
    for name, where, materials in (("确认预算", "Confirmed", "线索确认表"), ("高层拜访", "Needs analysis", "高层拜访提纲")):
        run("planstep_create", None, world.actor("admin"), values={
            "plan": made.plan_id, "name": name, "phase": f"opportunity:{stage(where)}", "days": 3, "materials": materials})
    step = PlanStep.objects.get(plan=made.plan_id, name="确认预算")
    run("planstep_add_document", step.pk, world.actor("admin"), {"document": proposal.pk})
    return made


@pytest.fixture
def sale(world, book):
    one = run("opportunity_create", None, world.actor("alice"), values={
        "name": "改造", "customer": world.customer("苏州恒砺", by="alice").pk, "amount": "420000", "expected_on": str(days.today())}).record
    deliver(500)
    return one


def give(world, sale, by="alice", **values):
    return run("givendocument_create", None, world.actor(by), values={"opportunity": sale.pk, **values}).record


def seen(world, sale, who="alice"):
    return [(b["label"], [r["label"] for r in b["rows"]], [m["label"] for m in b["missing"]]) for b in handed_over(sale, world.actor(who))["blocks"]]


def test_what_was_given_stands_in_its_stage_beside_what_is_missing(world, sale, proposal):
    assert [(given, missing) for _stage, given, missing in seen(world, sale)] == [([], ["压装方案模板", "线索确认表"])]
    made = give(world, sale, document=proposal.pk)
    assert (made.name, made.stage_id, made.given_by_id, made.given_on) == ("压装方案模板", stage("Confirmed"), world.users["alice"].pk, days.today())
    assert DocumentLink.objects.filter(resource="opportunity", record_id=sale.pk, document=proposal.pk).count() == 1
    run("opportunity_move_stage", sale.pk, world.actor("alice"), {"stage": stage("Needs analysis")})
    sale.refresh_from_db()
    give(world, sale, name="高层拜访提纲", note="当面")
    shown = handed_over(sale, world.actor("alice"))["blocks"]
    assert [[r["label"] for r in b["rows"]] for b in shown] == [["压装方案模板"], ["高层拜访提纲"]]
    assert [[m["label"] for m in b["missing"]] for b in shown] == [["线索确认表"], []], "the earlier stage still says what it lacks"
    assert [b["now"] for b in shown] == [False, True] and shown[1]["rows"][0]["sub"].endswith("当面")
    run("opportunity_win", sale.pk, world.actor("alice"))
    deliver(500)
    assert Document.objects.get(pk=proposal.pk).won_with == 1
    sale.refresh_from_db()
    assert [b["missing"] for b in handed_over(sale, world.actor("alice"))["blocks"]] == [[], []], "what is over asks for nothing"


def test_a_file_is_kept_with_its_version_and_nothing_is_given_tomorrow(world, sale):
    document = run("document_create", None, world.actor("admin"), values={
        "name": "报价单", "file": SimpleUploadedFile("报价.txt", "四十二万".encode())}).record
    assert give(world, sale, document=document.pk).edition == 1
    assert give(world, sale, file=SimpleUploadedFile("勘察记录.txt", "节拍".encode())).name == "勘察记录.txt"
    for values, at in (({}, "name"), ({"name": "样件", "given_on": str(days.today() + dt.timedelta(days=1))}, "given_on")):
        with pytest.raises(Invalid) as refused:
            give(world, sale, **values)
        assert at in refused.value.errors
    with pytest.raises(Invalid):
        give(world, sale, by="bob", name="样件")  # the sale is not his to see
    assert GivenDocument.objects.count() == 2


def test_whoever_may_not_read_a_document_does_not_read_it_on_the_step(world, book, sale, proposal):
    Document.objects.filter(pk=proposal.pk).update(audience="named", meant_for=None)
    assert seen(world, sale)[0][2] == ["线索确认表"]
    assert [m["label"] for m in progress(book.plan, world.actor("admin"))["steps"][0]["materials"]] == ["压装方案模板", "线索确认表"]


def test_a_copied_playbook_has_the_same_documents(world, book, proposal):
    copied = run("playbook_copy", book.pk, world.actor("mona"), {"unit": world.units["east"].pk}).value
    assert [m["label"] for m in progress(copied.plan, world.actor("mona"))["steps"][0]["materials"]] == ["压装方案模板", "线索确认表"]
    assert Document.objects.get(pk=proposal.pk).uses == 0, "a step names a document, it does not use it"
