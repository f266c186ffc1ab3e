"""Who may do what, where: users, units, memberships, roles, grants, shares, sessions, tokens."""
from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.translated import TranslatedText, say


class UserManager(BaseUserManager):
    """Finds users by login name."""

    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """Somebody, or something, that acts."""

    class Kind(models.TextChoices):
        STAFF = "staff", _("Staff")
        PORTAL = "portal", _("Portal")
        SYSTEM = "system", _("System")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.STAFF)
    username = fields.Text(_("Login"), max_length=80, unique=True)
    name = fields.Text(_("Name"), max_length=80)
    pinyin = models.CharField(max_length=200, blank=True, default="")
    email = fields.Email(_("E-mail"), blank=True, default="")
    is_active = fields.YesNo(_("Active"), default=True)
    language = models.CharField(max_length=10, blank=True, default="")
    time_zone = models.CharField(max_length=40, blank=True, default="")
    theme = models.CharField(max_length=8, blank=True, default="")
    single_keys = models.BooleanField(default=True)
    photo = models.CharField(max_length=200, blank=True, default="")
    totp_secret = models.CharField(max_length=64, blank=True, default="")
    totp_last_step = models.BigIntegerField(default=0)
    recovery_codes = models.JSONField(default=list, blank=True)
    preferences = models.JSONField(default=dict, blank=True)
    password_set_at = models.DateTimeField(null=True, blank=True)
    failed_logins = models.IntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "username"

    class Meta:
        ordering = ("username",)
        constraints = [models.UniqueConstraint(models.functions.Lower("username"), name="user_login_any_case")]

    def __str__(self) -> str:
        return self.name or self.username

    def set_password(self, raw_password: str | None) -> None:
        """A new password, and since when it holds; save PASSWORD_FIELDS."""
        super().set_password(raw_password)
        self.password_set_at = timezone.now()


PASSWORD_FIELDS = ("password", "password_set_at")


class WorkCalendar(models.Model):
    """Working hours: those of a week, which country's public holidays are kept, and (CalendarDay) single days that differ."""

    id = models.BigAutoField(primary_key=True)
    name = fields.Text(_("Name"), max_length=80)
    # hours as text: "09:00-12:00 13:00-18:00", "" for none
    monday = fields.Text(_("Monday"), max_length=100, blank=True, default="")
    tuesday = fields.Text(_("Tuesday"), max_length=100, blank=True, default="")
    wednesday = fields.Text(_("Wednesday"), max_length=100, blank=True, default="")
    thursday = fields.Text(_("Thursday"), max_length=100, blank=True, default="")
    friday = fields.Text(_("Friday"), max_length=100, blank=True, default="")
    saturday = fields.Text(_("Saturday"), max_length=100, blank=True, default="")
    sunday = fields.Text(_("Sunday"), max_length=100, blank=True, default="")
    holidays = fields.Text(_("Public holidays"), max_length=8, blank=True, default="")
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("working calendar"), _("working calendars")
        ordering = ("-is_default", "name")
        constraints = [
            models.UniqueConstraint(fields=("name",), name="work_calendar_name_once",
                                    violation_error_message=_("There is a calendar of this name already.")),
            models.UniqueConstraint(models.Value(1), condition=models.Q(is_default=True), name="work_calendar_one_default"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def week(self) -> tuple[str, ...]:
        """The hours of the weekdays, from Monday on."""
        return (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)


class CalendarDay(models.Model):
    """A day on which a calendar differs from its week and its holidays; without hours nobody works."""

    id = models.BigAutoField(primary_key=True)
    calendar = models.ForeignKey(WorkCalendar, models.CASCADE, related_name="days")
    day = models.DateField()
    hours = models.CharField(max_length=100, blank=True, default="")
    note = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ("day",)
        constraints = [models.UniqueConstraint(fields=("calendar", "day"), name="calendar_day_once")]


class Unit(models.Model):
    """A node of the organisation: headquarters, branch, department or team."""

    class Kind(models.TextChoices):
        HQ = "hq", _("Headquarters")
        BRANCH = "branch", _("Branch")
        DEPARTMENT = "department", _("Department")
        TEAM = "team", _("Team")

    id = models.BigAutoField(primary_key=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("Above"))
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind, default=Kind.DEPARTMENT)
    name = fields.Text(_("Name"), max_length=120)
    short_name = fields.Text(_("Short name"), max_length=40, blank=True, default="")
    head = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Head"))
    catcher = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Catcher"))
    time_zone = models.CharField(max_length=40, blank=True, default="")
    calendar = models.ForeignKey(WorkCalendar, models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("Working calendar"))
    position = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="unit_not_its_own_parent"),
            models.UniqueConstraint(models.Value(1), condition=models.Q(parent=None), name="unit_one_root"),
            models.CheckConstraint(condition=models.Q(parent__isnull=False) | models.Q(kind="hq"), name="unit_root_is_hq"),
            models.CheckConstraint(condition=models.Q(parent__isnull=False) | models.Q(catcher__isnull=False), name="unit_root_has_a_catcher"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user belongs to a unit for a time; the one primary unit fills what he creates."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="memberships")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    primary = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user",), condition=models.Q(primary=True, ends_on=None), name="one_primary_unit")]


class Role(models.Model):
    """A named set of rights; a process role has none and is only named by processes."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=40, unique=True)
    label = TranslatedText()
    builtin = models.BooleanField(default=False)
    process_only = models.BooleanField(default=False)
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ("position", "code")

    def __str__(self) -> str:
        return say(self.label) or self.code


class RoleRight(models.Model):
    """Role x resource x verb -> scope. `seeded` rows follow the program's presets until somebody edits the role's resource."""

    id = models.BigAutoField(primary_key=True)
    role = models.ForeignKey(Role, models.CASCADE, related_name="rights")
    resource = models.CharField(max_length=40)
    verb = models.CharField(max_length=12)
    scope = models.CharField(max_length=12)
    seeded = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("role", "resource", "verb", "scope"), name="role_right_once")]


class FieldRight(models.Model):
    """Role x resource x field -> write, read, masked or none, where it differs from the default."""

    class Level(models.TextChoices):
        WRITE = "write", _("Edit")
        READ = "read", _("Read")
        MASKED = "masked", _("Masked")
        NONE = "none", _("Hidden")

    id = models.BigAutoField(primary_key=True)
    role = models.ForeignKey(Role, models.CASCADE, related_name="field_rights")
    resource = models.CharField(max_length=40)
    field = models.CharField(max_length=60)
    level = models.CharField(max_length=8, choices=Level)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("role", "resource", "field"), name="field_right_once")]


class Grant(models.Model):
    """A user holds a role at a unit, which anchors the role's scopes."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, models.CASCADE, related_name="grants")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="grants")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "role", "unit"), name="grant_once")]


class Proxy(models.Model):
    """Somebody acts in an owner's name for a time: on one kind of record, or ("") on every kind that no other row names."""

    id = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    proxy = models.ForeignKey(User, models.CASCADE, related_name="+")
    resource = models.CharField(max_length=40, blank=True, default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    asked_by = models.BigIntegerField(null=True)  # the absence, of the area above, that asks for it
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="proxy_begins_before_it_ends"),
            models.CheckConstraint(condition=~Q(owner=F("proxy")), name="proxy_of_somebody_else"),
            ExclusionConstraint(name="proxy_one_at_a_time", expressions=[
                ("owner", RangeOperators.EQUAL), ("resource", RangeOperators.EQUAL),
                (Func("starts_at", "ends_at", function="tstzrange", output_field=DateTimeRangeField()), RangeOperators.OVERLAPS)]),
        ]  # fmt: skip
        indexes = [models.Index(fields=("owner", "starts_at"), name="proxy_of")]


class Share(models.Model):
    """A record shared with a colleague (its team). `sort_key` is the record's default sort key, kept by trigger."""

    class Level(models.IntegerChoices):
        READ = 1, _("May read")
        WORK = 2, _("May work on it")

    id = models.BigAutoField(primary_key=True)
    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    level = models.SmallIntegerField(choices=Level, default=Level.WORK)
    note = models.CharField(max_length=80, blank=True, default="")
    sort_key = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "access_share"
        constraints = [models.UniqueConstraint(fields=("resource", "record_id", "user"), name="share_once")]
        indexes = [models.Index(fields=("user", "resource", "-sort_key", "-record_id"), name="share_of_user")]


class Session(models.Model):
    """A signed-in browser: SHA-256 of a 256-bit token; idle and absolute expiry."""

    class Way(models.TextChoices):
        PASSWORD = "password", _("Password")
        PASSKEY = "passkey", _("Passkey")
        COMPANY = "company", _("Company sign-in")

    id = models.BigAutoField(primary_key=True)
    token_hash = models.BinaryField(max_length=32, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    viewing_as = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True, default="")
    agent = models.CharField(max_length=200, blank=True, default="")
    by = models.CharField(max_length=8, choices=Way, default=Way.PASSWORD)


class Passkey(models.Model):
    """A key on somebody's device (WebAuthn): its public half, and how often it was used."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)


class ExternalLogin(models.Model):
    """Somebody as the company's identity provider knows him."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("issuer", "subject"), name="external_login_once")]


class Attempt(models.Model):
    """A failed sign-in, under the SHA-256 of the name that was typed, known or not."""

    id = models.BigAutoField(primary_key=True)
    key = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=("key", "at"), name="attempt_of")]


class Token(models.Model):
    """A personal key for the API, with scopes and expiry; only its SHA-256 is kept."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    token_hash = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=8)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class OneTimeLink(models.Model):
    """A link that works once: an invitation, a forgotten password, the first set-up."""

    class Purpose(models.TextChoices):
        INVITE = "invite", _("Invitation")
        RESET = "reset", _("Forgotten password")
        SETUP = "setup", _("First set-up")
        PASSKEY = "passkey", _("Passkey")

    id = models.BigAutoField(primary_key=True)
    token_hash = models.BinaryField(max_length=32, unique=True)
    purpose = models.CharField(max_length=8, choices=Purpose)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class Reveal(models.Model):
    """A masked value was shown in full: who, which field of which record, when."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    field = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
