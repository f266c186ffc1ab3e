"""Generated calls of every operation: no server error, no undocumented status, no answer that breaks its schema."""

from __future__ import annotations

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS

from pellucid.api.schema import document
from pellucid.kernel.access.sessions import issue_token
from tests.counts import count
from tests.world import build

pytestmark = pytest.mark.django_db
WANTED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.mark.django_db(transaction=True)
def test_generated_calls_meet_the_description(monkeypatch):
    monkeypatch.setattr("pellucid.api.door.spend", lambda key: (600, 60))  # the limit would hide what the calls find
    world = build()
    world.customer("苏州恒砺精密制造有限公司")
    secret = issue_token(world.users["admin"], "fuzz", ["write"], None)[1]
    schema = schemathesis.openapi.from_dict(document())
    schema.app = get_wsgi_application()
    checks = [CHECKS.get_one(name) for name in WANTED]
    failures: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.rsplit("/", 1)[-1] in ("import", "export"):
            continue
        strategy = operation.as_strategy()

        @settings(
            max_examples=count(3, 500), deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        @given(case=strategy)
        def probe(case):
            # in-process calls are not unpacked on the way
            response = case.call(headers={"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"})
            case.validate_response(response, checks=checks)

        try:
            probe()
        except Exception as error:  # every kind of failure is collected, so that one run names them all
            failures.append(f"{operation.method.upper()} {operation.path}: {error}")
    assert not failures, "\n\n".join(failures[:12])
