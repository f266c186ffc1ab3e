"""What the program shows of invoices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.resources.declare import Related, Resource, Section, Sort, Sum, View, extend, place, register

from .models import Invoice, InvoicePart

# who sells asks for an invoice; who keeps the books issues, voids and corrects it
GRANTS = {"admin": "manage", "executive": "manage", "branch_manager": "work", "sales_manager": "work", "sales": "work", "marketing": "none",
          "service": "none", "finance": "manage", "warehouse": "none", "auditor": "read"}  # fmt: skip


@register
class InvoiceResource(Resource):
    """Invoices, read through the order."""

    model = Invoice
    path = "invoices"
    icon = "file-invoice"
    columns = ("name", "number", "customer", "kind", "state", "amount", "invoiced_on", "fiscal_number")
    more = ("order", "net", "tax", "tax_rate", "amount_base", "buyer", "buyer_tax_number", "issued_by", "corrects", "corrected",
            "voided_on", "reason", "note", "created_by", "created_at")  # fmt: skip
    sections = (
        Section(_("Invoice"), ("order", "kind", "state", "amount", "net", "tax_rate", "tax", "invoiced_on", "fiscal_number")),
        Section(_("Buyer"), ("customer", "buyer", "buyer_tax_number")),
        Section(_("Void or corrected"), ("corrects", "corrected", "voided_on", "reason")),
        Section(_("More"), ("number", "issued_by", "amount_base", "note")),
    )
    form = ("order", "kind", "amount", "buyer", "buyer_tax_number", "note")
    filters = ("state", "kind", "customer", "order", "amount", "invoiced_on", "corrects", "issued_by", "created_at")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"name": "text", "number": "code", "fiscal_number": "code", "customer": "link"}
    sums = (Sum("amount_base", _("Amount")),)
    views = (
        View("open", _("To be issued"), {"f.state": "in:draft"}),
        View("month", _("Issued this month"), {"f.state": "in:issued", "f.invoiced_on": "within:this_month"}),
        View("red", _("Red-letter invoices"), {"f.corrects": "filled"}),
        View("all", _("All"), {}),
    )
    party = "customer"
    facts = ("amount", "net", "tax", "corrected")
    managed = ("name", "number", "issued_by", "customer", "state", "tax_rate", "net", "tax", "amount_base", "invoiced_on", "voided_on", "corrects",
               "corrected", "reason")  # fmt: skip
    importable = ("order", "kind", "amount", "buyer", "buyer_tax_number", "note")
    grants = GRANTS


@register
class InvoicePartResource(Resource):
    """The lines of invoices, read through the order."""

    model = InvoicePart
    path = "invoice-lines"
    icon = "list-details"
    columns = ("name", "invoice", "order", "amount", "tax_rate", "net", "tax", "corrected")
    more = ("line", "instalment", "corrects", "created_by", "created_at")
    sections = (
        Section(_("Line of an invoice"), ("invoice", "order", "line", "instalment", "amount", "net", "tax_rate", "tax")),
        Section(_("Corrected"), ("corrects", "corrected")),
    )
    form = ("invoice", "line", "instalment", "amount")
    filters = ("invoice", "order", "line", "instalment", "amount", "tax_rate")
    sorts = (Sort("created_at", "created_at", desc=True),)
    facts = ("amount", "net", "tax")
    managed = ("order", "name", "tax_rate", "net", "tax", "corrects", "corrected")
    importable = ("invoice", "line", "instalment", "amount")
    grants = GRANTS


extend("order", more=("invoiced", "to_invoice"), filters=("invoiced", "to_invoice"), managed=("invoiced", "to_invoice"),
       views=(View("uninvoiced", _("To be invoiced"), {"f.state": "in:signed,running,delivered,settled,closed", "f.to_invoice": "gte:0.01"}),))
place(
    Related("order", "invoice", "order", ("name", "number", "kind", "state", "amount", "invoiced_on", "fiscal_number"), position=25),
    Related("customer", "invoice", "customer", ("name", "number", "kind", "state", "amount", "invoiced_on"), position=18),
    Related("invoice", "invoicepart", "invoice", ("name", "amount", "tax_rate", "net", "tax", "corrected"), position=5, paper=True),
    Related("instalment", "invoicepart", "instalment", ("name", "invoice", "amount", "net", "tax"), position=20, label=_("Invoiced")),
    Related("orderline", "invoicepart", "line", ("name", "invoice", "amount", "net", "tax"), position=20, label=_("Invoiced")),
    Related("invoice", "invoice", "corrects", ("name", "number", "state", "amount", "invoiced_on", "reason"), position=10,
            label=_("Corrected by")),
)  # fmt: skip
