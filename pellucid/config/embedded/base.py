"""Django's PostgreSQL backend on the embedded server."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from pellucid.config.embedded.server import shared


class DatabaseWrapper(base.DatabaseWrapper):
    """Starts the embedded server at the first connection, never at import."""

    def get_connection_params(self) -> dict[str, Any]:
        server = shared(settings.PELLUCID_HOME, durable=settings.PELLUCID_DURABLE)
        server.start()
        self.settings_dict["HOST"] = str(server.socket_dir)
        return super().get_connection_params()
