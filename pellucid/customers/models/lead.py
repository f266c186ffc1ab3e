"""A trace of a possible customer, before anybody knows whether it is one."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.collaboration.fields import NextStep
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord, Record
from pellucid.kernel.resources.conditions import Conditions, filters_of

from .clocked import FAR, Clocked, plan_by
from .contact import Contact
from .customer import LONG_AGO, Customer
from .follow_up import Told
from .pool import Pool
from .web_form import WebForm


class AllocationRule(Record):
    """Who gets the leads that meet its conditions. Rules are tried in order; the first that can give a lead to somebody does."""

    duties = ("person", "unit")

    class Way(models.TextChoices):
        PERSON = "person", _("A person")
        HEAD = "head", _("The head of a unit")
        ROUND = "round", _("In turn")
        LEAST = "least", _("Who has least")
        WEIGHTED = "weighted", _("By free capacity and success")
        OWNER = "owner", _("The owner of the matching customer")
        POOL = "pool", _("A pool")

    class Role(models.TextChoices):
        SALES = "sales", _("Sales")
        SALES_MANAGER = "sales_manager", _("Sales manager")
        MARKETING = "marketing", _("Marketing")
        SERVICE = "service", _("Service")

    name = fields.Text(_("Name"), max_length=80)
    position = fields.Integer(_("Rank"), default=100)
    conditions = Conditions(_("Which leads"), of="lead", blank=True, default="")
    way = fields.Choice(_("Goes to"), choices=Way, default=Way.OWNER)
    person = fields.Person(verbose_name=_("Named person"), null=True, blank=True)
    unit = fields.InUnit(verbose_name=_("Unit"), null=True, blank=True, help_text=_("With everything below it."))
    role = fields.Choice(_("Role"), choices=Role, default=Role.SALES, help_text=_("Of the colleagues of the unit."))
    pool = fields.Link(Pool, models.PROTECT, verbose_name=_("Pool"), null=True, blank=True, related_name="+")
    active = fields.YesNo(_("In use"), default=True)
    last_user = fields.Person(verbose_name=_("Latest turn"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("allocation rule"), _("allocation rules")
        constraints = [
            models.CheckConstraint(condition=~models.Q(way="person") | models.Q(person__isnull=False), name="allocation_person",
                                   violation_error_message=_("Say who.")),
            models.CheckConstraint(condition=~models.Q(way__in=("head", "round", "least", "weighted")) | models.Q(unit__isnull=False),
                                   name="allocation_unit", violation_error_message=_("Say which unit.")),
            models.CheckConstraint(condition=~models.Q(way="pool") | models.Q(pool__isnull=False), name="allocation_pool",
                                   violation_error_message=_("Say which pool.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def asks_for(self, field: str) -> bool:
        """Whether its conditions speak of a field."""
        return any(f.name == field for f in filters_of(self.conditions))


class ScoreRule(Record):
    """Points for leads that meet a condition: what they are, what they did, how old they are. Negative points take away."""

    name = fields.Text(_("Name"), max_length=80)
    conditions = Conditions(_("Which leads"), of="lead", blank=True, default="")
    points = fields.Integer(_("Points"))
    position = fields.Integer(_("Rank"), default=100)
    active = fields.YesNo(_("In use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("score rule"), _("score rules")
        constraints = [models.CheckConstraint(condition=models.Q(points__range=(-1000, 1000)), name="score_points",
                                              violation_error_message=_("Between −1,000 and 1,000 points."))]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Lead(Clocked, OwnedRecord):
    """Somebody who may need something: where the trace comes from, how to reach him, what he asks for, what became of it."""

    class State(models.TextChoices):
        NEW = "new", _("To be judged")
        NURTURED = "nurtured", _("Being nurtured")
        QUALIFIED = "qualified", _("An opportunity")
        CONVERTED = "converted", _("Converted")
        INVALID = "invalid", _("Invalid")

    class Channel(models.TextChoices):
        PHONE = "phone", _("Telephone")
        WEB = "web", _("Web form")
        EMAIL = "email", _("E-mail")
        WECHAT = "wechat", _("WeChat")
        SMS = "sms", _("SMS")
        FAX = "fax", _("Fax")
        FACE = "face", _("In person")
        MEDIA = "media", _("Media")

    class Problem(models.TextChoices):
        NONE = "", _("None")
        EARLY = "early", _("Converted before it came in")
        JUDGED = "judged", _("Judged before it came in")

    OPEN = (State.NEW, State.NURTURED, State.QUALIFIED)
    temporal = ("state", "owner", "unit", "branch", "origin", "pool")
    valid_since = ("received_at", "created_at")
    unaudited = ("pinyin", "initials", "company_key", "score", "problem", "next_step", "next_step_at", "last_contact_at", "told",
                 *Clocked.CLOCK)  # fmt: skip
    personal = ("name",)                 # who asks for himself stands there himself
    lock_rank = 30
    takes_along = True
    match_keys = {"name": "company_key"}

    number = fields.Text(_("Number"), max_length=40, blank=True, editable=False)
    name = fields.Text(_("Company or person"), max_length=200)
    pinyin = fields.Text(_("Pinyin"), max_length=400, blank=True, default="", editable=False)
    initials = models.CharField(max_length=80, blank=True, default="", editable=False)
    company_key = models.CharField(max_length=200, blank=True, default="", editable=False)
    contact_name = fields.Text(_("Contact person"), max_length=80, blank=True, default="", personal=True, mask="name")
    position = fields.Text(_("Position"), max_length=80, blank=True, default="")
    mobile = fields.Phone(_("Mobile"), blank=True, default="")
    phone = fields.Phone(_("Phone"), blank=True, default="")
    email = fields.Email(_("E-mail"), blank=True, default="")
    wechat = fields.Text(_("WeChat"), max_length=60, blank=True, default="", personal=True)
    industry = fields.Term(dictionary="industry", verbose_name=_("Industry"), null=True, blank=True)
    size = fields.Term(dictionary="company_size", verbose_name=_("Size"), null=True, blank=True)
    region = fields.Term(dictionary="region", verbose_name=_("Region"), null=True, blank=True)
    address = fields.Text(_("Address"), max_length=300, blank=True, default="")
    website = fields.Url(_("Website"), blank=True, default="")
    origin = fields.Term(dictionary="origin", verbose_name=_("Origin"), null=True, blank=True)
    channel = fields.Choice(_("Channel"), choices=Channel, default=Channel.PHONE)
    landing_page = fields.Text(_("Landing page"), max_length=300, blank=True, default="")
    web_form = fields.Link(WebForm, models.PROTECT, verbose_name=_("Web form"), null=True, blank=True, related_name="+")
    utm_source = fields.Text(_("Campaign source"), max_length=120, blank=True, default="")
    utm_medium = fields.Text(_("Campaign medium"), max_length=120, blank=True, default="")
    utm_campaign = fields.Text(_("Campaign name"), max_length=120, blank=True, default="")
    needs = fields.Terms(dictionary="need", verbose_name=_("Needs"))
    needs_note = fields.LongText(_("What they need"), blank=True, default="", personal=True)
    budget = fields.Money(_("Budget"), null=True, blank=True)
    tags = fields.Terms(dictionary="customer_tag", verbose_name=_("Tags"))
    consent = fields.Choice(_("May be contacted"), choices=Contact.Consent, default=Contact.Consent.UNKNOWN,
                            tones={"given": "ok", "withdrawn": "bad"})
    consent_source = fields.Text(_("How they agreed"), max_length=120, blank=True, default="")
    consent_on = fields.Day(_("Agreed on"), null=True, blank=True)
    state = fields.Choice(_("State"), choices=State, default=State.NEW,
                          tones={"new": "info", "nurtured": "vio", "qualified": "acc", "converted": "ok", "invalid": ""})
    invalid_reason = fields.Term(dictionary="lead_invalid_reason", verbose_name=_("Why invalid"), null=True, blank=True)
    received_at = fields.Moment(_("Received"), default=timezone.now)
    assigned_at = fields.Moment(_("Assigned"), null=True, blank=True)
    qualified_at = fields.Moment(_("Judged"), null=True, blank=True)
    judged_by = fields.Person(verbose_name=_("Judged by"), null=True, blank=True)
    judged_because = fields.LongText(_("Judged so because"), blank=True, default="", personal=True)
    converted_at = fields.Moment(_("Converted at"), null=True, blank=True)
    score = fields.Integer(_("Score"), default=0, editable=False)
    problem = fields.Choice(_("Data problem"), choices=Problem, blank=True, default=Problem.NONE, editable=False,
                            tones={"early": "bad", "judged": "warn"})
    customer = fields.Link(Customer, models.SET_NULL, verbose_name=_("Customer"), null=True, blank=True, related_name="leads")
    contact = fields.Link(Contact, models.SET_NULL, verbose_name=_("Contact"), null=True, blank=True, related_name="+")
    same_as = fields.Link("self", models.SET_NULL, verbose_name=_("Same as"), null=True, blank=True, related_name="+")
    pool = fields.Link(Pool, models.PROTECT, verbose_name=_("Pool"), null=True, blank=True, related_name="+")
    rule = fields.Link(AllocationRule, models.SET_NULL, verbose_name=_("Allocation rule"), null=True, blank=True, related_name="+")
    allocated_because = fields.Text(_("Given because"), max_length=200, blank=True, default="")
    next_step = NextStep(_("Next step"), blank=True, default="", companion="next_step_at")
    next_step_at = fields.Moment(_("Next step at"), null=True, blank=True)
    next_step_key = models.GeneratedField(expression=Coalesce("next_step_at", models.Value(FAR, models.DateTimeField())),
                                          output_field=models.DateTimeField(), db_persist=True)
    last_contact_at = fields.Moment(_("Last contact"), style="ago", null=True, blank=True)
    last_contact_key = models.GeneratedField(expression=Coalesce("last_contact_at", models.Value(LONG_AGO, models.DateTimeField())),
                                             output_field=models.DateTimeField(), db_persist=True)
    told = fields.Integer(_("Follow-ups"), default=0, editable=False)
    plan_by = plan_by(state__in=("new", "nurtured", "qualified"))
    kept_until = fields.Day(_("Not recalled until"), null=True, blank=True)
    note = fields.LongText(_("Note"), blank=True, default="", personal=True)

    class Meta:
        verbose_name, verbose_name_plural = _("lead"), _("leads")
        constraints = [
            models.UniqueConstraint(fields=("number",), name="lead_number_once", condition=~models.Q(number="")),
            models.CheckConstraint(condition=~models.Q(state="invalid") | models.Q(invalid_reason__isnull=False), name="lead_invalid_says_why",
                                   violation_error_message=_("Say why it is invalid.")),
            models.CheckConstraint(condition=~models.Q(state="converted") | models.Q(converted_at__isnull=False), name="lead_converted_when"),
            models.CheckConstraint(condition=models.Q(pool=None) | models.Q(state__in=("new", "nurtured", "qualified")), name="lead_in_pool_open",
                                   violation_error_message=_("What is settled does not wait in a pool.")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("company_key",), name="lead_company_key", condition=~models.Q(company_key="")),
            models.Index(fields=("customer",), name="lead_customer", condition=models.Q(customer__isnull=False)),
            models.Index(fields=("plan_by",), name="lead_plan", condition=models.Q(plan_due_at__isnull=False, deleted_at=None)),
            models.Index(fields=("pool", "-score", "id"), name="lead_pool", condition=models.Q(pool__isnull=False)),
            # how many somebody carries is counted for every chunk that is allocated: from the index alone
            models.Index(fields=("owner",), name="lead_carried", condition=models.Q(
                deleted_at=None, pool=None, state__in=("new", "nurtured", "qualified"))),
        ]

    def __str__(self) -> str:
        return self.name


class LeadFollowUp(Told):
    """One contact with a lead; it becomes a follow-up of the customer when the lead is converted."""

    scope_via = "lead"
    lock_rank = 31

    lead = fields.Link(Lead, models.CASCADE, verbose_name=_("Lead"), related_name="follow_ups")

    class Meta:
        verbose_name, verbose_name_plural = _("follow-up of a lead"), _("follow-ups of leads")
        constraints = [models.CheckConstraint(condition=models.Q(minutes=None) | models.Q(minutes__range=(0, 1440)),
                                              name="lead_follow_up_minutes", violation_error_message=_("Between 0 and 1,440 minutes."))]  # fmt: skip
        indexes = [models.Index(fields=("lead", "-at", "-id"), name="lead_follow_up_of")]
