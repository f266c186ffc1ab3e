"""Giving an opinion, with or without a name; supporting one; answering it in public."""

from __future__ import annotations

from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import Ask, action, prepares
from pellucid.kernel.actions.run import unsigned
from pellucid.kernel.records import days, settings
from pellucid.kernel.records.errors import Invalid, Refused

from ..lifecycles import OPINION
from ..models import Opinion, OpinionSupport
from .learning import nowhere

ANSWER = Annotated[str, Ask(gettext_lazy("Answer, for everybody to read"), kind="longtext", max_length=4000)]


def responsible(kind: str) -> int | None:
    """Who has to answer: as the settings say, else an administrator for the system and the head of the company for the rest."""
    users = directory.users()
    chosen = settings.get("opinions.system" if kind == Opinion.Kind.SYSTEM else "opinions.rules")
    if chosen and (found := users.get(int(chosen))) and found.active:
        return found.id
    top = directory.units().get(next(iter(tree().walk()), 0))
    heads = [top.head, top.catcher] if top else []
    admins = Grant._base_manager.filter(role__code="admin", user__is_active=True).order_by("pk").values_list("user_id", flat=True)
    wanted = [*admins, *heads] if kind == Opinion.Kind.SYSTEM else [*heads, *admins]
    return next((user for user in wanted if user and (found := users.get(user)) and found.active and found.unit), None)


@prepares(Opinion)
def opinion_prepared(opinions: list[Opinion], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """A new opinion goes to who has to answer it. One without a name is given by nobody: no author, no maker, no hour, no trace of the actor."""
    if changed is not None and (kept := changed & {"name", "text", "anonymous"}):
        raise Invalid({name: [_("An opinion stands as it was given.")] for name in kept})
    for opinion in opinions if changed is None else ():
        owner = responsible(opinion.kind)
        home = directory.home_of(owner)
        if owner and home:
            opinion.owner_id, opinion.unit_id, opinion.branch_id = owner, home, tree().branch(home)
        opinion.author_id = None if opinion.anonymous else actor.user_id
        if opinion.anonymous and actor.door in ("web", "api"):
            if actor.door == "api":
                raise Invalid({"anonymous": [_("A call carries the name of its token: give an opinion without a name on the page.")]})
            unsigned()
            opinion.created_by_id = None
            opinion.created_at = opinion.updated_at = days.start_of(days.today())


def unanswered(opinion: Opinion) -> bool:
    """Whether it can still be answered."""
    return opinion.state != Opinion.State.DONE


def closed(opinion: Opinion) -> bool:
    """Whether it was answered."""
    return opinion.state != Opinion.State.OPEN


def say(opinion: Opinion, move: str, answer: str, actor: Actor) -> None:
    """The answer stands beside the opinion from now on."""
    OPINION.move(opinion, move)
    opinion.answer = answer or opinion.answer
    if not opinion.answer:
        raise Invalid({"answer": [_("Say what was done.")]})
    opinion.answered_at, opinion.answered_by_id = timezone.now(), actor.user_id
    opinion.save(update_fields=("state", "answer", "answered_at", "answered_by"))


@action(Opinion, label=gettext_lazy("Answer"), icon="message", move="answer", lifecycle=OPINION, shown=unanswered, event="opinion.answered",
        sentence=gettext_lazy("{actor} answered this opinion"), did=gettext_lazy("Answered “{name}”"))
def opinion_answer(opinion: Opinion, *, actor: Actor, answer: ANSWER) -> None:
    """In public: who gave it and who supports it are told."""
    say(opinion, "answer", answer, actor)


@action(Opinion, label=gettext_lazy("Carried out"), icon="check", move="carry_out", lifecycle=OPINION, shown=unanswered, event="opinion.carried_out",
        sentence=gettext_lazy("{actor} carried this out"), did=gettext_lazy("“{name}” was carried out"))
def opinion_carry_out(opinion: Opinion, *, actor: Actor, answer: Annotated[str, Ask(
        pgettext_lazy("opinion", "What was done"), kind="longtext", max_length=4000,
        help=gettext_lazy("Left empty: the answer stays as it is."))] = "") -> None:
    """What was asked for is done."""
    say(opinion, "carry_out", answer or "", actor)


@action(Opinion, label=gettext_lazy("Open again"), icon="rotate", move="reopen", lifecycle=OPINION, shown=closed, event="opinion.reopened",
        sentence=gettext_lazy("{actor} opened this opinion again"), did=gettext_lazy("Reopened “{name}”"))
def opinion_reopen(opinion: Opinion, *, actor: Actor) -> None:
    """It was not the last word."""
    OPINION.move(opinion, "reopen")
    opinion.save(update_fields=("state",))


@action(Opinion, label=gettext_lazy("I think so, too"), icon="thumb-up", verb="view", shown=nowhere, event="opinion.supported",
        sentence=gettext_lazy("{actor} supports this opinion"), did=gettext_lazy("You think so, too: “{name}”"))
def opinion_support(opinion: Opinion, *, actor: Actor) -> int:
    """One voice a colleague, and none for one's own; said once more, it is taken back."""
    if opinion.author_id is not None and opinion.author_id == actor.user_id:
        raise Refused(_("This is your own opinion."))
    if actor.user_id is None:
        raise Refused(_("Only people have opinions."))
    if not OpinionSupport._base_manager.filter(opinion=opinion, user_id=actor.user_id).delete()[0]:
        OpinionSupport._base_manager.create(opinion=opinion, user_id=actor.user_id)
    opinion.supports = OpinionSupport._base_manager.filter(opinion=opinion).count()
    opinion.save(update_fields=("supports",))
    return opinion.supports
