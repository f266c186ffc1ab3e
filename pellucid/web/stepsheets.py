"""The drawer of a step: its tabs with their controls, and the step again from what was filled in."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pellucid.kernel.actions.declare import actions
from pellucid.kernel.lifecycles.machine import Lifecycle
from pellucid.kernel.processes import drafts
from pellucid.kernel.processes.designing.operations import Body, walk
from pellucid.kernel.processes.designing.sayings import JOINS, KINDS
from pellucid.kernel.processes.effects import DOES
from pellucid.kernel.processes.form import form_specs
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.conditions import text_of
from pellucid.kernel.resources.fields import offered, specs

from . import filters
from . import stepforms as sf
from .stepforms import Desk

Tab = dict[str, Any]
MOST_THINGS = 20
FIELD_KINDS = ("text", "longtext", "integer", "decimal", "date", "datetime", "bool", "choice", "user")


def tab(key: str, label: Any, *fields: Any, **more: Any) -> Tab:
    """A tab of the drawer."""
    named_ = [f | {"id": f.get("id") or "f-" + f["name"].replace(".", "-")} for f in fields]
    return {"key": f"step-{key}", "label": str(label), "fields": named_, **more}


def people(desk: Desk, prefix: str, label: Any, held: list[Body], node: str = "") -> dict[str, Any]:
    rows = [sf.who_row(desk, prefix, n, who, node) for n, who in enumerate(held)]
    return {"prefix": prefix, "label": str(label), "rows": rows, "add": f"{desk.base}/who?prefix={prefix}&node={node}"}


def sheet(desk: Desk, thing: Body, kind: str) -> list[Tab]:
    """The tabs of a step, a branch, a lane or the whole process."""
    made = {"approval": approval, "task": task, "start": start, "notify": notify, "condition": named, "parallel": parallel, "wait": wait,
            **dict.fromkeys(DOES, does), "subprocess": subprocess, "end": end, "branch": branch, "lane": named, "": whole}  # fmt: skip
    return made[kind](desk, thing)


def named(desk: Desk, s: Body) -> list[Tab]:
    return [tab("name", _("Name"), *sf.names(s.get("name"), _("Name")))]


def start(desk: Desk, s: Body) -> list[Tab]:
    return [*named(desk, s), tab("fields", _("Fields"), *sf.fields_of(desk, s.get("fields")))]


def approval(desk: Desk, s: Body) -> list[Tab]:
    label, empties = pgettext("process", "Who decides"), (("admin", _("Ask an administrator")), ("pass", _("Let it pass")), ("reject", _("Refuse")))
    before = (("any", _("agrees again by himself")), ("adjacent", _("only if it was the step before")), ("never", _("is asked again")))
    returned = (("again", _("all steps behind once more")), ("back", _("straight back here")))
    may = (("transfer", _("Hand on")), ("add", _("Ask somebody in addition")), ("return", _("Send back")), ("comment", _("Comment")))
    who = [
        *sf.names(s.get("name"), _("Name")),
        sf.choice("mode", _("If there are several"), sf.modes(("any", "all", "n", "sequence")), s.get("mode", "any")),
        sf.text("need", _("How many of them"), s.get("need", 1), kind="integer", when="mode n"),
        sf.choice("empty", _("If nobody is found"), empties, s.get("empty", "admin")),
        sf.choice("on_reject", _("If it is refused"), sf.rejects(), s.get("on_reject", "end")),
        switch_of(s, "veto", _("One refusal is enough"), True, when="mode all"),
    ]
    more = [
        switch_of(s, "binding", _("Money or law: never passes by itself"), False),
        sf.choice("dedupe", _("Who agreed before"), before, s.get("dedupe", "any")),
        sf.choice("after_return", _("After it was sent back"), returned, s.get("after_return", "again")),
        sf.choices("may", _("May besides agree and refuse"), may, s.get("may", sf.MAY)),
    ]
    return [
        tab("who", label, *who, people=people(desk, "who", label, s.get("who", []), s["id"])),
        tab("fields", _("Fields"), *sf.fields_of(desk, s.get("fields"))),
        tab("time", _("Time"), *sf.deadline_of(s.get("deadline"), sf.THEN)),
        tab("more", _("More"), *more),
    ]


def task(desk: Desk, s: Body) -> list[Tab]:
    label, empties = pgettext("process", "Who does it"), (("admin", _("Ask an administrator")), ("pass", _("Let it pass")))
    who = [
        *sf.names(s.get("name"), _("Name")),
        sf.choice("mode", _("If there are several"), sf.modes(("any", "all")), s.get("mode", "any")),
        sf.choice("empty", _("If nobody is found"), empties, s.get("empty", "admin")),
    ]
    return [
        tab("who", label, *who, people=people(desk, "who", label, s.get("who", []), s["id"])),
        tab("fields", _("Fields"), *sf.fields_of(desk, s.get("fields")), *checklist(s.get("checklist", ()))),
        tab("time", _("Time"), *sf.deadline_of(s.get("deadline"), ("notify", "manager", "admin"))),
    ]


def checklist(held: Any) -> list[Any]:
    """What has to be ticked off, one thing a line, in both languages."""
    both = (("zh-hans", _("To be ticked off, one thing a line (Chinese)")), ("en", _("To be ticked off, one thing a line (English)")))
    return [{"name": f"checklist.{key}", "label": label, "kind": "long", "value": "\n".join(x.get(key, "") for x in held).strip("\n"), "wide": True}
            for key, label in both]  # fmt: skip


def read_checklist(data: Any) -> list[dict[str, str]]:
    """The other way round; a line without its fellow stands alone."""
    lines = {key: data.get(f"checklist.{key}", "").replace("\r", "").split("\n") for key in ("zh-hans", "en")}
    rows = zip_longest(lines["zh-hans"], lines["en"], fillvalue="")
    found = ({k: v.strip()[:120] for k, v in (("zh-hans", zh), ("en", en)) if v.strip()} for zh, en in rows)
    return [row for row in found if row][:MOST_THINGS]


def notify(desk: Desk, s: Body) -> list[Tab]:
    asked = people(desk, "who", _("Who gets a copy"), s.get("who", []), s["id"])
    return [tab("who", _("Who gets a copy"), *sf.names(s.get("name"), _("Name")), people=asked)]


def parallel(desk: Desk, s: Body) -> list[Tab]:
    return [tab("name", _("Name"), *sf.names(s.get("name"), _("Name")), sf.choice("join", _("It goes on"), ((k, v) for k, v in JOINS.items()),
            s.get("join", "all")), sf.text("need", _("How many of them"), s.get("need", 1), kind="integer", when="join n"),
            sf.choice("on_reject", _("If too few are left"), sf.rejects(), s.get("on_reject", "end")))]  # fmt: skip


def wait(desk: Desk, s: Body) -> list[Tab]:
    dates = desk.fields_of("date", "datetime")
    return [tab("name", _("Name"), *sf.names(s.get("name"), _("Name")), sf.choice("waits", _("It waits"), (("after", _("for some time")), ("until",
            _("until the day in a field"))), "until" if s.get("until") else "after"), *(c | {"when": "waits after"} for c in sf.span_of("after",
            _("How long"), s.get("after"), "d")), sf.choice("until", _("Field"), dates, s.get("until", ""), when="waits until"))]  # fmt: skip


def does(desk: Desk, s: Body) -> list[Tab]:
    """What the program does by itself: an action, fields set, a record made, a message sent."""
    fails = (("hold", _("stop and ask an administrator")), ("continue", _("go on")))
    what, told = sf.doing_of(desk, s["type"], s)
    return [tab("name", _("What is done"), *sf.names(s.get("name"), _("Name")), *what,
                sf.choice("on_fail", _("If it fails"), fails, s.get("on_fail", "hold")), told=told, was=s.get("call", ""),
                braces=[(n, str(f.label)) for n, f in desk.fields.items() if not f.personal] if told else [])]  # fmt: skip


def subprocess(desk: Desk, s: Body) -> list[Tab]:
    listed = (("", _("nothing chosen yet")), *((p.key, p.name) for p in drafts.others(desk.process)))
    return [tab("name", _("Which"), *sf.names(s.get("name"), _("Name")), sf.choice("call", pgettext("one", "Process"), listed, s.get("call", "")))]


def end(desk: Desk, s: Body) -> list[Tab]:
    outcomes = (("approved", _("Agreed")), ("rejected", _("Refused")))
    chosen = sf.choice("outcome", _("The process ends"), outcomes, s.get("outcome", "approved"))
    return [tab("name", _("Name"), *sf.names(s.get("name"), _("Name")), chosen)]


def branch(desk: Desk, s: Body) -> list[Tab]:
    shown = {"conditions": sf.conditions_of(desk, s.get("when"))} if "when" in s else {}
    return [tab("name", _("When"), *sf.names(s.get("name"), _("Name")), **shown)]


def whole(desk: Desk, s: Body) -> list[Tab]:
    """The process itself."""
    own = [(n, str(x.label)) for n, x in offered(desk.definition.subject, desk.actor).items()]
    moves = (("", _("nothing: it is begun by hand, by a rule or by another process")), *moves_of(desk))
    rows = [form_row(n, f) for n, f in enumerate(s.get("form", []))]
    return [
        tab("name", _("Begins"), *sf.names(s.get("name"), _("Name")), sf.choice("gate", _("What waits for it"), moves, s.get("gate", "")),
            conditions=sf.conditions_of(desk, s.get("when")), conditions_label=_("For which records (none: for all)")),
        tab("form", _("Its form"), form={"rows": rows, "add": f"{desk.base}/field"}),
        tab("change", _("While it runs"), sf.choice("withdraw", _("Taking it back"), (("running", _("as long as it runs")), ("undecided",
            _("until somebody has decided")), ("never", _("never"))), s.get("withdraw", "running")), sf.choices("watch", _("Watched fields"), own,
            s.get("watch", ()), wide=True), sf.choice("on_change", _("If one of them is changed"), (("lock", _("it cannot be changed")),
            ("restart", _("it begins anew")), ("note", _("it is noted"))), s.get("on_change", "lock"))),
        tab("facts", _("What is shown"), sf.choices("facts", _("Of the record, to whoever is asked"), own, s.get("facts", ()), wide=True,
            help=_("None chosen: the figures under its name."))),
        tab("admins", _("Rights"), people=people(desk, "admins", _("Administrators: asked when it cannot go on"), s.get("admins", [])),
            more_people=people(desk, "see", _("May read every request"), s.get("see", []))),
    ]  # fmt: skip


def moves_of(desk: Desk) -> list[tuple[str, Any]]:
    """The moves of the record's lifecycle that may wait for an approval."""
    out: dict[str, Any] = {}
    for a in actions.values():
        if a.model is desk.resource.model and a.move and isinstance(a.lifecycle, Lifecycle):
            out.setdefault(a.move, a.label)
    return list(out.items())


def form_row(n: int, f: Body) -> dict[str, Any]:
    """One field of the process's own form."""
    at = f"ff.{n}"
    kinds = (("text", _("Text")), ("longtext", _("Long text")), ("integer", _("Whole number")), ("decimal", _("Number")), ("date", _("Day")),
             ("datetime", _("Moment")), ("bool", _("Yes or no")), ("choice", _("Choice")), ("user", _("Colleague")))  # fmt: skip
    controls = [*sf.names(f.get("label"), _("Label"), f"{at}.label"), sf.choice(f"{at}.kind", _("Kind"), kinds, f.get("kind", "text")),
                sf.text(f"{at}.choices", _("What one may choose, apart by commas"), ", ".join(f.get("choices", ())),
                        when=f"{at}.kind choice")]  # fmt: skip
    return {"name": f.get("name", ""), "at": at, "controls": [c | {"id": "f-" + c["name"].replace(".", "-")} for c in controls]}


def switch_of(s: Body, name: str, label: Any, default: bool, **more: Any) -> dict[str, Any]:
    return sf.switch(name, label, bool(s.get(name, default)), **more)


def read(desk: Desk, body: Body, at: str, kind: str, data: Any) -> Body:
    """The fields of a step as they were filled in."""
    out: Body = {"name": sf.read_names(data)}
    if kind in ("approval", "task", "notify"):
        out["who"] = sf.read_who(data, "who")
    if kind in ("approval", "task"):
        out |= {"mode": data.get("mode", "any"), "empty": data.get("empty", "admin"), "deadline": sf.read_deadline(data)}
    if kind in ("approval", "task", "start"):
        out["fields"] = sf.read_fields(desk, data)
    if kind == "task":
        out["checklist"] = read_checklist(data)
    if kind == "approval":
        binding = bool(data.get("binding"))
        out |= {"on_reject": data.get("on_reject", "end"), "binding": binding, "dedupe": "never" if binding else data.get("dedupe", "any"),
                "after_return": data.get("after_return", "again"), "may": [v for v in sf.MAY if v in data.getlist("may")],
                "veto": bool(data.get("veto")) if out["mode"] == "all" else True}  # fmt: skip
    if kind in ("approval", "parallel"):
        chosen = data.get("mode") == "n" or data.get("join") == "n"
        out["need"] = whole_number(data.get("need", "")) if chosen else None
    if kind == "parallel":
        out |= {"join": data.get("join", "all"), "on_reject": data.get("on_reject", "end")}
    if kind == "wait":
        until = data.get("waits") == "until"
        out |= {"after": None if until else sf.read_span(data, "after"), "until": data.get("until", "") if until else None}
    if kind == "subprocess":
        out["call"] = data.get("call", "")
    if kind in DOES:
        out |= {"on_fail": data.get("on_fail", "hold"), **sf.read_doing(desk, kind, data)}
    if kind == "end":
        out["outcome"] = data.get("outcome", "approved")
    if kind == "branch" and "filters" in data:
        out["when"] = text_of(filters.composed(desk.resource, desk.actor, data, form_specs(desk.definition)))
    if kind == "":
        out |= read_whole(desk, body, data)
    return out


def whole_number(typed: str) -> int:
    return int(typed) if is_whole(typed.strip()) and len(typed.strip()) < 4 else 1


def read_whole(desk: Desk, body: Body, data: Any) -> Body:
    when = text_of(filters.composed(desk.resource, desk.actor, data, form_specs(desk.definition)))
    return {"gate": data.get("gate", ""), "when": when, "withdraw": data.get("withdraw", "running"), "watch": read_chosen(desk, body, data, "watch"),
            "facts": read_chosen(desk, body, data, "facts"), "on_change": data.get("on_change", "lock"),
            "admins": sf.read_who(data, "admins"), "see": sf.read_who(data, "see"),
            "form": read_form(body, data)}  # fmt: skip


def read_chosen(desk: Desk, body: Body, data: Any, name: str) -> list[str]:
    """The fields of the record that were chosen: those that were there in their order, what the designer was not offered among them, then
    what was added."""
    subject = desk.definition.subject
    own, before = offered(subject, desk.actor), list(body.get(name, ()))
    chosen = [n for n in data.getlist(name) if n in own]
    unseen = specs(subject).keys() - own.keys()
    return [n for n in before if n in chosen or n in unseen] + [n for n in chosen if n not in before]


def read_form(body: Body, data: Any) -> list[Body]:
    """The fields of the form; a new one gets a name of its own that never changes again."""
    out: list[Body] = []
    taken = {f["name"] for f in body.get("form", [])}
    for key in data:
        if not (key.startswith("ff.") and key.endswith(".kind")):
            continue
        at, kind = key.removesuffix(".kind"), data[key]
        name = data.get(f"{at}.name", "")
        if name not in taken or name in {f["name"] for f in out}:
            name = next(f"field_{n}" for n in range(1, 999) if f"field_{n}" not in taken)
            taken.add(name)
        listed = [v.strip() for v in data.get(f"{at}.choices", "").replace("，", ",").split(",") if v.strip()]
        out.append({"name": name, "label": sf.read_names(data, f"{at}.label"), "kind": kind if kind in FIELD_KINDS else "text",
                    **({"choices": listed} if kind == "choice" else {})})  # fmt: skip
    return out


def kind_at(body: Body, at: str) -> str:
    """What stands under an id: the kind of a step, "branch", "lane", or "" for the whole."""
    for step, _s in walk(body["steps"]):
        if step["id"] == at:
            return str(step["type"])
        if any(p["id"] == at for p in step.get("branches", ())):
            return "branch"
        if any(p["id"] == at for p in step.get("lanes", ())):
            return "lane"
    return ""


def title_of(kind: str) -> tuple[str, str, str]:
    """Label, icon and tone of what a drawer is about."""
    if kind in KINDS:
        label, icon, tone = KINDS[kind]
        return str(label), icon, tone
    plain = {"branch": (pgettext("process", "Branch"), "git-branch"), "lane": (_("Lane"), "arrows-split-2"), "": (_("The process"), "settings")}
    return (*plain[kind], "")
