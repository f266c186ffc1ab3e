"""What follows from giving a customer something: its name, its stage, the version of then, and the use the document was put to."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pellucid.collaboration.actions.linking import used_for
from pellucid.collaboration.models import Document
from pellucid.customers.models import Contact
from pellucid.kernel.actions.declare import follows, prepares
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.resources.held import Kept
from pellucid.kernel.resources.verbs import GONE

from ..models import GivenDocument, Opportunity


@prepares(GivenDocument)
def given_document_prepare(rows: list[GivenDocument], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Where the opportunity stands, who writes it down and what the document is called, unless somebody says otherwise."""
    sales = {one.pk: one for one in Opportunity._base_manager.filter(pk__in={r.opportunity_id for r in rows})}
    documents = {d.pk: d for d in Document._base_manager.filter(pk__in={r.document_id for r in rows if r.document_id})}
    customers = dict(Contact._base_manager.filter(pk__in={r.contact_id for r in rows if r.contact_id}).values_list("pk", "customer"))
    for row in rows:
        one, document = sales[row.opportunity_id], documents.get(row.document_id or 0)
        row.stage_id = row.stage_id or one.stage_id
        if row.contact_id and one.customer_id and customers.get(row.contact_id) != one.customer_id:
            raise Invalid({"contact": [_("This person belongs to another customer.")]})
        if row.given_on > days.today():
            raise Invalid({"given_on": [_("This day is still to come.")]})
        if changed is None:
            row.given_by_id = row.given_by_id or actor.user_id
        if isinstance(row.file_id, Kept):
            row.file_name = row.file_id.name
        if changed is None or "document" in changed:
            row.edition = document.edition or None if document else None
        row.name = " ".join(row.name.split()) or (document.name if document else "") or row.file_name
        if not row.name:
            raise Invalid({"name": [_("Say what was given: a document, a file, or its name.")]})


@follows(GivenDocument)
def given_documents_were_used(rows: list[GivenDocument], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What the customer was given was used for this sale, and counts in its end."""
    for row in rows if changed != GONE else ():
        if row.document_id:
            used_for("opportunity", row.opportunity_id, row.document_id, by=actor.user_id)
