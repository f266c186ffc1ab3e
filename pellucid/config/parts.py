"""Which parts of the product are there."""

from __future__ import annotations

from importlib.util import find_spec


def installed(module: str) -> bool:
    """Does this module exist? Its parent packages are imported, the module is not."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
