"""What an administrator sets about sales."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records.settings import Setting, declare, section

section("sales", _("Sales"), 54)
declare(
    Setting("sales.loss_reason_required", _("A lost opportunity says why"), "bool", True, section="sales", position=1),
    Setting("sales.lost_to_required", _("A lost opportunity says to whom"), "bool", False, section="sales", position=2),
    Setting("sales.lost_price_required", _("An opportunity lost to a competitor says at what price"), "bool", False, section="sales", position=3),
    Setting("sales.win_reason_required", _("A won opportunity says why"), "bool", False, section="sales", position=4),
    Setting("sales.competitors_at_close", _("Who closes an opportunity says who competed"), "choice", "no", section="sales", position=5,
            choices=(("no", _("Not required")), ("named", _("Competitors named, or that there are none")),
                     ("quoted", _("Competitors with their products and quotes"))),
            help=_("Won or lost. What must be known earlier stands in the gates of the stages.")),
    Setting("sales.win_needs_products", _("A won opportunity says what was sold"), "bool", False, section="sales", position=6,
            help=_("It needs at least one product line.")),
    Setting("sales.win_needs_amount", _("A won opportunity says for how much"), "bool", True, section="sales", position=7),
    Setting("sales.key_levels", _("Levels of key customers"), "terms", None, section="sales", required=False, dictionary="customer_level",
            position=9, help=_("Executives are told what happens in their opportunities. Left empty: level A.")),
    Setting("sales.closable_from", _("Probability from which an amount counts as closable"), "integer", 60, section="sales", least=1, most=100,
            position=8, help=_("Per cent.")),
)  # fmt: skip

section("quotations", _("Quotations"), 55)
declare(
    Setting("sales.quotation_days", _("A quotation holds for days"), "integer", 30, section="quotations", position=1, least=1, most=365),
    Setting("sales.discount_seller", _("Discount that a seller gives"), "decimal", Decimal(10), "unit", section="quotations", position=3, least=0,
            most=100, help=_("Per cent on a line, at most. Beyond it somebody who may approve sends the quotation.")),
    Setting("sales.margin_seller", _("Margin that a seller keeps"), "decimal", Decimal(20), "unit", section="quotations", position=4, least=-100,
            most=100, help=_("Per cent of the whole, at least.")),
    Setting("sales.discount_manager", _("Discount that a manager gives"), "decimal", Decimal(25), "unit", section="quotations", position=5, least=0,
            most=100, help=_("Beyond it somebody who may approve every quotation of the company sends it.")),
    Setting("sales.margin_manager", _("Margin that a manager keeps"), "decimal", Decimal(10), "unit", section="quotations", position=6, least=-100,
            most=100),
)  # fmt: skip
