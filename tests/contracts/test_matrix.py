"""Route x role: what each built-in role may open is worked out anew from the grants each resource declares, and compared with the answers."""
from __future__ import annotations

from copy import copy

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from pellucid.kernel.access import proxies
from pellucid.kernel.access.models import Share
from pellucid.kernel.access.rights import CAUGHT, tree
from pellucid.kernel.access.roles import LEVELS, parts
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Failure, Forbidden
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.resources.declare import registry
from tests.contracts.routes import PROGRAM_PAGES, ROUTES
from tests.contracts.test_pages import client_of
from tests.samples import filled, record_of

pytestmark = pytest.mark.django_db
WHO = {"admin": "admin", "executive": "erin", "branch_manager": "mona", "sales_manager": "sam", "sales": "alice", "marketing": "mark",
       "service": "sally", "finance": "fay", "warehouse": "walt", "auditor": "audrey"}
HTMX = {"HX-Request": "true"}


def names(patterns=None) -> set[str]:
    found: set[str] = set()
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLPattern):
            module = getattr(pattern.callback, "__module__", "")
            if module.startswith("pellucid.web"):
                found.add(pattern.name or str(pattern.pattern))
        elif "api" not in str(pattern.pattern):
            found |= names(pattern.url_patterns)
    return found


def test_every_route_has_a_row():
    known = set(ROUTES) | set(PROGRAM_PAGES)
    missing = names() - known
    assert not missing, f"routes without a row in tests/contracts/routes.py: {sorted(missing)}"
    gone = set(ROUTES) - names()
    assert not gone, f"rows of routes that are gone: {sorted(gone)}"


def test_strangers_are_sent_to_sign_in(db):
    stranger = Client()
    for path in ("/", "/customers/", "/customers/1", "/customers/new", "/p/x", "/options/user", "/undo/1", "/customers/bulk/customer_delete"):
        answer = stranger.get(path)
        assert answer.status_code == 302 and answer.url.startswith("/login"), path
        assert stranger.get(path, headers=HTMX).status_code == 401, path


CATCHER = "executive"  # of the headquarters, in tests/world.py


def granted(role: str, key: str) -> dict[str, set[str]]:
    """verb -> scopes, as the resource declares for a role."""
    out: dict[str, set[str]] = {}
    for level, scopes in parts(role, registry[key].grants[role]):
        for verb in LEVELS[level]:
            out.setdefault(verb, set()).update(scopes)
    if role == CATCHER and key in {k for along in proxies.kinds().values() for k in along}:  # what nobody has any more falls to him
        for verb in CAUGHT:
            out.setdefault(verb, set()).add("all")
    return out


class Place:
    """Where somebody of the world stands; read once, for nobody moves in these tests."""

    def __init__(self, user) -> None:
        self.user, self.home, all_units = user, user.memberships.get(primary=True).unit_id, tree()
        self.units = {"unit": {self.home}, "unit_below": all_units.below(self.home), "branch": all_units.branch_units(self.home)}
        self.above = (self.home, *all_units.ancestors(self.home))


def reaches(scopes: set[str], place: Place, owner, unit: int, addressed: int | None = None) -> bool:
    """Whether one of these scopes, anchored at the user's home, holds a record of this owner and unit, addressed to that one."""
    if "addressed" in scopes and addressed in place.above:
        return True
    return "all" in scopes or "own" in scopes and owner == place.user.pk or any(unit in place.units.get(s, ()) for s in scopes)


def expected(rights: dict[str, set[str]], verb: str, place: Place, owner, unit: int, addressed: int | None = None) -> int:
    """200, 403 or 404 for a page of one record."""
    if "view" not in rights:
        return 403
    if not reaches(rights["view"], place, owner, unit, addressed):
        return 404
    return 200 if verb in rights and reaches(rights[verb], place, owner, unit, addressed) else 403


@pytest.mark.parametrize("key", sorted(registry))
def test_each_role_reaches_what_its_grants_say(world, key):
    resource = registry[key]
    records = [record_of(key, world, owner=owner) for owner in ("alice", "carol", "bob")]
    via = getattr(resource.model, "scope_via", "")
    wrong = []

    def check(role: str, href: str, got: int, wanted: int) -> None:
        if got != wanted:
            wrong.append(f"{role} {href}: {got}, not {wanted}")

    for role, name in WHO.items():
        place, client, rights = Place(world.users[name]), client_of(world, name), granted(role, key)
        check(role, "list", client.get(f"/{resource.path}/").status_code, 200 if "view" in rights else 403)
        if f"{key}_create" in actions and resource.form:
            check(role, "new", client.get(f"/{resource.path}/new", headers=HTMX).status_code, 200 if "create" in rights else 403)
        for record in records:
            root = getattr(record, via) if via else record
            if not hasattr(root, "owner_id"):
                owner, unit = None, -1
            else:
                owner, unit = root.owner_id, root.unit_id
            to = getattr(root, "meant_for_id", None)
            base = f"/{resource.path}/{record.pk}"
            check(role, base, client.get(base + "/timeline").status_code, expected(rights, "view", place, owner, unit, to))
            check(role, base + "/edit", client.get(base + "/edit", headers=HTMX).status_code, expected(rights, "edit", place, owner, unit, to))
            for action, verb in ((f"{key}_delete", "delete"), (f"{key}_reassign", "transfer")):
                if action in actions:
                    check(role, f"{base}/do/{action}", client.get(f"{base}/do/{action}", headers=HTMX).status_code,
                          expected(rights, verb, place, owner, unit, to))
    assert not wrong, wrong


CHILDREN = sorted(k for k, r in registry.items() if f"{k}_create" in actions and getattr(r.model, "scope_via", "")
                  and issubclass(r.model._meta.get_field(r.model.scope_via).related_model, OwnedRecord))


@pytest.mark.parametrize("key", CHILDREN)
def test_a_child_is_made_only_where_its_own_right_reaches_the_root(world, key):
    model, wrong = registry[key].model, []
    via = model.scope_via
    root_key = model._meta.get_field(via).related_model._meta.model_name
    root = record_of(root_key, world, owner="bob")
    given = filled(key, world, owner="bob", **{via: root})

    def outcome(name: str) -> str:
        """done, refused for want of this right, or by a rule of the area's. Nothing of it stays."""
        try:
            with transaction.atomic():
                run(f"{key}_create", None, world.actor(name), filled=copy(given))
                transaction.set_rollback(True)
        except Forbidden as refusal:
            return "refused" if refusal.right == f"{key}.create" else "a rule"
        except Failure:
            return "a rule"
        return "done"

    def check(name: str, wanted: bool, how: str) -> None:
        if (got := outcome(name)) == ("refused" if wanted else "done"):
            wrong.append(f"{name}, {how}: {got}")

    for role, name in WHO.items():
        rights, user = granted(role, key), world.users[name]
        reached = "create" in rights and reaches(rights["create"], Place(user), root.owner_id, root.unit_id)
        check(name, reached, "nothing shared")
        for level in (1, 2):
            share = Share.objects.create(resource=root_key, record_id=root.pk, user=user, level=level)
            check(name, reached or level == 2 and "create" in rights and "shared" in rights["create"], f"shared at level {level}")
            share.delete()
    assert not wrong, wrong


ADMINISTRATION = ("/settings/roles", "/settings/fields", "/settings/dictionaries", "/settings/audit", "/settings/sessions", "/settings/tokens",
                  "/settings/bin", "/settings/jobs")
OWN = ("/", "/search?q=x", "/search/palette?q=x", "/notices", "/jobs", "/profile")


def test_administration_is_for_those_who_manage_or_read_it(world):
    wrong = []
    for role, name in WHO.items():
        client = client_of(world, name)
        for href in ADMINISTRATION:
            wanted = 200 if role in ("admin", "auditor") else 403
            if (got := client.get(href, follow=True).status_code) != wanted:
                wrong.append(f"{role} {href}: {got}, not {wanted}")
        for href in OWN:
            if (got := client.get(href).status_code) != 200:
                wrong.append(f"{role} {href}: {got}, not 200")
    assert not wrong, wrong


@pytest.mark.parametrize("key", sorted(k for k, r in registry.items() if r.importable))
def test_import_and_export_follow_the_grants(world, key):
    resource, wrong = registry[key], []
    for role, name in WHO.items():
        client, rights = client_of(world, name), granted(role, key)
        for page, verb in (("import", "create"), ("export", "export")):
            wanted = 200 if verb in rights else 403
            if (got := client.get(f"/{resource.path}/{page}", headers=HTMX).status_code) != wanted:
                wrong.append(f"{role} {page}: {got}, not {wanted}")
    assert not wrong, wrong
