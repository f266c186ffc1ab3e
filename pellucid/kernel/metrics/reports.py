"""Reports: what may be kept and for whom, and where one leads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import prepares
from pellucid.kernel.actions.run import scope_of, scoped
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.resources.declare import Panel, place

from .declare import measures
from .models import Report

PAGE = "/analyses/cross"
QUESTION = "question"  # the field that the page itself fills in
LEFT_OUT = ("report", "as", "page", "dim")  # what belongs to the page, not to the question
A = Report.Audience


@prepares(Report)
def report_prepared(reports: list[Report], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """A question that can be asked, and an audience its owner may speak to."""
    for report in reports:
        if changed is None or "question" in changed:
            report.question = question_of(parse_qsl(report.question.removeprefix(f"{PAGE}?").removeprefix("?")))
            names = [n for k, v in parse_qsl(report.question) if k == "measures" for n in v.split(",")]
            if not names or any(n not in measures for n in names):
                raise Invalid({"question": [_("This is no question of the cross analysis.")]})
        if changed is None or changed & {"audience", "audience_unit", "audience_role"}:
            _addressed(report, actor)


def _addressed(report: Report, actor: Actor) -> None:
    """For whom it is. One's own unit and those below it are everybody's to share with; others, a role and everybody of those who manage reports."""
    home = directory.home_of(report.owner_id or actor.user_id) or report.unit_id
    wide = A.ALL in audiences(actor)
    now = tree()
    report.meant_for_id = None
    if report.audience != A.UNIT:
        report.audience_unit_id = None
    if report.audience != A.ROLE:
        report.audience_role_id = None
    if report.audience == A.UNIT:
        report.audience_unit_id = report.meant_for_id = report.audience_unit_id or home
        if not wide and report.meant_for_id not in now.below(home):
            raise Invalid({"audience_unit": [_("Share it with your own unit or one below it.")]})
    elif report.audience == A.ROLE:
        if report.audience_role_id is None:
            raise Invalid({"audience_role": [_("Choose the role.")]})
    elif report.audience == A.ALL:
        report.meant_for_id = (home, *now.ancestors(home))[-1]
    if report.audience in (A.ROLE, A.ALL) and not wide:
        raise Invalid({"audience": [_("Only an administrator or an executive shares beyond a unit.")]})


def audiences(actor: Actor) -> tuple[str, ...]:
    """Whom somebody may share with."""
    reach = scope_of(Report, actor, "edit")
    wide = reach is None or reach.all
    return tuple(A.values) if wide else (A.PRIVATE.value, A.UNIT.value)


def on_the_page(actor: Actor) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Of the form that stands on the page of the question: the choices of a field that are not refused, and when another is asked for."""
    return {"audience": audiences(actor)}, {"audience_unit": f"audience {A.UNIT}", "audience_role": f"audience {A.ROLE}"}


def question_of(pairs: Iterable[tuple[str, str]]) -> str:
    """An address of the cross analysis as it is kept."""
    return urlencode([(k, v) for k, v in pairs if k not in LEFT_OUT and v], safe=":,-.", quote_via=quote)


def address(report: Report) -> str:
    """Where it is answered."""
    return f"{PAGE}?{report.question}&report={report.pk}"


def seen(actor: Actor, limit: int = 60) -> list[Report]:
    """The reports somebody sees, his own first."""
    if not actor.may("report", "view"):
        return []
    return sorted(scoped(Report, actor).order_by("name", "pk")[:limit], key=lambda r: r.owner_id != actor.user_id)


def opened(actor: Actor, pk: str) -> Report | None:
    """The report an address names, if the reader sees it."""
    if not pk.isascii() or not pk.isdigit() or len(pk) > 15 or not actor.may("report", "view"):
        return None
    return scoped(Report, actor).filter(pk=int(pk)).first()


def way(report: Report, actor: Actor) -> dict[str, Any]:
    """The way from its record to its answer."""
    return {"href": address(report)}


place(Panel("report", "open", gettext_lazy("Answer"), "metrics/report.html", way, place="head"))
