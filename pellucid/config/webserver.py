"""The web process: granian with one worker process per core."""

from __future__ import annotations

import argparse
import os

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from pellucid.config import environment, logs
from pellucid.config.embedded.server import shared
from pellucid.config.home import home
from pellucid.config.supervisor import end_with_parent


def main() -> None:
    """Serve until SIGTERM; requests in flight are answered first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    options = parser.parse_args()
    end_with_parent()
    logs.configure(json_lines=os.environ.get("PELLUCID_LOG") == "json", level=os.environ.get("PELLUCID_LOG_LEVEL", "INFO"))
    if not os.environ.get("DATABASE_URL"):
        # Held here as well: should the supervisor be killed, the last one out stops the database.
        shared(home(), environment.durable()).start()
    Server(
        "pellucid.config.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=2,  # more threads share one interpreter and only slow each other down
        respawn_failed_workers=True,
        workers_kill_timeout=8,
        log_enabled=True,
        log_level=LogLevels.warning,
        log_dictconfig={"loggers": {"_granian": {"level": "WARNING", "handlers": [], "propagate": True}}},
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
