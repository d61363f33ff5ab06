"""The log of a process: one line per event with its time, action, thread and beat; secrets are masked."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

from pydantic import SecretStr

from heartbeat.instructions import MASK, mask_secrets
from heartbeat.log_context import log_context
from heartbeat.settings import Settings
from heartbeat_service.escaping import escaped_line, inert

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_SHORTEST_SECRET = 6
"""Characters; masking shorter secrets would also replace parts of unrelated words."""


def configure(settings: Settings) -> None:
    """Send the log of this process to stderr, in the format and at the level of the settings.

    Other libraries log from WARNING on. Handlers that an app has added to the root logger stay.
    """
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(handler)
    root.addHandler(handler_for(settings))
    root.setLevel(logging.WARNING)
    logging.getLogger("heartbeat").setLevel(settings.least_log_level)
    logging.captureWarnings(True)


def handler_for(settings: Settings, stream: TextIO | None = None) -> logging.Handler:
    """Return a handler that writes to a stream, by default to stderr, in the format of the settings."""
    handler = _Handler(stream)
    secrets = tuple(sorted(_secrets(settings), key=len, reverse=True))
    handler.setFormatter(JsonLines(secrets) if settings.log_format == "json" else TextLines(secrets))
    handler.addFilter(add_log_context)
    return handler


def add_log_context(record: logging.LogRecord) -> bool:
    """Set ``thread_id`` and ``beat_id`` of a record unless they are set; a filter for any handler.

    It must run in the context that logs, so with a queue handler it belongs to that handler, before the queue.
    """
    here = log_context()
    for name, value in (("thread_id", here.thread_id), ("beat_id", here.beat_id)):
        if getattr(record, name, None) is None:
            setattr(record, name, value)
    return True


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to a stream, by default stderr.

    On a terminal ``sys.stderr`` is looked up for each record, since rich replaces it while it shows a status line.
    """

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__(stream or sys.stderr)
        self._follows = stream is None and self.stream.isatty()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        if self._follows:
            self.stream = sys.stderr
        super().emit(record)


class _Lines(logging.Formatter):
    """Masks the given ``secrets``, and text that looks like a secret."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._secrets = secrets

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return mask_secrets(text)

    def _fields(self, record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
        yield "action", getattr(record, "action", None)
        yield "thread", getattr(record, "thread_id", None)
        yield "beat", getattr(record, "beat_id", None)
        if record.name.partition(".")[0] != "heartbeat":
            yield "logger", record.name
            return
        for name, value in record.__dict__.items():
            if name not in _STANDARD and name not in {"action", "thread_id", "beat_id"}:
                yield name, self._masked(value) if isinstance(value, str) else value

    def _exception(self, record: logging.LogRecord) -> str:
        given = self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
        stack = self.formatStack(record.stack_info) if record.stack_info else ""
        return self._masked("\n".join(part for part in (given, stack) if part))


class JsonLines(_Lines):
    """One JSON object per line, in ASCII; empty fields are left out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": _instant(record),
            "level": record.levelname,
            "message": self._masked(record.getMessage()),
            **dict(self._fields(record)),
            "exception": self._exception(record),
        }
        return json.dumps(
            {name: value for name, value in line.items() if value not in (None, "")}, default=str
        )


class TextLines(_Lines):
    """Time, level, message and ``name=value`` fields on one line; an exception follows on further lines."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        message = escaped_line(self._masked(record.getMessage()))
        fields = "".join(
            f" {name}={_quoted(value)}" for name, value in self._fields(record) if value not in (None, "")
        )
        line = f"{_instant(record)} {record.levelname} {message} {fields}".rstrip()
        exception = self._exception(record)
        return f"{line}\n{inert(exception)}" if exception else line


def _instant(record: logging.LogRecord) -> str:
    instant = datetime.fromtimestamp(record.created, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _quoted(value: object) -> str:
    text = escaped_line(str(value))
    return json.dumps(text, ensure_ascii=False) if any(each in text for each in ' "=') else text


def _secrets(settings: Settings) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            whole = value.get_secret_value()
            parts = re.split(r"[,\s]+", whole) if "://" in whole else []
            yield from (each for each in {whole, *parts} if len(each) >= _SHORTEST_SECRET)
