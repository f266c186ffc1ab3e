"""Web forms: what an administrator composes is what a stranger is asked; programs and floods are kept out; consent is kept in its words."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.core import signing
from django.db import connection
from django.test import Client

from pellucid.customers.models import ConsentText, Lead, WebForm
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days, terms, throttle
from pellucid.kernel.records.errors import Forbidden, Invalid
from pellucid.web.views import open_forms
from tests.world import build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Nobody has sent anything in this minute, which lasts as long as the test."""
    throttle._windows.clear()
    now = time.time()
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: now))


@pytest.fixture
def form(world) -> WebForm:
    return run("webform_create", None, world.actor("admin"), values={
        "name": "官网咨询", "title": "咨询装配线", "title_en": "Ask about lines", "intro": "工程师一天内回复。",
        "asks": ["name", "mobile", "needs_note"],
        "musts": ["mobile"], "consent": "同意贵司电话联系我。", "origin": terms.find("origin", "form"), "keeper": world.users["mark"].pk,
        "sites": "www.example.cn\nhttps://shop.example.com:8443/a?b"}).record  # fmt: skip


def stranger(**headers) -> Client:
    return Client(headers=headers)


def passed(client: Client, url: str, **headers) -> str:
    """The pass of a page that was opened long enough ago."""
    page = client.get(url, headers=headers)
    assert page.status_code == 200
    facts = signing.loads(page.context_data["pass"], salt=open_forms.SALT)
    return signing.dumps(facts | {"at": time.time() - 20}, salt=open_forms.SALT)


def test_what_a_stranger_sends_becomes_a_lead(world, form):
    url, client = f"/open/lead/{form.key}", stranger()
    page = client.get(url)
    assert "咨询装配线" in page.content.decode() and "工程师一天内回复" in page.content.decode()
    came = passed(client, url, Referer="https://www.example.cn/lines?utm_source=baidu&utm_campaign=spring&x=1")
    sent = client.post(url, {"pass": came, "name": "太仓海岳液压", "mobile": "138 1234 5678", "needs_note": "伺服压装机", "consent": "true"})
    assert sent.status_code == 200 and "谢谢" in sent.content.decode()
    lead = Lead.objects.get()
    assert (lead.name, lead.mobile, lead.channel, lead.web_form, lead.owner) == ("太仓海岳液压", "138 1234 5678", "web", form, world.users["mark"])
    assert lead.origin_id == terms.find("origin", "form") and lead.landing_page == "https://www.example.cn/lines"
    assert (lead.utm_source, lead.utm_medium, lead.utm_campaign) == ("baidu", "", "spring")
    assert (lead.consent, lead.consent_source, lead.consent_on) == ("given", "网页表单“官网咨询”，同意书第 1 版", days.today())


def test_an_opened_page_sends_once(form):
    url, client = f"/open/lead/{form.key}", stranger()
    sent = {"pass": passed(client, url), "name": "太仓海岳液压", "mobile": "13812345678", "consent": "true"}
    first, second = client.post(url, sent), client.post(url, sent)
    assert first.status_code == second.status_code == 200 and "谢谢" in second.content.decode() and Lead.objects.count() == 1
    other = client.post(url, sent | {"mobile": "13912345678"})
    page = other.content.decode()
    assert other.status_code == 422 and "已经提交过" in page and "13912345678" in page and Lead.objects.count() == 1, "nothing typed is lost"
    facts = signing.loads(other.context_data["pass"], salt=open_forms.SALT)
    assert client.post(url, sent | {"mobile": "13912345678", "pass": signing.dumps(facts, salt=open_forms.SALT)}).status_code == 200
    assert sorted(Lead.objects.values_list("mobile", flat=True)) == ["13812345678", "13912345678"]
    throttle._windows.clear()
    again = {"pass": passed(client, url), "name": "太仓海岳液压", "mobile": "12", "consent": "true"}
    assert client.post(url, again).status_code == 422
    assert client.post(url, again | {"mobile": "13712345678"}).status_code == 200 and Lead.objects.count() == 3, "what was refused is not used up"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_lead():
    world = build()
    made = run("webform_create", None, world.actor("admin"), values={"name": "官网", "title": "咨询", "asks": ["name", "mobile"], "musts": ["mobile"],
                                                                     "keeper": world.users["mark"].pk}).record  # fmt: skip
    url = f"/open/lead/{made.key}"
    sent, gate = {"pass": passed(stranger(), url), "name": "太仓海岳液压", "mobile": "13812345678"}, Barrier(4)

    def click(_n: int) -> int:
        try:
            gate.wait(30)
            return stranger().post(url, sent).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(click, range(4))) == {200}
    assert Lead.objects.count() == 1


def test_rules_take_it_from_there_and_it_is_recognised(world, form):
    customer = world.customer("太仓海岳液压", by="alice")
    run("allocationrule_create", None, world.actor("admin"), values={"name": "老客户", "way": "owner"})
    url, client = f"/open/lead/{form.key}", stranger()
    client.post(url, {"pass": passed(client, url), "name": "太仓海岳液压", "mobile": "13812345678", "consent": "true"})
    assert (Lead.objects.get().customer, Lead.objects.get().owner) == (customer, world.users["alice"])


def test_nothing_typed_is_lost_when_something_is_wrong(form):
    url, client = f"/open/lead/{form.key}", stranger()
    for typed, said in (({"mobile": "12", "consent": "true"}, "mobile"), ({"consent": "true"}, "mobile"), ({"mobile": "13812345678"}, "请勾选同意")):
        page = client.post(url, {"pass": passed(client, url), "name": "海岳“液压”", **typed})
        assert page.status_code == 422 and "海岳“液压”" in page.content.decode() and said in page.content.decode()
        throttle._windows.clear()
    assert not Lead.objects.exists()


def test_programs_and_floods(form):
    url, client = f"/open/lead/{form.key}", stranger()
    right = {"name": "甲公司", "mobile": "13812345678", "consent": "true"}
    trapped = client.post(url, {"pass": passed(client, url), open_forms.TRAP: "http://spam", **right})
    assert trapped.status_code == 200 and not Lead.objects.exists(), "a program hears that all went well"
    quick = client.get(url).context_data["pass"]
    assert "太快" in client.post(url, {"pass": quick, **right}).content.decode()
    assert "时间过长" in client.post(url, {"pass": quick[:-3] + "abc", **right}).content.decode()
    assert client.post(url, right).status_code == 422 and not Lead.objects.exists()
    throttle._windows.clear()
    codes = [client.post(url, {"pass": passed(client, url), **right, "mobile": f"1381234567{n}"}).status_code for n in range(7)]
    assert codes == [200] * 5 + [422] * 2 and Lead.objects.count() == 5
    assert client.post(url, {"pass": passed(client, url), **right}, REMOTE_ADDR="192.0.2.7").status_code == 200, "another address may"


def test_who_may_frame_it(form, world, browser):
    shown = stranger().get(f"/open/lead/{form.key}")
    policy = shown["Content-Security-Policy"]
    assert "frame-ancestors https://www.example.cn https://shop.example.com:8443;" in policy + ";" and "script-src 'self'" in policy
    assert "X-Frame-Options" not in shown and "style=" not in shown.content.decode()
    run("webform_update", form.pk, world.actor("admin"), values={"sites": ""}, version=form.version)
    shown = stranger().get(f"/open/lead/{form.key}")
    assert "frame-ancestors 'none'" in shown["Content-Security-Policy"] and shown["X-Frame-Options"] == "DENY"
    for wrong in ("javascript:alert(1)", "https://*", "https://a b.com;", "www.example.cn; script-src *"):
        with pytest.raises(Invalid):
            run("webform_update", form.pk, world.actor("admin"), values={"sites": wrong}, version=WebForm.objects.get().version)
    page = browser("admin").get(f"/web-forms/{form.pk}").content.decode()
    assert f"/open/lead/{form.key}" in page


def test_consent_is_kept_in_its_words(form, world):
    run("webform_update", form.pk, world.actor("admin"), values={"consent": "同意贵司电话和短信联系我。"}, version=form.version)
    run("webform_update", form.pk, world.actor("admin"), values={"intro": "别的"}, version=WebForm.objects.get().version)
    assert list(ConsentText.objects.order_by("version").values_list("version", "text")) == [
        (1, "同意贵司电话联系我。"), (2, "同意贵司电话和短信联系我。")]
    assert WebForm.objects.get().consent_version == 2


def test_in_the_stranger_s_language(form):
    page = stranger().get(f"/open/lead/{form.key}?lang=en").content.decode()
    assert "Ask about lines" in page and "Send" in page and '<html lang="en"' in page
    assert "Ask about lines" in stranger(**{"Accept-Language": "en-GB,en"}).get(f"/open/lead/{form.key}").content.decode()


def test_switched_off_there_is_nothing(form, world):
    run("webform_update", form.pk, world.actor("admin"), values={"active": "0"}, version=form.version)
    assert stranger().get(f"/open/lead/{form.key}").status_code == 404
    assert stranger().get("/open/lead/nonsense").status_code == stranger().get("/open/other/x").status_code == 404
    with pytest.raises(Forbidden):
        run("webform_create", None, world.actor("alice"), values={"name": "x", "title": "x", "keeper": world.users["alice"].pk})
    with pytest.raises(Invalid) as bad:
        run("webform_create", None, world.actor("mark"), values={"name": "x", "title": "x", "asks": ["name"], "keeper": world.users["mark"].pk})
    assert list(bad.value.errors) == ["asks"]
