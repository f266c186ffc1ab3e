"""The inbox of requests, the way of a request on its page, and what runs about a record on the record's page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import reaches, scoped, show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.declare import EVERY, HomeCard, Menu, Page, Panel, place

from . import selectors, store, waiting
from .actions.deciding import mine
from .designing.sayings import called_step
from .happened import happened, opinions
from .models import Assignment, Process, ProcessInstance, Verdict
from .showing import acts, detail, hidden_by, named, route, state_of, title_of, withheld_in
from .subjects import Kept, subjects

HERE = "/p/inbox"
SEVERAL = "/approvals/bulk/processinstance_approve"
TABS = {"": t("For me to decide"), "sent": t("Requested by me"), "copied": t("Sent to me as a copy"), "done": t("Decided by me")}
SHORT = 5
JUST = dt.timedelta(minutes=1)
LISTS = {"sent": selectors.sent, "copied": selectors.copied, "done": selectors.decided}


def inbox(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """A list of requests beside the one that is open; once one is decided, the next opens by itself."""
    tab = params.get("tab", "") if params.get("tab", "") in TABS else ""
    there = _there(tab, actor)
    of = whole(params.get("of"), 2**62)
    rows = _waiting(actor, of) if not tab else _listed(tab, actor, of)
    here = f"{HERE}?{f'tab={tab}&' if tab else ''}"
    asked, at = whole(params.get("id"), 2**62), whole(params.get("at"), 10**6) or 0
    now = next((n for n, r in enumerate(rows) if r["id"] == asked), min(at, len(rows) - 1) if rows else None)
    for n, r in enumerate(rows):
        r |= {"href": f"{here}{f'of={of}&' if of else ''}id={r['id']}&at={n}", "current": n == now}
    if tab == "copied" and now is not None and asked is not None:
        waiting.read(rows[now]["id"], actor)
    fresh = waiting.unread(actor.user_id)
    for r in rows if tab == "copied" else ():
        r["new"] = r["id"] in fresh
    row = scoped(ProcessInstance, actor).select_related("process", "edition").filter(pk=rows[now]["id"]).first() if now is not None else None
    tabs = [{"label": label, "href": HERE + (f"?tab={key}" if key else ""), "current": key == tab,
             **({"count": sum(there.values()), "tone": "hot" if there else ""} if not key and not tab else {}),
             **({"count": len(fresh)} if key == "copied" and fresh else {})}
            for key, label in TABS.items()]  # fmt: skip
    return {
        "several": SEVERAL if not tab and len(rows) > 1 and not actor.read_only else "",
        "kinds": _kinds(there, of, here) if len(there) > 1 or of else [], "of": of, "back": here + (f"of={of}" if of else ""),
        "tabs": tabs, "tab": tab, "rows": rows, "now": detail(row, actor) if row is not None else None,
        "beside": row, "opened": asked is not None, "missed": _missed(asked, rows, actor) if asked is not None and not tab else None,
        "place": f"{now + 1} / {len(rows)}" if now is not None else "",
        "before": rows[now - 1]["href"] if now else "", "after": rows[now + 1]["href"] if now is not None and now + 1 < len(rows) else "",
    }  # fmt: skip


def _missed(asked: int, rows: list[dict[str, Any]], actor: Actor) -> dict[str, str] | None:
    """What somebody came for that does not wait for him any more: another one is open in its place, unless he has just decided it himself."""
    just = timezone.now() - JUST
    if any(r["id"] == asked for r in rows) or Verdict.objects.filter(instance=asked, actor=actor.user_id, at__gte=just).exists():
        return None
    row = scoped(ProcessInstance, actor).select_related("process").filter(pk=asked).first()
    return {"name": " · ".join(filter(None, named(row))), "href": f"/approvals/{row.pk}", **state_of(row)} if row is not None else None


def _there(tab: str, actor: Actor) -> dict[int, int]:
    """Process -> how many requests of it the list holds."""
    if tab:
        return selectors.by_process(LISTS[tab](actor))
    return selectors.by_process(selectors.waiting(actor.user_id), "instance__process", "instance")


def _kinds(there: dict[int, int], of: int | None, here: str) -> list[dict[str, Any]]:
    """The list narrowed to one process: a way to each, with its count, the largest first."""
    every = {"label": _("All kinds"), "n": sum(there.values()), "href": here.rstrip("?&"), "current": of is None}
    found = sorted(selectors.processes(there), key=lambda p: (-there[p.pk], title_of(p)))
    return [every, *({"label": title_of(p), "n": there[p.pk], "href": f"{here}of={p.pk}", "current": p.pk == of} for p in found)]


def _waiting(actor: Actor, of: int | None = None) -> list[dict[str, Any]]:
    show = show_for(actor)
    out: list[dict[str, Any]] = []
    seen: set[int] = set()
    kept: dict[int, Kept] = {}
    mine = selectors.waiting(actor.user_id).filter(**{"instance__process": of} if of else {})
    found = list(mine.select_related("instance", "instance__process")[: selectors.SHOWN])
    dues = selectors.due_of({a.instance_id for a in found})
    for a in found:
        if a.instance_id in seen:
            continue
        seen.add(a.instance_id)
        row = a.instance
        due = dues.get((row.pk, a.step_no))
        late = due is not None and due < show.now
        waited = words.duration(max(int((show.now - a.opened_at).total_seconds()) // 60, 1) * 60, show.language)
        verdicts = ("approve", "reject") if a.origin != "held" and getattr(a, "step_kind", "") == "approval" else ("", "")
        out.append(_row(row, _("waiting %(time)s") % {"time": waited}, _tag(a, actor, late), late)
                   | {"asked": a.no, "yes": verdicts[0], "no": verdicts[1]})  # fmt: skip
        kept[row.pk] = withheld_in(store.plan_of(row.edition_id).node.get(getattr(a, "step_node", "")))
    return _told(out, actor, kept)


def _told(rows: list[dict[str, Any]], actor: Actor, kept: dict[int, Kept] | None = None) -> list[dict[str, Any]]:
    """The rows with whom each is about, and how much."""
    about = subjects([r["row"] for r in rows], actor, kept)
    for r in rows:
        one = about.get(r["id"])
        r |= {"party": one.party if one else "", "amount": one.amount if one else "", "between": one.between if one else ""}
    return rows


def home(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """The first of what waits, on the workbench; nothing where nothing waits."""
    rows = _waiting(actor)
    if not rows:
        return None
    listed = [{"person": r["person"], "tint": r["tint"], "label": r["title"], "amount": r["amount"],
               "about": " · ".join(filter(None, (r["party"], r["between"], r["about"], r["since"]))), "href": f"{HERE}?id={r['id']}",
               "yes": f"/approvals/{r['id']}/do/processinstance_{r['yes']}?asked={r['asked']}",
               "no": f"/approvals/{r['id']}/do/processinstance_{r['no']}?asked={r['asked']}"} for r in rows[:SHORT] if r["yes"]]  # fmt: skip
    return {"list": listed, "all": HERE, "n": len(rows)} if listed else None


def _tag(asked: Assignment, actor: Actor, late: bool) -> dict[str, str] | None:
    """What is special about it."""
    if asked.origin == "held":
        return {"label": _("Stopped"), "tone": "bad"}
    if late:
        return {"label": _("Late"), "tone": "bad"}
    named = {"name": directory.user_name(asked.person_id)}
    return {"label": _("for %(name)s") % named, "tone": ""} if asked.person_id != actor.user_id else None


def _listed(tab: str, actor: Actor, of: int | None) -> list[dict[str, Any]]:
    show = show_for(actor)
    rows = LISTS[tab](actor).filter(**{"process": of} if of else {}).select_related("process")[: selectors.SHOWN]
    return _told([_row(r, words.ago(r.created_at, show.now, show.language), state_of(r), False) for r in rows], actor)


def _row(row: ProcessInstance, since: str, tag: dict[str, str] | None, late: bool) -> dict[str, Any]:
    title, about = named(row)
    return {"id": row.pk, "row": row, "title": about or title, "about": title, "person": directory.user_name(row.requester_id),
            "tint": row.requester_id, "since": since, "tag": tag, "late": late}  # fmt: skip


def way(row: ProcessInstance, actor: Actor) -> dict[str, Any] | None:
    """The way of a request on its page, with what may be done now."""
    if not row.last_no:
        return None
    waiting.read(row.pk, actor)
    return {"now": detail(row, actor)}


def running(record: Any, actor: Actor) -> dict[str, Any] | None:
    """What is being decided about a record: who reads the record sees that and in which state; who reads the request, all of it."""
    key = record._meta.model_name or ""
    show = show_for(actor)
    found = []
    for row in selectors.about(key, record.pk).select_related("process", "edition")[:3]:
        may = reaches(ProcessInstance, row.pk, actor)
        run = store.loaded(row)
        open_ones = [s for s in run.i.steps.values() if s.state == "open" and s.node in run.plan.node and s.kind in ("approval", "task", "start")]
        found.append(
            {"title": title_of(row.process), "href": f"/approvals/{row.pk}" if may else "", "state": state_of(row),
             "at": words.ago(row.created_at, show.now, show.language), "who": directory.user_name(row.requester_id), "tint": row.requester_id,
             "steps": [called_step(run.plan.node[s.node]) for s in open_ones], "route": route(row, run, show) if may and run.i.running else [],
             "says": opinions(happened(row, run, actor, hidden_by(run, None)))[-1:] if may and not run.i.running else [],
             "acts": acts(row, run, next(iter(mine(run, actor.user_id)), None), actor) if may and run.i.running else []}
        )  # fmt: skip
    return {"requests": found} if found else None


@versioned("settings")
def kinds_about() -> frozenset[str]:
    """The kinds of records there is a process about."""
    return frozenset(Process.objects.values_list("resource", flat=True))


place(
    Page("inbox", t("Approvals"), "processes/inbox.html", inbox, needs="processinstance.view", icon="checkup-list"),
    HomeCard("processes.waiting", t("For me to decide"), "processes/home.html", home, needs="processinstance.view", position=5),
    Panel(EVERY, "requests", t("Approvals"), "processes/requests.html", running, position=5, wanted=lambda key: key in kinds_about()),
    Panel("processinstance", "way", t("The way it takes"), "processes/way.html", way, place="tab", position=1, first=True),
    Menu("approvals", t("Approvals"), HERE, icon="checkup-list", needs="processinstance.view", position=23, covers=("process",),
         count=lambda actor: (selectors.count(actor.user_id), True)),
    Menu("processinstance", t("All requests"), "/approvals/", icon="list", group="approvals", needs="processinstance.view", position=24),
)  # fmt: skip
