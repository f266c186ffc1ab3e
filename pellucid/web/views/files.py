"""Files on records: given, shown, fetched and taken away with the rights of the record."""
from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pellucid.kernel.access import directory
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.resources import attachments
from pellucid.kernel.resources.declare import printouts
from pellucid.kernel.resources.held import file_in

from .. import answers
from ..finding import record_at, resource_at
from .records import sheet_at

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def size_words(size: int) -> str:
    """A size a person can read."""
    for unit, step in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size} B"


@require_http_methods(["GET", "HEAD", "POST"])
def files(request: Any, path: str, pk: int) -> HttpResponse:
    """GET: the files of a record, as a tab. POST: put files on it."""
    sheet = sheet_at(request, path, pk)
    failed, status = "", 200
    if request.method == "POST":
        given = request.FILES.getlist("files")[:20]
        try:
            if not given:
                raise Invalid({"file": [_("Choose a file first.")]})
            for file in given:
                attachments.attach(sheet.resource, pk, file.name or "", file, request.actor)
        except Invalid as error:
            failed, status = error.message, 422
    may = sheet.alive and sheet.reach.may("edit")
    found = []
    for a in attachments.files_of(sheet.resource, pk):
        href = f"{sheet.href}/files/{a.pk}"
        image = a.blob.media_type in attachments.IMAGES
        found.append({"label": a.name, "href": href, "preview": f"{href}/preview" if image else None, "icon": "photo" if image else "file",
                      "sub": " · ".join(p for p in (size_words(a.blob.size), directory.user_name(a.created_by_id),
                                                    words.ago(a.created_at, request.show.now, request.show.language), a.note) if p),
                      "remove": f"{href}/remove" if may else None})
    context = {"files": found, "action": f"{sheet.href}/files" if may else None, "failed": failed, "largest": attachments.LARGEST // 2**20}
    if request.method == "POST" and not request.htmx:
        return answers.go(request, sheet.href + "#files", text=failed, tone="bad" if failed else "")
    shown = answers.fragment(request, "record_files.html", context, status=status)
    if request.method != "POST" or failed:
        return shown
    return answers.happens(shown, reload={})  # what the page says of missing papers is not so any more


def sent(response: FileResponse, media_type: str, name: str, *, inline: bool = False) -> FileResponse:
    """The headers under which foreign bytes may leave: never run, never guessed."""
    response["Content-Type"] = media_type
    response["Content-Disposition"] = ("inline" if inline else "attachment") + f"; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@require_safe
def download(request: Any, path: str, pk: int, file_id: int) -> FileResponse:
    """The bytes of a file, to be kept."""
    found = attachments.file_of(resource_at(path, request.actor), pk, file_id, request.actor)
    return sent(FileResponse(attachments.opened(found.blob)), "application/octet-stream", found.name)


@require_safe
def preview(request: Any, path: str, pk: int, file_id: int) -> FileResponse:
    """A picture made small and stripped of hidden facts."""
    found = attachments.file_of(resource_at(path, request.actor), pk, file_id, request.actor)
    return sent(FileResponse(attachments.preview(found.blob)), "image/webp", "preview.webp", inline=True)


@require_safe
def held(request: Any, path: str, pk: int, name: str) -> FileResponse:
    """The file in a field of a record, to be kept."""
    resource, record = record_at(path, pk, request.actor)
    blob, called = file_in(resource, record, name, request.actor)
    return sent(FileResponse(attachments.opened(blob)), "application/octet-stream", called)


@require_safe
def held_preview(request: Any, path: str, pk: int, name: str) -> FileResponse:
    """A picture in a field, made small and stripped of hidden facts."""
    resource, record = record_at(path, pk, request.actor)
    blob, _called = file_in(resource, record, name, request.actor)
    return sent(FileResponse(attachments.preview(blob)), "image/webp", "preview.webp", inline=True)


@require_POST
def remove(request: Any, path: str, pk: int, file_id: int) -> HttpResponse:
    """Take a file off its record."""
    gone = attachments.remove(resource_at(path, request.actor), pk, file_id, request.actor)
    return answers.again(request, f"/{path}/{pk}", text=_("“%(name)s” was removed.") % {"name": gone.name[:60]})


@require_safe
def paper(request: Any, path: str, pk: int, key: str) -> FileResponse:
    """A paper that an area makes of a record, in the language asked for."""
    resource, record = record_at(path, pk, request.actor)
    found = next((p for p in printouts if p.resource == resource.key() and p.key == key), None)
    wanted = request.GET.get("language", "")
    made = found.make(record, request.actor, wanted if wanted in dict(settings.LANGUAGES) else request.actor.language) if found else None
    if made is None:
        raise Missing("")
    name, content = made
    return sent(FileResponse(io.BytesIO(content)), "application/pdf", name)
