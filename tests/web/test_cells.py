"""Fields of rows typed over where they stand: saved or refused like any edit, and only where the page offers it."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.run import run
from pellucid.sales.models import Quotation, QuotationLine
from tests.products.test_pricing import product

pytestmark = pytest.mark.django_db
OFFER = "/panel/quotation.offer"


@pytest.fixture
def offered(world):
    one = run("quotation_create", None, world.actor("alice"), values={"customer": world.customer("恒砺精密", by="alice").pk}).record
    given = {"quotation": one.pk, "product": product(world, list_price="1000", cost="800").pk, "quantity": "2"}
    return one, run("quotationline_create", None, world.actor("alice"), values=given).record


def test_a_cell_is_saved_and_the_sums_follow(world, browser, offered):
    one, line = offered
    page = browser("alice").get(f"/quotations/{one.pk}{OFFER}").content.decode()
    where = f"/quotation-lines/{line.pk}/cell/quantity"
    assert f'data-cell="{where}" data-version="{line.version}"' in page
    saved = browser("alice").post(where, {"value": "3", "version": line.version})
    line.refresh_from_db()
    assert saved.status_code == 200 and saved.json() == {"version": line.version} and "/undo/" in saved["HX-Trigger"]
    assert Quotation._base_manager.get(pk=one.pk).net == 3000


def test_what_is_wrong_is_said_and_nothing_is_changed(world, browser, offered):
    _one, line = offered
    where, alice = f"/quotation-lines/{line.pk}/cell", browser("alice")
    for name, typed, said in (("discount", "abc", "数"), ("discount", "101", "100"), ("quantity", "0", "零"), ("quantity", "-1", "零")):
        refused = alice.post(f"{where}/{name}", {"value": typed, "version": line.version})
        assert refused.status_code == 422 and said in refused.json()["error"], (name, typed, refused.content.decode())
    run("quotationline_update", line.pk, world.actor("sam"), values={"discount": "5"}, version=line.version)
    clash = alice.post(f"{where}/discount", {"value": "7", "version": line.version})
    assert clash.status_code == 409 and world.users["sam"].name in clash.json()["error"]
    merged = alice.post(f"{where}/quantity", {"value": "4", "version": line.version})
    assert merged.status_code == 200, "another field of the row is no clash"
    row = QuotationLine._base_manager.get(pk=line.pk)
    assert (row.discount, row.quantity) == (5, 4)


def test_who_may_not_edit_types_nothing(world, browser, offered):
    one, line = offered
    assert "data-cell=" not in browser("audrey").get(f"/quotations/{one.pk}{OFFER}").content.decode()
    where = f"/quotation-lines/{line.pk}/cell/quantity"
    assert browser("audrey").post(where, {"value": "9", "version": line.version}).status_code in (403, 404)
    assert browser("alice").post(f"/quotation-lines/{line.pk}/cell/net", {"value": "9", "version": line.version}).status_code == 404
    assert browser("alice").get(where).status_code == 405
    run("quotation_send", one.pk, world.actor("erin"))
    assert "data-cell=" not in browser("alice").get(f"/quotations/{one.pk}{OFFER}").content.decode()
    assert browser("alice").post(where, {"value": "9", "version": line.version}).status_code == 409
    assert QuotationLine._base_manager.get(pk=line.pk).quantity == 2
