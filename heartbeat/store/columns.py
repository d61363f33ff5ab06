"""Columns: types that SQLAlchemy does not have, and the fields of tables that are made of them.

Instants and words of the vocabulary are both stored as text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, Column, Dialect, String, Text, TypeDecorator
from sqlmodel import Field

CHECKED = 4_096
"""Texts of a column whose content is known to be allowed; the one that was read least lately goes first."""


def instant_of(text: str) -> datetime:
    """Return the instant of ISO 8601 text, in UTC; a text without a zone is in UTC.

    Raises:
        ValueError: the text names no instant, or one that lies outside of the years 1 to 9999 in UTC.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is UTC:
        return found
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r:.80} lies outside of the years 1 to 9999 in UTC") from error


def instants_of(texts: Iterable[str]) -> list[datetime]:
    """Return the instants of several such texts."""
    return [instant_of(text) for text in texts]


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
        return instant_of(value)


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


class CheckedJson(TypeDecorator[Any]):
    """A JSON object or array. Another program may have written something else, which is refused where it is read.

    ``check`` raises an error for content that is not allowed; ``allowed`` says what is. ``quick`` does so too, at
    each read: it costs little, so that no text is kept for it. Where the column is ``nullable``, JSON's own null is
    None too.
    """

    impl = JSON
    cache_ok = True

    def __init__(
        self,
        shape: type[Any],
        check: Callable[[Any], object] | None = None,
        allowed: str = "",
        nullable: bool = False,
        quick: Callable[[Any], object] | None = None,
    ) -> None:
        super().__init__(none_as_null=True)
        self.shape, self.check, self.nullable, self.quick = shape, check, nullable, quick
        self.allowed = allowed or f"a JSON {'array' if shape is list else 'object'}"
        # The content of a text that was allowed once is not checked again: that costs as much as reading the row.
        self._check_once = lru_cache(maxsize=CHECKED)(self._check)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return the function that reads a cell, in place of that of JSON, which reads JSON of any shape."""
        return self.read

    def read(self, cell: str | None) -> Any:
        """Return the value of a cell.

        Raises:
            ValueError: it is not what is allowed.
        """
        if cell is None:
            return None
        value = json.loads(cell) if isinstance(cell, str) else cell
        if value is None and self.nullable:
            return None
        if not isinstance(value, self.shape):
            raise ValueError(f"JSON of another shape; allowed: {self.allowed}")
        if self.check is not None and value and isinstance(cell, str):
            self._check_once(cell)
        if self.quick is not None:
            self._hold(self.quick, value)
        return value

    def _check(self, cell: str) -> None:
        """Check the content of a cell.

        Raises:
            ValueError: it is not what is allowed.
        """
        if self.check is not None:
            self._hold(self.check, json.loads(cell))

    def _hold(self, check: Callable[[Any], object], value: Any) -> None:
        try:
            check(value)
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise ValueError(f"JSON of another content; allowed: {self.allowed}") from error


def instant(*, nullable: bool = True) -> Any:
    """Return a field that holds an instant."""
    return Field(default=None, sa_column=Column(UtcDateTime, nullable=nullable))


def plain_json(
    default: Any = None,
    *,
    shape: type[Any] = dict,
    check: Callable[[Any], object] | None = None,
    quick: Callable[[Any], object] | None = None,
    allowed: str = "",
    nullable: bool = False,
) -> Any:
    """Return a field that holds JSON, of the shape of its default; without a default it may be null."""
    may_be_null = nullable or default is None
    kept = CheckedJson(shape if default is None else type(default), check, allowed, may_be_null, quick)
    # A default, which pydantic copies too; for a default_factory it reads the signature at each call.
    return Field(default=default, sa_column=Column(kept, nullable=may_be_null))


def words(vocabulary: type[StrEnum], default: Any = ...) -> Any:
    """Return a field that holds a word of a vocabulary."""
    return Field(default=default, sa_type=Words(vocabulary))


def long_text() -> Any:
    """Return a field that holds a text of any length, or null."""
    return Field(default=None, sa_column=Column(Text, nullable=True))
