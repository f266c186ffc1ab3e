"""Makes the company's database where it is missing, then lets a process of its own measure it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql

from bench.section import Options, Section
from pellucid.config.embedded.server import APPLICATION, OWNER, SUPERUSER, Server

ROOT = Path(__file__).resolve().parents[2]


class Pages(Section):
    heading = "Pages and calls"
    sizes = (100_000, 1_000_000)
    what = "measure"

    def run(self, server: Server, options: Options) -> str:
        parts = []
        for rows in options.rows or self.sizes:
            built = company(server, rows, options.rebuild)
            answer = server.folder.parent / f"{self.what}-{rows}.md"
            answer.unlink(missing_ok=True)
            child(server, database(rows), self.what, rows, role="app", BENCH_ANSWER=str(answer))
            parts.append(answer.read_text().replace("{built}", built))
        return "\n".join(parts)


class Money(Pages):
    heading = "Orders and money"
    what = "money"


def database(rows: int) -> str:
    return f"bench_product_{rows}"


def company(server: Server, rows: int, rebuild: bool) -> str:
    """Builds the company of this size unless it stands; answers with how long it took, if it was built now."""
    name = database(rows)
    with psycopg.connect(**server.parameters("postgres", SUPERUSER), autocommit=True) as admin:
        there = admin.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if there and there[0] == stamp() and not rebuild:
            child(server, name, "migrate", rows, role="owner")
            return "built before"
        draft = f"{name}_draft"
        for old in (name, draft):
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(old)))
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(draft), sql.Identifier(OWNER)))
        started = time.monotonic()
        child(server, draft, "build", rows, role="owner")
        admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(draft), sql.Literal(stamp())))
        admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))
    return f"built in {time.monotonic() - started:.0f} s"


def stamp() -> str:
    """What fills the company: another one is built when that has changed. One that stands goes through newer migrations, as any company does."""
    files = sorted(Path(__file__).parent.glob("company*.*"))
    return hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()


def environment(server: Server, name: str, role: str) -> dict[str, str]:
    """What a process of the product needs to work on this database."""

    def url(user: str) -> str:
        return f"postgres://{user}@/{name}?host={server.socket_dir}"

    return os.environ | {
        "PELLUCID_HOME": str(server.folder.parent), "DATABASE_URL": url(APPLICATION), "PELLUCID_OWNER_URL": url(OWNER), "PELLUCID_DB_ROLE": role,
        "PELLUCID_COMPRESS": "0", "PELLUCID_PATIENCE": "3600", "PELLUCID_LOG_LEVEL": "ERROR",
        "BENCH_ADMIN": f"host={server.socket_dir} user={SUPERUSER} dbname={name}",
    }  # fmt: skip


def child(server: Server, name: str, what: str, rows: int, role: str, **more: str) -> None:
    """Runs the child to its end."""
    command = [sys.executable, "-m", "bench.product.child", what, str(rows)]
    subprocess.run(command, env=environment(server, name, role) | more, check=True, cwd=ROOT)
