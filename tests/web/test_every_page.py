"""Every page of the product and what its buttons open, in a real browser: no fault for eyes or ears."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from pellucid.config import demo as command
from pellucid.kernel.resources.declare import registry
from tests import counts
from tests.samples import record_of
from tests.world import build

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(live_server: Any, settings: Any) -> Iterator[str]:
    settings.ALLOWED_HOSTS = ["localhost"]
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's own loop runs in this thread
    yield live_server.url
    connections.close_all()


@pytest.fixture
def demo(address: str) -> str:
    """Address of a small demo company: most kinds of records are there, with what their pages tell."""
    assert command.main(argparse.Namespace(list=False, scale=0.06)) == 0
    return address


@pytest.fixture
def product(address: str) -> str:
    """Address of a product in which each kind of record is there once."""
    world = build()
    for key in registry:
        record_of(key, world)
    for resource in registry.values():  # actions name what is made without a name
        title = resource.model._meta.get_field(resource.title)
        if title.get_internal_type() in ("CharField", "TextField"):
            resource.model._base_manager.filter(**{title.name: ""}).update(**{title.name: "样本"})
    world.users["admin"].set_password("pellucid")
    world.users["admin"].save()
    return address


def test_each_kind_of_element_has_no_fault(demo: str) -> None:
    """Every page of the demo answers; those that bring new kinds of elements are judged (with full counts each kind), on a dark phone the
    richest of them."""
    from scripts.addresses import OPEN
    from scripts.covering import chosen
    from scripts.judging import Judge

    judge = Judge(demo, "admin", "pellucid")
    pages = judge.read()
    assert not {address: one["status"] for address, one in pages.items() if one["status"] not in (200, 403, 404)}
    assert len([one for one in pages.values() if one["page"]]) > 6 * len(registry)
    desk, hand = chosen(pages, least=1 if counts.PROOF else 5), chosen(pages, least=60)
    assert not judge.faults([*OPEN, *desk], "desktop") | judge.faults([*OPEN, *hand], "phone-dark")


@pytest.mark.proof  # minutes for each look
@pytest.mark.parametrize("look", ["desktop", "desktop-dark", "phone", "phone-dark"])
def test_no_page_has_a_fault(product: str, look: str) -> None:
    from scripts.addresses import OPEN, pages
    from scripts.shots import LOOKS, Walk, browser, enter, page_of

    phone, dark = LOOKS[look]
    with browser() as opened:
        walk = Walk(page_of(opened, phone, dark, bypass_csp=True), product, look, None, check=True)
        for address in OPEN:
            walk.visit(address)
        enter(walk.page, product, "admin", "pellucid")
        every = list(dict.fromkeys(pages(walk.page, product)))
        for address in every:
            walk.visit(address)
    assert len(every) > 8 * len(registry)
    assert not walk.wrong
