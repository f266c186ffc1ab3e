"""API tokens of one's own."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.resources.admin import own

from .. import answers, forms
from .profile import BOTH, form_page


@require_http_methods(BOTH)
def new_token(request: Any) -> HttpResponse:
    """A token of one's own, shown once."""
    wrong, post = {}, request.POST
    if request.method == "POST":
        try:
            secret = own.make_token(
                request.actor, name=post.get("name", ""), scope=post.get("scope", ""), days=post.get("days", "")
            )
        except Invalid as error:
            wrong = forms.errors_of(error)
        else:
            return (answers.fragment if request.htmx else answers.page)(
                request,
                "profile/token.html" if request.htmx else "profile/token_page.html",
                {"secret": secret, "title": _("API token")},
            )
    chosen, days = post.get("scope", "read"), post.get("days", "90")
    lasts = [*((str(n), ngettext("%(n)s day", "%(n)s days", n) % {"n": n}) for n in own.TOKEN_DAYS), ("", _("Without end"))]
    fields = [
        {
            "name": "name",
            "label": _("What it is for"),
            "value": post.get("name", ""),
            "maxlength": 80,
            "required": True,
            "error": " ".join(wrong.get("name", ())),
        },
        {
            "name": "scope",
            "label": _("May"),
            "kind": "choice",
            "required": True,
            "options": [{"value": v, "label": str(s), "selected": v == chosen} for v, s in own.SCOPES],
        },
        {
            "name": "days",
            "label": _("Lasts"),
            "kind": "choice",
            "required": True,
            "options": [{"value": v, "label": s, "selected": v == days} for v, s in lasts],
        },
    ]
    return form_page(
        request,
        {
            "title": _("New API token"),
            "action": "/profile/tokens/new",
            "submit": _("Make"),
            "sections": [{"title": "", "fields": fields}],
        },
        422 if wrong else 200,
    )


@require_POST
def revoke_token(request: Any, pk: int) -> HttpResponse:
    """Make a token of one's own worthless."""
    own.revoke_token(request.actor, pk)
    return answers.again(request, "/profile", text=_("The token is worthless now."))
