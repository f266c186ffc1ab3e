"""Counters of records.Version: a statement trigger on every table whose contents processes keep in memory."""

from __future__ import annotations

from collections.abc import Iterator

from .derived import Derived, derives
from .versions import TOPICS

# topic -> (table, columns whose change matters; empty: any change)
WATCHED: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "access": [
        ("access_unit", ()),
        ("access_workcalendar", ()),
        ("access_calendarday", ()),
        ("access_membership", ()),
        ("access_role", ()),
        ("access_roleright", ()),
        ("access_fieldright", ()),
        ("access_grant", ()),
        ("access_proxy", ()),
        ("access_user", ("is_active",)),
    ],
    "terms": [("records_term", ())],
    "overlay": [("resources_customfield", ()), ("resources_layout", ())],
    "people": [("access_user", ("name", "username", "pinyin", "is_active", "photo", "kind"))],
    "settings": [("records_setting", ())],
    "views": [("resources_savedview", ())],
}


def watch(topic: str, *tables: str) -> None:
    """An area keeps what these tables hold in memory, too, under one of the topics."""
    WATCHED[topic] += [(table, ()) for table in tables if (table, ()) not in WATCHED[topic]]


FUNCTION = """
CREATE SEQUENCE IF NOT EXISTS records_version_n AS bigint START 2;
INSERT INTO records_version (topic, n) SELECT t, 1 FROM unnest(string_to_array('TOPICS', ',')) t ON CONFLICT DO NOTHING;
CREATE OR REPLACE FUNCTION public.records_bump() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- from a sequence, never n + 1: after a rollback the same number must not stand for other contents
  UPDATE public.records_version SET n = nextval('public.records_version_n') WHERE topic = TG_ARGV[0];
  RETURN NULL;
END $$;
""".replace("TOPICS", ",".join(TOPICS))


@derives
def version_triggers() -> Iterator[Derived]:
    """The counters and what moves them."""
    yield Derived("records.versions", FUNCTION)
    for topic, tables in WATCHED.items():
        for table, columns in tables:
            of = f" OF {', '.join(columns)}" if columns else ""
            name = f"{table}_bump_{topic}"
            yield Derived(
                f"records.versions:{topic}:{table}",
                f"CREATE TRIGGER {name} AFTER INSERT OR DELETE OR UPDATE{of} ON public.{table} FOR EACH STATEMENT"
                f" EXECUTE FUNCTION public.records_bump('{topic}');",
                undo=f"DROP TRIGGER IF EXISTS {name} ON public.{table};",
            )
