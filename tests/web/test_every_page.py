"""Every page of the product with records on it, and what its buttons open, in a real browser: no fault for eyes or ears, in four looks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from pellucid.kernel.resources.declare import registry
from tests import counts
from tests.samples import record_of
from tests.world import build

pytestmark = [pytest.mark.browser, pytest.mark.proof, pytest.mark.django_db(transaction=True)]  # minutes for each look: full counts only


@pytest.fixture
def product(live_server: Any, settings: Any) -> Iterator[str]:
    """Address of a product in which each kind of record is there once."""
    settings.ALLOWED_HOSTS = ["localhost"]
    world = build()
    for key in registry:
        record_of(key, world)
    for resource in registry.values():  # actions name what is made without a name
        title = resource.model._meta.get_field(resource.title)
        if title.get_internal_type() in ("CharField", "TextField"):
            resource.model._base_manager.filter(**{title.name: ""}).update(**{title.name: "样本"})
    world.users["admin"].set_password("pellucid")
    world.users["admin"].save()
    yield live_server.url
    connections.close_all()


@pytest.mark.parametrize("look", ["desktop", "phone-dark"] if not counts.PROOF else ["desktop", "desktop-dark", "phone", "phone-dark"])
def test_no_page_has_a_fault(product: str, look: str) -> None:
    from scripts.addresses import OPEN, few, pages
    from scripts.shots import LOOKS, Walk, browser, enter, page_of

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's own loop runs in this thread
    phone, dark = LOOKS[look]
    with browser() as opened:
        walk = Walk(page_of(opened, phone, dark, bypass_csp=True), product, look, None, check=True)
        for address in OPEN:
            walk.visit(address)
        enter(walk.page, product, "admin", "pellucid")
        every = list(dict.fromkeys(pages(walk.page, product)))
        seen = every if counts.PROOF else few(every)
        for address in seen:
            walk.visit(address)
    assert len(every) > 8 * len(registry) and len(seen) > 2 * len(registry)
    assert not walk.wrong
