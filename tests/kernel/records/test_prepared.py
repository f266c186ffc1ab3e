"""A query kept as SQL gives what the QuerySet gives, for every kind of row it may give."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import OperationalError, connection

from pellucid.customers.models import Contact, Customer
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import prepared
from tests import databases
from tests.queries import counted

pytestmark = pytest.mark.django_db


def same(shape, build, *values):
    """Twice: with the SQL built, and with the SQL kept."""
    want = list(build(*values))
    assert prepared.rows(shape, build, *values) == want and prepared.rows(shape, build, *values) == want
    return want


def test_gives_what_the_query_gives(world):
    made = [world.customer(f"苏州恒砺{n}", revenue="12.50") for n in range(3)]
    run("contact_create", None, world.actor("alice"), values={"name": "王强", "customer": made[1].pk})
    one = made[1].pk
    assert len(same("t1", lambda pk: Customer.objects.filter(pk=pk), one)) == 1
    assert same("t2", lambda pk, *more: Customer.objects.filter(pk__in=[pk, *more]).order_by("-id"), one, made[0].pk) == [made[1], made[0]]
    assert same("t3", lambda name: Customer.objects.filter(name=name).values_list("pk", flat=True), made[2].name) == [made[2].pk]
    assert same("t4", lambda at: Customer.objects.filter(created_at__lt=at).values_list("pk", "name"), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)) == []
    assert same("t5", lambda pk: Customer.objects.filter(pk=pk).values("name"), one) == [{"name": made[1].name}]


def test_rows_are_whole_and_their_links_are_loaded(world):
    made = world.customer("苏州恒砺", revenue="12.50")
    run("contact_create", None, world.actor("alice"), values={"name": "王强", "customer": made.pk})

    def build(pk):
        return Contact.objects.filter(customer_id=pk).select_related("customer")

    for _ in range(2):
        (found,) = prepared.rows("t7", build, made.pk)
        with counted() as sent:
            assert found.customer == made and found.customer.extra == made.extra
            assert found.customer.revenue == Customer.objects.get(pk=made.pk).revenue
        assert len(sent) == 1  # the comparison's own
        found.name = "王刚"
        found.save()


def test_other_types_and_missing_values_are_asked_as_ever(world):
    made = world.customer("苏州恒砺")
    assert prepared.rows("t8", lambda pk: Customer.objects.filter(pk=pk), str(made.pk)) == [made]
    assert prepared.rows("t8", lambda pk: Customer.objects.filter(pk=pk), made.pk) == [made]
    assert prepared.rows("t9", lambda pk: Customer.objects.filter(parent=pk), None) == [made]


def test_numbers_of_rows_side_by_side(world):
    made = [world.customer(f"苏州恒砺{n}") for n in range(3)]
    run("contact_create", None, world.actor("alice"), values={"name": "王强", "customer": made[1].pk})

    def build(pk):
        return [Contact.objects.filter(customer=pk).values_list("pk", flat=True)[:100],
                Customer.objects.filter(pk__gt=pk).values_list("pk", flat=True)[:1], Customer.objects.filter(parent=pk).values_list("pk", flat=True)]

    for n, want in ((1, [1, 1, 0]), (0, [0, 1, 0]), (2, [0, 0, 0])):
        with counted() as sent:
            assert prepared.counts("t10", build, made[n].pk) == want
        assert len(sent) == 1
    assert prepared.counts("t11", lambda pk: [Customer.objects.none(), Customer.objects.filter(pk=pk)], made[0].pk) == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_gone_is_called_as_everybody_calls_it():
    prepared.ask("SELECT 1")
    with databases.administer() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    with pytest.raises(OperationalError):
        prepared.ask("SELECT 1")
    connection.close()
    assert prepared.ask("SELECT 1").fetchone() == (1,)
