"""Puts the doors together: pages at the root, the REST API below /api/."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []

if "pellucid.api" in settings.DOORS and find_spec("pellucid.api.urls"):
    urlpatterns.append(path("api/", include("pellucid.api.urls")))
if "pellucid.web" in settings.DOORS and find_spec("pellucid.web.urls"):
    urlpatterns.append(path("", include("pellucid.web.urls")))
