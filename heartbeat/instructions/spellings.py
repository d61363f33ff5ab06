"""Normalisation of the ways in which people write ``tasks:`` blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent, Event, NodeEvent

from heartbeat.instructions.markers import BULLET

_LEAD = r"(?P<indent>\s*)(?P<lead>(?:[-*+]|#{1,6})\s+)?"
_KEY = r"(?P<mark>[*_]{0,3}|[`\"'])tasks(?P<early>(?P=mark)?)\s*(?P<colon>[:：]?)(?P<late>(?P=mark)?)"
_OPENING = re.compile(rf"{_LEAD}{_KEY}\s*(?:(?P<flow>[\[{{].*)|(?:#.*)?)", re.IGNORECASE | re.DOTALL)
_NOTHING = re.compile(r"\[\s*\]\s*(?:#.*)?")
_FIELD = re.compile(r"[ \t]*(?:-[ \t]+)?(?P<quote>[\"']?)(?:name|interval|prompt)(?P=quote)[ \t]*:(?:\s|$)")
_LIKE_FIELD = re.compile(
    rf"(?P<indent>\s*)(?P<entry>[*+]\s+|(?![*+]){BULLET}\s*|\d{{1,3}}[.)]\s*)?(?P<mark>\*\*|__|[*_`]?)(?P<key>name|interval|prompt)"
    r"(?P<early>(?P=mark)?)\s*[:：](?P<late>(?P=mark)?)\s*(?P<value>.*)",
    re.IGNORECASE,
)
_BLOCK_TEXT = re.compile(r"(?P<before>\s*(?:-\s+)?)\S[^:]*:\s+[|>][-+0-9]*\s*(?:#.*)?")
_TASK_KEY = re.compile(
    rf"(?:^[\s>]*(?:(?:{BULLET}|\d{{1,3}}[.)])\s*)?|[{{,]\s*)[*_`\"']{{0,3}}(?P<key>name|interval|prompt)[*_`\"']{{0,3}}\s*[:：]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Opening:
    """A line that opens a block; ``flow`` is the YAML flow collection that begins on it, if any."""

    indent: int
    flow: str
    heading: bool


def opening(line: str) -> Opening | None:
    """Return the block opening on a line, or None.

    It is ``tasks:`` in any case, also in bold, as a list item or heading, or with a full-width colon.
    """
    found = _OPENING.fullmatch(line)
    if found is None:
        return None
    heading = (found["lead"] or "").startswith("#")
    if not (found["colon"] or heading) or (found["mark"] and not (found["early"] or found["late"])):
        return None
    flow = found["flow"] or ""
    return Opening(len(found["indent"]), "" if _NOTHING.fullmatch(flow) else flow, heading)


def plain_fields(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a block with its fields in YAML syntax; block scalars are unchanged."""
    column: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if column is not None and (not line.strip() or indent > column):
            yield line
            continue
        plain = line if _FIELD.match(line) else _plain_field(line, indent)
        block = _BLOCK_TEXT.fullmatch(plain)
        column = len(block["before"]) if block else None
        yield plain


def flow_end(lines: list[str]) -> int:
    """Return the number of lines of the flow collection that begins on the first line."""
    depth = 0
    quote = ""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            return number - 1
        for sign in line:
            if quote or sign in "\"'":
                quote = "" if sign == quote else quote or sign
            else:
                depth += (sign in "[{") - (sign in "]}")
        if depth <= 0:
            return number
    return len(lines)


def flow_entries(text: str, line: int) -> list[tuple[int, str]]:
    """Return the 1-based line and text of each entry of a flow collection; invalid YAML is one entry."""
    try:
        return [(line + at, f"- {entry}") for at, entry in _nodes(text)]
    except yaml.YAMLError:
        return [(line, f"- {text}")]


def unread(lines: list[str]) -> Iterator[int]:
    """Yield the 1-based first line of each paragraph or list that looks like a task."""
    keys: set[str] = set()
    first = 0
    for number, line in enumerate([*lines, ""], 1):
        if line.strip(" \t>"):
            found = [match["key"].casefold() for match in _TASK_KEY.finditer(line)]
            first = first or (number if found else 0)
            keys.update(found)
            continue
        if "interval" in keys and len(keys) > 1:
            yield first
        keys, first = set(), 0


def _plain_field(line: str, indent: int) -> str:
    field = _LIKE_FIELD.fullmatch(line)
    if field is None or (field["mark"] and not (field["early"] or field["late"])):
        return " " * indent + line[indent:] if "\t" not in line[:indent] else line
    # The column of the key is kept, so that the fields below stay aligned with it.
    entry = "-".ljust(max(len(field["entry"]), 2)) if field["entry"] else ""
    return f"{' ' * indent}{entry}{field['key'].lower()}: {field['value']}"


def _nodes(text: str) -> Iterator[tuple[int, str]]:
    """Yield the 0-based line and text of each element of a flow list, or of a flow mapping itself."""
    events: Iterator[Event] = (
        event
        for event in yaml.parse(text, Loader=yaml.SafeLoader)
        if isinstance(event, NodeEvent | CollectionEndEvent)
    )
    listed = text.startswith("[")
    depth, begun = (-1, 0) if listed else (0, 0)
    for event in events:
        if isinstance(event, CollectionEndEvent):
            depth -= 1
            if depth == 0:
                yield text.count("\n", 0, begun), text[begun : _index(event.end_mark)]
            continue
        if depth == 0:
            begun = _index(event.start_mark)
            if not isinstance(event, CollectionStartEvent):
                yield text.count("\n", 0, begun), text[begun : _index(event.end_mark)]
        if isinstance(event, CollectionStartEvent):
            depth += 1


def _index(mark: object) -> int:
    return int(getattr(mark, "index", 0))
