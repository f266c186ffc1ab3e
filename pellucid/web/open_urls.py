"""Forms that strangers fill in."""

from __future__ import annotations

from django.urls import path

from .views import open_forms

urlpatterns = [path("open/<slug:kind>/<slug:key>", open_forms.form, name="open-form")]
