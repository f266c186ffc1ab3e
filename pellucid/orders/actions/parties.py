"""Who may be named as a party of a contract, and until when."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pellucid.customers.models import Customer
from pellucid.kernel.actions.declare import follows, prepares
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.reading import by_id
from pellucid.kernel.resources.verbs import GONE

from ..models import Contract, ContractParty

NOTED = frozenset({"note"})
OVER = (Contract.State.ENDED, Contract.State.VOID)


@prepares(ContractParty)
def party_prepare(parties: list[ContractParty], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Another company than the customer, once in each part; a partner is one that is marked as such. Who signed stays: others may join."""
    contracts, companies = by_id(Contract, (p.contract_id for p in parties)), by_id(Customer, (p.customer_id for p in parties))
    for one in parties:
        contract, company = contracts[one.contract_id], companies[one.customer_id]
        if contract.state in OVER:
            raise Refused(_("This contract is not in force any more."))
        if changed and changed - NOTED and contract.state != Contract.State.DRAFT:
            raise Invalid({sorted(changed - NOTED)[0]: [_("What is in force keeps what was agreed.")]})
        if company.pk == contract.customer_id:
            raise Invalid({"customer": [_("This is the customer of the contract.")]})
        if one.part == ContractParty.Part.PARTNER and not company.is_partner:
            raise Invalid({"customer": [_("This company is not marked as a partner.")]})
        same = ContractParty._base_manager.filter(contract=contract, customer=company, part=one.part, deleted_at=None, merged_into=None)
        if same.exclude(pk=one.pk or 0).exists():
            raise Invalid({"customer": [_("It is named in this part already.")]})


@follows(ContractParty)
def party_stays(parties: list[ContractParty], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Who is a party of a contract in force is not thrown out of it."""
    contracts = by_id(Contract, (p.contract_id for p in parties)) if changed == GONE else {}
    if any(not one.alive and contracts[one.contract_id].state != Contract.State.DRAFT for one in parties if contracts):
        raise Refused(_("What is in force keeps what was agreed."))
