"""The database cuts the same grams as Python."""
from __future__ import annotations

import random
import unicodedata

import psycopg
import pytest

from pellucid.kernel.search import grams_sql, text
from tests import counts, databases

# One part of each range that names are written in, and hostile ones; code points assigned before Unicode 14.
RANGES = (
    (0x20, 0x7E), (0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1FFE), (0x2000, 0x206F),
    (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2460, 0x24FF), (0x3000, 0x30FF), (0x3200, 0x33FF), (0x4E00, 0x9FA5), (0x4E00, 0x9FA5),
    (0x4E00, 0x5200), (0xF900, 0xFA2D), (0xFB00, 0xFB06), (0xFE10, 0xFE6F), (0xFF01, 0xFFEE), (0xAC00, 0xD7A3), (0x300, 0x36F),
    (0x1F300, 0x1F5FF),
    (0x20000, 0x2A6D6), (0x1D400, 0x1D7FF), (0x1, 0x1F),
)  # fmt: skip


def any_text(pick: random.Random) -> str:
    letters = []
    for _ in range(pick.choice((0, 1, 2, 3, 8, 14, 14, 30, 200))):
        letter = chr(pick.randint(*pick.choice(RANGES)))
        if unicodedata.category(letter) != "Cn":
            letters.append(letter)
    return "".join(letters)


@pytest.fixture
def database(empty_database):
    with databases.administer(empty_database) as session:
        for statement in grams_sql.STATEMENTS:
            session.execute(statement)
        yield session


def test_the_database_agrees_with_python(database: psycopg.Connection):
    pick = random.Random(2026)
    texts = [any_text(pick) for _ in range(counts.count(3_000, 200_000))] + ["长" * 70 + "江" * 4100, "İstanbul ŞİŞLİ ẞ", "a"]
    answers = database.execute(
        "SELECT search.fold(t), search.plain(t), search.grams(t)"
        " FROM unnest(%s::text[]) WITH ORDINALITY AS given(t, n) ORDER BY n",
        [texts],
    ).fetchall()
    for given, (folded, plain, grams) in zip(texts, answers, strict=True):
        assert (folded, plain, grams) == (text.fold(given), text.plain(given), text.bigrams(given)), ascii(given)


def test_grams_serve_a_generated_column(database: psycopg.Connection):
    expression = grams_sql.gram_column("name", "short_name")
    database.execute(f"CREATE TABLE company (name text, short_name text, grams text[] GENERATED ALWAYS AS ({expression}) STORED)")
    database.execute("CREATE INDEX ON company USING gin (grams)")
    database.execute("INSERT INTO company VALUES ('苏州恒砺精密制造有限公司', NULL), ('蘇州明遠機械', '明遠')")
    for query, found in (("恒砺", 1), ("明远", 1), ("苏州", 2), ("恒明", 0)):
        hits = database.execute(
            "SELECT count(*) FROM company WHERE "
            + " OR ".join(["grams @> %s AND search.plain(name) LIKE %s"] * len(text.forms(query))),
            [value for form in text.forms(query) for value in (text.bigrams(form), f"%{text.plain(form)}%")],
        ).fetchone()[0]
        assert hits == found, query
