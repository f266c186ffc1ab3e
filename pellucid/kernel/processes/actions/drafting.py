"""A process is begun, its draft saved, published, thrown away. Who saves names the revision he changed: nobody's work is written over unseen."""

from __future__ import annotations

import copy
import json
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.declare import registry

from .. import drafts, moving
from ..definition import read
from ..designing.operations import Body, blank
from ..models import Process, ProcessVersion
from ..offered import templates
from .deciding import never
from .publishing import publish

BODY = Annotated[str, Ask(t("Definition (JSON)"), kind="longtext")]
REVISION = Annotated[int, Ask(t("Revision that was changed"))]
NOTE = Annotated[str, Ask(t("What is new"), max_length=200)]


RUNNING = ((moving.STAY, t("stays on its version")), (moving.MOVE, t("moves over where it stands")), (moving.RESTART, t("begins anew")))


class Overtaken(Refused):
    """Somebody else saved the draft meanwhile."""

    def __init__(self, sheet: drafts.Sheet) -> None:
        self.sheet = sheet
        super().__init__(
            _("%(name)s has changed this draft meanwhile. What you did is still here: keep yours or take the other.")
            % {"name": directory.user_name(sheet.changed_by) or _("Somebody else")}
        )


def parsed(text: str) -> Body:
    """The JSON of a definition of the right shape. Invalid otherwise."""
    try:
        body = json.loads(text)
    except ValueError:
        raise Invalid({"body": [_("This is no JSON.")]}) from None
    read(body)
    return dict(body)


@action(Process, label=t("New process"), verb="edit", on="new", icon="plus", sentence=t("{actor} began the process"))
def process_begin(
    *, actor: Actor, template: Annotated[str, Ask(t("Template"))] = "", subject: Annotated[str, Ask(t("About"))] = "",
    name: Annotated[str, Ask(t("Name"), max_length=120)] = "",
) -> Process:  # fmt: skip
    """A new process, from a template or empty, as a draft. Nothing waits for it before it is published and switched on."""
    if template:
        found = templates().get(template)
        if found is None:
            raise Invalid({"template": [_("There is no such template.")]})
        body = copy.deepcopy(found.body)
        if name:
            body["name"] = body["name"] | {"zh-hans": name}
    else:
        if subject not in registry:
            raise Invalid({"subject": [_("Choose what the process is about.")]})
        if not name:
            raise Invalid({"name": [_("Give the process a name.")]})
        body = blank("process", subject, {"zh-hans": name})
    return begun(body, actor)


def begun(body: Body, actor: Actor) -> Process:
    """A process with this definition as its draft, under a key of its own."""
    taken, key, n = set(Process.objects.filter(deleted_at=None).values_list("key", flat=True)), body["key"], 1
    while body["key"] in taken:
        n += 1
        body["key"] = f"{key[:36]}_{n}"
    definition = read(body)
    process = Process(key=definition.key, resource=definition.subject, gate=definition.gate, created_by_id=actor.user_id, **named(body))
    process.save()
    ProcessVersion.objects.create(process=process, number=1, body=body, changed_by_id=actor.user_id)
    return process


def named(body: Body) -> dict[str, str]:
    """The names of a process as its row keeps them."""
    names = body.get("name") or {}
    return {"name": (names.get("zh-hans") or names.get("en") or body["key"])[:120], "name_en": names.get("en", "")[:120]}


@action(Process, label=t("Take a process from a file"), verb="edit", on="new", icon="upload", personal=("body",),
        sentence=t("{actor} took the process from a file"))  # fmt: skip
def process_import(*, actor: Actor, body: BODY) -> Process:
    """A process from a file of another installation (or this one), as the draft of a new one."""
    given = parsed(body)
    if read(given).subject not in registry:
        raise Invalid({"body": [_("The process is about “%(kind)s”; there are no records of this kind here.") % {"kind": given["subject"]}]})
    return begun(given, actor)


@action(Process, label=t("Save the draft"), icon="device-floppy", shown=never, personal=("body",), quiet=True,
        sentence=t("{actor} changed the draft"))  # fmt: skip
def process_keep_draft(process: Process, *, actor: Actor, body: BODY, revision: REVISION) -> int:
    """Keep what was designed. `revision` is that of the draft it began from (0: there was none); answers the new one."""
    given = parsed(body)
    definition = read(given)
    if definition.key != process.key or definition.subject != process.resource:
        raise Invalid({"body": [_("This is the definition of another process.")]})
    known = {"body": given, "changed_at": timezone.now(), "changed_by_id": actor.user_id}
    if process.versions.filter(state="draft", revision=revision).update(revision=revision + 1, **known):
        return revision + 1
    sheet = drafts.opened(process)
    if sheet.revision or revision:
        raise Overtaken(sheet)
    ProcessVersion.objects.create(process=process, number=drafts.next_number(process), **known)
    return 1


@action(Process, label=t("Publish the draft"), icon="rocket", shown=never, sentence=t("{actor} published version {version}"))
def process_publish_draft(
    process: Process, *, actor: Actor, revision: REVISION, note: NOTE = "", use: Annotated[bool, Ask(t("Use it from now on"))] = False,
    running: Annotated[str, Ask(t("What runs"), choices=RUNNING)] = moving.STAY,
) -> None:  # fmt: skip
    """Make the draft the version that is used, and the process one in use if `use` says so. Invalid lists what keeps it from being published."""
    draft = process.versions.filter(state="draft").first()
    if draft is None or draft.revision != revision:
        raise Overtaken(drafts.opened(process))
    published = publish(draft.body, actor=actor, note=note, draft=draft)
    noted(**moving.carry_over(published, draft, running, actor))
    if use and not published.is_on:
        published.is_on = True
        published.save(update_fields=("is_on",))
        versions.forget()


@action(Process, label=t("Discard the draft"), icon="trash", tone="bad", shown=never, sentence=t("{actor} discarded the draft"),
        did=t("The draft of “{name}” is gone"))  # fmt: skip
def process_discard_draft(process: Process, *, actor: Actor) -> None:
    """Throw away what was not published."""
    if process.active_id is None:
        raise Refused(_("There is nothing but the draft. Delete the process instead."))
    process.versions.filter(state="draft").delete()
    versions.forget()

