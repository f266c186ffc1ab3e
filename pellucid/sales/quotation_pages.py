"""What the page of a quotation shows: the offer as a table with its sums and floors, its versions side by side, what else was offered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import kept
from pellucid.kernel.actions.run import reaches_too
from pellucid.kernel.records import days, terms, words
from pellucid.kernel.resources.declare import Menu, Panel, Printout, place
from pellucid.kernel.resources.fields import clear, specs
from pellucid.products.line_table import plain, table, tiers
from pellucid.products.pricing import Head

from . import agreed, quotation_paper, selectors, versions
from .floors import Floor, floor_of, low
from .models import Quotation, QuotationLine

S = Quotation.State
TONES = {S.SENT: "acc", S.ACCEPTED: "ok", S.DECLINED: "bad", S.EXPIRED: "warn"}
BESIDE = 6  # rows of a card at the side


def state_tag(one: Quotation) -> dict[str, str]:
    """Its state in words and colour."""
    return {"label": str(S(one.state).label), "tone": TONES.get(S(one.state), "")}


def off(one: Quotation) -> Decimal:
    """The discount of the whole, in per cent."""
    return ((one.listed - one.net) * 100 / one.listed).quantize(Decimal("0.1")) if one.listed else Decimal(0)


# ------------------------------------------------------------------------------------------------ the offer


def offer(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """Lines, each with the way to change it and how it stands to the floor; the sums below, as far as the actor may read them."""
    if not clear("quotationline", actor):
        return None
    lines, drafted = selectors.offered_lines(one), one.state == S.DRAFT
    still = drafted and one.deleted_at is None and "amount" not in kept(one)
    found = table(lines, actor, of="quotationline", currency=one.currency, drafted=still, more=f"/quotation-lines/new?quotation={one.pk}",
                  paste=f"/quotations/{one.pk}/do/quotation_paste")  # fmt: skip
    if still:
        tiers(found["lines"], lines, Head(one.customer.level_id, one.currency, Decimal(one.rate)), "quotationline_reprice", actor)
    if drafted and "floor" in found["parts"]:
        found["extra"] = [{"label": _("Floor")}]
        floor = floor_of(actor, one.unit_id)
        short = low(lines, floor)
        for row, line in zip(found["lines"], lines, strict=True):
            against(row, line, floor, "margin" in found["parts"], short)
    return found | {"empty": _("Nothing is offered yet.")}


def against(row: dict[str, Any], line: QuotationLine, floor: Floor, inside: bool, short: bool) -> None:
    """How a line stands to the floor; `short`: the margin of the whole is below it, and lines that are below it say so."""
    beyond, loss = line.discount > floor.discount, low([line], floor)
    row["tones"] = {"discount": "bad" if beyond else "", "margin": "bad" if inside and loss else ""}
    if beyond:
        said = _("%(n)s points below the floor") % {"n": plain(line.discount - floor.discount)}
        row["extra"] = [{"text": said, "tone": "bad", "icon": "alert-triangle"}]
    elif short and loss:
        row["extra"] = [{"text": _("Price too low"), "tone": "bad", "icon": "alert-triangle"}]
    else:
        row["extra"] = [{"said": _("Within what you may give"), "tone": "ok", "icon": "check"}]


def head(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """What it comes to, what was given away, what is left, how long it holds."""
    if not clear("quotation", actor, "amount", "net", "listed"):
        return None
    today, language = days.today(), actor.language
    value, unit = words.money_parts(one.amount, language, one.currency)
    out: list[dict[str, Any]] = [
        {"label": _("Amount with tax"), "value": value, "unit": unit, "note": _("Version %(n)s") % {"n": one.edition}},
        {"label": _("Discount"), "value": str(off(one)), "unit": "%", "note": words.number(one.listed - one.net, 2)},
    ]
    if clear("quotation", actor, "cost", "margin") and one.margin is not None:
        floor = floor_of(actor, one.unit_id).margin
        short = floor is not None and one.margin < floor
        note = _("Floor %(n)s %%") % {"n": plain(floor)} if floor is not None else words.number(one.net - (one.cost or 0), 2)
        out.append({"label": _("Gross margin"), "value": f"{one.margin:.1f}", "unit": "%", "note": note, "tone": "bad" if short else "",
                    "meter": [{"share": max(0, min(100, int(one.margin))), "tone": "bad" if short else "acc"}]})  # fmt: skip
    if one.valid_until is not None:
        late = one.valid_until < today and one.state in (S.DRAFT, S.SENT)
        out.append({"label": pgettext("offer", "Valid until"), "value": words.relative_day(one.valid_until, today, language), "text": True,
                    "note": _("Expired") if late else "", "tone": "bad" if late else ""})  # fmt: skip
    return {"facts": out}


# ------------------------------------------------------------------------------------------------ versions
def editions(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """Its versions, where there are several."""
    found, today = selectors.versions_of(one, actor), days.today()
    if len(found) < 2:
        return None
    return {"label": _("Versions"), "rows": [{
        "href": f"/quotations/{v.pk}" if v.pk != one.pk else "", "label": _("Version %(n)s") % {"n": v.edition},
        "sub": words.relative_day(v.sent_on or days.day_of(v.created_at), today, actor.language), "tag": state_tag(v),
        "right": _amount(v, actor)} for v in found]}  # fmt: skip


def _amount(one: Quotation, actor: Actor) -> str:
    return words.money(one.amount, actor.language) if clear("quotation", actor, "amount") else ""


def before(one: Quotation, actor: Actor) -> Quotation | None:
    """The version it is compared with: the one before it."""
    return next((v for v in selectors.versions_of(one, actor) if v.edition < one.edition), None)


def count_changes(one: Quotation, actor: Actor) -> int:
    """In how many things it differs from the version before."""
    old = before(one, actor) if one.edition > 1 else None
    if old is None:
        return 0
    return len(versions.terms(old, one)) + sum(c.how != "same" for c in _compared(old, one))


def _compared(old: Quotation, new: Quotation) -> list[versions.Changed]:
    return versions.lines(selectors.offered_lines(old), selectors.offered_lines(new))


def compared(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """What is different from the version before, old beside new."""
    old = before(one, actor) if one.edition > 1 else None
    if old is None or not clear("quotationline", actor, "name", "quantity", "unit_price", "discount", "net"):
        return None
    known = specs("quotation")
    found = _compared(old, one)
    hows = {"added": (_("New"), "ok"), "removed": (_("Gone"), "bad"), "changed": (pgettext("line", "Changed"), "warn")}
    counts = {how: sum(c.how == how for c in found) for how in hows}

    def said(name: str, value: Any) -> str:
        if value is None or value == "":
            return "–"
        if isinstance(value, Decimal):
            return f"{value:.1f} %" if name == "margin" else words.number(value, 2)
        return terms.label(value.pk, actor.language) if known[name].dictionary else str(value)

    return {
        "title": _("Version %(old)s → version %(new)s") % {"old": old.edition, "new": one.edition},
        "sums": [{"label": known[name].label, "old": said(name, b), "new": said(name, a)}
                 for name, b, a in versions.sums(old, one) if clear("quotation", actor, name)],
        "counts": [{"label": f"{hows[how][0]} {n}", "tone": hows[how][1]} for how, n in counts.items() if n],
        "lines": [_pair(c, *hows[c.how]) for c in found if c.how != "same"],
        "terms": [{"label": known[name].label, "old": said(name, b), "new": said(name, a)}
                  for name, b, a in versions.terms(old, one) if clear("quotation", actor, name)],
    }  # fmt: skip


def _pair(change: versions.Changed, label: str, tone: str) -> dict[str, Any]:
    line: Any = change.new or change.old

    def both(name: str, say: Any) -> dict[str, str]:
        old = getattr(change.old, name) if change.old and name in change.fields | {"net"} and change.new else None
        return {"old": say(old) if old is not None and old != getattr(line, name) else "", "new": say(getattr(line, name))}

    return {"label": label, "tone": tone, "how": change.how, "name": both("name", str), "quantity": both("quantity", plain),
            "price": both("unit_price", plain), "discount": both("discount", lambda v: f"{plain(v)}%"),
            "net": both("net", lambda v: words.number(v, 2)), "by": f"{change.by:+,.2f}", "up": change.by > 0, "down": change.by < 0}  # fmt: skip


# ------------------------------------------------------------------------------------------------ beside it
def others(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """What else this customer was offered."""
    found, today = selectors.quoted_to(one, actor, BESIDE), days.today()
    rows = [{"href": f"/quotations/{q.pk}", "label": q.name, "tag": state_tag(q), "right": _amount(q, actor),
             "sub": f"{q.number} · {words.relative_day(q.sent_on or days.day_of(q.created_at), today, actor.language)}"} for q in found]  # fmt: skip
    return {"label": _("Other quotations to this customer"), "rows": rows} if rows else None


def rivals(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """What competitors asked for."""
    if not clear("competitorquote", actor, "amount", "competitor"):
        return None
    found, today = selectors.rivals_quotes(one, actor, BESIDE), days.today()
    rows = [{"href": f"/competitor-quotes/{q.pk}", "label": str(q.competitor), "right": words.money(q.amount, actor.language), "sub": " · ".join(
        filter(None, (str(q.product or ""), words.relative_day(q.quoted_on, today, actor.language))))} for q in found]  # fmt: skip
    return {"label": _("Competitors' quotes"), "rows": rows} if rows else None


# ------------------------------------------------------------------------------------------------ as a paper
def may_print(actor: Actor) -> bool:
    """Whether somebody may read everything the paper says."""
    lines = ("name", "quantity", "uom", "unit_price", "discount", "tax_rate", "net", "note")
    return clear("quotation", actor, "amount", "net", "tax", "contact", "terms") and clear("quotationline", actor, *lines)


def printed(one: Quotation, actor: Actor, language: str) -> tuple[str, bytes] | None:
    """The quotation as a PDF, as it stands."""
    return (quotation_paper.file_name(one, language), quotation_paper.made(one, language)) if may_print(actor) else None


def papers(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """The PDF in each language: what was sent as it was kept, a draft as it would look."""
    if not may_print(actor):
        return None
    kept, rows = selectors.papers_of(one), []
    for language, label in quotation_paper.LANGUAGES.items():
        name = quotation_paper.file_name(one, language)
        href = f"/quotations/{one.pk}/files/{kept[name]}" if name in kept else f"/quotations/{one.pk}/paper/quotation?language={language}"
        rows.append({"href": href, "icon": "file-download", "tone": "i3", "label": f"PDF · {label}", "sub": _("As it was sent") if name in kept else
                     _("Draft") if one.state == S.DRAFT else ""})  # fmt: skip
    return {"label": _("For the customer"), "rows": rows}


def not_won(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """The opportunity of an accepted quotation, if it was not won yet."""
    return agreed.still_open(one.opportunity_id, actor) if one.state == Quotation.State.ACCEPTED else None


def unfinished(one: Quotation, actor: Actor) -> dict[str, Any] | None:
    """What a draft lacks: what it cannot be sent without, with the way to mend it, then what a customer would ask about."""
    if one.state != S.DRAFT or not clear("quotationline", actor, "quantity", "unit_price", "net"):
        return None
    lines = selectors.offered_lines(one)
    edit = {"label": _("Edit"), "icon": "pencil", "drawer": f"/quotations/{one.pk}/edit"}
    must: list[tuple[str, dict[str, str]]] = []
    if not lines:
        must.append((_("nothing is offered yet"), {"label": _("Add a line"), "icon": "plus", "drawer": f"/quotation-lines/new?quotation={one.pk}"}))
    if one.valid_until is not None and one.valid_until < days.today():
        must.append((_("its last day is over"), edit))
    free = [at for at, line in enumerate(lines, 1) if not line.net and line.discount < 100]
    asked = [
        _("no price in line %(lines)s") % {"lines": ", ".join(map(str, free[:5]))} if free else "",
        _("no terms of payment") if one.payment_id is None and clear("quotation", actor, "payment") else "",
        _("nobody it is addressed to") if one.contact_id is None and clear("quotation", actor, "contact") else "",
    ]  # fmt: skip
    said = [text for text, _mend in must] + list(filter(None, asked))
    if not said:
        return None
    may = not actor.read_only and actor.may("quotation", "edit") and reaches_too(Quotation, one.pk, actor, "edit")
    return {"lead": _("Cannot be sent yet") if must else _("Look again before it is sent"), "warn": " " + _("; ").join(said),
            "next": must[0][1] if must and may else None, "act": edit if may and not must else None}  # fmt: skip


place(
    Panel("quotation", "quotation.unfinished", gettext_lazy("What is missing"), "", unfinished, place="guide", needs="quotationline", position=10),
    Panel("quotation", "quotation.not_won", gettext_lazy("Not won yet"), "", not_won, place="guide", position=90),
    Panel("quotation", "quotation.papers", gettext_lazy("For the customer"), "sales/quotation_rows.html", papers, position=5),
    Printout("quotation", "quotation", gettext_lazy("Quotation"), printed),
    Menu("letterhead", gettext_lazy("Letterheads"), "/letterheads/", "building", group="settings/rules", needs="letterhead.edit", position=62),
    Panel("quotation", "quotation.head", gettext_lazy("At a glance"), "sales/quotation_head.html", head, place="head"),
    Panel("quotation", "quotation.offer", gettext_lazy("Offer"), "products/lines.html", offer, place="tab", first=True, position=5),
    Panel("quotation", "quotation.compared", gettext_lazy("Compared"), "sales/compared.html", compared, place="tab", position=6,
          count=count_changes),
    Panel("quotation", "quotation.versions", gettext_lazy("Versions"), "sales/quotation_rows.html", editions, position=10),
    Panel("quotation", "quotation.others", gettext_lazy("Other quotations to this customer"), "sales/quotation_rows.html", others, position=20,
          lazy=True),
    Panel("quotation", "quotation.rivals", gettext_lazy("Competitors' quotes"), "sales/quotation_rows.html", rivals, needs="competitorquote",
          position=30, lazy=True),
    Menu("quotation", gettext_lazy("Quotations"), "/quotations/", "file-invoice", group="sales", needs="quotation.view", position=82),
)
