"""Addresses of import, export and long work."""
from __future__ import annotations

from django.urls import path

from .views import exchange, exports, jobs

urlpatterns = [
    path("jobs", jobs.tray, name="jobs"),
    path("jobs/<int:pk>", jobs.line, name="job"),
    path("jobs/<int:pk>/cancel", jobs.cancel, name="job-cancel"),
    path("jobs/<int:pk>/retry", jobs.retry, name="job-retry"),
    path("jobs/<int:pk>/file", jobs.file, name="job-file"),
    path("<slug:path>/import", exchange.upload, name="import"),
    path("<slug:path>/import/template.xlsx", exchange.template, name="import-template"),
    path("<slug:path>/import/<int:pk>", exchange.columns, name="import-columns"),
    path("<slug:path>/import/<int:pk>/words/<int:at>", exchange.words, name="import-words"),
    path("<slug:path>/import/<int:pk>/faults.xlsx", exchange.faults, name="import-faults"),
    path("<slug:path>/import/<int:pk>/confirm", exchange.confirm, name="import-confirm"),
    path("<slug:path>/import/<int:pk>/run", exchange.run_page, name="import-run"),
    path("<slug:path>/import/<int:pk>/undo", exchange.take_back, name="import-undo"),
    path("<slug:path>/export", exports.export, name="export"),
]
