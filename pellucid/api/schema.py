"""OpenAPI 3.1 of the API, written from the declarations. The committed snapshot in docs/ shows every change of the contract."""

from __future__ import annotations

from typing import Any

from django.utils import translation

from pellucid import __version__
from pellucid.kernel.actions.declare import Action, of_model
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.fields import model_specs

from .reading import field_names

ID = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
TEXT = {"type": "string"}


def ref(name: str) -> dict[str, str]:
    """A reference to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON body of this schema."""
    return {"content": {"application/json": {"schema": schema}}}


REFUSALS = {
    304: "Not changed",
    400: "Bad body",
    401: "No valid token",
    403: "A right is missing",
    404: "Not there, or not yours",
    405: "Wrong method",
    409: "A rule, or another change, says no",
    412: "If-Match is stale",
    422: "Some values are not right",
    428: "Version needed",
    429: "Too many calls",
}


def refusals() -> dict[str, Any]:
    """The refusals as components: always the one error shape."""
    return {
        f"Status{code}": {"description": text} | ({} if code == 304 else content(ref("Error"))) for code, text in REFUSALS.items()
    }


def responses(success: dict[str, Any], *codes: int) -> dict[str, Any]:
    """The successful answers, and the refusals an operation may give."""
    return success | {str(code): {"$ref": f"#/components/responses/Status{code}"} for code in (401, 403, 429, *codes)}


def value_schema(spec: Spec, *, writing: bool = False) -> dict[str, Any]:
    """The schema of a field's value; writing also takes what a person would type."""
    schema = dict(spec.kind.taken(spec) if writing else spec.kind.schema(spec))
    if spec.null or not spec.required or not writing:
        schema = {"anyOf": [schema, {"type": "null"}]}
    if str(spec.label):
        schema["title"] = str(spec.label)
    return schema


def record_schema(resource: type[Resource]) -> dict[str, Any]:
    """A record as it is read: its declared fields; custom fields (x_...) come beside them."""
    known = model_specs(resource.key())
    names = field_names(resource, known)
    return {
        "type": "object",
        "properties": {"id": ID, "version": {"type": "integer", "minimum": 1}} | {n: value_schema(known[n]) for n in names},
        "required": ["id", "version"],
        "patternProperties": {"^x_": {}},
    }


def input_schema(resource: type[Resource], *, create: bool) -> dict[str, Any]:
    """What create and update take."""
    known = {n: s for n, s in model_specs(resource.key()).items() if s.editable}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {n: value_schema(s, writing=True) for n, s in known.items()},
        "patternProperties": {"^x_": {}},
        "additionalProperties": False,
    }
    if create:
        schema["required"] = [n for n, s in known.items() if s.required and n not in ("owner", "unit")]
    else:
        schema["properties"]["version"] = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
    return schema


def action_schema(what: Action) -> dict[str, Any]:
    """The inputs of an action."""
    return {
        "type": "object",
        "properties": {s.name: value_schema(s, writing=True) for s in what.inputs},
        "required": [s.name for s in what.inputs if s.required],
        "additionalProperties": False,
    }


def parameter(name: str, where: str, schema: dict[str, Any], text: str, required: bool = False) -> dict[str, Any]:
    """One parameter."""
    return {"name": name, "in": where, "schema": schema, "description": text, "required": required}


SHARED: dict[str, dict[str, Any]] = {}


def shared(name: str, where: str, schema: dict[str, Any], text: str, required: bool = False) -> dict[str, Any]:
    """One parameter that many addresses take: described once, referred to by them."""
    component = "".join(part.capitalize() for part in name.split("-"))
    SHARED[component] = parameter(name, where, schema, text, required)
    return {"$ref": f"#/components/parameters/{component}"}


PK = shared("pk", "path", ID, "id of the record", True)
KEY = shared(
    "Idempotency-Key",
    "header",
    {"type": "string", "maxLength": 255, "pattern": "^[ -~]+$"},
    "The same key and content has one effect; kept 24 hours",
)
SURE = shared("sure", "query", {"type": "string", "enum": ["1"]}, "Make it although the answer was 409 “unsure”")
LIST = [
    shared("sort", "query", {"type": "string", "maxLength": 60}, "A field, or -field for the other direction"),
    shared("fields", "query", {"type": "string"}, "Names of the fields wanted, separated by commas"),
    shared("q", "query", {"type": "string", "maxLength": 80}, "Words to search"),
    shared("size", "query", {"type": "integer", "minimum": 1, "maximum": 200}, "Records a page, 50 by default"),
    shared("page", "query", {"type": "integer", "minimum": 1, "maximum": 10_000}, "Page by number; cursors are faster"),
    shared("after", "query", {"type": "string"}, "The cursor `next` of the page before"),
    shared("before", "query", {"type": "string"}, "The cursor `previous` of the page after"),
    shared("unit", "query", {"type": "integer", "minimum": 1, "maximum": 2**31}, "Only this unit and those below"),
]


def paths_of(resource: type[Resource]) -> dict[str, Any]:
    """Every address of a resource."""
    key, base, name = resource.key(), f"/api/v1/{resource.path}", resource.__name__.removesuffix("Resource")
    label, tag = str(resource.model._meta.verbose_name_plural), [key]
    filters = [
        parameter(
            f"f.{f}",
            "query",
            {"type": "string", "maxLength": 2000},
            f"Filter: op:value,value with op one of {', '.join(model_specs(key)[f].kind.operators)}",
        )
        for f in resource.filters
        if f in model_specs(key)
    ]
    page = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": ref(name)},
            "next": {"type": ["string", "null"]},
            "previous": {"type": ["string", "null"]},
        },
        "required": ["items", "next", "previous"],
    }
    record = {"200": {"description": "The record", **content(ref(name))}}
    waits = {"202": {"description": "A process will decide", **content(ref("Waiting"))}}

    def operation(
        id_: str, summary: str, answers: dict[str, Any], parameters: list[Any] = (), body: dict[str, Any] | None = None
    ) -> dict[str, Any]:  # type: ignore[assignment]
        out: dict[str, Any] = {
            "operationId": f"{key}_{id_}",
            "summary": summary,
            "tags": tag,
            "responses": answers,
            "parameters": list(parameters),
        }
        if body is not None:
            out["requestBody"] = {"required": True, **content(body)}
        return out

    count = {
        "200": {
            "description": "Count and sums",
            **content(
                {
                    "type": "object",
                    "properties": {
                        "count": {"type": "integer"},
                        "exact": {"type": "boolean"},
                        "sums": {"type": ["object", "null"]},
                    },
                }
            ),
        }
    }
    found = {
        base: {
            "get": operation(
                "list", f"List {label}", responses({"200": {"description": "A page", **content(page)}}, 422), [*LIST, *filters]
            ),
            "post": operation(
                "create",
                f"New {label}",
                responses({"201": {"description": "Made", **content(ref(name))}, **waits}, 400, 409, 422),
                [KEY, SURE],
                input_schema(resource, create=True),
            ),
        },
        f"{base}/totals": {"get": operation("totals", "Count and sums", responses(count, 422), [LIST[2], LIST[7], *filters])},
        f"{base}/bulk": {
            "post": operation(
                "bulk",
                "One action on many",
                responses({"200": {"description": "What was done", **content(ref("Bulk"))}}, 400, 403, 404, 409, 422),
                [KEY],
                body=ref("BulkRequest"),
            )
        },
        f"{base}/{{pk}}": {
            "get": operation(
                "read",
                f"Read {label}",
                responses(record, 304, 404, 422),
                [PK, LIST[1], parameter("If-None-Match", "header", TEXT, "The ETag one has")],
            ),
            "patch": operation(
                "update",
                f"Change {label}",
                responses(record | waits, 400, 404, 409, 412, 422, 428),
                [
                    PK,
                    KEY,
                    parameter("If-Match", "header", {"type": "string", "pattern": '^"[0-9]{1,9}"$'}, "The ETag as it was read"),
                ],
                input_schema(resource, create=False),
            ),
            "delete": operation(
                "delete", f"Delete {label}", responses({"204": {"description": "In the bin"}, **waits}, 404, 409, 422), [PK, KEY]
            ),
        },
        f"{base}/{{pk}}/history": {
            "get": operation(
                "history",
                "What changed",
                responses({"200": {"description": "Changes", **content(ref("History"))}}, 404),
                [PK, parameter("before", "query", {"type": "string"}, "The cursor `next` of the page before")],
            )
        },
        f"{base}/{{pk}}/as-of": {
            "get": operation(
                "as_of",
                "How it was on a day",
                responses({"200": {"description": "Values", **content({"type": "object"})}}, 404, 422),
                [PK, parameter("on", "query", {"type": "string", "format": "date"}, "The day", True)],
            )
        },
    }
    for what in of_model(resource.model):
        short = what.name.removeprefix(f"{key}_")
        if what.on == "record" and short not in ("update", "delete"):
            found[f"{base}/{{pk}}/{short.replace('_', '-')}"] = {
                "post": operation(
                    short,
                    str(what.label),
                    responses({"200": {"description": "Done", **content(ref("Done"))}, **waits}, 400, 404, 409, 422),
                    [PK, KEY, SURE],
                    action_schema(what),
                )
            }
    return found


ERROR: dict[str, Any] = {
    "code": TEXT,
    "message": TEXT,
    "fields": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
    "right": TEXT,
}

COMPONENTS: dict[str, Any] = {
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": ERROR
                | {
                    "conflicts": {"type": "object"},
                    "who": TEXT,
                    "when": TEXT,
                    "version": {"type": "integer"},
                    "request_id": TEXT,
                },
            }
        },
    },
    "Waiting": {
        "type": "object",
        "properties": {"state": {"const": "waiting"}, "waiting": TEXT, "id": {"type": "integer"}, "href": TEXT},
    },
    "Done": {"type": "object", "properties": {"state": {"const": "done"}, "event": {"type": ["integer", "null"]}, "value": {}}},
    "Bulk": {
        "type": "object",
        "properties": {"done": {"type": "array", "items": ID}, "failed": {"type": "array", "items": ref("Left")}},
    },
    "Left": {
        "type": "object",
        "description": "A record of a set that was left out: the status and error that a call for it alone would have been answered",
        "required": ["id", "status", "code", "message"],
        "properties": {"id": ID, "status": {"type": "integer"}, **ERROR},
    },
    "BulkRequest": {
        "type": "object",
        "required": ["action", "ids"],
        "properties": {
            "action": TEXT
            | {"description": "An action on one record, such as reassign; update takes fields of the record as its inputs"},
            "inputs": {"type": "object"},
            "ids": {"type": "array", "items": ID, "minItems": 1, "maxItems": 500},
        },
    },
    "History": {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "object"}}, "next": {"type": ["string", "null"]}},
    },
}


def document() -> dict[str, Any]:
    """The whole description, in English."""
    from . import causes, exchange, measuring  # they describe themselves with what stands above

    with translation.override("en"):
        paths: dict[str, Any] = {
            "/api/v1/": {
                "get": {
                    "operationId": "root",
                    "summary": "Resources",
                    "responses": responses({"200": {"description": "Resources", **content({"type": "object"})}}),
                }
            },
            "/api/v1/me": {
                "get": {
                    "operationId": "me",
                    "summary": "Who this token stands for",
                    "responses": responses({"200": {"description": "The user", **content({"type": "object"})}}),
                }
            },
        }
        paths |= exchange.paths()
        paths |= measuring.paths() | causes.paths()
        schemas = COMPONENTS | measuring.SCHEMAS | causes.SCHEMAS | {"Job": exchange.JOB}
        for resource in registry.values():
            schemas[resource.__name__.removesuffix("Resource")] = record_schema(resource)
            paths |= paths_of(resource) | exchange.paths_of(resource)
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Pellucid",
                "version": __version__,
                "description": "Dates are company days, times UTC, amounts strings.",
            },
            "paths": paths,
            "components": {
                "schemas": schemas,
                "parameters": SHARED,
                "responses": refusals(),
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{"token": []}],
        }
