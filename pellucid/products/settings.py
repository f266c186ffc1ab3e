"""What an administrator sets about prices."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records.settings import Setting, declare

declare(
    Setting("company.tax_rate", _("Usual tax rate"), "decimal", Decimal(13), position=6, least=0, most=100,
            help=_("Per cent. Stands on a line that names none.")),
)  # fmt: skip
