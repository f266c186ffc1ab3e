"""Django's settings. What differs between installations is read in environment.py."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from pellucid.config import environment, logs
from pellucid.config.home import home

PACKAGE = Path(__file__).resolve().parent.parent
PRODUCTION = environment.production()
DEBUG = environment.flag("PELLUCID_DEBUG") and not PRODUCTION

PELLUCID_HOME = home()
PELLUCID_DURABLE = environment.durable()
PELLUCID_POOLER = environment.flag("PELLUCID_POOLER")
PELLUCID_APP_ROLE = environment.application_role()
PELLUCID_PATIENCE = environment.seconds("PELLUCID_PATIENCE", 0.5)  # what is not drawn by then, the page asks for when it stands
PELLUCID_MODULES = environment.words("PELLUCID_MODULES")  # areas switched on; empty means all that are there

SECRET_KEY = environment.key()
SECRET_KEY_FALLBACKS = environment.words("PELLUCID_SECRET_KEY_FALLBACKS")
WEBHOOK_HOSTS = environment.words("PELLUCID_WEBHOOK_HOSTS")  # hosts of the own network that rules may post to

# -- what is installed: floors from the lowest up, then the doors


def _present(names: str, prefix: str) -> list[str]:
    found = [f"pellucid.{prefix}{name}" for name in names.split()]
    return [name for name in found if (PACKAGE.parent / name.replace(".", "/") / "apps.py").exists()]


KERNEL = _present(
    "records events history access lifecycles actions resources jobs notices search exchange metrics automation processes",
    "kernel.",
)
AREAS = [
    name
    for name in _present(
        "people collaboration spending products customers partners marketing sales orders service performance insight", ""
    )
    if not PELLUCID_MODULES or name.removeprefix("pellucid.") in PELLUCID_MODULES
]
DOORS = _present("web api", "")
INSTALLED_APPS = [
    *KERNEL,
    *AREAS,
    *DOORS,
    "pellucid.config",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

AUTH_USER_MODEL = "access.User" if "pellucid.kernel.access" in KERNEL else "auth.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- requests

ROOT_URLCONF = "pellucid.config.urls"
WSGI_APPLICATION = "pellucid.config.wsgi.application"
WEB_MIDDLEWARE = ["pellucid.web.middleware.Identity"] if (PACKAGE / "web" / "middleware.py").exists() else []
MIDDLEWARE = [
    "pellucid.config.health.HealthMiddleware",
    "pellucid.config.observing.ObservingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    *(["pellucid.config.compress.CompressMiddleware"] if environment.flag("PELLUCID_COMPRESS", not PRODUCTION) else []),
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    *WEB_MIDDLEWARE,
]
ALLOWED_HOSTS = environment.words("PELLUCID_HOSTS", "" if PRODUCTION else "localhost,.localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.words("PELLUCID_ORIGINS")
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_TEMP_DIR = None
APPEND_SLASH = False

_templates: list[dict[str, Any]] = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
if (PACKAGE / "web" / "jinja.py").exists():
    _jinja = {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [],
        "APP_DIRS": False,  # the environment searches web/templates and every app's templates/ itself
        "OPTIONS": {"environment": "pellucid.web.jinja.environment"},
    }
    _templates.insert(0, _jinja)
TEMPLATES = _templates

# -- data

DATABASES = {"default": environment.database()}
STORAGES = environment.storages(PELLUCID_HOME / "files")
MEDIA_ROOT = PELLUCID_HOME / "files"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "pellucid"}}

# -- signing in

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/login"
CSRF_FAILURE_VIEW = "pellucid.web.errors.csrf_failure"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# -- what a browser may do with our pages

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
PELLUCID_TRUSTED_PROXIES = environment.words("PELLUCID_TRUSTED_PROXIES")  # only theirs X-Forwarded-* headers count
PELLUCID_HTTPS = environment.flag("PELLUCID_HTTPS", PRODUCTION)
if PELLUCID_HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # other hosts of the domain are not ours to promise for
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"

# -- language and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False

# -- files the browser loads

STATIC_URL = "/static/"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True  # no collectstatic at the first start
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600


def _named_by_content(path: str, url: str) -> bool:
    """Files below dist/ with a hash in their name never change."""
    return re.search(r"\.[0-9a-f]{8,64}\.\w+$", url) is not None


WHITENOISE_IMMUTABLE_FILE_TEST = _named_by_content

# -- e-mail, logs, checks

MAILERS = {"default": environment.mailer()}
DEFAULT_FROM_EMAIL = os.environ.get("PELLUCID_MAIL_FROM", "Pellucid <pellucid@localhost>")

LOGGING_CONFIG = None
logs.configure(json_lines=os.environ.get("PELLUCID_LOG") == "json", level=os.environ.get("PELLUCID_LOG_LEVEL", "INFO"))
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preload lists are the domain owner's decision
