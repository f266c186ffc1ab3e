"""Address books in and out."""

from __future__ import annotations

import io

import pytest
import vobject

from pellucid.customers.models import Contact
from pellucid.kernel.actions.run import run
from pellucid.kernel.exchange import cards, readers, running
from pellucid.kernel.exchange.models import ExportRun
from pellucid.kernel.exchange.readers.vcf import HEADINGS
from pellucid.kernel.exchange.running import Alone
from pellucid.kernel.records.errors import Forbidden
from pellucid.kernel.resources.declare import registry

PHONE = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0;=E4=B8=89;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=
=E4=B8=89
TEL;CELL:138 0013 8000
TEL;WORK;VOICE:0512-62857700
EMAIL;PREF;INTERNET:zs@hengli.cn
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ
 AAAA

END:VCARD
BEGIN:VCARD
VERSION:3.0
N:李;四;;;
ORG:苏州恒砺精密制造有限公司;设备部
TITLE:部长\\, 总工
TEL;TYPE=voice:13900139000
ADR;TYPE=WORK:;;星湖街 328 号;苏州;江苏;215000;中国
BDAY:19800102
X-WECHAT:lisi80
garbage
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Wang\\, Xiao
TEL;VALUE=uri;TYPE="cell,home":tel:+1-555-555-5555
BDAY:2023-02-31
END:VCARD
BEGIN:VCARD
"""


def read(text: str | bytes) -> list[dict[str, object]]:
    contents = text if isinstance(text, bytes) else text.encode()
    book = readers.inspect(io.BytesIO(contents), "people.vcf")
    assert book.kind == "vcf" and [c.name for c in book.columns] == list(HEADINGS.values())
    rows = list(readers.rows(io.BytesIO(contents), book.reading))
    assert book.rows_about == len(rows) and [r.number for r in rows] == list(range(2, len(rows) + 2))
    return [{name: cell for name, cell in zip(HEADINGS, row.cells, strict=True) if cell is not None} for row in rows]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_cards_of_every_version_are_rows(ending):
    first, second, third, broken = read(PHONE.replace("\n", ending))
    assert first == {"fn": "张三", "tel.cell": "138 0013 8000", "tel.work": "0512-62857700", "email": "zs@hengli.cn"}
    assert second == {"fn": "李四", "org": "苏州恒砺精密制造有限公司", "org.unit": "设备部", "title": "部长, 总工", "tel.cell": "13900139000",
                      "adr": "江苏苏州星湖街 328 号", "bday": "1980-01-02", "x-wechat": "lisi80"}
    assert third == {"fn": "Wang, Xiao", "tel.cell": "+1-555-555-5555"}
    assert list(broken) == ["note"], "a card cut off is a row without a name, not a lost one"


def test_chinese_encodings_are_found():
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:王晓明\nORG:苏州恒砺精密制造有限公司\nNOTE:设备部负责采购的同事\nEND:VCARD\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        assert read(card.encode(encoding))[0]["fn"] == "王晓明"


def test_what_is_written_is_read_again():
    parts = {"fn": "欧阳\n; 娜", "org": "甲, 乙公司", "org.unit": "采购;部", "title": "总监", "tel.cell": "13800138000", "tel.work": "0512-1",
             "email": "a@b.cn", "x-wechat": "ouyang", "adr": "星湖街, 328 号", "url": "https://a.cn", "bday": "1980-01-02", "note": "一\n二"}
    again = read(cards.card(parts))[0]
    assert again == parts | {"fn": again["fn"]} and "欧阳" in again["fn"]
    assert vobject.readOne(cards.card({"fn": "张三"})).n.value.family == "张"


@pytest.mark.django_db
def test_contacts_come_and_go_as_cards(world, browser):
    customer = world.customer("苏州恒砺精密制造有限公司")
    alice, resource = world.actor("alice"), registry["contact"]
    book = f"BEGIN:VCARD\nVERSION:3.0\nFN:李四\nORG:{customer.name}\nTITLE:部长\nTEL;TYPE=CELL:13900139000\nX-WECHAT:lisi80\nEND:VCARD\n"
    given, _book, guesses = running.open_file(resource, alice, io.BytesIO(book.encode()), "people.vcf")
    assert {g.field for g in guesses if g.sure == "same"} >= {"name", "customer", "position", "mobile", "wechat", "email", "birthday"}
    running.settle(given, alice, running.run_plan(given), "")
    running.carry_out(given, Alone(alice))
    made = Contact.objects.get()
    assert (made.name, made.customer_id, made.mobile, made.wechat) == ("李四", customer.pk, "13900139000", "lisi80")
    page = browser("sam")
    answer = page.get(f"/contacts/{made.pk}/card.vcf")
    text = b"".join(answer.streaming_content).decode()
    assert answer["Content-Type"].startswith("text/vcard") and read(text)[0] | {} == {
        "fn": "李四", "org": customer.name, "title": "部长", "tel.cell": "13900139000", "x-wechat": "lisi80"}
    assert ExportRun.objects.get().columns and page.get(f"/customers/{customer.pk}/card.vcf").status_code == 404
    whole = page.post("/contacts/export", {"kind": "vcf"})
    assert read(b"".join(whole.streaming_content))[0]["fn"] == "李四"
    assert page.post("/customers/export", {"kind": "vcf"}).status_code == 422


@pytest.mark.django_db
def test_who_may_not_export_gets_no_card(world, browser):
    customer = world.customer("甲公司")
    contact = run("contact_create", None, world.actor("alice"), values={"customer": customer.pk, "name": "李四", "mobile": "13900139000"}).record
    for name in world.users:
        actor = world.actor(name)
        if not actor.may("contact", "export"):
            with pytest.raises(Forbidden):
                cards.card_of(registry["contact"], contact, actor)
            assert browser(name).get(f"/contacts/{contact.pk}/card.vcf").status_code in (403, 404)
