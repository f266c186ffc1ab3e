"""Addresses of the designer of processes."""

from __future__ import annotations

from django.urls import path

from .views import designer, designer_files, designer_trial

AT = "settings/processes/<int:pk>"
urlpatterns = [
    path("settings/processes/import", designer_files.upload, name="designer-import"),
    path("settings/processes/new", designer.new, name="designer-new"),
    path(AT, designer.show, name="designer"),
    path(f"{AT}/change", designer.change, name="designer-change"),
    path(f"{AT}/step", designer.step, name="designer-step"),
    path(f"{AT}/fill", designer.fill, name="designer-fill"),
    path(f"{AT}/condition", designer.condition, name="designer-condition"),
    path(f"{AT}/who", designer.who, name="designer-who"),
    path(f"{AT}/field", designer.field, name="designer-field"),
    path(f"{AT}/publish", designer_trial.publish, name="designer-publish"),
    path(f"{AT}/file", designer_files.download, name="designer-file"),
    path(f"{AT}/try", designer_trial.trial, name="designer-try"),
    path(f"{AT}/replay", designer_trial.replay, name="designer-replay"),
    path(f"{AT}/versions", designer_trial.versions, name="designer-versions"),
]
