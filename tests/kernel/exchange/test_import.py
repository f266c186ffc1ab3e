"""A file becomes records: mapped, checked, written set-wise with history, counted, taken back."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import translation
from openpyxl import load_workbook

from pellucid.customers.models import Contact, Customer
from pellucid.kernel.access.models import FieldRight, Grant, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event, EventItem
from pellucid.kernel.exchange import running, undoing
from pellucid.kernel.exchange.mapping import Plan, Rule
from pellucid.kernel.exchange.models import ImportRow, ImportRun
from pellucid.kernel.exchange.reporting import report
from pellucid.kernel.exchange.running import Alone, carry_out, open_file, run_plan, settle
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs


def table(*rows: str) -> io.BytesIO:
    return io.BytesIO("\r\n".join(rows).encode("utf-8-sig"))


def brought(world: Any, *rows: str, by: str = "alice", key: str = "customer", policy: str = "skip", plan: Plan | None = None,
            match: list[str] | None = None) -> ImportRun:
    """Import these lines of a csv file from beginning to end."""
    actor = world.actor(by)
    run, _book, _guesses = open_file(registry[key], actor, table(*rows), "file.csv")
    settle(run, actor, plan or run_plan(run), policy, match)
    done = carry_out(run, Alone(actor))
    assert done.imported + done.updated + done.skipped + done.failed == done.rows == ImportRow.objects.filter(run=run).count()
    return done


def reasons(run: ImportRun) -> list[str]:
    return [r for r in ImportRow.objects.filter(run=run).order_by("number").values_list("reason", flat=True) if r]


def test_headings_are_understood_in_both_languages(world):
    actor = world.actor("alice")
    run, book, guesses = open_file(registry["customer"], actor, table("名称,行业,Phone,备注2,负责人", "甲公司,32,0512-66668888,x,林晓彤"), "a.csv")
    assert [g.field for g in guesses][:3] == ["name", "industry", "phone"]
    assert {g.field for g in guesses} >= {"owner"} and book.columns[0].name == "名称"
    assert run.match == ["name"]


def test_rows_become_customers_with_their_history(world):
    run = brought(world, "名称,行业,简称,创建于", "苏州甲装备有限公司,34,甲装备,2023-05-06", "苏州乙装备有限公司,通用设备制造业,,",
                  plan=Plan((Rule("名称", "name"), Rule("行业", "industry"), Rule("简称", "short_name"), Rule("创建于", "created_at"))))
    assert (run.imported, run.failed) == (2, 0)
    first, second = Customer.objects.order_by("id")
    assert first.name == "苏州甲装备有限公司" and first.number and first.owner == world.users["alice"] and first.unit == world.units["east_sales"]
    assert first.industry_id == second.industry_id and first.created_at.year == 2023 and second.created_at.year > 2023
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, valid_from FROM customers_customer_span ORDER BY id")
        spans = cursor.fetchall()
        cursor.execute("SELECT count(*), count(DISTINCT event) FROM history.audit WHERE tbl = 'customers_customer' AND op = 'I'")
        assert cursor.fetchone() == (2, 1)
    assert spans[0][1].year == 2023
    event = Event.objects.get(name="exchange.imported")
    assert event.many == 2 and EventItem.objects.filter(event_id=event.pk).count() == 2


def test_faulty_rows_come_back_with_their_reasons(world):
    run = brought(world, "名称,行业,电话,统一社会信用代码", "甲公司,34,12,", "乙公司,渔具制造,,", ",34,,", "丙公司,34,,", "丁公司,,,ABC")
    assert run.imported >= 1 and run.failed >= 3
    text = "\n".join(reasons(run))
    labels = specs("customer")
    assert f"{labels['phone'].label}: " in text and "渔具制造" in text and str(labels["name"].label) in text
    assert run.failed_file_id
    lines = list(load_workbook(default_storage.open(run.failed_file.stored_as)).active.values)
    assert lines[0][:2] == ("名称", "行业") and len(lines) == run.failed + 1 and all(line[-1] for line in lines)


def test_all_faults_of_a_row_are_told_at_once(world):
    """Unreadable cells, what is missing and what the area refuses; a field that cannot be read is spoken of once."""
    rows = ("名称,手机,来源,预算,可否联系,同意方式,收到时间",
            ",12,火星,很多,已同意,,2099-01-01",
            "苏州甲机械,13812345678,展会,１２万,已同意,,2099-01-01",
            "苏州乙机械,13812345679, 展会 ,,ＧＩＶＥＮ,电话,",
            "苏州丙机械,13812345680,火星,,,,")
    names = ("name", "mobile", "origin", "budget", "consent", "consent_source", "received_at")
    plan = Plan(tuple(Rule(column, field) for column, field in zip(rows[0].split(","), names, strict=True)))
    actor = world.actor("mark")
    run, _book, _guesses = open_file(registry["lead"], actor, table(*rows), "a.csv")
    settle(run, actor, plan)
    foreseen = [line for part in running.check(run, actor) for line in part]
    assert [sorted(name for name, _text in line.faults) for line in foreseen] == [
        ["budget", "consent_source", "mobile", "name", "origin", "received_at"], ["consent_source", "received_at"], [], ["origin"]]
    done = carry_out(run, Alone(actor))
    assert (done.imported, done.failed) == (1, 3)
    assert [line.reason for line in foreseen if line.reason] == reasons(run), "the report says what the preview said"
    assert reasons(run)[0].count("; ") == 5


def test_what_was_read_and_is_refused_is_not_called_unreadable(world):
    actor = world.actor("mark")
    run, _book, _guesses = open_file(registry["lead"], actor, table("名称,手机,可否联系,收到时间", "苏州甲机械,12,已同意,2099-01-01"), "a.csv")
    settle(run, actor, Plan((Rule("名称", "name"), Rule("手机", "mobile"), Rule("可否联系", "consent"), Rule("收到时间", "received_at"))))
    found = report(run, actor)
    assert sorted(text for text, _n in found["faults"]) == ["同意方式: 请写明对方如何同意的。", "手机：无法识别", "收到时间: 收到时间不能晚于现在。"]
    assert found["unknown"] == {"手机": {"12": 1}} and len(found["shown"][0]["faults"]) == 3


def test_of_a_record_that_is_there_nothing_is_said_to_be_missing(world):
    brought(world, "名称,电话", "甲公司,0512-66668888")
    again = brought(world, "名称,电话,行业", "甲公司,12,火星", policy="update")
    assert again.failed == 1 and reasons(again)[0].count("; ") == 1


@pytest.mark.parametrize(("policy", "counts", "phone"), [
    ("skip", (1, 0, 2, 0), "0512-11111111"), ("update", (1, 2, 0, 0), "0512-33333333"), ("fill", (1, 1, 1, 0), "0512-11111111"),
    ("create", (3, 0, 0, 0), "0512-11111111")])
def test_duplicates(world, policy, counts, phone):
    before = world.customer("甲公司", phone="0512-11111111")
    run = brought(world, "名称,电话,备注", "甲公司,0512-22222222,新", "乙公司,,", "甲公司,0512-33333333,", policy=policy)
    assert (run.imported, run.updated, run.skipped, run.failed) == counts
    before.refresh_from_db()
    assert before.phone == phone


def test_an_empty_cell_erases_nothing(world):
    before = world.customer("甲公司", phone="0512-11111111")
    brought(world, "名称,电话,备注", "甲公司,,改了", policy="update")
    before.refresh_from_db()
    assert before.phone == "0512-11111111" and before.note == "改了"


def test_what_is_not_yours_is_not_changed(world):
    other = world.customer("西部公司", by="bob", phone="0512-11111111")
    run = brought(world, "名称,电话", "西部公司,0512-22222222", policy="update")
    assert run.failed == 1 and "西部" not in " ".join(reasons(run))
    other.refresh_from_db()
    assert other.phone == "0512-11111111"


def test_links_by_name_and_number_and_within_the_file(world):
    parent = world.customer("母公司")
    run = brought(world, "名称,上级公司", "子一,子二", "子二,母公司", f"子三,{parent.number}", "子四,没有的公司", "子五,子五")
    assert run.imported == 4 and run.failed == 1
    parents = dict(Customer.objects.values_list("name", "parent__name"))
    assert parents["子一"] == "子二" and parents["子二"] == parents["子三"] == "母公司" and parents["子五"] is None
    assert "子五" not in parents or any(reasons(run))


def test_a_row_that_the_database_refuses_fails_alone(world):
    one = run("quotation_create", None, world.actor("alice"), values={"customer": world.customer("恒砺精密").pk}).record
    with translation.override("en"):
        done = brought(world, "报价单,品名,数量", f"{one.number},主机,0", f"{one.number},机械手,2", key="quotationline", match=[], policy="create",
                       plan=Plan((Rule("报价单", "quotation"), Rule("品名", "name"), Rule("数量", "quantity"))))
    assert (done.imported, done.failed, reasons(done)) == (1, 1, ["A quantity is above zero."])


@pytest.mark.parametrize("level", ["masked", "none"])
def test_a_name_one_may_not_read_finds_nothing(world, level):
    world.customer("母公司")
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="customer", field="name", level=level)
    versions.forget()
    done = brought(world, "客户,姓名", "母公司,张三", key="contact", plan=Plan((Rule("客户", "customer"), Rule("姓名", "name"))))
    assert (done.imported, done.failed) == (0, 1)


def test_children_are_read_through_their_root(world):
    world.customer("甲公司")
    world.customer("西部公司", by="bob")
    run = brought(world, "客户,姓名,手机", "甲公司,张三,13800138000", "西部公司,李四,13900139000", key="contact",
                  plan=Plan((Rule("客户", "customer"), Rule("姓名", "name"), Rule("手机", "mobile"))))
    assert (run.imported, run.failed) == (1, 1)
    assert Contact.objects.get().customer.name == "甲公司"


def test_a_child_is_moved_only_to_a_root_one_may_work_on(world):
    mine, other, theirs = world.customer("甲公司"), world.customer("乙公司"), world.customer("西部公司", by="bob")
    person = run("contact_create", None, world.actor("alice"), values={"customer": mine.pk, "name": "张三", "mobile": "13800138000"}).record
    run("customer_share", theirs.pk, world.actor("bob"), {"user": world.users["alice"].pk, "level": "1"})
    plan = Plan((Rule("客户", "customer"), Rule("姓名", "name"), Rule("手机", "mobile")))
    row = {"key": "contact", "plan": plan, "policy": "update", "match": ["mobile"]}
    assert brought(world, "客户,姓名,手机", "西部公司,张三,13800138000", **row).failed == 1  # seen there, but not his to work on
    person.refresh_from_db()
    assert person.customer_id == mine.pk
    assert brought(world, "客户,姓名,手机", "乙公司,张三,13800138000", **row).updated == 1
    person.refresh_from_db()
    assert person.customer_id == other.pk
    run("customer_share", mine.pk, world.actor("alice"), {"user": world.users["bob"].pk, "level": "1"})
    assert brought(world, "客户,姓名,手机", "西部公司,张三,13800138000", by="bob", **row).updated == 0  # to a root of his own, from one that is not
    person.refresh_from_db()
    assert person.customer_id == other.pk


def test_owners(world):
    run = brought(world, "名称,负责人", "甲,陈卓", "乙,王小川", "丙,", by="mona")
    assert run.imported == 2 and run.failed == 1
    assert Customer.objects.get(name="甲").owner == world.users["carol"] and Customer.objects.get(name="丙").owner == world.users["mona"]
    run = brought(world, "名称,负责人", "丁,赵磊", by="mona")
    assert run.failed == 1, "the record would leave the reach of who imports it"
    run = brought(world, "名称,负责人", "戊,陈卓", by="alice")
    assert run.failed == 1, "giving away needs the right to"


def test_values_and_scales(world):
    plan = Plan((Rule("名称", "name"), Rule("行业", "industry", {"technolgy": "I"}), Rule("年收入", "revenue", times=1_000_000)), {"note": "由导入"})
    plan = Plan.from_json(plan.as_json())
    run = brought(world, "名称,行业,年收入", "甲,technolgy,1100.04", "乙,medical,2", plan=plan)
    assert (run.imported, run.failed) == (1, 1)
    first = Customer.objects.get()
    assert first.revenue == 1_100_040_000 and first.industry.code == "I" and first.note == "由导入"


def test_a_check_changes_nothing_and_says_the_same(world):
    world.customer("甲公司")
    rows = ("名称,行业,上级公司", "甲公司,34,", "乙公司,xx,", "丙公司,34,丁公司", "丁公司,34,", "丙公司,35,")
    actor = world.actor("alice")
    for policy in ("skip", "update", "create"):
        run, _book, _guesses = open_file(registry["customer"], actor, table(*rows), "file.csv")
        settle(run, actor, run_plan(run), policy)
        before = Customer.objects.count()
        said = [line.state for part in running.check(run, actor) for line in part]
        assert Customer.objects.count() == before and not ImportRow.objects.filter(run=run).exists()
        carry_out(run, Alone(actor))
        assert said == list(ImportRow.objects.filter(run=run).order_by("number").values_list("state", flat=True)), policy
        undoing.undo(ImportRun.objects.get(pk=run.pk), actor)


def test_taking_it_back(world):
    known = world.customer("甲公司", phone="0512-11111111", note="旧")
    run = brought(world, "名称,电话,备注,上级公司", "甲公司,0512-22222222,新,", "乙公司,,,丙公司", "丙公司,,,", "丁公司,,,", policy="update")
    fresh = Customer.objects.get(name="丁公司")
    from pellucid.kernel.actions.run import run as do

    do("customer_update", fresh.pk, world.actor("alice"), values={"note": "后来改的"}, version=fresh.version)
    undoing.undo(run, world.actor("alice"))
    known.refresh_from_db()
    assert (known.phone, known.note) == ("0512-11111111", "旧")
    assert set(Customer.objects.filter(deleted_at=None).values_list("name", flat=True)) == {"甲公司", "丁公司"}
    assert [r.record_id for r in undoing.stayed(run)] == [fresh.pk]
    run.refresh_from_db()
    with pytest.raises(Refused):
        undoing.undo(run, world.actor("alice"))


def test_what_is_changed_while_it_is_taken_back_stays(world, monkeypatch):
    from pellucid.kernel.actions.run import run as do

    monkeypatch.setattr(undoing, "AT_ONCE", 1)
    known = world.customer("甲公司", note="旧")
    run = brought(world, "名称,备注", "甲公司,新", "乙公司,", "丙公司,", policy="update")

    def meanwhile(done: int, total: int) -> None:
        if done == 1:
            do("customer_update", known.pk, world.actor("alice"), values={"note": "中途改的"},
               version=Customer.objects.get(pk=known.pk).version)

    undoing.take_back(run, Alone(world.actor("alice"), meanwhile))
    known.refresh_from_db()
    assert known.note == "中途改的" and [(r.record_id, r.reason) for r in undoing.stayed(run)] == [(known.pk, "之后有人改过。")]
    assert not Customer.objects.filter(name__in=("乙公司", "丙公司"), deleted_at=None).exists()


def test_what_goes_with_a_record_goes_when_it_is_taken_back(world):
    run = brought(world, "名称", "甲公司", "乙公司")
    from pellucid.collaboration.models import Plan, PlanRun, PlanStep, Task
    from pellucid.kernel.actions.run import run as do

    plan = Plan.objects.create(name="判别方案", kind="scheme", about="customer")
    PlanStep.objects.create(plan=plan, position=10, name="电话确认", days=1)
    for one in Customer.objects.order_by("pk"):
        do("customer_start_plan", one.pk, world.actor("alice"), {"plan": plan.pk})
    undoing.undo(run, world.actor("alice"))
    assert not Task.objects.filter(deleted_at=None).exists() and not PlanRun.objects.filter(deleted_at=None).exists()
    first = Customer.objects.order_by("pk").first()
    do("customer_restore", first.pk, world.actor("sam"))
    assert Task.objects.get(deleted_at=None).about_id == PlanRun.objects.get(deleted_at=None).about_id == first.pk
    run.refresh_from_db()
    assert run.undone_by == world.users["alice"]


CONTACTS = {"key": "contact", "plan": Plan((Rule("客户", "customer"), Rule("姓名", "name"), Rule("手机", "mobile"))), "match": ["mobile"]}


def test_what_went_to_others_meanwhile_is_not_taken_back(world):
    """The rows of children are as they were; their customers are not the importer's any more."""
    from pellucid.kernel.actions.run import run as do

    gone, kept = world.customer("甲公司"), world.customer("乙公司")
    known = do("contact_create", None, world.actor("alice"), values={"customer": gone.pk, "name": "旧名", "mobile": "13700137000"}).record
    rows = "甲公司,张三,13800138000", "甲公司,新名,13700137000", "乙公司,李四,13900139000"
    run = brought(world, "客户,姓名,手机", *rows, policy="update", **CONTACTS)
    assert (run.imported, run.updated) == (2, 1)
    do("customer_reassign", gone.pk, world.actor("admin"), {"owner": world.users["bob"].pk})
    undoing.undo(run, world.actor("alice"))
    known.refresh_from_db()
    assert known.name == "新名" and set(Contact.objects.filter(deleted_at=None).values_list("name", flat=True)) == {"张三", "新名"}
    assert {r.reason for r in undoing.stayed(run)} == {"已不在您的权限范围内。"} and undoing.stayed(run).count() == 2
    assert Contact.objects.filter(customer=kept.pk, deleted_at=None).count() == 0


def test_a_child_goes_back_only_to_a_root_one_may_still_work_on(world):
    from pellucid.kernel.actions.run import run as do

    first, _second = world.customer("甲公司"), world.customer("乙公司")
    person = do("contact_create", None, world.actor("alice"), values={"customer": first.pk, "name": "张三", "mobile": "13800138000"}).record
    run = brought(world, "客户,姓名,手机", "乙公司,张三,13800138000", policy="update", **CONTACTS)
    do("customer_reassign", first.pk, world.actor("admin"), {"owner": world.users["bob"].pk})
    do("customer_share", first.pk, world.actor("bob"), {"user": world.users["alice"].pk, "level": "1"})  # to be seen, not to be worked on
    undoing.undo(run, world.actor("alice"))
    person.refresh_from_db()
    assert person.customer_id != first.pk and undoing.stayed(run).count() == 1


def test_who_may_not_import_any_more_takes_nothing_back(world):
    run = brought(world, "名称", "甲公司")
    Grant.objects.filter(user=world.users["alice"]).update(role=Role.objects.get(code="auditor"))
    versions.forget()
    with pytest.raises(Forbidden):
        undoing.undo(run, world.actor("alice"))
    assert Customer.objects.filter(deleted_at=None).count() == 1


def test_who_may_not_create_may_not_import(world):
    with pytest.raises(Forbidden):
        open_file(registry["customer"], world.actor("audrey"), table("名称", "甲"), "a.csv")


def test_a_plan_is_checked(world):
    actor = world.actor("alice")
    run, _book, _guesses = open_file(registry["customer"], actor, table("名称,电话", "甲,1"), "a.csv")
    for plan in (Plan((Rule("名称", "customer_class"),)), Plan(), Plan((Rule("名称", "name"), Rule("电话", "name"))), Plan((Rule("电话", "phone"),))):
        with pytest.raises(Invalid):
            settle(run, actor, plan)


def test_an_interrupted_import_goes_on_where_it_stood(world, monkeypatch, tmp_path, capsys):
    import argparse

    from pellucid.kernel.exchange import import_command

    def command(*arguments: str) -> int:
        parser = argparse.ArgumentParser()
        import_command.add_arguments(parser)
        return import_command.main(parser.parse_args(arguments))

    file = tmp_path / "customers.csv"
    file.write_bytes(table("名称,电话", *(f"第{n}客户有限公司,0512-6666{n:04d}" for n in range(50))).getvalue())
    monkeypatch.setattr(running, "CHUNK", 10)
    advance, seen = running._advance, []

    def torn(run: ImportRun, lines: list[Any]) -> None:
        seen.append(len(lines))
        if len(seen) == 3:
            raise KeyboardInterrupt                     # as Ctrl-C tears it off within a chunk
        advance(run, lines)

    monkeypatch.setattr(running, "_advance", torn)
    with pytest.raises(KeyboardInterrupt):
        command(str(file), "--resource", "customer", "--as", "alice")
    run = ImportRun.objects.get()
    assert (run.rows, Customer.objects.count()) == (20, 20) and run.state != "done"     # whole chunks, or nothing of them
    monkeypatch.setattr(running, "_advance", advance)
    assert command("--resume", str(run.pk), "--as", "alice") == 0
    run.refresh_from_db()
    assert (run.state, run.rows, run.imported, Customer.objects.count()) == ("done", 50, 50, 50)
    assert ImportRow.objects.filter(run=run).count() == 50 and "imported 50" in capsys.readouterr().out
    assert command("--undo", str(run.pk), "--as", "alice") == 0
    assert not Customer.objects.filter(deleted_at=None).exists()
