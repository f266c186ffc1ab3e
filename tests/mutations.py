"""Faults planted on purpose, to see that the tests notice: PELLUCID_WIDEN=<resource> lets every scope on it reach all rows."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

WIDENED = os.environ.get("PELLUCID_WIDEN", "")


def widen(patch: pytest.MonkeyPatch) -> None:
    """Plant the fault named by the environment; does nothing without one."""
    if not WIDENED:
        return
    from pellucid.kernel.access.rights import Rights

    whole = Rights.scope

    def scope(self: Rights, resource: str, verb: str = "view") -> object:
        known = whole(self, resource, verb)
        return replace(known, all=True) if known and resource == WIDENED else known

    patch.setattr(Rights, "scope", scope)
