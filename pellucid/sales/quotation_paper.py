"""A quotation as a paper for the customer, in Chinese or English: our head, the offer, the terms, where to pay."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pellucid.kernel.access import directory
from pellucid.kernel.exchange.papers import paper, picture
from pellucid.kernel.records import days, settings, terms, words
from pellucid.products.line_table import plain

from . import selectors
from .models import Letterhead, Quotation, QuotationLine

TEMPLATE = Path(__file__).parent / "templates" / "sales" / "quotation.typ"
LANGUAGES = {"zh-hans": "中文", "en": "English"}


def file_name(one: Quotation, language: str) -> str:
    """Under which name it is kept."""
    return f"{one.number}-v{one.edition}.{language[:2]}.pdf"


def made(one: Quotation, language: str) -> bytes:
    """The PDF of a quotation as it stands."""
    with translation.override(language):
        head = selectors.letterhead_of(one.unit_id)
        logo = logo_of(head)
        data = content(one, head, language) | {"logo": "logo.png" if logo else ""}
        return paper(TEMPLATE, data, {"logo.png": logo} if logo else None)


def logo_of(head: Letterhead | None) -> bytes | None:
    """The picture at its head, if there is one that can be read."""
    if head is None or head.logo is None:
        return None
    with default_storage.open(head.logo.stored_as, "rb") as file:
        return picture(file.read())


def company(head: Letterhead | None, language: str) -> dict[str, Any]:
    """Who offers it, and where to pay."""
    if head is None:
        return {"name": settings.get("company.name") or "Pellucid", "about": "", "bank": []}
    english = language == "en"
    name = head.name_en if english and head.name_en else head.name
    about = (head.address_en or head.address) if english else head.address
    bank = [(_("Company name"), name), (_("Tax number"), head.tax_number), (_("Bank"), (head.bank_en or head.bank) if english else head.bank),
            (_("Account"), head.account)]  # fmt: skip
    return {"name": name, "about": " · ".join(filter(None, (about, head.phone, head.website))),
            "bank": [[label, value] for label, value in bank if value] if head.account else []}  # fmt: skip


def content(one: Quotation, head: Letterhead | None, language: str) -> dict[str, Any]:
    """Everything the paper says."""
    lines = selectors.offered_lines(one)
    draft = one.state == Quotation.State.DRAFT
    rates = sorted({line.tax_rate for line in lines if line.tax_rate is not None})
    contact, day = one.contact, one.sent_on or days.today()
    who = " ".join(filter(None, (contact.name, contact.position))) if contact else ""
    facts = [(_("Customer"), one.customer.name), (_("Date"), day.isoformat()), (_("Contact"), who),
             (pgettext("offer", "Valid until"), one.valid_until.isoformat() if one.valid_until else ""), (_("Currency"), one.currency),
             (_("Offered by"), directory.user_name(one.owner_id))]  # fmt: skip
    agreed = [(name, terms.label(pk, language)) for name, pk in (
        (_("Payment"), one.payment_id), (_("Time of delivery"), one.delivery_id), (_("Warranty"), one.warranty_id)) if pk]  # fmt: skip
    sums = [(_("Amount without tax"), words.number(one.net, 2)),
            (_("Tax (%(rate)s %%)") % {"rate": " / ".join(plain(r) for r in rates)} if rates else _("Tax"), words.number(one.tax, 2)),
            (_("Amount with tax"), words.number(one.amount, 2))]  # fmt: skip
    return {
        "title": _("Quotation"), "number": one.number, "version": _("Version %(n)s") % {"n": one.edition}, "language": language[:2],
        "mark": _("Draft") if draft else "", "company": company(head, language), "facts": facts,
        "columns": [pgettext("line", "No."), _("Product"), _("Quantity"), _("Unit price"), _("Discount"), _("Amount without tax")],
        "lines": [_line(at, line, language) for at, line in enumerate(lines, 1)], "sums": sums, "terms": agreed, "words": one.terms,
        "signatures": [_("For the seller"), _("Confirmed by the customer")],
    }  # fmt: skip


def _line(at: int, line: QuotationLine, language: str) -> dict[str, str]:
    uom = terms.label(line.uom_id, language) if line.uom_id else ""
    discount = Decimal(line.discount)
    name = line.product.called(line.name, language[:2]) if line.product else line.name
    return {"n": str(at), "name": name, "sub": " · ".join(filter(None, (line.product.number if line.product else "", line.note))),
            "quantity": f"{plain(line.quantity)} {uom}".strip(), "price": plain(line.unit_price or Decimal(0)),
            "discount": _("Free") if discount == 100 else f"{plain(discount)}%" if discount else "", "net": words.number(line.net, 2)}  # fmt: skip
