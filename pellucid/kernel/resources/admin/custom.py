"""Custom fields and layouts as an administrator sets them: at once in every process, in lists, forms, filters, import, export and API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, Ask, action, keep_action
from pellucid.kernel.actions.run import noted, show_for
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.kinds import BadValue
from pellucid.kernel.records.models import Term
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.versions import forget

from .. import ladder
from ..declare import Resource, registry
from ..fields import model_specs, specs, to_extra
from ..models import CustomField, Layout
from .measured import measure

SAMPLE = 5000
MOST_SORTABLE = 10
MOST_POINTS = 100
CHOSEN = ("term", "terms")


def custom_fields(key: str, *, retired: bool = False) -> list[CustomField]:
    """The custom fields of a resource."""
    return list(CustomField.objects.filter(resource=key, retired_at__isnull=not retired))


def custom_field(pk: int) -> CustomField | None:
    """One custom field."""
    return CustomField.objects.filter(pk=pk).first()


def layout_of(key: str, name: str) -> Layout:
    """How a declared field was changed; an empty layout where it was not."""
    return Layout.objects.filter(resource=key, field=name).first() or Layout(resource=key, field=name)


def _there(spec: Spec) -> sql.Composable:
    """Whether a row has a value for a field."""
    if spec.custom:
        return sql.SQL("extra ? {}").format(sql.Literal(spec.name))
    column = sql.Identifier(spec.column)
    if spec.kind.family == "text":
        return sql.SQL("coalesce({}::text, '') <> ''").format(column)
    if spec.kind.family == "array":
        return sql.SQL("cardinality({}) > 0").format(column)
    return sql.SQL("{} IS NOT NULL").format(column)


def fill_rates(key: str) -> tuple[dict[str, int], int]:
    """(percent filled by field, over how many of the newest living records)."""
    found = {n: s for n, s in specs(key).items() if s.custom or s.column}
    table = registry[key].model._meta.db_table
    counts = sql.SQL(", ").join(sql.SQL("count(*) FILTER (WHERE {})").format(_there(s)) for s in found.values())
    query = sql.SQL("SELECT count(*), {} FROM (SELECT * FROM {} WHERE deleted_at IS NULL ORDER BY id DESC LIMIT {}) r").format(
        counts, sql.Identifier(table), sql.Literal(SAMPLE)
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        total, *filled = cursor.fetchone()
    return ({n: round(100 * f / total) for n, f in zip(found, filled, strict=True)} if total else {}), total


def lacking(key: str, name: str, most: int = 10_000) -> int:
    """How many living records have no value for a field; counted up to `most`."""
    spec = specs(key)[name]
    query = sql.SQL("SELECT count(*) FROM (SELECT FROM {} WHERE deleted_at IS NULL AND NOT ({}) LIMIT {}) r").format(
        sql.Identifier(registry[key].model._meta.db_table), _there(spec), sql.Literal(most)
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def sections_of(resource: type[Resource]) -> list[str]:
    """The titles a custom field may stand under."""
    return [str(s.title) for s in resource.sections]


def slug_for(resource: str, wanted: str) -> str:
    """A short name that was never used on this resource."""
    base = re.sub(r"[^a-z0-9]+", "_", wanted.lower()).strip("_")[:30]
    base = base if re.match(r"[a-z]", base) else f"f{base}"[:30] if base else "field"
    taken = set(CustomField.objects.filter(resource=resource).values_list("slug", flat=True))
    return next(s for s in (base, *(f"{base}_{n}" for n in range(2, len(taken) + 3))) if s not in taken)


Zh = Annotated[str, Ask(t("Name in Chinese"), max_length=60)]
En = Annotated[str, Ask(t("Name in English"), max_length=60)]
Help = Annotated[str, Ask(t("Hint below the field"), max_length=200)]
Under = Annotated[str, Ask(t("Section"), max_length=80)]
Required = Annotated[bool, Ask(t("Required"))]
Personal = Annotated[bool, Ask(t("Personal data"), help=t("Replaced when the person is erased."))]
Sortable = Annotated[
    bool, Ask(t("For sorting and ranges"), help=t("At most ten per object; the index is built at the next start."))
]
Default = Annotated[str, Ask(t("Default"), max_length=200)]
Uom = Annotated[str, Ask(t("Unit of measure"), max_length=20, when=("kind", "decimal"), help=t("Of a number: kW, mm"))]
Bands = Annotated[str, Ask(t("Bands begin at"), max_length=200, when=("kind", "decimal"), help=t(
    "Numbers with commas between them; analyses show what lies between. Left empty: each number by itself."))]
Only = Annotated[list[str], Ask(t("Asked for only with"), kind="picks", help=t("Nothing chosen: always."))]


@action(CustomField, label=t("New field"), verb="edit", on="new", icon="plus", sentence=t("{actor} added the field {zh}"))
def customfield_create(
    *,
    actor: Actor,
    resource: Annotated[str, Ask(t("Object"))],
    zh: Zh,
    en: En = "",
    kind: Annotated[str, Ask(t("Kind"), choices=CustomField.Kind)] = "text",
    options: Annotated[
        str, Ask(t("Values to choose from"), kind="longtext", when=("kind", "term", "terms"),
                 help=t("One a line; English after a |: 真空箱 | Vacuum box"))
    ] = "",
    target: Annotated[str, Ask(t("Links to"), when=("kind", "link"))] = "",
    section: Under = "",
    required: Required = False,
    help: Help = "",
    default: Default = "",
    sortable: Sortable = False,
    personal: Personal = False,
    uom: Uom = "",
    bands: Bands = "",
    only: Only = (),  # type: ignore[assignment]
) -> CustomField:
    """Add a field to a resource: it is there on the next request of every process."""
    if resource not in registry:
        raise Invalid({"resource": [_("Please choose from the list.")]})
    if kind == "link" and target not in registry:
        raise Invalid({"target": [_("Please choose from the list.")]})
    label = _label(zh, en)
    if any(str(s.label) in label.values() for s in specs(resource).values()):
        raise Invalid({"zh": [_("“%(name)s” is there already.") % {"name": label["zh-hans"]}]})
    values = _values(options) if kind in CHOSEN else []
    if kind in CHOSEN and not values:
        raise Invalid({"options": [_("Please name at least one value.")]})
    last = CustomField.objects.filter(resource=resource).order_by("-position").values_list("position", flat=True).first() or 0
    made = CustomField(
        resource=resource,
        slug=slug_for(resource, label["en"]),
        kind=kind,
        label=label,
        help=_both(help),
        required=bool(required),
        target=target if kind == "link" else "",
        section=section or "",
        sortable=bool(sortable),
        personal=bool(personal),
        position=last + 1,
    )
    measure(made, uom, bands, only)
    _room(made)
    made.save()
    for at, value in enumerate(values, 1):
        Term.objects.create(dictionary=made.dictionary, code=f"v{at}", label=value, position=at)
    forget()
    made.default = _default(made, default, actor)
    made.save(update_fields=("default",))
    return made


@action(CustomField, label=t("Edit"), verb="edit", icon="pencil", sentence=t("{actor} changed the field {zh}"))
def customfield_change(
    field: CustomField,
    *,
    actor: Actor,
    zh: Zh,
    en: En = "",
    section: Under = "",
    required: Required = False,
    help: Help = "",
    default: Default = "",
    sortable: Sortable = False,
    personal: Personal = False,
    uom: Uom = "",
    bands: Bands = "",
    only: Only = (),  # type: ignore[assignment]
) -> None:
    """Change what a field is called and asks for; its kind and its short name stay."""
    field.label, field.help, field.section = _label(zh, en), _both(help), section or ""
    field.required, field.personal, field.sortable = bool(required), bool(personal), bool(sortable)
    measure(field, uom, bands, only)
    _room(field)
    field.default = _default(field, default, actor)
    field.save()


@action(
    CustomField,
    label=t("Retire field"),
    verb="edit",
    tone="bad",
    icon="eye-off",
    sentence=t("{actor} retired a field"),
    confirm=t("It disappears everywhere; its values are kept, and it can come back."),
)
def customfield_retire(field: CustomField, *, actor: Actor) -> None:
    """Take a field out of every screen; what records hold of it stays."""
    field.retired_at = timezone.now()
    field.save(update_fields=("retired_at",))
    noted(name=str(field))


@action(CustomField, label=t("Bring back"), verb="edit", icon="restore", sentence=t("{actor} brought a field back"))
def customfield_revive(field: CustomField, *, actor: Actor) -> None:
    """Show a retired field again, with what records hold of it."""
    field.retired_at = None
    _room(field)
    field.save(update_fields=("retired_at",))
    noted(name=str(field))


@action(
    CustomField,
    label=t("Layout of a field"),
    verb="edit",
    on="new",
    icon="layout",
    sentence=t("{actor} changed how the field {field} is shown"),
)
def layout_set(
    *,
    actor: Actor,
    resource: Annotated[str, Ask(t("Object"))],
    field: Annotated[str, Ask(t("Field"))],
    zh: Annotated[str, Ask(t("Name in Chinese"), max_length=60)] = "",
    en: En = "",
    hidden: Annotated[bool, Ask(t("Hidden"))] = False,
    required: Required = False,
    default: Default = "",
) -> None:
    """Change how a declared field is called and whether it is shown and required; an empty name is its own."""
    spec = model_specs(resource).get(field) if resource in registry else None
    if spec is None:
        raise Invalid({"field": [_("Please choose from the list.")]})
    if hidden and (spec.required or required or field == registry[resource].title):
        raise Refused(_("A required field cannot be hidden."))
    label = _label(zh, en) if (zh or en) else {}
    value = _parsed(spec, default, actor)
    Layout.objects.update_or_create(
        resource=resource,
        field=field,
        defaults={
            "label": label,
            "hidden": bool(hidden),
            "required": bool(required) and spec.editable,
            "default": None if value is None else to_extra(spec, value),
        },
    )


@action(
    CustomField,
    label=t("Completeness of a field"),
    verb="edit",
    on="new",
    icon="stairs-up",
    sentence=t("{actor} changed what the field {field} counts and from when it is required"),
)
def layout_demand(
    *,
    actor: Actor,
    resource: Annotated[str, Ask(t("Object"))],
    field: Annotated[str, Ask(t("Field"))],
    demanded_from: Annotated[str, Ask(t("Required from"))] = "",
    points: Annotated[int, Ask(t("Points"), help=t("How much it counts for completeness, among all points; 0: not at all."))] = 0,
) -> None:
    """Say from which step of the ladder a field is required, and what it counts for completeness."""
    if resource not in registry or registry[resource].ladder is None:
        raise Invalid({"resource": [_("Please choose from the list.")]})
    if field not in specs(resource):
        raise Invalid({"field": [_("Please choose from the list.")]})
    if demanded_from and demanded_from not in dict(ladder.steps(resource)):
        raise Invalid({"demanded_from": [_("Please choose from the list.")]})
    if not 0 <= int(points or 0) <= MOST_POINTS:
        raise Invalid({"points": [_("Between 0 and %(most)s.") % {"most": MOST_POINTS}]})
    Layout.objects.update_or_create(
        resource=resource, field=field, defaults={"points": int(points or 0), "demanded_from": demanded_from or ""}
    )
    for tell in ladder.changed:
        tell(resource)


def layout_arrange(*, actor: Actor, resource: str, order: Sequence[str]) -> None:
    """Put the fields of a resource into this order, custom ones among them."""
    known = specs(resource)
    for at, name in enumerate([n for n in order if n in known], 1):
        Layout.objects.update_or_create(resource=resource, field=name, defaults={"position": at})
    noted(object=resource)


keep_action(
    Action(
        name="layout_arrange",
        model=CustomField,
        label=t("Arrange"),
        verb="edit",
        function=layout_arrange,
        on="new",
        event="layout.arranged",
        icon="arrows-sort",
    ),
    t("{actor} arranged fields"),
)


def _label(zh: str, en: str) -> dict[str, str]:
    zh, en = (zh or "").strip(), (en or "").strip()
    if not zh and not en:
        raise Invalid({"zh": [_("Please fill in.")]})
    return {"zh-hans": zh or en, "en": en or zh}


def _both(text: str) -> dict[str, str]:
    return {"zh-hans": text, "en": text} if text else {}


def _values(text: str) -> list[dict[str, str]]:
    """The values of a choice as typed, each once."""
    out: dict[str, dict[str, str]] = {}
    for line in (text or "").splitlines():
        zh, _bar, en = (part.strip() for part in line.partition("|"))
        if zh or en:
            out.setdefault(zh or en, {"zh-hans": zh or en, "en": en or zh})
    return list(out.values())


def _room(field: CustomField) -> None:
    if not field.sortable:
        return
    if field.kind not in ("text", "decimal", "money", "date", "term"):
        raise Invalid({"sortable": [_("Fields of this kind have no order.")]})
    others = CustomField.objects.filter(resource=field.resource, sortable=True, retired_at=None).exclude(pk=field.pk)
    if others.count() >= MOST_SORTABLE:
        raise Invalid({"sortable": [_("Ten fields can be sorted already.")]})


def _default(field: CustomField, typed: str, actor: Actor) -> Any:
    return None if not typed else _parsed(specs(field.resource)[field.name], typed, actor, keep=True)


def _parsed(spec: Spec, typed: str, actor: Actor, keep: bool = False) -> Any:
    """A default as typed, checked by the field's own kind."""
    if not typed:
        return None
    try:
        value = spec.kind.parse(spec, [typed] if spec.kind.family == "array" else typed, show_for(actor))
    except BadValue as bad:
        raise Invalid({"default": [str(bad)]}) from None
    return to_extra(spec, value) if keep else value
