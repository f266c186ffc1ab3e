"""Many rows at once."""

from __future__ import annotations

import pytest
from django.db import connection

from pellucid.kernel.records.copying import copy
from pellucid.kernel.records.models import Term

pytestmark = pytest.mark.django_db


def test_a_default_may_ask_the_database(monkeypatch):
    """As the company's currency does when it is not in memory: asked inside the COPY, it would wait for itself for ever."""

    def asked() -> str:
        assert connection.connection.info.transaction_status.name != "ACTIVE", "the COPY has begun"
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'info'")
            return cursor.fetchone()[0]

    monkeypatch.setattr(Term._meta.get_field("tone"), "get_default", asked)
    assert copy(Term, [{"dictionary": "x", "code": str(n), "label": {"en": str(n)}} for n in range(3)]) == 3
    assert set(Term.objects.filter(dictionary="x").values_list("tone", flat=True)) == {"info"}
