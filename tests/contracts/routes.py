"""Who may open which address of the web door. A route that is not named here fails a test.

"public": everybody; "signed-in": whoever is signed in; "right:<verb>": a right on the resource; "record:<verb>": a right that reaches the record.
"""
from __future__ import annotations

ROUTES: dict[str, str] = {
    "home": "signed-in", "login": "public", "logout": "public", "language": "public", "home-cards": "signed-in", "home-piece": "signed-in",
    "menu-counts": "signed-in", "menu-scopes": "signed-in",
    "area-page": "signed-in", "undo": "signed-in", "options-user": "signed-in", "options-unit": "signed-in", "options-term": "signed-in",
    "options": "right:view", "record": "record:view", "peek": "record:view", "edit": "record:edit", "field": "record:view", "do": "record:view",
    "cell": "record:edit",
    "panel": "record:view", "related": "record:view", "timeline": "record:view", "history": "record:view", "print": "record:view",
    "paper": "record:view",
    "seers": "record:view", "star": "record:view", "watch": "record:view", "comment": "record:view", "compose": "record:view",
    "reveal": "record:view", "card": "record:view",
    "held": "record:view", "held-preview": "record:view",
    "files": "record:view", "file": "record:view", "file-preview": "record:view", "file-remove": "record:edit",
    "list": "right:view", "slashless": "right:view", "totals": "right:view", "filter": "right:view", "filter-row": "right:view",
    "filter-apply": "right:view", "columns": "right:view", "calendar": "right:view", "board-column": "right:view", "board-move": "record:view",
    "calendar-move": "record:view",
    "new": "right:create", "view-save-as": "right:view", "view-order": "right:view",
    "view": "right:view", "view-save": "right:view", "view-delete": "right:view", "view-restore": "right:view", "bulk": "right:view",
}
# Pages of the program itself. "administration": those who manage or read its settings; "own": what is one's own, for whoever is signed in;
# "secret": whoever holds the link; "right:<verb>" on the resource of the path.
PROGRAM_PAGES: dict[str, str] = {
    **dict.fromkeys(("search", "palette", "hint", "view-as-stop"), "signed-in"),
    **dict.fromkeys(("notices", "notices-tray", "notices-read", "notice", "jobs", "job", "job-cancel", "job-retry", "job-file", "profile",
                     "profile-photo", "photo", "profile-password", "profile-second-step", "profile-session-end", "profile-sessions-end",
                     "profile-token-new", "profile-token-revoke", "profile-notices"), "own"),
    **dict.fromkeys(("settings", "settings/", "settings-do", "settings-do-to", "settings-company", "settings-roles", "settings-role",
                     "settings-fields", "settings-fields-of", "settings-fields-order", "settings-dictionaries", "settings-dictionary",
                     "settings-dictionary-order", "settings-audit", "settings-audit-export", "settings-sessions", "settings-session-end",
                     "settings-tokens", "settings-token-revoke", "settings-bin", "settings-jobs", "view-as", "settings-area"), "administration"),
    **dict.fromkeys(("designer", "designer-new", "designer-change", "designer-step", "designer-fill", "designer-condition", "designer-who",
                     "designer-field", "designer-publish", "designer-try", "designer-replay", "designer-versions", "designer-file",
                     "designer-import"), "administration"),
    **dict.fromkeys(("import", "import-template", "import-columns", "import-words", "import-faults", "import-confirm", "import-run",
                     "import-undo"), "right:create"),
    "export": "right:export",
    # numbers and rows ask for rights themselves
    **dict.fromkeys(("analyses", "analysis", "analysis-piece", "analysis-rows", "cross", "cross-values", "behind", "change", "change-rows",
                     "change-behind", "causes", "causes-rows", "report-keep", "report-change"), "signed-in"),
    "rule-new": "right:create", "rule-edit": "record:edit", "rule-compose": "right:view", "rule-try": "right:view", "rule-condition": "right:view",
    "form-conditions": "right:view",
    **dict.fromkeys(("link-invite", "link-reset", "link-setup"), "secret"), "forgot": "public", "open-form": "public",
    **dict.fromkeys(("passkey-options", "passkey-sign-in", "company-sign-in", "company-sign-in-back"), "public"),
    **dict.fromkeys(("passkey-new", "passkey-add", "passkey-remove"), "own"),
}
