"""Logs: one line per event, as JSON with the request's id for machines or short text for people. Never secrets."""

from __future__ import annotations

import contextvars
import json
import logging
import logging.config
from datetime import UTC, datetime

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")

_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request", "server_time", "taskName"}


def one_line(text: str) -> str:
    """Text without line breaks or control characters, so that nobody can forge a second log line."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


class JsonLines(logging.Formatter):
    """One JSON object per line: ts (UTC), level, logger, message, request_id, and whatever `extra` carried."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"ts": moment, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if current := request_id.get():
            line["request_id"] = current
        line |= {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Plain(logging.Formatter):
    """Short lines for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        current = request_id.get()
        head = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower():7} {record.name}"
        text = f"{head}{' ' + current if current else ''}: {one_line(record.getMessage())}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def configure(json_lines: bool, level: str = "INFO") -> None:
    """Send everything to standard error in the wanted form."""
    form = "json" if json_lines else "plain"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonLines}, "plain": {"()": Plain}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
            "root": {"handlers": ["stderr"], "level": level if json_lines else max(level, "WARNING", key=logging.getLevelName)},
            "loggers": {
                "pellucid": {"level": level},
                "django.request": {"level": "ERROR"},  # the access line tells of 4xx; a 5xx keeps its traceback
                "django.security.DisallowedHost": {"level": "CRITICAL"},
            },
        }
    )
