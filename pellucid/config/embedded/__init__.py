"""The database that needs no set-up: a PostgreSQL server of our own, used when DATABASE_URL is unset.

`ENGINE = "pellucid.config.embedded"` is Django's PostgreSQL backend that starts the server before the first connection.
"""

from __future__ import annotations
