"""What is known already is not asked for again: what hangs on a record brings along whom that record is about."""

from __future__ import annotations

import pytest

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(world):
    customer = world.customer("恒砺精密", by="alice")
    return run("opportunity_create", None, world.actor("alice"), values={"name": "三号线改造", "customer": customer.pk, "amount": "100"}).record


def test_a_quotation_begun_on_a_sale_is_for_its_customer(world, browser, sale):
    page = browser("alice").get(f"/quotations/new?opportunity={sale.pk}", headers={"HX-Request": "true"}).content.decode()
    assert f'name="customer" value="{sale.customer_id}"' in page and "恒砺精密" in page


def test_nothing_comes_along_from_what_one_may_not_see(world, browser, sale):
    page = browser("bob").get(f"/quotations/new?opportunity={sale.pk}", headers={"HX-Request": "true"}).content.decode()
    assert "恒砺精密" not in page
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="opportunity", field="customer", level="none")
    page = browser("alice").get(f"/quotations/new?opportunity={sale.pk}", headers={"HX-Request": "true"}).content.decode()
    assert f'name="customer" value="{sale.customer_id}"' not in page
