"""Addresses of the analyses."""
from __future__ import annotations

from django.urls import path

from .views import analyses, behind, causes, changes, cross, reports

urlpatterns = [
    path("analyses/", analyses.centre, name="analyses"),
    path("analyses/rows/", analyses.rows, name="analysis-rows"),
    path("analyses/behind", behind.behind, name="behind"),
    path("analyses/behind/changes/<slug:code>", changes.behind, name="change-behind"),
    path("analyses/cross", cross.cross, name="cross"),
    path("analyses/report", reports.keep, name="report-keep"),
    path("analyses/report/<int:pk>", reports.change, name="report-change"),
    path("analyses/values", cross.values, name="cross-values"),
    path("analyses/causes/<slug:code>", causes.page, name="causes"),
    path("analyses/causes/<slug:code>/rows", causes.rows, name="causes-rows"),
    path("analyses/changes/<slug:code>", changes.change, name="change"),
    path("analyses/changes/<slug:code>/rows", changes.rows, name="change-rows"),
    path("analyses/<slug:code>", analyses.one, name="analysis"),
    path("analyses/<slug:code>/<slug:name>", analyses.piece, name="analysis-piece"),
]
