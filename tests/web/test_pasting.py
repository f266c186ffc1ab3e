"""Lines pasted out of a spreadsheet: with headings or in the usual order, all of them or none, each fault at its row."""

from __future__ import annotations

import pytest
from django.utils import translation

from pellucid.kernel.access.models import FieldRight, Role, RoleRight
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.exchange.pasting import MOST
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused, Unsure
from pellucid.orders.models import Order, OrderLine
from pellucid.sales.models import Quotation, QuotationLine
from tests.orders.making import D, contract, order_of, split
from tests.products.test_pricing import product
from tests.queries import counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def quotation(world):
    return run("quotation_create", None, world.actor("alice"), values={"customer": world.customer("恒砺精密", by="alice").pk}).record


def paste(world, one: Quotation, text: str, by: str = "alice"):
    """Pasted by somebody who means it, whatever matches no product."""
    return run("quotation_paste", one.pk, world.actor(by), {"text": text}, sure=True)


def lines_of(one: Quotation) -> list[tuple]:
    found = QuotationLine._base_manager.filter(quotation=one).order_by("position")
    return [(r.name, r.product_id, r.quantity, r.unit_price, r.discount) for r in found]


def test_rows_in_the_usual_order_become_lines(world, quotation):
    motor = product(world, name="伺服电机", list_price="900", cost="700")
    text = f"伺服电机\t3\t880\t5\n{motor.number}\t1\t\n\n老线改造\t1\t1,200.50\t\n"
    paste(world, quotation, text)
    assert lines_of(quotation) == [("伺服电机", motor.pk, 3, 880, 5), ("伺服电机", motor.pk, 1, 900, 0), ("老线改造", None, 1, D("1200.50"), 0)]
    assert Quotation._base_manager.get(pk=quotation.pk).net == D("2508.00") + 900 + D("1200.50")


def test_headings_say_what_the_columns_are(world, quotation):
    paste(world, quotation, "备注\t单价\t品名\t规格书\t数量\n加急\t1000\t机械手\t\t2")
    assert lines_of(quotation) == [("机械手", None, 2, 1000, 0)]
    assert QuotationLine._base_manager.get(quotation=quotation).note == "加急"


def test_all_of_them_or_none_and_each_fault_at_its_row(world, quotation):
    with translation.override("en"), pytest.raises(Invalid) as wrong:
        paste(world, quotation, "主机\t1\t1000\n机械手\tzwei\t1000\n视觉\t0\t1000\n夹具\t1\t10\t101")
    said = wrong.value.errors["text"]
    assert [text.split(":")[0] for text in said] == ["Row 2", "Row 3", "Row 4"]
    assert "Quantity" in said[0] and "above zero" in said[1] and "100" in said[2]
    assert lines_of(quotation) == []
    for text, expected in (("产品\t数量\n", "no row"), ("a\t1\t2\t3\t4", "more than 4 columns"), ("a\t1\t1\n" * 301, "More than 300")):
        with translation.override("en"), pytest.raises(Invalid) as wrong:
            paste(world, quotation, text)
        assert expected in wrong.value.errors["text"][0]


def test_only_into_what_is_still_being_made_and_only_by_who_may(world, quotation):
    for who, refusal in (("audrey", (Forbidden, Missing)), ("bob", (Forbidden, Missing))):
        with pytest.raises(refusal):
            run("quotation_paste", quotation.pk, world.actor(who), {"text": "主机\t1\t1000"}, sure=True)
    paste(world, quotation, "主机\t1\t1000")
    run("quotation_send", quotation.pk, world.actor("erin"))
    with pytest.raises(Refused):
        paste(world, quotation, "主机\t1\t1000")
    assert len(lines_of(quotation)) == 1


def test_lines_of_an_order_are_pasted_and_typed_over_as_long_as_it_is_a_draft(world, browser):
    order = order_of(contract(world))
    run("order_paste_lines", order.pk, world.actor("sam"), {"text": "主机\t2\t1000\n机械手\t1\t500"}, sure=True)
    assert Order._base_manager.get(pk=order.pk).net == 2500
    row = OrderLine._base_manager.filter(order=order).first()
    page, where = browser("sam"), f"/order-lines/{row.pk}/cell/quantity"
    shown = page.get(f"/orders/{order.pk}/panel/order.lines").content.decode()
    assert f'data-cell="{where}"' in shown and "order_paste_lines" in shown
    assert page.post(where, {"value": "3", "version": row.version}).status_code == 200
    assert Order._base_manager.get(pk=order.pk).net == 3500
    split(world, order)
    run("order_submit", order.pk, world.actor("sam"))
    shown = page.get(f"/orders/{order.pk}/panel/order.lines").content.decode()
    assert "data-cell=" not in shown and "order_paste_lines" not in shown and "3,000.00" in shown


def refused(world, one: Quotation, text: str, by: str = "alice") -> list[str]:
    """What is said about a text that is not taken; nothing of it is there."""
    before = lines_of(one)
    with translation.override("en"), pytest.raises(Invalid) as wrong:
        run("quotation_paste", one.pk, world.actor(by), {"text": text}, sure=True)
    assert lines_of(one) == before
    return wrong.value.errors["text"]


def right(name: str, level: str, key: str = "quotationline", role: str = "sales") -> None:
    FieldRight.objects.update_or_create(role=Role.objects.get(code=role), resource=key, field=name, defaults={"level": level})
    versions.forget()


def test_only_where_the_right_to_the_lines_reaches_the_record(world, quotation):
    RoleRight.objects.filter(role__code="sales_manager", resource="quotationline", verb="create").exclude(scope="own").delete()
    versions.forget()
    manager = world.actor("sam")
    assert manager.may("quotationline", "create") and run("quotation_update", quotation.pk, manager, values={"name": "老线改造"},
                                                          version=Quotation._base_manager.get(pk=quotation.pk).version)
    with pytest.raises(Forbidden) as wrong:
        run("quotation_paste", quotation.pk, manager, {"text": "主机\t1\t1000"}, sure=True)
    assert wrong.value.right == "quotationline.create" and lines_of(quotation) == []


@pytest.mark.parametrize("level", ["read", "none"])
def test_a_column_that_may_not_be_written_moves_no_other(world, quotation, level):
    right("unit_price", level)
    assert [said.split(":")[0:2] for said in refused(world, quotation, "主机\t1\t60\t5\n机械手\t1\t\t5")] == [["Row 1", " Unit price without tax"]]
    paste(world, quotation, "主机\t1\t\t5")
    assert lines_of(quotation) == [("主机", None, 1, 0, 5)]


def test_a_heading_nobody_knows_is_named_when_its_column_holds_something(world, quotation):
    for heading in ("含税单价", "单价（含税）", "规格书"):
        assert f"“{heading}”" in refused(world, quotation, f"品名\t{heading}\t数量\n主机\t1130\t1")[0]
    assert "column 2" in refused(world, quotation, "品名\t\t数量\n主机\tA3\t1")[0]
    assert "Amount without tax" in refused(world, quotation, "品名\t数量\t未税金额\n主机\t1\t50".replace("未税金额", "Amount without tax"))[0]
    paste(world, quotation, "序号\t品名\t规格书\t数量\t不含税单价（元）\n1\t主机\t\t1\t1000")
    assert lines_of(quotation) == [("主机", None, 1, 1000, 0)]
    paste(world, quotation, "品名\n机械手")
    assert [row[0] for row in lines_of(quotation)] == ["主机", "机械手"], "one heading alone is no line"


def test_two_headings_for_one_field_are_named(world, quotation):
    said = refused(world, quotation, "品名\t单价\t未税单价\t数量\n主机\t1000\t900\t1")
    assert len(said) == 1 and "“单价”" in said[0] and "“未税单价”" in said[0]
    paste(world, quotation, "品名\t单价\t未税单价\t数量\n主机\t\t900\t1")
    assert lines_of(quotation) == [("主机", None, 1, 900, 0)]


@pytest.mark.parametrize("word", ["合计", "小计：", "总 计", "Total", "Subtotal"])
def test_sums_at_the_end_are_no_lines(world, quotation, word):
    paste(world, quotation, f"主机\t1\t1000\n机械手\t1\t500\n{word}\t2\t1500\n\n\t{word}\t\t\t1500")
    assert [row[0] for row in lines_of(quotation)] == ["主机", "机械手"]
    said = refused(world, quotation, f"主机\t1\t1000\n{word}\t1\t1000\n机械手\t1\t500")
    assert len(said) == 1 and said[0].startswith("Row 2: ")
    paste(world, quotation, f"备注\t品名\t单价\n{word}\t视觉\t700")
    assert lines_of(quotation)[-1][0] == "视觉"


def test_an_empty_first_cell_stays_one(world, browser, quotation):
    """What a browser sends: the tab at the beginning is a cell."""
    assert "Say what it is" in refused(world, quotation, "\t2\t100")[0]
    paste(world, quotation, "备注\t品名\t数量\n\t主机\t2\n")
    browser("alice").post(f"/quotations/{quotation.pk}/do/quotation_paste", {"sure": "1", "text": "\t品名\t数量\r\n\t机械手\t3\r\n"})
    assert [row[:3] for row in lines_of(quotation)] == [("主机", None, 2), ("机械手", None, 3)]


def test_a_number_nobody_knows_beside_a_name_is_a_fault(world, quotation):
    motor = product(world, name="伺服电机", list_price="900")
    said = refused(world, quotation, f"料号\t品名\t数量\n{motor.number}\t电机\t1\nX-404\t机械手\t1")
    assert len(said) == 1 and said[0].startswith("Row 3: Product") and "X-404" in said[0]
    paste(world, quotation, f"料号\t品名\t数量\n{motor.number}\t电机\t1")
    assert lines_of(quotation) == [("电机", motor.pk, 1, 900, 0)]


def test_a_cell_of_several_lines_is_one_cell(world, quotation):
    text = '"伺服电机\n（带""抱闸""）"\t2\t100\r\n5" 屏\t1\t10\r\n"未闭合\t1\t20\r\n'
    paste(world, quotation, text)
    assert [(row[0], row[2]) for row in lines_of(quotation)] == [('伺服电机 （带"抱闸"）', 2), ('5" 屏', 1), ('"未闭合', 1)]
    assert refused(world, quotation, '"主\n机"\t1\t100\n\n"视\n觉"\tzwei\t100')[0].startswith("Row 3: Quantity")
    assert refused(world, quotation, '主机\t"1\n2"\t100')[0].startswith("Row 1: Quantity")


@pytest.mark.parametrize("level", ["masked", "none"])
def test_a_number_or_name_one_may_not_read_finds_nothing(world, quotation, level):
    motor = product(world, name="伺服电机", list_price="900")
    for name, word in (("number", motor.number), ("name", "伺服电机")):
        right(name, level, "product")
        paste(world, quotation, f"{word}\t1\t10")
        assert lines_of(quotation)[-1][:2] == (word, None)
        right(name, "read", "product")
        paste(world, quotation, f"{word}\t1\t10")
        assert lines_of(quotation)[-1][1] == motor.pk


def test_many_rows_are_written_as_one_set_under_the_event_of_the_pasting(world, quotation):
    product(world, name="伺服电机", list_price="900")
    spent = {}
    for n in (2, 100):
        with versions.once(), counted() as sent:  # as within a request
            outcome = paste(world, quotation, "伺服电机\t2\t\n" * n)
        spent[n] = len(sent)
    assert spent[100] <= spent[2] + 3, spent
    assert Event.objects.filter(name="quotation.quotation_paste").count() == 2 and not Event.objects.filter(resource="quotationline").exists()
    rows = QuotationLine._base_manager.filter(quotation=quotation)
    assert {r.created_by_id for r in rows} == {world.users["alice"].pk} and [r.position for r in rows.order_by("pk")] == list(range(1, 103))
    assert Quotation._base_manager.get(pk=quotation.pk).net == 102 * 1800 and outcome.event_id
    with versions.once(), counted() as sent:
        said = refused(world, quotation, "主机\t1\t10\n" * 150 + "机械手\t0\t10\n" + "主机\t1\t10\n" * 149)
    assert [text.split(":")[0] for text in said] == ["Row 151"] and len(sent) < 400, "one bad row of many is found without trying each"
    said = refused(world, quotation, "主机\t0\t10\n" * MOST)
    assert len(said) == 7 and said[-1].startswith("The rows after row 20 ")


def test_lines_of_an_order_are_one_set_too(world):
    order = order_of(contract(world))
    spent = {}
    for n in (2, 50):
        with versions.once(), counted() as sent:  # as within a request
            run("order_paste_lines", order.pk, world.actor("sam"), {"text": "主机\t2\t1000\n" * n}, sure=True)
        spent[n] = len(sent)
    assert spent[50] <= spent[2] + 3, spent
    assert Order._base_manager.get(pk=order.pk).net == 104_000


def test_what_matches_no_product_is_shown_before_it_is_kept(world, browser, quotation):
    motor = product(world, name="伺服电机", list_price="900")
    text = f"伺服电机\t3\t880\n老线改造\t1\t1200\n{motor.number}\t1\t900\n调试\t2\t500"
    page, where = browser("alice"), f"/quotations/{quotation.pk}/do/quotation_paste"
    answer = page.post(where, {"text": text, "version": quotation.version}, headers={"HX-Request": "true"})
    said = answer.content.decode()
    assert answer.status_code == 422 and lines_of(quotation) == [], "nothing is kept yet"
    assert "第 2 行" in said and "第 4 行" in said and "老线改造" in said and "第 1 行" not in said and "第 3 行" not in said
    assert "没有成本" in said and '<button type="submit" class="btn" name="sure" value="1">按文字保留这 2 行</button>' in said
    assert f"伺服电机\t3\t880\n老线改造\t1\t1200\n{motor.number}" in said and "aria-invalid" not in said, "what was typed stands"
    assert page.post(where, {"text": text, "sure": "1", "version": quotation.version}, headers={"HX-Request": "true"}).status_code < 300
    assert [row[:2] for row in lines_of(quotation)] == [("伺服电机", motor.pk), ("老线改造", None), ("伺服电机", motor.pk), ("调试", None)]


def test_a_fault_is_told_before_what_matches_no_product_and_many_are_counted(world, quotation):
    assert refused(world, quotation, "主机\tzwei\t1000\n机械手\t1\t1")[0].startswith("Row 1: Quantity")
    with translation.override("en"), pytest.raises(Unsure) as asked:
        run("quotation_paste", quotation.pk, world.actor("alice"), {"text": "主机\t1\t10\n" * 14})
    assert asked.value.anyway == "Keep 14 rows in words"
    told = asked.value.errors["text"]
    assert (told[0], told[-2], len(told)) == ("Row 1: There is no product “主机” in your reach.", "2 more rows like these.", 14)
    cylinder = product(world, name="电缸")
    run("quotation_paste", quotation.pk, world.actor("alice"), {"text": f"{cylinder.number}\t1\t10"})
    assert lines_of(quotation) == [("电缸", cylinder.pk, 1, 10, 0)], "nothing is asked when everything matches"
