"""A request as its reader sees it: what would change, who was asked and who will be, what may be done with it now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.kinds import BadValue
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import masked, readable, resource_title, specs, value_of
from pellucid.kernel.resources.marks import titled

from . import selectors, store
from .actions.deciding import mine
from .definition import GATE, AnyNode, Approval, Auto, Notify, Start, Wait
from .designing.sayings import KINDS, called_step
from .form import FORM, form_specs
from .happened import happened, held_words, his_own, may_settle, step_name
from .machine.deciding import verdicts_of
from .machine.elapsing import withdrawable
from .machine.foreseeing import foresee
from .machine.rows import Asked, Step
from .machine.run import Run
from .models import Process, ProcessInstance
from .sent_back import sent_back

FACTS = 4
VERBS: dict[str, tuple[Any, str, str]] = {
    "approve": (t("Approve"), "check", "Y"), "submit": (t("Submit"), "check", "Y"), "reject": (t("Reject"), "x", "N"),
    "transfer": (t("Hand on"), "user-share", "D"), "add": (t("Ask somebody in addition"), "user-plus", ""),
    "return": (t("Send back"), "arrow-back-up", ""), "retry": (t("Try again"), "refresh", "Y"), "skip": (t("Skip the step"), "arrow-right", ""),
    "end": (t("End the request"), "ban", "N"),
}  # fmt: skip


def detail(row: ProcessInstance, actor: Actor) -> dict[str, Any]:
    """Everything the page of a request shows."""
    run, show = store.loaded(row), show_for(actor)
    record = registry[row.resource].model._base_manager.filter(pk=row.record_id).first() if row.resource in registry else None
    rows = mine(run, actor.user_id)
    found = rows[0] if rows else None
    step = run.i.steps[found.step] if found else None
    kept = hidden_by(run, step)
    return {
        "id": row.pk, "title": " · ".join(filter(None, named(row))), "href": f"/approvals/{row.pk}", "process": title_of(row.process),
        "version": row.edition.number, "running": run.i.running,
        "state": state_of(row), "step": step_name(run, step) if step else "",
        "who": {"name": asked_by(row), "tint": row.requester_id, "at": _moment(row.created_at, show)},
        "about": _about(row, record), "facts": _facts(row, record, actor, show, kept), "changes": changes(row, run, record, actor, show, kept),
        "form": _form(run, show), "made": _made(run, actor), "route": route(row, run, show), "held": _held(run, actor),
        "acts": acts(row, run, found, actor),
        "back": sent_back(row, run, record, actor, show, kept),
        "behalf": directory.user_name(found.person) if found and found.person != actor.user_id else "", "says": happened(row, run, actor, kept),
    }  # fmt: skip


def asked_by(row: ProcessInstance) -> str:
    """Who handed it in, and in whose name."""
    return directory.doer_name(row.requester_id, row.acting.get("on_behalf_of"))


def title_of(process: Process) -> str:
    """A process as its reader calls it."""
    return process.called


def named(row: ProcessInstance) -> tuple[str, str]:
    """(process, what it is about) in the name of a request."""
    title, _dot, about = row.name.partition(" · ")
    return (title_of(row.process) if title == row.process.name else title), about


def state_of(row: ProcessInstance) -> dict[str, str]:
    """Where it stands, as a tag."""
    if row.state == ProcessInstance.State.RUNNING:
        return {"label": str(row.get_state_display()), "tone": "info"}
    tones = {"approved": "ok", "rejected": "bad", "terminated": "warn"}
    return {"label": str(row.get_outcome_display()), "tone": tones.get(row.outcome, "")}


def _moment(at: dt.datetime, show: Show) -> str:
    return words.moment(at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)


def _about(row: ProcessInstance, record: Any) -> dict[str, str]:
    resource = registry.get(row.resource)
    if resource is None or record is None:
        return {"label": "", "href": ""}
    return {"label": resource_title(resource, record), "href": f"/{resource.path}/{row.record_id}", "kind": str(resource.model._meta.verbose_name)}


def hidden_by(run: Run, step: Step | None) -> Callable[[str], bool]:
    """Which fields the step that is asked about keeps to itself, on top of the reader's own rights."""
    return withheld_in(run.node(step) if step else None)


def withheld(row: ProcessInstance, actor: Actor) -> Callable[[str], bool]:
    """Which fields the step that the reader is asked about keeps to itself: for what areas show beside a request."""
    run = store.loaded(row)
    found = next(iter(mine(run, actor.user_id)), None)
    return hidden_by(run, run.i.steps[found.step] if found else None)


def withheld_in(node: AnyNode | None) -> Callable[[str], bool]:
    """The same of a step as it is defined."""
    fields = getattr(node, "fields", None)
    if fields is None:
        return lambda name: False
    return lambda name: name in fields.hide or ("*" not in fields.show and name not in fields.show)


def _facts(row: ProcessInstance, record: Any, actor: Actor, show: Show, kept: Callable[[str], bool]) -> list[dict[str, Any]]:
    """The figures of the record, as far as the reader may see these fields. Who is asked sees them wherever the record lies."""
    if record is None:
        return []
    may = readable(row.resource, actor)
    chosen = store.plan_of(row.edition_id).definition.facts
    names = [n for n in chosen or registry[row.resource].facts if n in may and not masked(row.resource, n, actor) and not kept(n)]
    out = []
    for name in names:
        if said := _said(may[name], value_of(record, may[name]), show):
            out.append({"name": name, "label": str(may[name].label), "value": said, "text": may[name].kind.align != "r"})
    return out if chosen else out[:FACTS]


def _said(spec: Spec, value: Any, show: Show) -> str:
    """A value in words; of a link, the title of what it names."""
    if value in (None, "", []):
        return ""
    if spec.kind.key == "link" and spec.target in registry:
        target = registry[spec.target]
        linked = target.model._base_manager.filter(pk=value).first()
        return resource_title(target, linked) if linked else ""
    return spec.kind.words(spec, value, show)


def changes(row: ProcessInstance, run: Run, record: Any, actor: Actor, show: Show, kept: Callable[[str], bool]) -> list[dict[str, str]]:
    """What would be different once everybody has agreed: the move, and what was filled in with it, beside what stands now."""
    what = actions.get(row.action)
    if what is None or record is None:
        return []
    out = []
    may = readable(row.resource, actor)
    move = what.lifecycle.transitions.get(what.move) if what.lifecycle else None
    if what.lifecycle and move is not None:
        states, now = dict(what.lifecycle.states.choices), getattr(record, what.lifecycle.field)
        label = str(record._meta.get_field(what.lifecycle.field).verbose_name)
        before = str(states.get(now, now)) if row.state == ProcessInstance.State.RUNNING else ""  # what stands now is not what stood then
        out.append({"label": label, "old": before, "new": str(states.get(move.target, move.target))})
    hidden = set(specs(row.resource)) - set(may)
    for spec in what.inputs:
        raw = row.inputs.get(spec.name)
        if raw in (None, "", [], False) or spec.options.get("hidden") or spec.name in hidden or kept(spec.name):
            continue
        try:
            new = _said(spec, spec.kind.parse(spec, raw, show), show)
        except BadValue:
            new = str(raw)
        own = may.get(spec.name)
        old = _said(own, value_of(record, own), show) if own and row.state == ProcessInstance.State.RUNNING else ""
        if new and new != old:
            out.append({"label": str(spec.label), "old": old, "new": new})
    return out


def _form(run: Run, show: Show) -> list[dict[str, str]]:
    """What was filled in on the way."""
    known, out = form_specs(run.plan.definition), []
    for field in run.plan.definition.form:
        spec, raw = known[FORM + field.name], run.i.form.get(field.name)
        if raw in (None, ""):
            continue
        try:
            out.append({"label": str(spec.label), "value": _said(spec, spec.kind.parse(spec, raw, show), show)})
        except BadValue:
            out.append({"label": str(spec.label), "value": str(raw)})
    return out


def _held(run: Run, actor: Actor) -> list[str]:
    stopped = [s for s in run.i.steps.values() if s.state == "open" and s.held]
    quoted = bool(stopped) and may_settle(run, actor)
    return [f"{step_name(run, s)}{_(': ')}{held_words(s.data['held'], quoted=quoted or his_own(run, s, actor))}" for s in stopped]


def route(row: ProcessInstance, run: Run, show: Show) -> list[dict[str, Any]]:
    """Past steps with who and when, open ones with who is asked and by when, and who will be asked if everybody agrees."""
    out: list[dict[str, Any]] = [
        {"icon": "check", "state": "was", "who": asked_by(row), "what": _("Handed in"), "at": _moment(row.created_at, show)}
    ]
    dues = selectors.due_of([row.pk])
    for step in run.i.steps.values():
        if step.kind in ("approval", "task") or step.kind == "start" and step.visit > 1:
            out.append(_past(run, step, show) if step.state != "open" else _open(run, step, dues.get((row.pk, step.no)), show))
        elif step.node == GATE or isinstance(run.node(step), Auto | Wait):
            out.append(_by_itself(run, step, show))
    if run.i.running:
        out += _expected(run)
    return out


def _past(run: Run, step: Step, show: Show) -> dict[str, Any]:
    rows = [a for a in run.of(step) if a.state in ("approved", "rejected", "returned")]
    rows = rows or [a for a in run.slots(step) if a.origin != "held"]  # nobody decided: who was asked until it closed
    people = "、".join(dict.fromkeys(directory.doer_name(a.actor or a.person, a.person) for a in rows)) or _("System")
    tones = {"approved": ("check", "was"), "submitted": ("check", "was"), "rejected": ("x", "no"), "skipped": ("arrow-right", "mute")}
    icon, state = tones.get(step.outcome, ("arrow-back-up", "mute"))
    at = _moment(step.closed, show) if step.closed else ""
    return {"icon": icon, "state": state, "who": people, "what": step_name(run, step), "at": at}


def _open(run: Run, step: Step, due: dt.datetime | None, show: Show) -> dict[str, Any]:
    live = [a for a in run.live(step) if a.state == "pending"]
    people = "、".join(dict.fromkeys(directory.user_name(a.person) for a in live))
    later = [directory.user_name(a.person) for a in run.live(step) if a.state == "waiting"]  # asked one after another
    people = " → ".join([people, *dict.fromkeys(later)])
    at = _("due %(when)s") % {"when": _moment(due, show)} if due else ""
    late = due is not None and due < show.now
    what = f"{step_name(run, step)}{_how_far(run, step)}"
    return {"icon": "", "state": "now", "who": people, "what": what, "at": at, "late": late, "held": step.held}


def _how_far(run: Run, step: Step) -> str:
    """How many have agreed of how many must, where more than one must."""
    node = run.node(step)
    if not isinstance(node, Approval) or step.held or node.mode not in ("all", "n"):
        return ""
    slots = [a for a in run.slots(step) if not a.extra]
    need = node.need if node.mode == "n" else len(slots)
    return f" {sum(a.state == 'approved' for a in slots)} / {need}" if need > 1 else ""


def _by_itself(run: Run, step: Step, show: Show) -> dict[str, Any]:
    """What the program did or waits for."""
    done, gate, waits = step.state == "done" and step.outcome != "failed", step.node == GATE, step.kind == "wait" and step.state == "open"
    what = (_("It was carried out") if done else _("Carry it out")) if gate else step_name(run, step)
    until = next((c.at for c in run.i.clocks.values() if c.step == step.no and c.state == "armed"), None) if waits else None
    state = "was" if done else "no" if step.held or step.outcome == "failed" else "now" if step.state == "open" else "mute"
    at = _("until %(when)s") % {"when": _moment(until, show)} if until else _moment(step.closed, show) if step.closed and not gate else ""
    return {"icon": "bolt" if gate else KINDS[step.kind][1], "state": state, "who": _("System"), "what": what, "at": at, "held": step.held}


def _made(run: Run, actor: Actor) -> list[dict[str, str]]:
    """The records it made, as far as the reader may see them."""
    found = [tuple(s.data["result"]["made"]) for s in run.i.steps.values() if isinstance(s.data.get("result"), dict) and "made" in s.data["result"]]
    names = titled(found, actor)
    return [{"label": names[key, pk], "href": f"/{registry[key].path}/{pk}", "kind": str(registry[key].model._meta.verbose_name)}
            for key, pk in found if (key, pk) in names]  # fmt: skip


def _expected(run: Run) -> list[dict[str, Any]]:
    stops, end = foresee(run.plan, run.i, run.world)
    known = {(s.node, s.visit) for s in run.i.steps.values()}
    coming: dict[tuple[str, int], list[str]] = {}
    for stop in stops:
        if (stop.node, stop.visit) not in known:
            coming.setdefault((stop.node, stop.visit), []).append(directory.user_name(stop.person))
    out = [{"icon": "", "state": "", "who": "、".join(names), "what": called_step(run.plan.node[node]), "at": ""}
           for (node, _visit), names in coming.items()]  # fmt: skip
    told = [n for n in run.plan.node.values() if isinstance(n, Notify)]
    copied = sorted(end.copied - run.i.copied)
    if told and copied:
        out.append({"icon": "mail", "state": "", "who": "、".join(directory.user_name(p) for p in copied), "what": called_step(told[0]), "at": ""})
    return out


def acts(row: ProcessInstance, run: Run, found: Asked | None, actor: Actor) -> list[dict[str, Any]]:
    """What the reader may do with it now; the first is the most likely."""
    if actor.read_only or actor.user_id is None:
        return []
    out: list[dict[str, Any]] = []
    if found is not None:
        node = run.node(run.i.steps[found.step])
        fills = bool(getattr(getattr(node, "fields", None), "edit", ())) or bool(getattr(node, "checklist", ()))
        wanted = [v for v in ("approve", "submit", "retry", "reject", "end", "transfer", "add", "return", "skip") if v in verdicts_of(run, found)]
        for verb in wanted:
            label, icon, key = VERBS[verb]
            label = _("Hand in again") if verb == "submit" and isinstance(node, Start) else label
            href = f"/approvals/{row.pk}/do/processinstance_{verb}?asked={found.no}"
            at_once = verb in ("approve", "submit", "retry") and not fills
            out.append({"label": str(label), "icon": icon, "key": key, "primary": not out, "danger": verb in ("reject", "end"),
                        **({"post": href, "once": True} if at_once else {"dialog": href})})  # fmt: skip
    if run.i.running and (row.requester_id == actor.user_id or actor.user_id in run.world.proxies(row.requester_id)):
        if any(a.state == "pending" and a.person != row.requester_id for a in run.i.asked.values()):  # nobody urges himself
            out.append({"label": _("Urge"), "icon": "bell-ringing", "key": "", "post": f"/approvals/{row.pk}/do/processinstance_urge"})
        if withdrawable(run):
            out.append({"label": _("Withdraw the request"), "icon": "arrow-back-up", "key": "",
                        "dialog": f"/approvals/{row.pk}/do/processinstance_withdraw"})  # fmt: skip
    if run.i.running and actor.may("processinstance", actions["processinstance_comment"].verb):
        out.append({"label": _("Comment"), "icon": "message-circle", "key": "",
                    "dialog": f"/approvals/{row.pk}/do/processinstance_comment"})  # fmt: skip
    return out
