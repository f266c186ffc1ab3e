"""Several requests agreed to at once, each by itself: those that ask for nothing and bind nobody. Whoever decides about money or law, or has
something to fill in, looks at each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Shown
from pellucid.kernel.actions.many import Apart, apart
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.translated import say

from . import store
from .actions.deciding import chosen, mine
from .definition import Approval
from .machine.deciding import verdicts_of
from .machine.run import Run
from .models import ProcessInstance
from .showing import named, withheld_in
from .subjects import subjects


def alone(row: ProcessInstance, actor: Actor) -> dict[str, Any]:
    """Refuse, with the reason, what this person cannot agree to together with others; answers which asking it is that he agrees to."""
    run = store.loaded(row)
    waiting = mine(run, actor.user_id)
    found = next((a for a in waiting if "approve" in verdicts_of(run, a)), None)
    if found is None and any(a.origin == "held" for a in waiting):
        raise Refused(_("It has stopped: say how it goes on."))
    if found is None and waiting:
        raise Refused(_("This is work to be done and handed in, not to be agreed to."))
    found = found or chosen(row, run, actor, "approve", None)  # what is not his any more says why
    node = run.node(run.i.steps[found.step])
    if isinstance(node, Approval) and node.binding:
        raise Refused(_("It binds in money or law: look at it and decide by itself."))
    if isinstance(node, Approval) and node.fields.require:
        raise Refused(_("To be filled in with it: %(fields)s") % {"fields": _labels(run, node)})
    return {"asked": found.no}


def _labels(run: Run, node: Approval) -> str:
    known = {f.name: say(f.label) for f in run.plan.definition.form}
    return _(", ").join(known.get(name) or name for name in node.fields.require)


def listed(ids: Sequence[int], actor: Actor) -> Shown:
    """What will be agreed to: whose request about what, with whom, how much; the sum in the company's currency."""
    found = {row.pk: row for row in scoped(ProcessInstance, actor).select_related("process", "edition").filter(pk__in=ids)}
    rows, steps, kept = [found[pk] for pk in ids if pk in found], {}, {}
    for row in rows:
        run = store.loaded(row)
        node = next((run.node(run.i.steps[a.step]) for a in mine(run, actor.user_id)), None)
        steps[row.pk], kept[row.pk] = say(node.name) if node is not None else "", withheld_in(node)
    about, show = subjects(rows, actor, kept), show_for(actor)
    lines = []
    for row in rows:
        title, what = named(row)
        one = about.get(row.pk)
        lines.append({"label": what or title, "about": " · ".join(filter(None, (title, steps[row.pk]))), "party": one.party if one else "",
                      "who": directory.user_name(row.requester_id), "amount": one.amount if one else "",
                      "between": one.between if one else ""})  # fmt: skip
    worths = [one.worth for one in about.values() if one.worth is not None]
    without = len(rows) - len(worths)
    return Shown("processes/together.html", {
        "lines": lines, "total": words.money_exact(sum(worths, Decimal(0)), actor.language, show.currency) if worths else "",
        "without": ngettext("%(n)s without an amount", "%(n)s without an amount", without) % {"n": without} if worths and without else "",
    })  # fmt: skip


apart["processinstance_approve"] = Apart(alone, listed)
