"""Parsing of a HEARTBEAT.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from markdown_it.token import Token

from heartbeat.instructions.blocks import OPAQUE, is_too_deep, lines_of, read_blocks
from heartbeat.instructions.emptiness import has_content
from heartbeat.instructions.line_ends import editor_line_numbers, normalise_line_ends, split_lines
from heartbeat.instructions.markers import plain_markers
from heartbeat.instructions.model import MAX_BYTES, Instructions, Remark, Task
from heartbeat.instructions.source import unwrapped
from heartbeat.instructions.spellings import opening, unread
from heartbeat.instructions.tasks import read_tasks

# `-1`, `--flag`, `#tag`, `*emphasis*` and `1.5` are not mistakes and do not match.
_MISSING_SPACE = re.compile(r"[ \t]*(?P<marker>#{2,6}(?=[^\s#])|-(?=[^\W\d_])|[0-9]{1,2}[.)](?=[^\W\d_]))")
_Placed = TypeVar("_Placed", Task, Remark)


def parse(text: str) -> Instructions:
    """Parse instructions; any text is accepted, and parts that cannot be followed become problems.

    A text over 65,536 UTF-8 bytes is not parsed: it has one problem and is not empty. A text in
    which all items are ticked is not empty either, because the model may still have to report on them.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        too_large = f"The text is larger than 64 KiB and is not read; allowed: up to {MAX_BYTES:,} bytes."
        return Instructions(content=text, body=text, problems=(Remark(line=1, message=too_large),))
    source = unwrapped(normalise_line_ends(text))
    tokens = read_blocks(source)
    found = read_tasks(source, tokens)
    problems = [*found.problems, *_tasks_in_front_matter(tokens), *_nul_characters(source)]
    unindented = _unindented_after_block(source, found.ranges)
    source = plain_markers(_blanked(source, found.ranges))
    tokens = read_blocks(source)
    content = has_content(source, tokens)
    warnings = _unclosed(source, tokens)
    warnings += _unread_tasks(source, tokens) + unindented
    if content:
        prose = _blanked(source, [lines_of(token) for token in tokens if token.type in OPAQUE])
        warnings += _missing_spaces(prose)
    line = editor_line_numbers(text)
    return Instructions(
        content=text,
        body=_body(text, found.ranges),
        tasks=_with_editor_lines(found.tasks, line),
        problems=_by_line(_with_editor_lines(problems, line)),
        warnings=_by_line(_with_editor_lines(warnings, line)),
        empty=not content and not found.has_entries,
        only_tasks=found.has_entries and not content,
        task_lines=tuple((line[covers.start], line[covers[-1]]) for covers in found.ranges),
    )


def _body(text: str, ranges: tuple[range, ...]) -> str:
    lines = split_lines(text)
    for covers in ranges:
        for at in covers:
            lines[at] = ""
    return "".join(lines)


def _with_editor_lines(found: Iterable[_Placed], line: Sequence[int]) -> tuple[_Placed, ...]:
    """Return copies with parser line numbers replaced by editor line numbers."""
    return tuple(each.model_copy(update={"line": line[each.line - 1]}) for each in found)


def _tasks_in_front_matter(tokens: list[Token]) -> list[Remark]:
    if not tokens or tokens[0].type != "front_matter":
        return []
    message = "Tasks in the front matter are not read; move the `tasks:` block below it."
    return [
        Remark(line=line, message=message)
        for line, text in enumerate(tokens[0].content.split("\n"), lines_of(tokens[0]).start + 2)
        if opening(text)
    ]


def _unclosed(source: str, tokens: list[Token]) -> list[Remark]:
    lines = source.split("\n")
    remarks = []
    for token in tokens:
        covers = lines_of(token)
        line = covers.start + 1
        if token.type == "fence" and token.level == 0 and not _is_closed(token, lines[covers[-1]]):
            message = f"The fence {token.markup} is never closed, so all text below it reads as code."
            remarks.append(Remark(line=line, message=message))
        if token.type == "html_block" and token.content.rfind("<!--") > token.content.rfind("-->"):
            message = "This comment is never closed, so all text below it is left out."
            remarks.append(Remark(line=line, message=message))
    if is_too_deep(tokens):
        message = "The text is nested too deep, so some of it may not be read."
        remarks.append(Remark(line=1, message=message))
    return remarks


def _is_closed(fence: Token, last: str) -> bool:
    closing = last.strip()
    return (
        len(lines_of(fence)) > 1 and closing.startswith(fence.markup) and not closing.strip(fence.markup[0])
    )


def _unread_tasks(source: str, tokens: list[Token]) -> list[Remark]:
    hidden = [lines_of(token) for token in tokens if token.type in {"html_block", "front_matter"}]
    message = "This looks like a task and is not read as one; put it under a line `tasks:`, bare or in a yaml fence."
    return [Remark(line=line, message=message) for line in unread(_blanked(source, hidden).split("\n"))]


def _unindented_after_block(source: str, blocks: tuple[range, ...]) -> list[Remark]:
    """Return a remark for each tasks block directly followed by text, which may be the end of a prompt."""
    lines = source.split("\n")
    message = "This line is not indented, so it is no part of the task above it."
    return [
        Remark(line=covers.stop + 1, message=message)
        for covers in blocks
        if covers.stop < len(lines)
        and re.match(r"[\w\"'(]", lines[covers.stop])
        and not lines[covers[-1]].lstrip().startswith(("```", "~~~"))
    ]


def _missing_spaces(prose: str) -> list[Remark]:
    """Return a remark for each line with a heading or list marker that lacks the space after it."""
    return [
        Remark(
            line=line,
            message=f"A space is missing after {marker['marker']}, so this line reads as a part of a sentence.",
        )
        for line, text in enumerate(prose.split("\n"), 1)
        if (marker := _MISSING_SPACE.match(text))
    ]


def _nul_characters(source: str) -> list[Remark]:
    before, nul, _ = source.partition("\0")
    if not nul:
        return []
    message = "This line holds a NUL character, so this may not be the text that was saved; save it as UTF-8."
    return [Remark(line=before.count("\n") + 1, message=message)]


def _blanked(source: str, ranges: tuple[range, ...] | list[range]) -> str:
    """Return the text with these 0-based lines emptied, so that line numbers do not change."""
    lines = source.split("\n")
    for covers in ranges:
        for line in covers:
            lines[line] = ""
    return "\n".join(lines)


def _by_line(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    return tuple(sorted(remarks, key=lambda remark: remark.line))
