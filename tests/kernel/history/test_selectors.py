"""Questions to the past, asked through Django."""

from __future__ import annotations

import functools
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from pellucid.kernel.history import checks, selectors, span_models, writes
from pellucid.kernel.history.timeline import Change, timeline
from pellucid.kernel.records.errors import Invalid
from tests.kernel.history.sample import Thing

pytestmark = pytest.mark.usefixtures("django_past")
JANUARY, MARCH, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 5))


def say(**settings: Any) -> None:
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [f"pellucid.{name}", str(value)])


def begin(pk: int, since: datetime, **values: Any) -> None:
    """A record that began on a day."""
    with transaction.atomic():
        say(valid_at=since.isoformat(), actor=1)
        values = {"stage": 1, "amount": 10, "owner_id": 7} | values
        Thing(pk=pk, created_at=since, updated_at=since, **values).save(force_insert=True)


def change(pk: int, since: datetime | None = None, **values: Any) -> None:
    with transaction.atomic():
        say(valid_at=since.isoformat() if since else "", actor=2)
        Thing.objects.filter(pk=pk).update(**values)


def test_values_of_a_day() -> None:
    begin(800_000, JANUARY, amount=Decimal("10.50"))
    change(800_000, MARCH, stage=2, owner_id=8)
    assert selectors.value_at(Thing, 800_000, "stage", date(2026, 2, 28)) == 1
    assert selectors.value_at(Thing, 800_000, "stage", MARCH - timedelta(microseconds=1)) == 1
    assert selectors.value_at(Thing, 800_000, "stage", MARCH) == 2
    assert selectors.value_at(Thing, 800_000, "owner", date(2026, 3, 1)) == 8
    assert selectors.value_at(Thing, 800_000, "owner_id", date(2025, 12, 30)) is None
    assert selectors.state_at(Thing, 800_000, JANUARY) == {
        "phone": None, "stage": 1, "amount": Decimal("10.50"), "owner": 7, "primary": True,
    }  # fmt: skip
    assert selectors.state_at(Thing, 800_000, date(2025, 1, 1)) is None
    with pytest.raises(ImproperlyConfigured, match="not temporal"):
        selectors.value_at(Thing, 800_000, "note", MARCH)


def test_a_day_ends_in_the_companys_zone() -> None:
    begin(800_010, datetime(2026, 1, 5, 15, 59, 59, tzinfo=UTC))
    begin(800_011, datetime(2026, 1, 5, 16, 0, tzinfo=UTC))  # midnight in Shanghai
    then = selectors.as_of(Thing, date(2026, 1, 5)).filter(id__in=[800_010, 800_011])
    assert [span.id for span in then] == [800_010]


def test_records_as_of_a_day_and_as_believed() -> None:
    for n in range(3):
        begin(800_020 + n, JANUARY, stage=n)
    change(800_020, MARCH, stage=5)
    known = selectors.span_model(Thing).objects.filter(id=800_022).get().recorded_at
    writes.correct(Thing, 800_021, JANUARY, MARCH, {"stage": 7})
    ours = {"id__range": (800_020, 800_022)}
    then = selectors.as_of(Thing, date(2026, 2, 1)).filter(**ours).order_by("id")
    assert list(then.values_list("id", "stage", "owner_id")) == [(800_020, 0, 7), (800_021, 7, 7), (800_022, 2, 7)]
    assert then.filter(owner=7, stage__gte=2).count() == 2
    believed = selectors.believed_at(Thing, date(2026, 2, 1), known).filter(**ours).order_by("id")
    assert list(believed.values_list("stage", flat=True)) == [0, 1, 2]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sum(s.stage) FROM thing_span s WHERE {selectors.as_of_condition('s')} AND id BETWEEN 800020 AND 800022",
            [JANUARY, JANUARY],
        )
        assert cursor.fetchone() == (9,)


def test_periods_of_a_field_hide_changes_of_others() -> None:
    begin(800_030, JANUARY)
    change(800_030, MARCH, amount=11)
    change(800_030, MAY, stage=2)
    told = selectors.periods(Thing, 800_030, "stage")
    assert [(p.start, p.end, p.value, p.actor_id, p.is_correction) for p in told] == [
        (JANUARY, MAY, 1, 1, False),
        (MAY, None, 2, 2, True),
    ]
    assert [p.value for p in selectors.periods(Thing, 800_030, "amount")] == [10, 11]


def test_the_models_over_spans_are_read_only() -> None:
    spans = span_models.span_model(Thing)
    for attempt in (spans().save, spans().delete, lambda: spans.objects.update(stage=1), lambda: spans.objects.all().delete()):
        with pytest.raises(TypeError, match="read only"):
            attempt()
    assert span_models.span_model(Thing) is spans
    assert spans._meta.get_field("owner").related_model is Thing._meta.get_field("owner").related_model


def test_a_timeline_tells_who_changed_what() -> None:
    begin(800_040, JANUARY, name="甲")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO events_event (id, name, actor_id, door) VALUES (900040, 'thing.renamed', 3, 'web')")
    with transaction.atomic():
        say(actor=3, event=900_040)
        Thing.objects.filter(pk=800_040).update(name="乙", stage=2, extra={"x_a": 1})
        Thing.objects.filter(pk=800_040).update(name="丙", stage=1, amount=Decimal("12.00"))
    with transaction.atomic():
        say(actor=4)
        Thing.objects.filter(pk=800_040).update(note="x")
        Thing.objects.filter(pk=800_040).update(note=None)  # back again: nobody wants to read that
    change(800_040, deleted_at=MARCH)
    change(800_040, deleted_at=None)
    writes.correct(Thing, 800_040, JANUARY, MARCH, {"owner": 9})
    told = timeline(Thing, 800_040)
    assert [e.kind for e in told] == ["corrected", "restored", "deleted", "changed", "created"]
    assert [e.actor_id for e in told] == [None, 2, 2, 3, 1]
    corrected, _, deleted, changed, created = told
    assert corrected.changes == (Change("owner", None, 9),)
    assert corrected.period == (JANUARY, MARCH)
    assert deleted.changes == (Change("deleted_at", None, MARCH),)
    amounts = Change("amount", Decimal("10.00"), Decimal("12.00"))
    assert changed.changes == (Change("name", "甲", "丙"), amounts, Change("x_a", None, 1))
    assert changed.event is not None and changed.event.name == "thing.renamed"
    assert created.changes[0] == Change("name", None, "甲")


def test_only_what_is_past_can_be_corrected() -> None:
    begin(800_045, JANUARY)
    for start, end in ((MARCH, JANUARY), (MARCH, datetime(2100, 1, 1, tzinfo=UTC))):
        with pytest.raises(Invalid):
            writes.correct(Thing, 800_045, start, end, {"stage": 2})
    with transaction.atomic():
        say(actor=1)
        writes.correct(Thing, 800_045, MARCH, timezone.now(), {"stage": 2})
    assert [p.value for p in selectors.periods(Thing, 800_045, "stage")] == [1, 2, 1]


def test_a_long_timeline_comes_in_pages() -> None:
    begin(800_050, JANUARY)
    for n in range(130):
        change(800_050, note=str(n))
    first = timeline(Thing, 800_050, limit=60)
    second = timeline(Thing, 800_050, limit=60, before=first[-1].seq)
    third = timeline(Thing, 800_050, limit=60, before=second[-1].seq)
    notes = [e.changes[0].new for page in (first, second, third) for e in page]
    assert (len(first), len(second), len(third)) == (60, 60, 11)
    assert notes[:130] == [str(n) for n in reversed(range(130))]


def test_whole_histories_are_loaded_through_django() -> None:
    with transaction.atomic():
        for pk in (800_060, 800_061):
            Thing(pk=pk, stage=2, amount=1, owner_id=1, created_at=JANUARY, updated_at=JANUARY).save(force_insert=True)
        rest = {"amount": 1, "owner": 1, "primary": True}
        stages = ((JANUARY, 1), (MAY, 2))
        periods = [{"id": pk, "valid_from": since, "stage": n, **rest} for pk in (800_060, 800_061) for since, n in stages]
        assert writes.load_spans(Thing, periods) == 4
    assert selectors.value_at(Thing, 800_061, "stage", MARCH) == 1
    with pytest.raises(ValueError, match="together"):
        writes.load_spans(Thing, [{"id": 1}, {"id": 2}, {"id": 1}])


def test_a_person_is_erased_through_django() -> None:
    assert writes.personal_fields(Thing) == ["name", "phone"]
    begin(800_070, JANUARY, name="李四", phone="13800000000")
    with transaction.atomic():
        say(actor=1)
        Thing.objects.filter(pk=800_070).update(name="[erased]", phone=None)
        assert writes.erase_person(Thing, [800_070], ["name", "phone"]) == 2
    last = timeline(Thing, 800_070)[0]
    assert (last.kind, last.erased) == ("erased", ("name", "phone"))
    assert selectors.value_at(Thing, 800_070, "phone", MARCH) == "[erased]"


def test_the_nightly_check_finds_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "models_with_past", lambda: [Thing])
    begin(800_080, JANUARY)
    assert checks.check() == []
    faults = {
        "triggers gone or switched off": "ALTER TABLE thing DISABLE TRIGGER thing_span_upd",
        "last period and row differ": "UPDATE thing_span SET stage = 99 WHERE id = 800080",
        "periods nobody ever believed": "UPDATE thing_span SET recorded_to = recorded_at WHERE id = 800080",
        "lines that no month holds": "UPDATE history.audit SET at = '2001-01-01+00' WHERE row_id = 800080",
        "months not made ahead": "DROP TABLE history.audit_' || to_char(now() + interval '1 month', 'YYYYMM')",
    }
    for name, fault in faults.items():
        with transaction.atomic(), connection.cursor() as cursor:
            if "||" in fault:
                fault = "DO $$ BEGIN EXECUTE '" + fault + "; END $$"
            cursor.execute(fault)
            found = checks.check()
            assert name in {finding.check for finding in found}
            assert str(found[0])
            transaction.set_rollback(True)


def test_a_span_model_is_made_once_however_many_threads_ask(monkeypatch):
    made = []

    def slowly(model):
        made.append(model)
        time.sleep(0.05)
        return object()

    monkeypatch.setattr(span_models, "_made", functools.cache(slowly))
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(span_models.span_model, [Thing] * 8))
    assert (len(made), len(answers)) == (1, 1)
