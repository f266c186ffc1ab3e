"""What would keep the reader waiting comes in pieces, once the page stands: nothing else, nothing twice, nothing for others."""
from __future__ import annotations

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.html import strip_tags

from pellucid.config import environment
from pellucid.kernel.metrics.declare import analyses
from pellucid.kernel.metrics.needs import parts_for
from pellucid.web import patience

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
ASKED = re.compile(r'hx-get="([^"]+)" hx-trigger="(?:intersect once|load)" hx-swap="outerHTML" aria-busy')


@pytest.fixture(autouse=True)
def forgotten():
    patience._took.clear()


def words(page) -> str:
    return " ".join(strip_tags(page.content.decode()).split())


def pieces(client, page) -> list:
    found = [client.get(href.replace("&amp;", "&"), headers=HTMX) for href in ASKED.findall(page.content.decode())]
    assert all(answer.status_code == 200 for answer in found)
    return found


def test_the_pieces_of_an_analysis_are_what_the_whole_page_says(world, browser, settings):
    world.customer("苏州恒砺精密制造有限公司")
    alice = browser("alice")
    for code in ("AN01", "AN13", "AN36"):
        settings.PELLUCID_PATIENCE = 3600
        address = f"/analyses/{code}?period=this_year&compare=none"
        whole = words(alice.get(address))
        settings.PELLUCID_PATIENCE = 0
        page = alice.get(address)
        found = pieces(alice, page)
        asked = parts_for(page.wsgi_request.actor, analyses[code])
        assert len(found) == len(asked) + 1, code  # the figures on top, and each part
        for piece in found:
            assert words(piece) and words(piece) in whole, code
            assert f"/analyses/{code}/" not in piece.content.decode()  # its links lead to the page, not to the piece


def test_the_workbench_comes_in_pieces_too(world, browser, settings):
    world.customer("苏州恒砺精密制造有限公司")
    alice = browser("alice")
    whole = words(alice.get("/?period=week"))
    settings.PELLUCID_PATIENCE = 0
    page = alice.get("/?period=week")
    found = pieces(alice, page)
    assert len(found) > 4 and all(words(piece) in whole or "hx-swap-oob" in piece.content.decode() for piece in found)
    assert any('class="facts"' in piece.content.decode() for piece in found) and "period=week" in page.content.decode()


def test_what_took_long_last_time_is_asked_for_by_itself(world, browser, settings):
    alice = browser("alice")
    settings.PELLUCID_PATIENCE = 60
    reader = alice.get("/analyses/AN01").wsgi_request.actor.user_id
    assert patience._took[reader, "/analyses/AN01", "1"] < 60
    patience._took[reader, "/analyses/AN01", "1"] = 61.0
    page = alice.get("/analyses/AN01").content.decode()
    assert [href.partition("?")[0] for href in ASKED.findall(page)] == ["/analyses/AN01/1"]
    alice.get("/analyses/AN01/1", headers=HTMX)
    assert ASKED.findall(alice.get("/analyses/AN01").content.decode()) == []  # it has become quick again


def test_a_piece_asks_for_the_rights_of_its_page(world, browser):
    alice = browser("alice")
    for address in ("/analyses/AN01/99", "/analyses/AN01/nothing", "/analyses/NONE/0", "/home/pieces/nothing", "/home/pieces/processes.nothing"):
        assert alice.get(address, headers=HTMX).status_code == 404, address
    for code in analyses:
        page, piece = browser("bob").get(f"/analyses/{code}"), browser("bob").get(f"/analyses/{code}/figures", headers=HTMX)
        assert (page.status_code == 403) == (piece.status_code == 403), code


def test_how_long_a_page_may_take_is_a_number_of_seconds(monkeypatch):
    monkeypatch.setenv("PELLUCID_PATIENCE", "1.5")
    assert environment.seconds("PELLUCID_PATIENCE", 0.5) == 1.5
    for wrong in ("soon", "-1", "nan"):
        monkeypatch.setenv("PELLUCID_PATIENCE", wrong)
        with pytest.raises(ImproperlyConfigured):
            environment.seconds("PELLUCID_PATIENCE", 0.5)
