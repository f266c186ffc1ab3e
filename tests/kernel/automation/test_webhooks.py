"""Webhooks against a real server: signed, tried again, given up, switched off; nothing goes into the own network."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.sessions import issue_token
from pellucid.kernel.actions.run import run
from pellucid.kernel.automation.doing import doings
from pellucid.kernel.automation.models import Endpoint, EndpointSecret, Message, RuleRun
from pellucid.kernel.automation.webhooks import posting, sending, signing
from pellucid.kernel.automation.webhooks.posting import Answer, post, read, target_of
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.jobs.queue import start
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.sealed import opened, sealed

from .rules import became, drafted, ruled

pytestmark = pytest.mark.django_db
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Receiver:
    """A program that listens: what it got, and what it answers next."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def endpoint(world, receiver):
    """An endpoint with its secret."""
    row = run("endpoint_create", None, world.actor("admin"), values={"name": "ERP", "url": receiver.url}).record
    secret = run("endpoint_new_secret", row.pk, world.actor("admin")).value.text
    return row, secret


def due_again() -> None:
    """As if the pause were over."""
    Message.objects.filter(state="due").update(next_at=LONG_AGO)
    Endpoint.objects.update(quiet_until=None)
    work_off()


def test_what_a_rule_sends_arrives_signed(world, receiver, endpoint):
    row, secret = endpoint
    push = {"kind": "webhook", "on": str(row.pk), "inputs": {"fields": ["name", "level"]}}
    rule = ruled(world, "推送新客户", "customer", {"type": "created"}, push)
    customer = world.customer("澄泰实业")
    assert became(rule) == [("done", "")]
    ((headers, body),) = receiver.got
    assert headers["webhook-id"] == Message.objects.get().uid and headers["content-type"] == "application/json"
    assert signing.verified([secret], headers, body, int(time.time()))
    said = json.loads(body)
    assert said["type"] == "customer.created"
    assert said["data"] == {"resource": "customer", "id": customer.pk, "title": "澄泰实业", "event": RuleRun.objects.get().event_id,
                            "path": f"/customers/{customer.pk}", "rule": "推送新客户", "fields": {"name": "澄泰实业", "level": None}}  # fmt: skip
    message = Message.objects.get()
    assert (message.state, message.status, message.tries) == ("done", 200, 1)


def test_nothing_personal_leaves_the_house(world, receiver, endpoint):
    push = {"kind": "webhook", "on": str(endpoint[0].pk), "inputs": {"fields": ["customer"]}}
    rule = ruled(world, "推送新联系人", "contact", {"type": "created"}, push)
    customer = world.customer("澄泰实业")
    run("contact_create", None, world.actor("alice"), values={"customer": customer.pk, "name": "欧阳清岚", "mobile": "13800138000"}, sure=True)
    assert became(rule) == [("done", "")]
    assert receiver.got and not any("欧阳清岚" in body.decode() or "13800138000" in body.decode() for _headers, body in receiver.got)


def test_tried_again_with_the_same_id_until_it_is_taken(world, receiver, endpoint):
    receiver.answers = [(500, {}), (503, {"retry-after": "120"}), (204, {})]
    run("endpoint_test", endpoint[0].pk, world.actor("admin"))
    work_off()
    message = Message.objects.get()
    assert message.state == "due" and 3 <= (message.next_at - timezone.now()).total_seconds() <= 7
    due_again()
    message.refresh_from_db()
    assert 239 <= (message.next_at - timezone.now()).total_seconds() <= 361, "the schedule is later than what was asked for"
    due_again()
    message.refresh_from_db()
    assert (message.state, message.tries, message.status) == ("done", 3, 204)
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert len({body for _headers, body in receiver.got}) == 1


def test_retry_after_longer_than_the_schedule_is_obeyed():
    assert sending.after(Answer(503, wait=4000), 1) == ("retry", 4000)
    assert [round(sum(sending.after(Answer(500), n)[1] for _ in range(400)) / 400 / sending.RETRY[n - 1], 1) for n in range(1, 10)] == [1.0] * 9
    assert sending.after(Answer(500), 10) == ("dead", 0)
    assert [sending.after(Answer(404), n)[0] for n in (1, 2, 3)] == ["retry", "retry", "dead"]
    assert [sending.after(Answer(status), 3)[0] for status in (408, 409, 425, 429, 500, None)] == ["retry"] * 6
    assert sending.after(Answer(301), 3)[0] == "dead"
    assert posting._asked_to_wait("Wed, 01 Jan 2020 00:00:00 GMT") == 0 and posting._asked_to_wait("nonsense") == 0
    assert posting._asked_to_wait("99999999") == 86400


def test_a_redirect_is_not_followed(world, receiver, endpoint):
    receiver.answers = [(302, {"location": receiver.url + "&second=1"})]
    run("endpoint_test", endpoint[0].pk, world.actor("admin"))
    work_off()
    assert len(receiver.got) == 1 and Message.objects.get().status == 302


def test_gone_for_good_switches_it_off_and_what_was_given_up_is_sent_again(world, receiver, endpoint):
    row, _secret = endpoint
    receiver.answers = [(410, {})]
    run("endpoint_test", row.pk, world.actor("admin"))
    work_off()
    row.refresh_from_db()
    assert not row.is_on and "410" in row.stopped and Message.objects.get().state == "dead"
    assert Notice.objects.filter(kind="webhook_off", user=world.users["admin"]).count() == 1
    run("endpoint_switch_on", row.pk, world.actor("admin"))
    run("endpoint_resend", row.pk, world.actor("admin"))
    work_off()
    assert Message.objects.get().state == "done"
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]


def test_five_days_of_failures_switch_it_off(world, receiver, endpoint):
    row, _secret = endpoint
    receiver.answers = [(500, {}), (500, {}), (500, {})]
    run("endpoint_test", row.pk, world.actor("admin"))
    work_off()
    Endpoint.objects.update(failing_since=timezone.now() - sending.GIVE_UP)
    due_again()
    row.refresh_from_db()
    assert row.is_on, "one more try may be all it needs"
    due_again()
    row.refresh_from_db()
    assert not row.is_on and row.stopped == "连续五天没有一次送达。"
    run("endpoint_switch_on", row.pk, world.actor("admin"))
    due_again()
    row.refresh_from_db()
    assert (row.is_on, row.failing_since, Message.objects.get().state) == (True, None, "done")


def test_messages_that_are_wrong_say_nothing_about_the_receiver(world, receiver, endpoint):
    row, _secret = endpoint
    receiver.answers = [(400, {})] * sending.FEW
    run("endpoint_test", row.pk, world.actor("admin"))
    work_off()
    for _try in range(sending.FEW - 1):
        due_again()
    row.refresh_from_db()
    assert (Message.objects.get().state, row.is_on, row.failing_since) == ("dead", True, None)


def test_messages_that_ended_are_kept_for_a_month(world, receiver, endpoint):
    for _n in range(3):
        run("endpoint_test", endpoint[0].pk, world.actor("admin"))
    work_off()
    first, second, third = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(ended_at=timezone.now() - sending.KEPT - dt.timedelta(minutes=1))
    Message.objects.filter(pk=third.pk).update(state="due", ended_at=None, created_at=LONG_AGO, next_at=timezone.now() + dt.timedelta(days=1))
    start("automation.messages", Actor.system("job"))
    work_off()
    assert list(Message.objects.order_by("pk")) == [second, third]


def test_while_a_secret_is_replaced_both_sign(world, receiver, endpoint):
    row, old = endpoint
    new = run("endpoint_new_secret", row.pk, world.actor("admin")).value.text
    run("endpoint_test", row.pk, world.actor("admin"))
    work_off()
    headers, body = receiver.got[0]
    now = int(time.time())
    assert len(headers["webhook-signature"].split()) == 2
    assert signing.verified([old], headers, body, now) and signing.verified([new], headers, body, now)
    assert not signing.verified([signing.new_secret()], headers, body, now)
    assert not signing.verified([new], headers, body + b" ", now) and not signing.verified([new], headers, body, now + 301)
    assert not signing.verified([new], headers | {"webhook-id": "msg_other"}, body, now)
    EndpointSecret.objects.filter(ends_at__isnull=False).update(ends_at=LONG_AGO)
    run("endpoint_test", row.pk, world.actor("admin"))
    work_off()
    assert not signing.verified([old], *receiver.got[1], now)


def test_the_signature_is_the_one_of_the_standard():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = signing.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_kept_sealed_and_no_key_but_ours_opens_it(world, endpoint, settings):
    _row, secret = endpoint
    kept = EndpointSecret.objects.get().sealed
    assert secret not in kept and opened(kept) == secret
    settings.SECRET_KEY = "another key of another installation, long enough"
    with pytest.raises(Refused):
        opened(kept)
    settings.SECRET_KEY_FALLBACKS = []
    again = sealed("x")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a third key, after the second one was retired"
    assert opened(again) == "x"


@pytest.mark.parametrize("url", [
    "http://example.com/", "https://user:pw@example.com/", "ftp://example.com/", "https://127.0.0.1/", "https://10.0.0.8/", "https://[::1]/",
    "https://169.254.169.254/latest/meta-data", "https://[::ffff:192.168.1.1]/", "https://0.0.0.0/", "https://[64:ff9b::a00:1]/", "https://224.0.0.1/",
    "https:///nothing", "https://[bad",
])  # fmt: skip
def test_nothing_goes_into_the_own_network(world, url):
    with pytest.raises(Refused):
        read(url)
    with pytest.raises(Invalid):
        run("endpoint_create", None, world.actor("admin"), values={"name": "内网", "url": url})


def test_a_name_that_leads_into_the_own_network_is_not_posted_to(monkeypatch, receiver, settings):
    settings.WEBHOOK_HOSTS = []
    both = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.1.1.1", 443))]
    monkeypatch.setattr(posting.socket, "getaddrinfo", lambda *args, **kwargs: both)
    with pytest.raises(Refused):
        target_of("https://rebind.example/")
    assert post("https://rebind.example/", b"{}", {}).status is None
    monkeypatch.setattr(posting.socket, "getaddrinfo", lambda *args, **kwargs: both[:1])
    assert target_of("https://rebind.example/").address == "93.184.216.34", "what was looked at is what is connected to"


def test_a_receiver_that_does_not_answer_keeps_no_other_waiting(world, receiver, endpoint, monkeypatch):
    monkeypatch.setattr(posting, "PATIENCE", 0.3)
    monkeypatch.setattr(posting, "_looked_up", lambda host, port: host)
    deaf = posting.socket.socket()
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(1)
    row = run("endpoint_create", None, world.actor("admin"),
              values={"name": "聋", "url": f"http://127.0.0.1:{deaf.getsockname()[1]}/"}).record  # fmt: skip
    run("endpoint_new_secret", row.pk, world.actor("admin"))
    for _n in range(3):
        run("endpoint_test", row.pk, world.actor("admin"))
    run("endpoint_test", endpoint[0].pk, world.actor("admin"))
    began = time.monotonic()
    work_off()
    deaf.close()
    assert time.monotonic() - began < 5 and len(receiver.got) == 1
    assert sorted(Message.objects.filter(endpoint=row).values_list("tries", flat=True)) == [0, 0, 1], "after the first the others wait"


def test_a_receiver_that_answers_letter_by_letter_is_cut_off(monkeypatch, receiver):
    monkeypatch.setattr(posting, "PATIENCE", 0.5)
    slow = posting.socket.socket()
    slow.bind(("127.0.0.1", 0))
    slow.listen(1)

    def drip() -> None:
        with contextlib.suppress(OSError):
            caller, _address = slow.accept()
            for letter in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100:
                caller.send(bytes([letter]))
                time.sleep(0.1)

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    answer = post(f"http://127.0.0.1:{slow.getsockname()[1]}/", b"{}", {})
    slow.close()
    assert answer.status is None and "0" in answer.error and time.monotonic() - began < 3


def test_without_a_secret_no_rule_sends_there(world, receiver):
    row = run("endpoint_create", None, world.actor("admin"), values={"name": "ERP", "url": receiver.url}).record
    rule = drafted(world, "推送", "customer", {"type": "created"}, {"kind": "webhook", "on": str(row.pk)})
    with pytest.raises(Invalid) as lacking:
        run("rule_publish", rule.pk, world.actor("admin"))
    assert lacking.value.message == "第 1 步：Webhook“ERP”还没有密钥，请先在它的页面生成密钥再使用。"
    assert (str(row.pk), "ERP") in doings["webhook"].offers("customer"), "it is offered, so that one learns what it lacks"


def test_the_secret_is_shown_once_in_the_browser(world, receiver, browser):
    row = run("endpoint_create", None, world.actor("admin"), values={"name": "ERP", "url": receiver.url}).record
    page = browser("admin")
    shown = page.post(f"/webhooks/{row.pk}/do/endpoint_new_secret").content.decode()
    secret = opened(EndpointSecret.objects.get().sealed)
    assert secret in shown
    assert secret not in page.get(f"/webhooks/{row.pk}").content.decode() + page.get(f"/webhooks/{row.pk}/panel/messages").content.decode()


def test_over_the_api_the_secret_comes_once_and_is_never_kept(world, receiver, client):
    row = run("endpoint_create", None, world.actor("admin"), values={"name": "ERP", "url": receiver.url}).record
    key = {"Authorization": f"Bearer {issue_token(world.users['admin'], 'x', ['write'], None)[1]}"}
    where = f"/api/v1/webhooks/{row.pk}/endpoint_new_secret"
    refused = client.post(where, "{}", content_type="application/json", headers=key | {"Idempotency-Key": "one"})
    assert refused.status_code == 422 and not EndpointSecret.objects.exists()
    told = client.post(where, "{}", content_type="application/json", headers=key)
    assert told.json()["value"] == {"secret": opened(EndpointSecret.objects.get().sealed)}
    assert "no-store" in told["Cache-Control"]


def test_what_connects_too_late_is_not_waited_for(monkeypatch, receiver):
    monkeypatch.setattr(posting, "PATIENCE", 0.3)
    connect = posting.socket.create_connection

    def slowly(*args, **kwargs):
        time.sleep(0.6)
        return connect(*args, **kwargs)

    monkeypatch.setattr(posting.socket, "create_connection", slowly)
    answer = post(receiver.url, b"{}", {})
    assert answer.status is None and not receiver.got
