"""Parsing of one entry of a ``tasks:`` block from YAML events, without objects, aliases or nesting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from heartbeat.instructions.model import Task
from heartbeat.instructions.quoting import AmbiguousValueError, quoted
from heartbeat.schedule import parse_interval
from heartbeat.text import sentence, truncate

MIN_INTERVAL = 60
MAX_INTERVAL = 366 * 86_400

_KEYS = ("name", "interval", "prompt")
_SHAPE_HINT = "a task is a list entry with name, interval and prompt"
_QUOTING_HINT = "text with a colon and a space in it needs quotes"
_YAML_PROBLEMS = {"mapping values are not allowed here": "there is a colon with a space after it in the text"}
_QUOTED_LENGTH = 40


class MalformedEntryError(Exception):
    """An entry is not a valid task; ``line`` is the line of the error."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class _Scalar:
    text: str
    line: int


def read_entry(text: str, line: int) -> Task:
    """Return the task in the text of one ``- `` entry that begins on the 1-based ``line``.

    Values are read as text as written, including a ``#`` in a prompt; ``null``, ``~`` and empty values count as
    missing.

    Raises:
        MalformedEntryError: the entry is not a valid task; the message is one sentence.
    """
    try:
        fields = _read_plain(text, line)
    except AmbiguousValueError as error:
        raise MalformedEntryError(
            line + error.line, f"This task is not valid YAML: {error} ({_QUOTING_HINT})."
        ) from error
    except yaml.MarkedYAMLError as error:
        at = line + error.problem_mark.line if error.problem_mark else line
        why = _YAML_PROBLEMS.get(error.problem or "", error.problem) or "it cannot be read"
        remedy = "indent with spaces, not with tabs" if "'\\t'" in why else _QUOTING_HINT
        raise MalformedEntryError(at, f"This task is not valid YAML: {why} ({remedy}).") from error
    except yaml.YAMLError as error:
        raise MalformedEntryError(
            line, "This task is not valid YAML: it holds characters that YAML does not allow."
        ) from error
    return _task_of(fields, line)


def _task_of(fields: dict[str, _Scalar], line: int) -> Task:
    for key in _KEYS:
        if key not in fields or not fields[key].text.strip():
            raise MalformedEntryError(line, f"This task has no {key}; {_SHAPE_HINT}.")
    name = " ".join(fields["name"].text.split())
    interval = fields["interval"]
    try:
        seconds = parse_interval(
            truncate(interval.text.strip(), _QUOTED_LENGTH), minimum=MIN_INTERVAL, maximum=MAX_INTERVAL
        )
    except ValueError as error:
        raise MalformedEntryError(
            interval.line, sentence(f"Task {truncate(name, _QUOTED_LENGTH)!r}: interval {error}")
        ) from error
    return Task(name=name, interval=seconds, prompt=fields["prompt"].text.strip(), line=line)


def _read_plain(text: str, line: int) -> dict[str, _Scalar]:
    try:
        return _read_fields(quoted(text), line)
    except yaml.MarkedYAMLError:
        # Values may begin with a YAML indicator: "@ann asks", "[urgent] look".
        again = quoted(text, all_of_them=True)
        if again == text:
            raise
        with suppress(yaml.MarkedYAMLError):
            return _read_fields(again, line)
        raise


def _read_fields(text: str, line: int) -> dict[str, _Scalar]:
    fields: dict[str, _Scalar] = {}
    for key, value in _pairs(text, line):
        if key.text not in _KEYS:
            raise MalformedEntryError(
                key.line,
                f"{truncate(key.text, _QUOTED_LENGTH)!r} is not known in a task; allowed: {', '.join(_KEYS)}.",
            )
        if key.text in fields:
            raise MalformedEntryError(key.line, f"This task has {key.text} twice.")
        fields[key.text] = value
    return fields


def _pairs(text: str, line: int) -> Iterator[tuple[_Scalar, _Scalar]]:
    """Yield the keys and values of the single mapping in the single list of the text."""
    # Each unexpected event is refused at once, so that nesting and aliases cannot exhaust time or memory.
    steps = (event for event in yaml.parse(text, Loader=yaml.SafeLoader) if not _is_frame(event))
    _expect(next(steps, None), SequenceStartEvent, line)
    _expect(next(steps, None), MappingStartEvent, line)
    for event in steps:
        if isinstance(event, MappingEndEvent):
            break
        key = _scalar(event, line, "A key of a task")
        value = _scalar(next(steps), line, f"{truncate(key.text, _QUOTED_LENGTH)!r} of a task")
        yield key, value
    following = next(steps, None)
    if isinstance(following, NodeEvent):
        raise MalformedEntryError(line, f"This entry holds more than one task; {_SHAPE_HINT}.")


def _is_frame(event: Event) -> bool:
    return not isinstance(event, NodeEvent | MappingEndEvent)


def _expect(event: Event | None, wanted: type[CollectionStartEvent], line: int) -> None:
    if event is None or not isinstance(event, wanted):
        raise MalformedEntryError(line, f"This is not a task; {_SHAPE_HINT}.")
    _refuse_references(event, line)


def _scalar(event: Event, line: int, what: str) -> _Scalar:
    at = line + _offset(event)
    _refuse_references(event, line)
    if not isinstance(event, ScalarEvent):
        raise MalformedEntryError(
            at, f"{what} must be text, not a list or a mapping; text that begins so needs quotes."
        )
    is_null = event.style is None and event.value in {"", "~", "null", "Null", "NULL"}
    return _Scalar(text="" if is_null else event.value, line=at)


def _refuse_references(event: Event, line: int) -> None:
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
        raise MalformedEntryError(
            line + _offset(event),
            "YAML anchors, aliases and tags (&, *, !) are not allowed in a task; text that begins so needs quotes.",
        )


def _offset(event: Event) -> int:
    return event.start_mark.line if event.start_mark else 0
