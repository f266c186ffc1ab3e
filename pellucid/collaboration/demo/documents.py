"""The knowledge base of the demo company, with versions and their texts."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage, step
from pellucid.kernel.records import terms
from pellucid.kernel.records.copying import copy, reserve
from pellucid.kernel.records.models import FileText
from pellucid.kernel.resources.attachments import keep
from pellucid.people.models import Staff

from ..models import Document, DocumentVersion
from . import files
from .writings import Written, everything


def authors() -> dict[str, list[tuple[int, int]]]:
    """By the short name of a unit: (user, unit) of those who write in it or below it."""
    units = directory.units()
    out: dict[str, list[tuple[int, int]]] = {}
    staff = list(Staff._base_manager.filter(leave_on=None).order_by("id").values_list("user_id", "unit_id"))
    for pk, place in units.items():
        below = tree().below(pk)
        for name in {place.name, place.short_name}:
            out.setdefault(name, [pair for pair in staff if pair[1] in below])
    return {name: found for name, found in out.items() if found}


def wordings(one: Written) -> list[tuple[str, ...]]:
    """The paragraphs of each version, the oldest first."""
    out = [one.text]
    for new, old in reversed(one.was):
        out.insert(0, tuple(p.replace(new, old) for p in out[0]))
    return out


def written(one: Written, text: tuple[str, ...]) -> tuple[bytes, str]:
    """(bytes, the text in them) of one version."""
    if one.file == "xlsx":
        rows = [[number(cell) for cell in line.split("|")] for line in text]
        said = "\n".join(" ".join(str(c) for c in row if c != "") for row in rows)
        return files.xlsx(one.title[:20], rows), f"{one.title[:20]}\n{said}"
    make = files.docx if one.file == "docx" else files.pdf
    return make(one.title, text), "\n".join([one.title, *(p.lstrip("# ") for p in text)])


def number(cell: str) -> str | int:
    """A cell as a spreadsheet holds it."""
    return int(cell) if cell.isdigit() else cell


@step(12, "知识库")
def knowledge(stage: Stage) -> None:
    """Documents of every kind, from every branch."""
    at_home, everybody = authors(), next(iter(tree().walk()))
    documents: list[dict[str, Any]] = []
    versions: list[dict[str, Any]] = []
    texts: dict[str, dict[str, Any]] = {}
    bosses = [user for user, unit in at_home.get("总部", []) if unit == everybody]
    for one, pk in zip(everything(), reserve(Document, len(everything())), strict=True):
        user, unit = stage.chance.choice(at_home.get(one.place) or at_home["总部"])
        day = stage.today - dt.timedelta(days=one.age + stage.chance.randint(0, 9))
        states = list(states_of(stage, one, pk, user, day))
        for version, text in states:
            versions.append(version)
            texts[version["file_id"]] = {"blob_id": version["file_id"], "state": FileText.State.READ, "text": text, "asked_at": stage.now,
                                         "read_at": stage.now}  # fmt: skip
        last = states[-1][0]
        held_up = last["created_at"] + dt.timedelta(days=9) if one.recommended else None
        documents.append({
            "id": pk, "name": one.title, "kind_id": terms.find("document_kind", one.kind), "summary": one.summary, "lessons": one.lessons,
            "purposes": [terms.by_code("document_purpose", p) for p in one.purposes],
            "steps": [found for name in one.steps if (found := terms.find("document_step", name))],
            "file_id": last["file_id"], "file_name": last["file_name"], "edition": len(states), "revised_at": last["created_at"],
            "audience": one.audience, "audience_unit_id": tree().branch(unit) if one.audience == "unit" else None,
            "meant_for_id": tree().branch(unit) if one.audience == "unit" else everybody,
            "recommended_at": held_up if held_up and held_up < stage.now else None,
            "recommended_by_id": bosses[0] if bosses and held_up and held_up < stage.now else None,
            "owner_id": user, "unit_id": unit, "branch_id": tree().branch(unit), "created_by_id": user, "created_at": states[0][0]["created_at"],
            "updated_at": last["created_at"],
        })  # fmt: skip
        stage.happened(states[0][0]["created_at"], "document.created", user, "document", pk)
        for version, _text in states[1:]:
            stage.happened(version["created_at"], "document.revised", user, "document", pk, edition=version["number"], note=version["note"])
        if documents[-1]["recommended_at"]:
            stage.happened(documents[-1]["recommended_at"], "document.recommended", documents[-1]["recommended_by_id"], "document", pk,
                           reason="各分公司都用得上")  # fmt: skip
    copy(FileText, texts.values())
    copy(Document, documents)
    copy(DocumentVersion, versions)


def states_of(stage: Stage, one: Written, pk: int, user: int, day: dt.date) -> Iterator[tuple[dict[str, Any], str]]:
    """(version, its text), each some weeks after the one before."""
    found = wordings(one)
    for at, text in enumerate(found, 1):
        content, said = written(one, text)
        moment = min(stage.at(day - dt.timedelta(days=31 * (len(found) - at)), 10, stage.chance.randint(0, 59)), stage.now - dt.timedelta(hours=3))
        name = f"{one.title}.{one.file}"
        blob = keep(io.BytesIO(content), name)
        note = f"更新：{one.was[at - 2][0]}" if at > 1 else "第一版"
        yield {"document_id": pk, "number": at, "file_id": blob.pk, "file_name": name, "note": note[:200], "created_at": moment,
               "updated_at": moment, "created_by_id": user}, said  # fmt: skip
