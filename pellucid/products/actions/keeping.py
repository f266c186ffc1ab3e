"""What products are like, kept for what was sold of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from ..attributes import attributes
from ..models import AttributeSet, Product


def attribute_sets(products: Iterable[int]) -> dict[int, int]:
    """Product -> the set of the attributes it has now; a product without any has none. A set that was never there is made, once."""
    names = attributes()
    found = Product._base_manager.filter(pk__in=set(products)).values_list("pk", "extra")
    held = {pk: {name: extra[name] for name in names if extra.get(name) not in (None, "")} for pk, extra in found}
    digests = {pk: digest(values) for pk, values in held.items() if values}
    if not digests:
        return {}
    made = {key: AttributeSet(values=held[pk], digest=key) for pk, key in digests.items()}
    AttributeSet._base_manager.bulk_create(made.values(), ignore_conflicts=True)
    ids = dict(AttributeSet._base_manager.filter(digest__in=made).values_list("digest", "pk"))
    return {pk: ids[key] for pk, key in digests.items()}


def digest(values: dict[str, object]) -> str:
    """The same for the same values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
