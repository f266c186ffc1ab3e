"""The statement of a question is made once a day, and anew when what it follows from has changed."""

from __future__ import annotations

import datetime as dt

import pytest

from pellucid.kernel.access.models import RoleRight
from pellucid.kernel.metrics import answer as asking
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.records import days, versions

pytestmark = pytest.mark.django_db


def test_a_question_is_worked_out_once_until_something_changes(world, monkeypatch):
    made, statement = [], asking.statement
    monkeypatch.setattr(asking, "statement", lambda *asked: made.append(asked) or statement(*asked))
    world.customer("苏州恒砺")
    ask = Ask(("new_customers",), filters={"owner": world.users["alice"].pk})

    def told(name: str, today: dt.date | None = None) -> int:
        return asking.answer(world.actor(name), ask, today).lines[0].cells["new_customers"]

    assert [told("alice"), told("alice")] == [1, 1] and len(made) == 1
    world.customer("苏州恒砺二")
    assert told("alice") == 2 and len(made) == 1                      # the statement was kept, not the answer
    assert told("bob") == 0 and len(made) == 2                        # another reader, another reach
    told("alice", days.today() - dt.timedelta(days=1))
    assert len(made) == 3                                             # another day
    RoleRight.objects.filter(resource="customer", verb="view", scope="own").delete()
    versions.forget()
    assert told("alice") == 0 and len(made) == 4                      # fewer rights
