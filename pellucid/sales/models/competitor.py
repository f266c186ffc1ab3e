"""Who else offers what we offer: competitors with their products and prices, and what they do in each of our opportunities."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import days, fields
from pellucid.kernel.records.models import Record
from pellucid.products.models import Product

from ..competing import OfCompetitor
from .opportunity import Opportunity


class Competitor(Record):
    """A company that customers may buy from instead of us: what it is, where it is strong and weak, how it sells and how we win."""

    class Threat(models.TextChoices):
        HIGH = "high", _("High")
        MIDDLE = "middle", _("Middle")
        LOW = "low", _("Low")

    lock_rank = 16
    duties = ("keeper",)

    name = fields.Text(_("Name"), max_length=120)
    short_name = fields.Text(_("Short name"), max_length=40, blank=True, default="", help_text=_(
        "As colleagues call it; imports find it by this, too."))  # fmt: skip
    threat = fields.Choice(_("Threat"), choices=Threat, default=Threat.MIDDLE, tones={"high": "bad", "middle": "warn"})
    lines = fields.Terms(dictionary="product_class", verbose_name=_("What it sells"))
    region = fields.Term(dictionary="region", verbose_name=_("Region"), null=True, blank=True)
    website = fields.Url(_("Website"), blank=True, default="")
    founded = fields.Integer(_("Founded in"), null=True, blank=True, style="plain")
    employees = fields.Integer(_("Employees"), null=True, blank=True)
    revenue = fields.Money(_("Annual revenue"), null=True, blank=True)
    keeper = fields.Person(verbose_name=_("Kept by"), null=True, blank=True)
    profile = fields.LongText(_("Profile"), blank=True, default="")
    strengths = fields.LongText(_("Strengths"), blank=True, default="")
    weaknesses = fields.LongText(_("Weaknesses"), blank=True, default="")
    strategy = fields.LongText(_("How it sells"), blank=True, default="")
    answer = fields.LongText(_("How we win"), blank=True, default="")
    active = fields.YesNo(_("In the market"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("competitor"), _("competitors")
        constraints = [
            models.UniqueConstraint(fields=("name",), name="competitor_name_once", condition=models.Q(deleted_at=None),
                                    violation_error_message=_("Another competitor has this name.")),
            models.CheckConstraint(condition=models.Q(founded=None) | models.Q(founded__range=(1000, 2200)), name="competitor_founded",
                                   violation_error_message=_("A year has four digits.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class CompetitorProduct(Record):
    """What a competitor offers, and which product of ours it stands against. Its price is the last one known."""

    scope_via = "competitor"
    unaudited = ("price", "price_on")
    lock_rank = 17

    competitor = OfCompetitor(Competitor, models.CASCADE, verbose_name=_("Competitor"), related_name="products")
    name = fields.Text(_("Name"), max_length=120)
    product_class = fields.Term(dictionary="product_class", verbose_name=_("Product class"), null=True, blank=True)
    against = fields.Link(Product, models.PROTECT, verbose_name=_("Against our product"), null=True, blank=True, related_name="+")
    better = fields.LongText(_("Where it is better"), blank=True, default="")
    worse = fields.LongText(_("Where ours is better"), blank=True, default="")
    price = fields.Money(_("Last known price"), null=True, blank=True, editable=False)
    price_on = fields.Day(_("Known since"), null=True, blank=True, editable=False)
    active = fields.YesNo(_("On sale"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("competing product"), _("competing products")
        constraints = [models.UniqueConstraint(fields=("competitor", "name"), name="competitor_product_once", condition=models.Q(
            deleted_at=None), violation_error_message=_("This competitor has a product of this name."))]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class CompetitorPrice(Record):
    """A price of a competing product: since which day, until which if that is known, and how we know. In the company's currency.
    Prices from deals come from the quotes there and name no customer."""

    class Kind(models.TextChoices):
        LIST = "list", _("List price")
        OFFER = "offer", _("Offered price")
        PAID = "paid", _("Price paid")

    scope_via = "competitor"
    lock_rank = 18

    competitor = OfCompetitor(Competitor, models.CASCADE, verbose_name=_("Competitor"), related_name="+", blank=True, help_text=_(
        "Follows from the product."))  # fmt: skip
    product = fields.Link(CompetitorProduct, models.CASCADE, verbose_name=_("Competing product"), related_name="prices")
    kind = fields.Choice(_("Kind of price"), choices=Kind, default=Kind.LIST, tones={"offer": "acc", "paid": "ok"})
    price = fields.Money(_("Price"))
    valid_from = fields.Day(_("From"), default=days.today)
    valid_until = fields.Day(_("Until"), null=True, blank=True, help_text=_("Left empty: until the next one."))
    source = fields.Term(dictionary="price_source", verbose_name=_("How we know"), null=True, blank=True)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")
    # the quote it comes from, by its id: a link would keep the quote from being deleted, and lead to a deal not everybody may see
    quote = models.BigIntegerField(null=True, unique=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("competitor's price"), _("competitors' prices")
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gt=0), name="competitor_price_positive", violation_error_message=_(
                "A price is above zero.")),
            models.CheckConstraint(condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                                   name="competitor_price_days", violation_error_message=_("It ends before it begins.")),
        ]  # fmt: skip
        indexes = [models.Index(fields=("product", "valid_from"), name="competitor_price_of")]

    def __str__(self) -> str:
        return f"{self.price:,}"


class OpportunityCompetitor(Record):
    """A competitor who takes part in one of our opportunities: what he offers, how he stands, what he is up to and what we do about it."""

    class Standing(models.TextChoices):
        UNKNOWN = "unknown", _("Unknown")
        AHEAD = "ahead", _("Ahead of us")
        LEVEL = "level", _("Level with us")
        BEHIND = "behind", _("Behind us")
        OUT = "out", _("Out of the race")

    temporal = ("standing",)
    scope_via = "opportunity"
    unaudited = ("quote", "quote_on")
    lock_rank = 43

    opportunity = fields.Link(Opportunity, models.CASCADE, verbose_name=_("Sales opportunity"), related_name="opportunity_competitors")
    competitor = OfCompetitor(Competitor, models.PROTECT, verbose_name=_("Competitor"), related_name="+")
    product = fields.Link(CompetitorProduct, models.PROTECT, verbose_name=_("Its product"), null=True, blank=True, related_name="+")
    standing = fields.Choice(_("State of play"), choices=Standing, default=Standing.UNKNOWN,
                             tones={"ahead": "bad", "level": "warn", "behind": "ok"})  # fmt: skip
    strategy = fields.LongText(_("Its strategy"), blank=True, default="")
    answer = fields.LongText(_("Our answer"), blank=True, default="")
    quote = fields.Money(_("Its last quote"), null=True, blank=True, editable=False)
    quote_on = fields.Day(_("Quoted on"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("competitor in the deal"), _("competitors in deals")
        constraints = [models.UniqueConstraint(fields=("opportunity", "competitor"), name="opportunity_competitor_once", condition=models.Q(
            deleted_at=None), violation_error_message=_("This competitor is named already."))]  # fmt: skip
        indexes = [models.Index(fields=("competitor", "opportunity"), name="opportunity_competitor_of")]

    def __str__(self) -> str:
        return str(self.competitor)


class CompetitorQuote(Record):
    """What a competitor asked for in one of our opportunities, in the deal's currency: when, and how we know."""

    scope_via = "opportunity"
    lock_rank = 44

    opportunity = fields.Link(Opportunity, models.CASCADE, verbose_name=_("Sales opportunity"), related_name="competitor_quotes")
    competitor = OfCompetitor(Competitor, models.PROTECT, verbose_name=_("Competitor"), related_name="+")
    product = fields.Link(CompetitorProduct, models.PROTECT, verbose_name=_("Its product"), null=True, blank=True, related_name="+")
    amount = fields.Money(_("Amount"))
    amount_base = fields.Money(_("Amount in company currency"), default=0, editable=False)
    unit_price = fields.Money(_("Price per piece"), null=True, blank=True, help_text=_(
        "With it, the price goes into the competitor's price history, without the customer."))
    quoted_on = fields.Day(_("Quoted on"), default=days.today)
    source = fields.Term(dictionary="price_source", verbose_name=_("How we know"), null=True, blank=True)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("competitor's quote"), _("competitors' quotes")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="competitor_quote_amount", violation_error_message=_(
                "An amount is above zero.")),
            models.CheckConstraint(condition=models.Q(unit_price=None) | models.Q(unit_price__gt=0), name="competitor_quote_price",
                                   violation_error_message=_("A price is above zero.")),
        ]  # fmt: skip
        indexes = [models.Index(fields=("opportunity", "competitor", "quoted_on"), name="competitor_quote_of")]

    def __str__(self) -> str:
        return f"{self.amount:,}"
