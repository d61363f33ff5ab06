"""Columns: types that SQLAlchemy does not have, and the fields of tables that are made of them.

Instants and words of the vocabulary are both stored as text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Dialect, String, Text, TypeDecorator
from sqlmodel import Field


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC as ISO 8601 text of a fixed width, so that it sorts by time.

    A text without a zone, which another program has written, is in UTC too, as SQLite's own ``datetime()`` is.
    """

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the text to store.

        Raises:
            ValueError: ``value`` is naive.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Return the datetime of a stored text, in UTC."""
        if value is None:
            return None
        found = datetime.fromisoformat(value)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


class Words(TypeDecorator[StrEnum]):
    """A member of an enum in `heartbeat.vocabulary`, stored as its value."""

    impl = String
    cache_ok = True

    def __init__(self, vocabulary: type[StrEnum]) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self._members = {member.value: member for member in vocabulary}

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Compare values that are not in the enum as text, such as a part of a word in a search."""
        return self if value is None or value in self._members else String()

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Return the text to store.

        Raises:
            ValueError: ``value`` is not in the enum.
        """
        return None if value is None else self.vocabulary(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Return the member of a stored text.

        Raises:
            ValueError: the text is not in the enum.
        """
        return None if value is None else self._members.get(value) or self.vocabulary(value)


def instant(*, nullable: bool = True) -> Any:
    """Return a field that holds an instant."""
    return Field(default=None, sa_column=Column(UtcDateTime, nullable=nullable))


def plain_json(default: Any = None) -> Any:
    """Return a field that holds JSON; without a default it may be null."""
    # A default, which pydantic copies too; for a default_factory it reads the signature at each call.
    return Field(default=default, sa_column=Column(JSON(none_as_null=True), nullable=default is None))


def words(vocabulary: type[StrEnum], default: Any = ...) -> Any:
    """Return a field that holds a word of a vocabulary."""
    return Field(default=default, sa_type=Words(vocabulary))


def long_text() -> Any:
    """Return a field that holds a text of any length, or null."""
    return Field(default=None, sa_column=Column(Text, nullable=True))
