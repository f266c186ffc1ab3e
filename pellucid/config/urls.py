"""Puts the doors together: pages at the root, the REST API below /api/."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from pellucid.config.parts import installed

urlpatterns: list[URLPattern | URLResolver] = []

if "pellucid.api" in settings.DOORS and installed("pellucid.api.urls"):
    urlpatterns.append(path("api/", include("pellucid.api.urls")))
if "pellucid.web" in settings.DOORS and installed("pellucid.web.urls"):
    urlpatterns.append(path("", include("pellucid.web.urls")))
    handler400 = "pellucid.web.errors.bad_request"
    handler404 = "pellucid.web.errors.not_found"
    handler500 = "pellucid.web.errors.server_error"
