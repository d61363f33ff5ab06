"""Divide HEARTBEAT.md into the lines that are read one by one, each with an id that other lines do not change."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from heartbeat.errors import InvalidValueError, NotFoundError
from heartbeat.instructions.line import COLONS, LENGTH_LIMIT, Line, plain_title
from heartbeat.instructions.line_ends import editor_line_numbers, split_lines
from heartbeat.instructions.lines import flat_lines
from heartbeat.instructions.model import MAX_BYTES
from heartbeat.instructions.parse import parse
from heartbeat.instructions.secrets import mask_secrets
from heartbeat.plan.reading import PlanLine
from heartbeat.text import truncate

LINES_LIMIT = 200
"""Maximum number of lines that are read; it bounds how often the model is asked about a text."""
PARAGRAPH_LIMIT = 3_000
"""Maximum characters of the paragraph of a sentence, which is cut."""
ABOVE_LIMIT = 12
"""Maximum number of titles above a line; the outermost are left out first."""
ID_LENGTH = 16
_NO_ID = "-"


class Divided(NamedTuple):
    """The lines of a text in order: those that are read, those past `LINES_LIMIT`, and those over `LENGTH_LIMIT`."""

    read: tuple[PlanLine, ...] = ()
    beyond: tuple[PlanLine, ...] = ()
    too_long: tuple[PlanLine, ...] = ()

    @property
    def tasks(self) -> frozenset[str]:
        """The names of the tasks of the text, read or not."""
        every = (*self.read, *self.beyond, *self.too_long)
        return frozenset(line.task for line in every if line.task is not None)


def plan_lines(text: str) -> tuple[PlanLine, ...]:
    """Return the lines of a text that are read, in the order of the text; see `divide`."""
    return divide(text).read


def divide(text: str) -> Divided:
    """Return the lines of a text: items of lists, sentences of paragraphs, rows of tables and prompts of tasks.

    Secrets are masked. What is ticked, commented out, or stands in the front matter is no line; neither is a heading,
    nor a paragraph or item that introduces others, which stand above their lines. A text over 64 KiB has no lines.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return Divided()
    lines = _identified(sorted(_drafts(mask_secrets(text, keep_lines=True)), key=lambda line: line.number))
    short = [line for line in lines if len(line.text) <= LENGTH_LIMIT]
    too_long = [_cut(line) for line in lines if len(line.text) > LENGTH_LIMIT]
    return Divided(tuple(short[:LINES_LIMIT]), tuple(short[LINES_LIMIT:]), tuple(too_long))


def find_line(lines: Iterable[PlanLine], named: str) -> PlanLine:
    """Return the line or message of this id, or the only line with this number in an editor.

    Raises:
        InvalidValueError: several lines have this number.
        NotFoundError: no line has this id or number.
    """
    found = [
        line for line in lines if named == line.id or (named == str(line.number) and not line.is_message)
    ]
    if not found:
        raise NotFoundError(f"there is no line {named!r:.40} that is read; allowed: the number or id of one")
    if len(found) > 1:
        ids = ", ".join(f"{line.id} ({truncate(line.text, 40)})" for line in found)
        raise InvalidValueError(
            "line", f"line: several begin on line {named}; allowed: the id of one of them: {ids}"
        )
    return found[0]


def line_id(
    text: str, above: Sequence[str], number: int = 1, *, box: bool = False, task: str | None = None
) -> str:
    """Return the id of a line: a hash of its words, of what stands above it, and of its number among equal ones."""
    parts = [
        _folded(text),
        *map(_folded, above),
        "box" if box else "",
        f"task {task}" if task else "",
        str(number),
    ]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:ID_LENGTH]


def _folded(text: str) -> str:
    return " ".join(text.split())


def _drafts(text: str) -> Iterator[PlanLine]:
    """Yield the lines of a masked text without ids."""
    found = parse(text)
    for task in found.tasks:
        prompt = _masked(_folded(task.prompt), text)
        yield PlanLine(id=_NO_ID, number=task.line, text=prompt, task=task.name)
    lines = flat_lines(_blanked(text, found.task_lines))
    for line, following in zip_longest(lines, lines[1:]):
        if not _introduces(line, following):
            yield _draft(line, text)


def _masked(part: str, text: str) -> str:
    """Return a part of a masked text, masked once more where it was put together, as by taking out a comment."""
    return part if part in text else mask_secrets(part)


def _introduces(line: Line, following: Line | None) -> bool:
    """Return whether a line only introduces the next, above which it stands."""
    title = plain_title(line.text)
    is_introduction = line.title or title.endswith(COLONS)
    return is_introduction and following is not None and title in following.above[len(line.above) :]


def _draft(line: Line, text: str) -> PlanLine:
    return PlanLine(
        id=_NO_ID,
        number=line.number,
        text=_masked(line.own, text),
        above=tuple(truncate(_masked(title, text), LENGTH_LIMIT) for title in line.above[-ABOVE_LIMIT:]),
        paragraph=truncate(_masked(line.paragraph, text), PARAGRAPH_LIMIT),
        box=line.box,
    )


def _blanked(text: str, blocks: Iterable[tuple[int, int]]) -> str:
    """Return a text with the blocks of tasks emptied, so that the other lines keep their numbers."""
    within = {number for first, last in blocks for number in range(first, last + 1)}
    if not within:
        return text
    lines = zip(split_lines(text), editor_line_numbers(text), strict=True)
    return "".join(_end(line) if number in within else line for line, number in lines)


def _end(line: str) -> str:
    """Return the line end of a line."""
    kept = line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
    return line[len(kept) :]


def _identified(drafts: Iterable[PlanLine]) -> list[PlanLine]:
    """Return the lines with ids; equal ones are numbered in their order."""
    seen: Counter[str] = Counter()
    lines = []
    for line in drafts:
        first = line_id(line.text, line.above, box=line.box, task=line.task)
        seen[first] += 1
        number = seen[first]
        made = first if number == 1 else line_id(line.text, line.above, number, box=line.box, task=line.task)
        lines.append(line.model_copy(update={"id": made}))
    return lines


def _cut(line: PlanLine) -> PlanLine:
    return line.model_copy(update={"text": truncate(line.text, LENGTH_LIMIT)})
