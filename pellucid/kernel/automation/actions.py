"""Rules are drafted, published, switched on and off. What was published stays; who switches one on answers for it with his own rights."""

from __future__ import annotations

import json
from typing import Annotated, Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused

from . import selectors
from .checking import lacking, problems
from .definition import Body, read, written
from .models import Rule, RuleVersion

BODY = Annotated[str, Ask(t("Rule (JSON)"), kind="longtext")]
NAME = Annotated[str, Ask(t("Name"), max_length=120)]
NOTE = Annotated[str, Ask(t("What is new"), max_length=200)]


def _read(body: str) -> Body:
    try:
        return read(json.loads(body))
    except ValueError:
        raise Invalid({"body": [_("This is no JSON.")]}) from None


def _keep_draft(rule: Rule, body: Body) -> None:
    """The one draft of a rule says this."""
    number = (rule.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    if not rule.versions.filter(state="draft").update(body=written(body), created_at=timezone.now()):
        RuleVersion.objects.create(rule=rule, number=number, body=written(body))


@action(Rule, label=t("Draft a rule"), verb="create", on="new", icon="plus", sentence=t("{actor} drafted this rule"),
        did=t("Kept “{name}” as a draft"))  # fmt: skip
def rule_draft(*, actor: Actor, name: NAME, body: BODY) -> Rule:
    """Begin a rule; it does nothing until it is published and switched on."""
    if actor.user_id is None:
        raise Refused(_("A person looks after a rule."))
    said = _read(body)
    rule = Rule(name=name, resource=said.resource, trigger=said.when.type, keeper_id=actor.user_id, created_by_id=actor.user_id)
    rule.save(force_insert=True)
    _keep_draft(rule, said)
    return rule


@action(Rule, label=t("Change the draft"), icon="pencil", shown=lambda rule: False, sentence=t("{actor} changed the draft"),
        did=t("Kept “{name}” as a draft"))  # fmt: skip
def rule_redraft(rule: Rule, *, actor: Actor, name: NAME, body: BODY) -> None:
    """Keep what the rule is to say from its next version on; until then the published one counts."""
    said = _read(body)
    if rule.active_id is not None and said.resource != rule.resource:
        raise Refused(_("A rule that was published stays about the same kind of records; make another one."))
    rule.name, rule.resource, rule.trigger = name, said.resource, rule.trigger if rule.active_id else said.when.type
    rule.save(update_fields=("name", "resource", "trigger"))
    _keep_draft(rule, said)


@action(Rule, confirm=t("The published version stays as it is."),
        label=t("Discard the draft"), icon="trash", tone="bad", shown=lambda rule: False, sentence=t("{actor} discarded the draft"),
        did=t("Discarded the draft of “{name}”"))  # fmt: skip
def rule_discard(rule: Rule, *, actor: Actor) -> None:
    """The published version stays as it is."""
    if rule.active_id is None:
        raise Refused(_("It has no published version; delete the rule instead."))
    if not rule.versions.filter(state="draft").delete()[0]:
        raise Refused(_("There is no draft."))


@action(Rule, label=t("Publish"), icon="upload", shown=lambda rule: selectors.has_draft(rule), sentence=t("{actor} published version {number}"),
        did=t("Published “{name}”"))  # fmt: skip
def rule_publish(rule: Rule, *, actor: Actor, note: NOTE = "") -> None:
    """From now on the draft counts. What waits already is done as the version before says."""
    draft = rule.versions.select_for_update().filter(state="draft").first()
    if draft is None:
        raise Refused(_("There is no draft to publish."))
    body = read(draft.body)
    check(body, actor)
    rule.versions.filter(state="published").update(state="retired")
    draft.state, draft.published_at, draft.published_by_id, draft.note = "published", timezone.now(), actor.user_id, note or ""
    draft.save(update_fields=("state", "published_at", "published_by", "note"))
    rule.active, rule.trigger, rule.resource = draft, body.when.type, body.resource
    if rule.is_on:
        _answered_for(rule, actor)
    rule.save(update_fields=("active", "trigger", "resource", "keeper"))
    versions.forget()
    noted(number=draft.number)


@action(Rule, label=t("Switch on"), icon="player-play", shown=lambda rule: not rule.is_on and rule.active_id is not None,
        sentence=t("{actor} switched it on"), did=t("“{name}” is switched on"))  # fmt: skip
def rule_switch_on(rule: Rule, *, actor: Actor) -> None:
    """From now on it acts. What happened before is not its business."""
    if rule.active is None:
        raise Refused(_("Publish it first."))
    if rule.is_on:
        raise Refused(_("It is switched on already."))
    check(read(rule.active.body), actor)
    _answered_for(rule, actor)
    rule.is_on, rule.on_since, rule.stopped = True, timezone.now(), ""
    rule.save(update_fields=("is_on", "on_since", "stopped", "keeper"))
    versions.forget()


@action(Rule, confirm=t("It acts no more, not even on what waits already."),
        label=t("Switch off"), icon="player-pause", tone="bad", shown=lambda rule: rule.is_on, sentence=t("{actor} switched it off"),
        did=t("“{name}” is switched off"))  # fmt: skip
def rule_switch_off(rule: Rule, *, actor: Actor) -> None:
    """It acts no more, not even on what waits already."""
    rule.is_on = False
    rule.save(update_fields=("is_on",))
    versions.forget()


def check(body: Body, actor: Actor) -> None:
    """Whether it says something that can be done, and whether this person may have it done."""
    if wrong := problems(body):
        raise Invalid({"": wrong})
    if missing := lacking(body, actor):
        raise Forbidden("rule.publish", _("You may not do yourself what the rule would do: %(names)s.") % {"names": "、".join(missing)})


def _answered_for(rule: Rule, actor: Actor) -> None:
    if actor.user_id is not None:
        rule.keeper_id = actor.user_id


@follows(Rule)
def not_by_hand(records: list[Any], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """A rule begins with its draft; one that is switched on cannot be thrown away."""
    if changed is None:
        raise Refused(_("A rule begins with what it says: draft it."))
    if changed == {"deleted_at"} and any(rule.is_on for rule in records):
        raise Refused(_("Switch it off first."))
