"""What happened to a request, line by line: what people decided, handed on and said, and what the program did and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.translated import say
from pellucid.kernel.resources.conditions import filters_of
from pellucid.kernel.resources.fields import masked, readable

from . import selectors
from .definition import GATE, Condition
from .designing.sayings import called_step
from .form import form_specs
from .machine.people import admins
from .machine.rows import Step, Unknown
from .machine.run import Run
from .models import LogLine, ProcessInstance
from .reasons import in_words

Kept = Callable[[str], bool]
HELD = {
    "circles": t("This process goes in circles."),
    "nobody": t("Nobody was found who may decide this."),
    "nobody_left": t("Nobody is left who may decide this."),
    "too_few": t("Fewer people were found than have to agree."),
    "field_gone": t("A field that it asks about no longer exists."),
    "bad_condition": t("A condition cannot be answered."),
    "approver_gone": t("A way to name people no longer exists."),
    "record_gone": t("The record is not there any more."),
    "empty_date": t("The day it waits for is empty."),
    "failed": t("What was agreed to could not be carried out."),
    "nothing_to_retry": t("There is nothing to try again."),
}
BY_PEOPLE = {
    "approve": (t("agreed"), "ok"), "reject": (t("rejected it"), "bad"), "return": (t("sent it back"), "warn"), "submit": (t("did it"), "ok"),
    "retry": (t("had it tried again"), ""), "skip": (t("skipped it"), "warn"), "end": (t("ended it"), "bad"),
    "transfer": (t("handed it on to %(to)s"), ""), "add": (t("asked %(to)s to sign, too"), ""), "withdraw": (t("withdrew it"), "warn"),
    "urge": (t("urged %(to)s"), ""), "restarted": (t("changed “%(fields)s”: it begins anew"), "warn"),
    "changed": (t("changed “%(fields)s” meanwhile"), "warn"), "moved": (t("moved it to version %(version)s"), ""),
}  # fmt: skip
UNNAMED = {"restarted": t("changed something: it begins anew"), "changed": t("changed something meanwhile"), "failed": t("It did not succeed")}
WHOLE = {True: t("changed “%(fields)s” meanwhile: it goes the whole way again"), False: t("changed something meanwhile: it goes the whole way again")}
AGAIN = t("handed it in again")
BACK_TO = t("sent it back to “%(target)s”")
ANEW = t("moved it to version %(version)s: it begins anew")
ADDED = {"before": t("asked %(to)s to sign first"), "after": t("agreed and asked %(to)s to sign after")}
BY_ITSELF = {
    "branch": ("git-branch", t("“%(branch)s” was taken")), "deduped": ("checks", t("%(who)s agreed before and was not asked again")),
    "escalated": ("alarm", t("It was late: %(to)s is asked in place of %(who)s")), "due": ("alarm", t("It became late")),
    "followed": ("user-share", t("%(who)s has left: %(to)s is asked")), "returned": ("arrow-back-up", t("It went back to “%(target)s”")),
    "held": ("alert-triangle", t("It stopped: %(why)s")), "failed": ("x", t("It did not succeed: %(why)s")),
    "carried_out": ("bolt", t("It was carried out")),
}  # fmt: skip
TONES = {"held": "bad", "failed": "bad", "due": "warn", "escalated": "warn"}


def held_words(held: dict[str, Any], *, quoted: bool = True) -> str:
    """Why a step stopped; only to whom it is `quoted`, with the words of the refusal: they may hold values of any field."""
    said = str(HELD.get(held["why"], held["why"]))
    more = (held.get("error") or held.get("field") or "") if quoted else ""
    return _("%(said)s %(more)s") % {"said": said, "more": more} if more else said


def may_settle(run: Run, actor: Actor) -> bool:
    """Whether somebody administers the process or may end what stopped: he needs the words of a refusal."""
    user = actor.user_id
    if user is None:
        return actor.rights is None
    stopped = [a.person for a in run.i.asked.values() if a.origin == "held" and a.state == "pending"]
    if any(user == p or user in run.world.proxies(p) for p in stopped):
        return True
    try:
        return user in admins(run)
    except Unknown:  # the way they were named is gone
        return False


def his_own(run: Run, step: Step | None, actor: Actor) -> bool:
    """Whether what was refused is what the reader asked for himself: it is done in his name, and its words are for him."""
    return step is not None and step.node == GATE and actor.user_id == run.i.requester


def step_name(run: Run, step: Step) -> str:
    """A step of a request as people call it."""
    if step.node == GATE:
        return _("Carry it out")
    node = run.node(step)
    return called_step(node) if node else step.node


def happened(row: ProcessInstance, run: Run, actor: Actor, kept: Kept) -> list[dict[str, Any]]:
    """Everything worth telling, in its order: decisions and comments with who gave them, and what the program did with the reason."""
    told, show = _Told(run, actor, kept), show_for(actor)
    out, before = [], None
    for line in selectors.lines(row):
        after_verdict = line.what == "returned" and before is not None and before.what == "return"  # he has said so himself
        if not after_verdict and (found := told.line(line, show)):
            out.append((line.at, found))
        before = line
    for at, who, behalf, text in selectors.comments(row):
        out.append((at, _line(show, at, directory.doer_name(who, behalf), who, _("said"), comment=text)))
    return [found for _at, found in sorted(out, key=lambda pair: pair[0])]


def opinions(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What people said and decided of it."""
    return [line for line in lines if line["name"]]


class _Told:
    """Puts the log of one request into words, for one reader: values of fields he may not read are not told to him."""

    def __init__(self, run: Run, actor: Actor, kept: Kept) -> None:
        self.run, self.actor, subject = run, actor, run.plan.definition.subject
        self.labels = {n: spec.label for n, spec in readable(subject, actor).items() if not kept(n)}
        self.clear = {n for n in self.labels if not masked(subject, n, actor)} | set(form_specs(run.plan.definition))

    @cached_property
    def quoted(self) -> bool:
        return may_settle(self.run, self.actor)

    def line(self, line: LogLine, show: Show) -> dict[str, Any] | None:
        step = self.run.i.steps.get(line.step_no or 0)
        place = step_name(self.run, step) if step else ""
        data = line.data
        said = {
            "to": self._to(data.get("to")), "who": directory.user_name(data.get("person")), "fields": self._fields(data),
            "version": data.get("version", ""), "why": self._why(line, step),
            "branch": self._branch(step, data), "target": self._node(data.get("to")),
        }  # fmt: skip
        if line.what in BY_PEOPLE and line.actor_id is not None:
            text, tone = self._did(line, said, step)
            name = directory.doer_name(line.actor_id, data.get("behalf"))
            return _line(show, line.at, name, line.actor_id, text, tone, place, data.get("comment", ""))
        if line.what not in BY_ITSELF or (line.what == "branch" and not said["branch"]):
            return None
        icon, sentence = BY_ITSELF[line.what]
        if line.what == "failed" and not said["why"]:
            sentence = UNNAMED["failed"]
        facts = _("; ").join(in_words(data.get("facts") or (), self.run.plan.definition, show, self.actor)) if line.what == "branch" else ""
        return _line(show, line.at, "", 0, str(sentence) % said, TONES.get(line.what, ""), place if line.what != "carried_out" or not step
                     or step.node != GATE else "", facts) | {"icon": icon}  # fmt: skip

    def _did(self, line: LogLine, said: dict[str, Any], step: Step | None) -> tuple[str, str]:
        """What somebody did, in words, and its tone."""
        words_, tone = BY_PEOPLE[line.what]
        how = line.data.get("how", "")
        match line.what:
            case "add":
                words_, tone = ADDED.get(how, words_), "ok" if how == "after" else ""
            case "submit" if step is not None and step.kind == "start":
                words_ = AGAIN
            case "return" if said["target"]:
                words_ = BACK_TO
            case "restarted" if said["version"]:
                words_ = ANEW
            case "changed" if line.data.get("whole"):
                words_ = WHOLE[bool(said["fields"])]
            case "restarted" | "changed" if not said["fields"]:
                words_ = UNNAMED[line.what]
        return str(words_) % said, tone

    def _to(self, to: Any) -> str:
        people = to if isinstance(to, list) else [to]
        return _(", ").join(filter(None, (directory.user_name(p) for p in people if isinstance(p, int))))

    def _why(self, line: LogLine, step: Step | None) -> str:
        if line.what == "held":
            return held_words(line.data, quoted=self.quoted or his_own(self.run, step, self.actor))
        return str(line.data.get("why", "")) if line.what == "failed" and self.quoted else ""

    def _fields(self, data: dict[str, Any]) -> str:
        """What was changed, as far as the reader may know the fields. Old lines hold labels, of whichever fields: they name none."""
        names = data.get("fields", ())
        return _(", ").join(str(self.labels[n]) for n in names if n in self.labels) if isinstance(names, list) else ""

    def _node(self, name: Any) -> str:
        node = self.run.plan.node.get(name) if isinstance(name, str) else None
        return called_step(node) if node else ""

    def _branch(self, step: Step | None, data: dict[str, Any]) -> str:
        """The branch that was taken. Its name tells of the values it was decided by: nothing, unless all of them are for the reader to see."""
        node = self.run.node(step) if step else None
        if not isinstance(node, Condition) or not {f.name for b in node.branches for f in filters_of(b.when or "")} <= self.clear:
            return ""
        found = next((b for b in node.branches if b.id == data.get("branch")), None)
        return say(found.name) if found else ""


def _line(show: Show, at: dt.datetime, name: str, tint: int, said: str, tone: str = "", step: str = "", comment: str = "") -> dict[str, Any]:
    when = words.moment(at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
    return {"name": name, "tint": tint, "said": said, "tone": tone, "step": step, "at": when, "comment": comment, "icon": ""}
