"""What is kept in memory by the counters of what it depends on."""

from __future__ import annotations

import pytest

from pellucid.kernel.records import versions
from pellucid.kernel.records.versions import using, versioned


@pytest.fixture
def asked(monkeypatch):
    """A kept function and what it was asked for, in order."""
    monkeypatch.setattr(versions, "KEPT", 2)
    said: list[tuple[int, str]] = []

    @versioned("terms")
    def name(of: str) -> str:
        said.append((versions.current()["terms"], of))
        return of.upper()

    return name, said


def test_an_answer_is_kept_until_its_topic_changes(asked):
    name, said = asked
    for counters in ({"terms": 1}, {"terms": 1, "people": 9}, {"terms": 2}):
        with using(counters):
            assert (name("a"), name("a")) == ("A", "A")
    assert said == [(1, "a"), (2, "a")], "another topic is no reason"


def test_a_request_that_began_before_a_change_finds_what_it_knew(asked):
    name, said = asked
    for n in (1, 2, 1, 2, 1):
        with using({"terms": n}):
            name("a")
    assert said == [(1, "a"), (2, "a")]
    for n in (3, 1, 2):
        with using({"terms": n}):
            name("a")
    assert said[2:] == [(3, "a"), (2, "a")], "two states are remembered: those used last"


def test_what_a_kept_answer_asks_for_is_of_the_same_state(monkeypatch):
    counters = iter(range(10))
    monkeypatch.setattr(versions, "read", lambda: {"terms": next(counters)})
    inner = versioned("terms")(lambda: versions.current()["terms"])
    outer = versioned("terms")(lambda: (versions.current()["terms"], inner(), inner()))
    assert not versions.inside() and outer() == (0, 0, 0)
    assert outer() == (1, 1, 1) and not versions.inside()


def test_more_answers_than_are_kept_begin_a_new_memory(asked):
    name, said = asked
    with using({"terms": 1}):
        for n in range(5000):
            name(str(n))
        name("4999")
    assert len(said) == 5000
