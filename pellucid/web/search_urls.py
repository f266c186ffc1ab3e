"""Addresses of search."""
from __future__ import annotations

from django.urls import path

from .views import search

urlpatterns = [
    path("search", search.page, name="search"),
    path("search/palette", search.palette, name="palette"),
]
