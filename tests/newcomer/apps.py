"""The frame of an area, as every area has one."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class NewcomerConfig(AppConfig):
    name = "tests.newcomer"
    label = "newcomer"
    verbose_name = "Newcomer"

    def ready(self) -> None:
        import_module("tests.newcomer.resources")
