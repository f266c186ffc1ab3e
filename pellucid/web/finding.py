"""From an address to the resource or record it names."""
from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.reach import became
from pellucid.kernel.actions.run import fetch
from pellucid.kernel.records.errors import Forbidden, Missing
from pellucid.kernel.resources.declare import Resource, by_path


def resource_at(path: str, actor: Actor, verb: str = "view") -> type[Resource]:
    """The resource with this path, if the reader has the verb's right at all."""
    resource = by_path(path)
    if resource is None:
        raise Missing("")
    if not actor.may(resource.key(), verb):
        from pellucid.kernel.actions.run import verb_words

        name = f"{resource.model._meta.verbose_name} · {verb_words(verb)}"
        raise Forbidden(f"{resource.key()}.{verb}", _("The right “%(right)s” is missing.") % {"right": name})
    return resource


def record_at(path: str, pk: int, actor: Actor, verb: str = "view", *, gone: bool = False) -> tuple[type[Resource], Any]:
    """(resource, record) within the reader's reach. A merged record answers with the one it went into."""
    resource = resource_at(path, actor)
    try:
        return resource, fetch(resource.model, pk, actor, verb, gone=gone)
    except Missing:
        into, binned = became(resource.model, pk)
        if into:
            raise Moved(f"/{resource.path}/{into}") from None
        if binned and not gone and actor.may(resource.key(), "delete"):
            return resource, fetch(resource.model, pk, actor, "view", gone=True)
        raise


class Moved(Missing):
    """The record went into another one, which has this address."""

    def __init__(self, href: str) -> None:
        super().__init__("")
        self.href = href
