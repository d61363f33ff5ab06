"""Parsing of ``tasks:`` blocks: tasks with an interval of their own.

A block is bare or in a ``yaml`` fence, and ends at the first line that is neither blank nor indented nor an entry.
Entries are parsed one by one, so that an error affects only its own entry. A key other than ``tasks:`` at the left
margin (indented, in bold, a heading, with a full-width colon) opens a block only if the block has an interval.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from markdown_it.token import Token

from heartbeat.instructions.blocks import OPAQUE, lines_of
from heartbeat.instructions.entry import MalformedEntryError, read_entry
from heartbeat.instructions.model import Remark, Task
from heartbeat.instructions.spellings import Opening, flow_end, flow_entries, opening, plain_fields
from heartbeat.text import sentence

MAX_TASKS = 100
_FLOW_LINES = 400

_START = re.compile(r"tasks:\s*(?:\[\s*\]\s*)?(?:#.*)?")
_INSIDE = re.compile(r"\s|-(?:\s|$)|$")
_ENTRY = re.compile(r"(?P<indent>[ \t]*)-(?:\s|$)")
_FIELD = re.compile(r"\s*(?:-\s+)?(?:\{\s*)?[\"']?(?:name|interval|prompt)[\"']?\s*:")
_INTERVAL = re.compile(r"(?:^|[\s{,])[\"']?interval[\"']?\s*:")
_FIELD_OF_NEW_ENTRY = re.compile(r"\s*-\s+(?:name|interval|prompt)\s*:")


@dataclass(frozen=True)
class TaskBlocks:
    """The tasks of a text; ``ranges`` are the 0-based lines of the blocks."""

    tasks: tuple[Task, ...]
    problems: tuple[Remark, ...]
    ranges: tuple[range, ...]
    has_entries: bool


@dataclass(frozen=True)
class _Block:
    """A block whose ``lines`` start with ``tasks:`` on the 0-based line ``first`` of the text.

    ``flow`` is the text of a block written as a YAML flow collection; ``lines`` are then the lines of that.
    """

    first: int
    lines: list[str]
    covers: range
    flow: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.flow and not any(_has_content(line) for line in self.lines[1:])

    @property
    def has_fields(self) -> bool:
        return bool(self.flow) or any(_FIELD.match(line) for line in self.lines[1:])

    @property
    def has_interval(self) -> bool:
        return any(_INTERVAL.search(line) for line in self.lines)


def read_tasks(source: str, tokens: list[Token]) -> TaskBlocks:
    """Return the tasks of a normalised text.

    A plain list under ``tasks:`` is reported as a problem and stays in the text, so that the model still sees it.
    """
    tasks: dict[str, Task] = {}
    problems: list[Remark] = []
    blocks = _find_blocks(source.split("\n"), tokens)
    entries = [entry for block in blocks for entry in _entries(block)]
    for line, text in entries[:MAX_TASKS]:
        try:
            task = read_entry(text, line)
            if task.name in tasks:
                raise MalformedEntryError(
                    line, sentence(f"Task {task.name!r} is already defined on line {tasks[task.name].line}")
                )
        except MalformedEntryError as error:
            problems.append(Remark(line=error.line, message=str(error)))
        else:
            tasks[task.name] = task
    if len(entries) > MAX_TASKS:
        message = (
            f"At most {MAX_TASKS} tasks are read; this one and {len(entries) - MAX_TASKS - 1} more are not."
        )
        problems.append(Remark(line=entries[MAX_TASKS][0], message=message))
    return TaskBlocks(
        tasks=tuple(tasks.values()),
        problems=tuple(problems),
        ranges=tuple(block.covers for block in blocks if block.has_fields or block.is_blank),
        has_entries=any(block.has_fields for block in blocks),
    )


def starts_block(line: str) -> bool:
    """Return whether a line is the bare key ``tasks:`` at the left margin."""
    return _START.fullmatch(line) is not None


def _find_blocks(lines: list[str], tokens: list[Token]) -> list[_Block]:
    # An indented block is code for CommonMark, but may be a tasks block here.
    opaque = {
        line
        for token in tokens
        if token.type in OPAQUE and (token.type != "code_block" or token.level)
        for line in lines_of(token)
    }
    blocks = _blocks_in(lines, offset=0, skip=opaque)
    for token in tokens:
        if token.type == "fence" and token.level == 0 and _is_yaml(token):
            inner = token.content.split("\n")
            found = _blocks_in(inner, offset=lines_of(token).start + 1, yaml=True)
            blocks += _widened_to_fence(found, inner, lines_of(token))
    return sorted(blocks, key=lambda block: block.first)


def _blocks_in(
    lines: list[str], *, offset: int, skip: Set[int] = frozenset(), yaml: bool = False
) -> list[_Block]:
    blocks = []
    index = 0
    while index < len(lines):
        first = index
        index += 1
        opened = opening(lines[first])
        if first in skip or opened is None or (yaml and opened.heading):
            continue
        block = _flow(lines, first, opened) if opened.flow else _block_list(lines, first, opened)
        index = first + len(block.lines)
        if starts_block(lines[first]) or block.has_interval:
            last = index
            while not lines[last - 1].strip():
                last -= 1
            covers = range(first + offset, last + offset)
            kept = block.lines[: last - first]
            blocks.append(replace(block, first=first + offset, lines=kept, covers=covers))
        else:
            index = first + 1
    return blocks


def _flow(lines: list[str], first: int, opened: Opening) -> _Block:
    following = takewhile(lambda line: not opening(line), lines[first + 1 : first + _FLOW_LINES])
    taken = [opened.flow, *following]
    taken = taken[: flow_end(taken)]
    return _Block(first=first, lines=taken, covers=range(0), flow="\n".join(taken))


def _block_list(lines: list[str], first: int, opened: Opening) -> _Block:
    """Return the block with all lines that may belong to it, without their common indent."""
    taken = ["tasks:"]
    known = starts_block(lines[first])
    dedent: int | None = None
    for line in plain_fields(lines[at] for at in range(first + 1, len(lines))):
        indent = len(line) - len(line.lstrip())
        if line.strip() and dedent is None:
            dedent = min(opened.indent, indent)
        if line.strip() and indent < (dedent or 0):
            break
        inner = line[dedent or 0 :]
        # Until an interval shows that this is a block, another opening line ends it.
        if not _INSIDE.match(inner) or (not known and opening(line)):
            break
        known = known or _INTERVAL.search(inner) is not None
        taken.append(inner)
    return _Block(first=first, lines=taken, covers=range(0))


def _widened_to_fence(blocks: list[_Block], inner: list[str], fence: range) -> list[_Block]:
    """Extend a block to the fence around it if the fence has no other content."""
    content_lines = sum(_has_content(line) for line in inner)
    if len(blocks) == 1 and content_lines == sum(_has_content(line) for line in blocks[0].lines):
        return [replace(blocks[0], covers=fence)]
    return blocks


def _entries(block: _Block) -> list[tuple[int, str]]:
    """Return the 1-based line and text of each entry; text above the first is returned as an (invalid) entry."""
    if block.is_blank:
        return []
    if block.flow:
        return flow_entries(block.flow, block.first + 1)
    lines = block.lines
    indents = [len(match["indent"]) if (match := _ENTRY.match(line)) else None for line in lines]
    base = next((indent for indent in indents if indent is not None), 0)
    starts = [index for index, indent in enumerate(indents) if indent is not None and indent <= base]
    first_text = next(index for index, line in enumerate(lines) if index and _has_content(line))
    if not starts or first_text < starts[0]:
        starts.insert(0, first_text)
    return [
        (block.first + first + 1, "\n".join(lines[first:last]))
        for start, end in pairwise([*starts, len(lines)])
        for first, last in _unnested(lines, start, end)
        if any(_has_content(line) for line in lines[first:last])
    ]


def _unnested(lines: list[str], start: int, end: int) -> list[tuple[int, int]]:
    """Split an invalid entry at the lines where a deeper indented task begins."""
    inner = [index for index in range(start + 1, end) if _FIELD_OF_NEW_ENTRY.match(lines[index])]
    if not inner or _is_readable("\n".join(lines[start:end])):
        return [(start, end)]
    return list(pairwise([start, *inner, end]))


def _is_readable(text: str) -> bool:
    try:
        read_entry(text, 1)
    except MalformedEntryError:
        return False
    return True


def _is_yaml(fence: Token) -> bool:
    return fence.info.strip().partition(" ")[0].casefold() in {"yaml", "yml"}


def _has_content(line: str) -> bool:
    """Return whether a line is not blank, a comment or a bare dash."""
    return line.strip() not in {"", "-"} and not line.lstrip().startswith("#")
