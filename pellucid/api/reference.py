"""The description of the API for programs (OpenAPI) and for people (a page)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .answers import answer
from .schema import document


def openapi(request: HttpRequest) -> HttpResponse:
    """GET the OpenAPI document; it holds no data and needs no token."""
    return answer(document())


def docs(request: HttpRequest) -> HttpResponse:
    """The browsable reference: every operation with its parameters and body, by resource."""
    doc = document()
    groups: dict[str, list[dict[str, object]]] = {}
    for path, operations in doc["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            groups.setdefault((operation.get("tags") or ["general"])[0], []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "summary": operation["summary"],
                    "parameters": operation.get("parameters", ()),
                    "fields": sorted(body.get("properties", {})),
                    "required": body.get("required", ()),
                    "statuses": sorted(operation["responses"]),
                }
            )
    return render(request, "api/docs.html", {"groups": groups, "title": doc["info"]["title"], "version": doc["info"]["version"]})
