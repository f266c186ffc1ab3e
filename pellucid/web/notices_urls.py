"""Addresses of notices."""

from __future__ import annotations

from django.urls import path

from .views import notices

urlpatterns = [
    path("notices", notices.index, name="notices"),
    path("notices/tray", notices.tray, name="notices-tray"),
    path("notices/read", notices.read, name="notices-read"),
    path("notices/<int:pk>", notices.follow, name="notice"),
]
