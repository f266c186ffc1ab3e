"""The published description is the contract: the snapshot is fresh and only grows, and every answer fits it."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from pellucid.api.management.commands.api_snapshot import SNAPSHOT, text
from pellucid.api.schema import document
from pellucid.kernel.resources.declare import registry

pytestmark = pytest.mark.django_db


def resolved(schema, components):
    """The schema with its component references beside it."""
    return {**schema, "components": {"schemas": components}}


def fits(data, schema):
    """Raise with the first thing that does not fit."""
    jsonschema_rs.Draft202012Validator(schema).validate(data)


def test_the_snapshot_is_fresh():
    assert SNAPSHOT.read_text(encoding="utf-8") == text(), "run `make generate`, and read the difference: v1 only grows"


def test_every_resource_has_its_operations():
    paths = document()["paths"]
    for resource in registry.values():
        assert {"get", "post"} <= set(paths[f"/api/v1/{resource.path}"])
        assert {"get", "patch", "delete"} <= set(paths[f"/api/v1/{resource.path}/{{pk}}"])


def test_answers_fit_the_description(world, api):
    doc = document()
    parts = doc["components"]["schemas"]
    made = world.customer(
        "苏州恒砺精密制造有限公司", employees="600", level="A", tags="战略", revenue="420万", website="www.a.cn"
    )
    from pellucid.kernel.actions.run import run

    run("contact_create", None, world.actor("alice"), values={"customer": made.pk, "name": "顾维民", "mobile": "13800138000"})
    admin = api("admin")
    for resource in registry.values():
        answer = admin("GET", resource.path)
        schema = doc["paths"][f"/api/v1/{resource.path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        fits(answer.data, resolved(schema, parts))
        for item in answer.data["items"][:3]:
            one = admin("GET", f"{resource.path}/{item['id']}")
            fits(one.data, resolved({"$ref": f"#/components/schemas/{resource.__name__.removesuffix('Resource')}"}, parts))
    for path, body, status in (("customers", {"name": ""}, 422), ("customers/999999", None, 404)):
        answer = admin("POST" if body else "GET", path, body)
        assert answer.status_code == status
        fits(answer.data, resolved({"$ref": "#/components/schemas/Error"}, parts))


def test_reference_page_and_document_need_no_token(client):
    assert client.get("/api/v1/openapi.json").json() == json.loads(text())
