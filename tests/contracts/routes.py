"""Who may open which address of the web door. A route that is not named here fails a test.

"public": everybody; "signed-in": whoever is signed in; "right:<verb>": a right on the resource; "record:<verb>": a right that reaches the record.
"""
from __future__ import annotations

ROUTES: dict[str, str] = {
    "home": "signed-in", "login": "public", "logout": "public", "language": "public", "home-cards": "signed-in", "prefer": "signed-in",
    "area-page": "signed-in", "undo": "signed-in", "options-user": "signed-in", "options-unit": "signed-in", "options-term": "signed-in",
    "options": "right:view", "record": "record:view", "peek": "record:view", "edit": "record:edit", "field": "record:view", "do": "record:view",
    "panel": "record:view", "related": "record:view", "timeline": "record:view", "history": "record:view", "print": "record:view",
    "seers": "record:view", "star": "record:view", "watch": "record:view", "comment": "record:view", "compose": "record:view",
    "reveal": "record:view", "files": "record:view", "file": "record:view", "file-preview": "record:view", "file-remove": "record:edit",
    "list": "right:view", "slashless": "right:view", "totals": "right:view", "filter": "right:view", "filter-row": "right:view",
    "filter-apply": "right:view", "columns": "right:view", "calendar": "right:view", "new": "right:create", "view-save-as": "right:view",
    "view": "right:view", "view-save": "right:view", "view-delete": "right:view", "view-restore": "right:view", "bulk": "right:view",
}
# Pages of the program itself, each with tests of its own for who may open it.
PROGRAM_PAGES: dict[str, str] = {"search": "signed-in", "palette": "signed-in"}
