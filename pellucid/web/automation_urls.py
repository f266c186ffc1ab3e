"""Addresses of the editor of rules: they stand before those every resource has."""

from __future__ import annotations

from django.urls import path

from .views import automation

urlpatterns = [
    path("rules/new", automation.new, name="rule-new"),
    path("rules/compose", automation.compose, name="rule-compose"),
    path("rules/try", automation.rehearse, name="rule-try"),
    path("rules/condition/<slug:key>/<slug:when>", automation.condition, name="rule-condition"),
    path("rules/<int:pk>/compose", automation.edit, name="rule-edit"),
]
