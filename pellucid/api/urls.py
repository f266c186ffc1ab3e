"""Addresses of the API. What a resource answers to follows from its declaration."""

from __future__ import annotations

from django.urls import path, re_path

from . import causes, exchange, measuring, reading, reference, writing
from .door import methods

ID = r"(?P<pk>[1-9]\d{0,17})"
P = r"(?P<path>[a-z][a-z0-9-]{0,39})"

urlpatterns = [
    path("v1/", methods(get=reading.root), name="api-root"),
    path("v1/me", methods(get=reading.me), name="api-me"),
    path("v1/openapi.json", reference.openapi, name="api-openapi"),
    path("docs", reference.docs, name="api-docs"),
    path("v1/measures", methods(get=measuring.catalogue), name="api-measures"),
    path("v1/measures/answer", methods(get=measuring.ask), name="api-answer"),
    path("v1/measures/rows", methods(get=measuring.rows), name="api-rows"),
    path("v1/analyses", methods(get=measuring.named), name="api-analyses"),
    path("v1/causes/<str:code>", methods(get=causes.taken_apart), name="api-causes"),
    path("v1/causes/<str:code>/rows", methods(get=causes.behind), name="api-causes-rows"),
    path("v1/changes/<str:code>", methods(get=measuring.moved), name="api-change"),
    path("v1/changes/<str:code>/rows", methods(get=measuring.moved_rows), name="api-change-rows"),
    re_path(rf"^v1/jobs/{ID}$", methods(get=exchange.job), name="api-job"),
    re_path(rf"^v1/jobs/{ID}/file$", methods(get=exchange.job_file), name="api-job-file"),
    re_path(rf"^v1/{P}/import$", methods(post=exchange.bring), name="api-import"),
    re_path(rf"^v1/{P}/export$", methods(get=exchange.take), name="api-export"),
    re_path(rf"^v1/{P}$", methods(get=reading.index, post=writing.create), name="api-list"),
    re_path(rf"^v1/{P}/totals$", methods(get=reading.totals), name="api-totals"),
    re_path(rf"^v1/{P}/bulk$", methods(post=writing.bulk), name="api-bulk"),
    re_path(rf"^v1/{P}/{ID}$", methods(get=reading.read, patch=writing.update, delete=writing.delete), name="api-record"),
    re_path(rf"^v1/{P}/{ID}/history$", methods(get=reading.history), name="api-history"),
    re_path(rf"^v1/{P}/{ID}/as-of$", methods(get=reading.as_of), name="api-as-of"),
    re_path(rf"^v1/{P}/{ID}/(?P<name>[a-z][a-z0-9_-]{{0,60}})$", methods(post=writing.act), name="api-action"),
]
