"""From the text of a HEARTBEAT.md to what it says."""

from __future__ import annotations

from markdown_it.token import Token

from heartbeat.instructions.blocks import OPAQUE, is_too_deep, lines_of, normalise, read_blocks
from heartbeat.instructions.clock import CLOCK_TIME, clock_time_lines
from heartbeat.instructions.emptiness import has_content
from heartbeat.instructions.model import MAX_BYTES, Instructions, Remark
from heartbeat.instructions.sections import read_sections
from heartbeat.instructions.tasks import read_tasks, starts_block


def parse(text: str) -> Instructions:
    """Return what the text says; any text is accepted, and what cannot be followed becomes a problem.

    A text over 65,536 UTF-8 bytes is not read at all: it has one problem and no sections, and is not empty. A
    text whose every item is ticked off is not empty either, because the model may still have to report on it.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        too_large = f"The text is larger than 64 KiB and is not read; allowed: up to {MAX_BYTES:,} bytes."
        return Instructions(content=text, problems=(Remark(line=1, message=too_large),))
    source = normalise(text)
    tokens = read_blocks(source)
    found = read_tasks(source, tokens)
    problems = [*found.problems, *_tasks_in_front_matter(tokens)]
    if found.ranges:
        source = _blanked(source, found.ranges)
        tokens = read_blocks(source)
    content = has_content(source, tokens)
    warnings = _unclosed(source, tokens)
    if content:
        warnings += _clock_times(source, tokens)
    return Instructions(
        content=text,
        sections=read_sections(tokens),
        tasks=found.tasks,
        problems=_by_line(problems),
        warnings=_by_line(warnings),
        empty=not content and not found.has_entries,
        only_tasks=found.has_entries and not content,
        task_lines=tuple((lines.start + 1, lines.stop) for lines in found.ranges),
    )


def _tasks_in_front_matter(tokens: list[Token]) -> list[Remark]:
    if not tokens or tokens[0].type != "front_matter":
        return []
    message = "Tasks in the front matter are not read; move the `tasks:` block below it."
    return [
        Remark(line=line, message=message)
        for line, text in enumerate(tokens[0].content.split("\n"), lines_of(tokens[0]).start + 2)
        if starts_block(text)
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
        message = "The text is nested too deep, so some of it may be missing from the sections."
        remarks.append(Remark(line=1, message=message))
    return remarks


def _is_closed(fence: Token, last: str) -> bool:
    closing = last.strip()
    return (
        len(lines_of(fence)) > 1 and closing.startswith(fence.markup) and not closing.strip(fence.markup[0])
    )


def _clock_times(source: str, tokens: list[Token]) -> list[Remark]:
    opaque = [lines_of(token) for token in tokens if token.type in OPAQUE]
    return [Remark(line=line, message=CLOCK_TIME) for line in clock_time_lines(_blanked(source, opaque))]


def _blanked(source: str, ranges: tuple[range, ...] | list[range]) -> str:
    """Return the text with these 0-based lines empty, so that all line numbers stay."""
    lines = source.split("\n")
    for covers in ranges:
        for line in covers:
            lines[line] = ""
    return "\n".join(lines)


def _by_line(remarks: list[Remark]) -> tuple[Remark, ...]:
    return tuple(sorted(remarks, key=lambda remark: remark.line))
