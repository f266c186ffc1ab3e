"""Files as values of a field or an input: given by a form, by the API or as a token of what was given a moment ago; kept by their bytes."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

from django.core import signing
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from markupsafe import Markup

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.kinds.base import BadValue, Cell, Kind, register
from pellucid.kernel.records.models import Blob
from pellucid.kernel.records.spec import Show, Spec

from .attachments import LARGEST, keep, plain_name
from .declare import Resource
from .fields import masked, readable

SALT, TOKEN_AGE = "held-file", 86400


class Kept(str):
    """The SHA-256 of a stored file that knows the name it came under."""

    __slots__ = ("name",)
    name: str

    def __new__(cls, sha: str, name: str) -> Kept:
        made = super().__new__(cls, sha)
        made.name = name
        return made


def keep_given(raw: Any) -> Kept:
    """Store what was given. Raises BadValue for what is no file, or one that is not kept."""
    if isinstance(raw, dict):
        try:
            content = base64.b64decode(str(raw.get("content", "")), validate=True)
        except (binascii.Error, ValueError):
            raise BadValue(_("The content of a file is Base64.")) from None
        name, file = str(raw.get("name") or "file"), io.BytesIO(content)
    else:
        name, file = str(getattr(raw, "name", "") or "file"), raw
        file.seek(0)
    name = plain_name(name.replace("\x00", ""))
    try:
        return Kept(keep(file, name).pk, name)
    except Invalid as refused:
        raise BadValue(refused.message) from refused


@register
class FileKind(Kind):
    """A stored file; with its companion the pair of SHA-256 and name."""

    key, control, family, operators = "file", "file", "set", ("empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or isinstance(raw, Kept):
            return raw
        if isinstance(raw, dict) or hasattr(raw, "read"):
            return keep_given(raw)
        if not str(raw).strip():
            return None
        try:
            sha, name = signing.loads(str(raw), salt=SALT, max_age=TOKEN_AGE)
        except (signing.BadSignature, ValueError, TypeError):
            raise BadValue(_("Please choose the file once more.")) from None
        return Kept(sha, name)

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        if isinstance(value, tuple):
            return str(value[1] or "") if value[0] else ""
        return value.name if isinstance(value, Kept) else str(value or "")[:12]

    def cell(self, spec: Spec, show: Show) -> Cell:
        def draw(value: Any) -> Markup:
            said = self.words(spec, value, show)
            return html.text(said) if said else html.EMPTY

        return draw

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        """A token of what was given just now, so that it need not be chosen again; nothing for what the record holds."""
        if hasattr(value, "read") or isinstance(value, dict):
            try:
                value = keep_given(value)
            except BadValue:
                return ""
        if isinstance(value, Kept):
            return signing.dumps((str(value), value.name), salt=SALT)
        return value if isinstance(value, str) and ":" in value else ""

    def json(self, spec: Spec, value: Any) -> Any:
        return value[0] if isinstance(value, tuple) else value

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "string", "description": "SHA-256 of the file's bytes"}

    def taken(self, spec: Spec) -> dict[str, Any]:
        content = {"type": "string", "contentEncoding": "base64", "maxLength": LARGEST * 4 // 3 + 4}
        return {"type": "object", "properties": {"name": {"type": "string", "maxLength": 255}, "content": content},
                "required": ["name", "content"], "additionalProperties": False}  # fmt: skip


def name_in(token: str) -> str:
    """The name of the file a token stands for."""
    if not token:
        return ""
    try:
        return str(signing.loads(token, salt=SALT, max_age=TOKEN_AGE)[1])
    except (signing.BadSignature, ValueError, TypeError, IndexError):
        return ""


def file_in(resource: type[Resource], record: Any, name: str, actor: Actor) -> tuple[Blob, str]:
    """(bytes, name) of the file in a field of a record the actor has read. Missing if there is none, or it is not his to read."""
    spec = readable(resource.key(), actor).get(name)
    if spec is None or spec.kind.key != "file" or masked(resource.key(), name, actor):
        raise Missing(_("This file is not here any more."))
    blob = Blob.objects.filter(pk=getattr(record, spec.column) or "").first()
    if blob is None or not default_storage.exists(blob.stored_as):
        raise Missing(_("This file is not here any more."))
    return blob, str(getattr(record, spec.companion, "") or "file") if spec.companion else "file"
