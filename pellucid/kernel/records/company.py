"""The settings that the kernel itself lives by."""
from __future__ import annotations

import zoneinfo
from typing import Any

from django.conf import settings as django
from django.utils.dates import MONTHS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import days, settings
from .errors import Invalid
from .settings import Setting, declare, section

ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Europe/London", "Europe/Berlin",
         "America/New_York", "America/Los_Angeles", "UTC")
CURRENCIES = ("CNY", "HKD", "TWD", "USD", "EUR", "JPY", "GBP", "SGD")


def _zone_exists(value: Any, unit: int | None) -> None:
    if value not in zoneinfo.available_timezones():
        raise Invalid({"company.zone": [gettext("There is no time zone “%(value)s”.") % {"value": value}]})


def _begins_with_http(value: Any, unit: int | None) -> None:
    if value and not value.startswith(("https://", "http://")):
        raise Invalid({"mail.base_url": [gettext("An address begins with https:// or http://.")]})


section("company", _("Company"), 10)
section("security", _("Security"), 20)
section("mail", _("E-mail"), 30)
declare(
    Setting("company.name", _("Company name"), default="", required=False, position=1, max_length=120),
    Setting("company.zone", _("Time zone"), default=days.DEFAULT_ZONE, position=2, check=_zone_exists, max_length=40,
            help=_("A day in figures and due dates is a day of this zone.")),
    Setting("company.currency", _("Currency"), "choice", "CNY", choices=tuple((c, c) for c in CURRENCIES), position=3,
            help=_("Amounts in other currencies also keep their worth in this one.")),
    Setting("company.fiscal_start", _("Fiscal year begins in"), "choice", 1, choices=tuple(MONTHS.items()), position=4),
    Setting("company.branches", _("The company has branches"), "bool", True, position=5,
            help=_("Without branches, everything about them is hidden.")),
    Setting("security.idle_minutes", _("Sign out after idle minutes"), "integer", 30, section="security", least=5, most=480, position=1),
    Setting("security.absolute_hours", _("Sign in again after hours"), "integer", 12, section="security", least=1, most=72, position=2),
    Setting("security.password_profile", _("Password rules"), "choice", "long", section="security", position=3, choices=(
        ("long", _("At least 12 characters, none of the common ones")),
        ("classes", _("At least 12 characters of three classes, a new one every 90 days")))),
    Setting("security.second_step", _("Second step at sign-in"), "choice", "own", section="security", position=4, choices=(
        ("own", _("Everybody decides")), ("admins", _("Required of administrators")), ("all", _("Required of everybody")))),
    Setting("security.oidc_issuer", _("Company sign-in: address of the provider"), "text", "", section="security", position=5, required=False,
            max_length=300, check=_begins_with_http, help=_("OpenID Connect; empty: sign-in by password and passkey only.")),
    Setting("security.oidc_client", _("Company sign-in: client"), "text", "", section="security", position=6, required=False,
            help=_("Its secret comes from the environment (PELLUCID_OIDC_SECRET). The address to register there ends in /login/company/back.")),
    Setting("security.oidc_match", _("Company sign-in: people are known by"), "choice", "email", section="security", position=7, choices=(
        ("email", _("their verified e-mail")), ("login", _("their login")))),
    Setting("mail.from", _("Sender of e-mails"), "text", django.DEFAULT_FROM_EMAIL, section="mail", position=1, max_length=120),
    Setting("mail.base_url", _("Address of this installation"), "text", "", section="mail", position=2, required=False,
            check=_begins_with_http, help=_("Links in e-mails begin with it.")),
)
days.read_settings_from(zone_name=lambda: settings.steady("company.zone"), fiscal_start=lambda: settings.steady("company.fiscal_start"))
