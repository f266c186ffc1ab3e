"""A business object declared once. Screens, API, import, export, search and rights read the declaration; it holds no rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models

from pellucid.kernel.access.rights import rows_have
from pellucid.kernel.records.models import OwnedRecord, Record, root_model


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of fields on the record page and in the long form."""

    title: Any
    fields: tuple[str, ...]
    rest: bool = False  # custom fields that name no section stand here


@dataclass(frozen=True, slots=True)
class Sort:
    """A declared order with indexes of its own; `column` is NOT NULL. The first sort of a resource is its default."""

    name: str
    column: str
    desc: bool = False
    label: Any = ""
    shows: str = ""  # the list column whose head carries this sort; default: name


@dataclass(frozen=True, slots=True)
class View:
    """A scene that ships with the program: a key, a label and filter parameters as in the URL."""

    key: str
    label: Any
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which moment places a record on the calendar, and what its entry says: `text`, and under it `note` (default: the title, else the person).
    What is `told` has happened and is never late; nor is an entry whose field `done` is filled. `person` names whose it is. An entry comes to
    another day by the action `mover`, which asks for the moment (and, if it wants a text, gets what the entry says), else by editing the field.
    The action `doer` says that it is done: lists offer a box to tick."""

    start: str
    text: str = ""
    note: str = ""
    person: str = "owner"
    told: bool = False
    done: str = ""
    mover: str = ""
    doer: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure in the footer of the list or the head of a board's column: the sum of a column over what is filtered. With `weight`, a field
    that holds a percentage, every row counts by that share."""

    column: str
    label: Any = ""
    weight: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """Records as cards, in columns by the values of one field: a choice, a level, a dictionary's term or a link. What the cards say:
    `above` stands small over the title, `card` under it, `foot` (the next step, if it has a moment) and `person` in the last line.
    A card moves by the lifecycle's action that leads to the column, by `mover` (an action, or a function of record and value that names one),
    by any action that asks for the field, or by editing the field where a form may. What turns out to be missing is asked for in a dialog."""

    field: str
    above: tuple[str, ...] = ()
    card: tuple[str, ...] = ()
    foot: str = ""
    person: str = "owner"
    sums: tuple[Sum, ...] = ()
    folded: tuple[Any, ...] | Callable[[Any], bool] = ()  # values whose columns stand as narrow strips: what is over and done with
    mover: str | Callable[[Any, Any], str] = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """A record that rises step by step and has to hold more at each: `field` names the step (a choice in rising order), `score` the column
    that keeps how complete a record is (0 to 100) by the `points` of what is filled in; `demanded` says what a step asks for in addition to
    those below. The administrator's layout stands over points and demands."""

    field: str
    score: str
    points: dict[str, int]
    demanded: dict[Any, tuple[str, ...]]


class Resource:
    """What the program may show of a model. Data only; twenty-four public names, each with a default."""

    model: ClassVar[type[Record]]
    path: ClassVar[str] = ""  # in URLs and the API; default: model name + s
    icon: ClassVar[str] = "file"
    title: ClassVar[str] = "name"  # the field that names a record
    columns: ClassVar[tuple[str, ...]] = ()  # shown in the list unless a view says otherwise; the title first
    more: ClassVar[tuple[str, ...]] = ()  # further columns one may choose
    sections: ClassVar[tuple[Section, ...]] = ()
    form: ClassVar[tuple[str, ...]] = ()  # asked for at once; the rest under "more fields"
    filters: ClassVar[tuple[str, ...]] = ()
    sorts: ClassVar[tuple[Sort, ...]] = ()  # at most six
    search: ClassVar[dict[str, str]] = {}  # field -> text, phone, code, file (what is written in it), link
    sums: ClassVar[tuple[Sum, ...]] = ()
    views: ClassVar[tuple[View, ...]] = ()
    facts: ClassVar[tuple[str, ...]] = ()  # figures under the record's name
    party: ClassVar[str] = ""  # the link that names with whom it is; rows read through another record have that one's
    managed: ClassVar[tuple[str, ...]] = ()  # changed by actions only, never by a form
    importable: ClassVar[tuple[str, ...]] = ()
    match: ClassVar[tuple[str, ...]] = ()  # fields by which an import finds a record that is there already
    calendar: ClassVar[Calendar | None] = None
    board: ClassVar[Board | None] = None
    ladder: ClassVar[Ladder | None] = None
    card: ClassVar[dict[str, str]] = {}  # part of an address card -> field; the parts are the keys of exchange.readers.vcf.HEADINGS
    grants: ClassVar[dict[str, str]] = {}  # built-in role -> none, read, work or manage
    number: ClassVar[str] = ""  # prefix of the numbers this resource draws

    @classmethod
    def key(cls) -> str:
        """The name rights, URLs of events and references use."""
        return cls.model._meta.model_name or ""


PUBLIC = frozenset(n for n in vars(Resource) if not n.startswith("_") and n != "key") | {"model"}
registry: dict[str, type[Resource]] = {}


def register(resource: type[Resource]) -> type[Resource]:
    """Class decorator: make the resource known; its generic verbs come into being."""
    from .sets import declare_sets
    from .verbs import declare_verbs

    key = resource.key()
    if key in registry:
        raise RuntimeError(f"{key} is already declared by {registry[key].__name__}")
    if unknown := {n for n in vars(resource) if not n.startswith("_")} - PUBLIC:
        raise RuntimeError(f"{resource.__name__} has names a Resource does not know: {sorted(unknown)}")
    if not resource.path:
        resource.path = key + "s"
    registry[key] = resource
    rows_have(key, (field.attname for field in root_model(resource.model)._meta.fields))
    declare_verbs(resource)
    declare_sets(resource)
    return resource


def extend(key: str, **additions: Any) -> None:
    """An area above adds to a resource below: columns, more, filters, facts, sections, views (appended), search, grants (merged)."""
    resource = registry[key]
    for name, value in additions.items():
        now = getattr(resource, name)
        setattr(resource, name, {**now, **value} if isinstance(now, dict) else (*now, *value))


def entrusted() -> dict[str, frozenset[str]]:
    """Kind of record somebody looks after and another may look after instead -> the resources that come with it: itself and its children."""
    out: dict[str, set[str]] = {k: {k} for k, r in registry.items() if issubclass(r.model, OwnedRecord) and not r.model.stays}
    for key, resource in registry.items():
        if getattr(resource.model, "scope_via", ""):
            out.get(root_model(resource.model)._meta.model_name or "", set()).add(key)
    return {kind: frozenset(keys) for kind, keys in out.items()}


def resource_of(model: type[models.Model]) -> type[Resource]:
    """The resource of a model. KeyError if it has none."""
    return registry[model._meta.model_name or ""]


def by_path(path: str) -> type[Resource] | None:
    """The resource with this path."""
    return next((r for r in registry.values() if r.path == path), None)


EVERY = "*"  # a panel's resource: records of every kind


@dataclass(frozen=True, slots=True)
class Panel:
    """What an area shows on a record page: a card at the side, or a tab. `select(record, actor)` gives the template's context, or None
    to draw nothing; `count` gives the number beside a tab's name."""

    resource: str
    key: str
    label: Any
    template: str
    select: Callable[..., dict[str, Any] | None]
    place: str = "side"  # side, tab, head, strip (figures before the record's own: `facts`, no template), composer, guide (under the steps)
    needs: str = ""  # resource whose view right the reader must have
    position: int = 100
    count: Callable[..., int] | None = None
    lazy: bool = False  # a card at the side that is fetched once the page stands
    wanted: Callable[[str], bool] | None = None  # asked of the kind of record before anything is drawn
    first: bool | Callable[[Any], bool] = False  # the tab that stands open when the page is opened, of this record


@dataclass(frozen=True, slots=True)
class Related:
    """A tab that lists the records of another resource which point here. `first`: the page opens with it. `made_by`: the action on the record
    that makes one more of them, where that is more than an empty form."""

    resource: str
    child: str
    via: str  # foreign key of the child
    columns: tuple[str, ...]
    position: int = 100
    label: Any = ""
    paper: bool = False  # on paper only: on the page a panel shows these rows
    first: bool = False
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an area at its own path: `select(actor, params)` gives the template's context. If that holds a record as `beside`, the page
    shows what areas have to say of such a record, too: `strips`, the figures, and `cards`, the panels at its side."""

    path: str
    label: Any
    template: str
    select: Callable[..., dict[str, Any]]
    needs: str = ""  # "resource.verb"
    icon: str = "file"


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A card of the workbench; `strip` cards are the numbers on top. What `select` answers as `said` ([{text, tone}]) stands beside the date."""

    key: str
    label: Any
    template: str
    select: Callable[..., dict[str, Any] | None]
    place: str = "left"  # strip, left, right; calendar: beside the days of a week
    roles: tuple[str, ...] = ()  # empty: everybody
    needs: str = ""
    position: int = 100


@dataclass(frozen=True, slots=True)
class Menu:
    """An entry of the side menu; shown when the reader has the right it needs."""

    key: str
    label: Any
    href: str
    icon: str = ""
    group: str = ""  # key of the entry it stands under; "settings/rules": a group of the settings instead of the side menu
    needs: str = ""
    position: int = 100
    count: Callable[..., int | tuple[int, bool]] | None = None  # a figure beside it; with True it is an urgent one
    covers: tuple[str, ...] = ()  # resources that are worked with there: their lists need no entry of their own


@dataclass(frozen=True, slots=True)
class TimelineSource:
    """Adds entries to a record's timeline: `select(resource_key, record, actor, before, limit)` -> list of dicts with at, who, kind, html."""

    key: str
    label: Any
    resources: tuple[str, ...]
    select: Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Hint:
    """What an area says while one types into a form: `select(actor, values, record_id)` gives the template's context, or None for silence.
    `values` holds what stands in the fields it listens to."""

    resource: str
    fields: tuple[str, ...]
    template: str
    select: Callable[..., dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Overlay:
    """Another resource's entries on a resource's calendar, narrowed by filter parameters; the reader can hide them."""

    resource: str
    shows: str
    label: Any
    params: dict[str, str] = field(default_factory=dict)

    @property
    def needs(self) -> str:
        """The right without which nobody sees it."""
        return self.shows


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a stranger who fills in an open form: his language, the page that led him there, the marks its address bore."""

    language: str
    page: str = ""
    marks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """An open form as it is drawn: texts, the values asked for, what is agreed to ("" for nothing), and which sites may frame it."""

    title: str
    text: str
    specs: dict[str, Any]
    submit: str
    thanks: str
    consent: str = ""
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form that strangers may fill in at /open/<kind>/<key>: `show(key, language)` gives an Asked, None when there is none; the door guards
    it against programs and floods. `take(key, values, agreed, visit)` does what was asked. Raises Invalid."""

    kind: str
    show: Callable[[str, str], Asked | None]
    take: Callable[[str, dict[str, Any], bool, Visit], None]


@dataclass(frozen=True, slots=True)
class Printout:
    """A paper of a record, as a PDF at <record>/paper/<key>: `make(record, actor, language)` gives its file name and bytes, or None where
    the reader may not have it."""

    resource: str
    key: str
    label: Any
    make: Callable[..., tuple[str, bytes] | None]


panels: list[Panel] = []
hints: list[Hint] = []
related: list[Related] = []
pages: dict[str, Page] = {}
home_cards: list[HomeCard] = []
menus: list[Menu] = []
timeline_sources: list[TimelineSource] = []
overlays: list[Overlay] = []
printouts: list[Printout] = []
open_forms: dict[str, OpenForm] = {}


def place(*things: Panel | Hint | Related | Page | HomeCard | Menu | TimelineSource | Overlay | OpenForm | Printout) -> None:
    """Register what an area wants shown."""
    for thing in things:
        match thing:
            case Panel():
                panels.append(thing)
            case Hint():
                hints.append(thing)
            case Related():
                related.append(thing)
            case Page():
                pages[thing.path] = thing
            case HomeCard():
                home_cards.append(thing)
            case Menu():
                menus.append(thing)
            case TimelineSource():
                timeline_sources.append(thing)
            case Overlay():
                overlays.append(thing)
            case Printout():
                printouts.append(thing)
            case OpenForm():
                open_forms[thing.kind] = thing
