"""A note, and the text of the file that it goes to: lines, boxes, line ends and encoding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from heartbeat.errors import RefusedError
from heartbeat.instructions.encoding import EncodingError, codec_of, decode
from heartbeat.instructions.line_ends import COUNTED
from heartbeat.outgoing import Outgoing
from heartbeat.text import as_json, count, inert, legible, straight, visible
from heartbeat.vocabulary import ActionKind, NoteMode

_LINE_END = re.compile(COUNTED)
_BOX = re.compile(
    r"(?P<before>[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[)(?P<box>[ xX])(?P<after>\][ \t]+(?P<text>.*))"
)
_BOM = "\ufeff"


@dataclass(frozen=True)
class Note:
    """What is to be written: one line to add to a file, or the text of a box to tick."""

    file: str
    mode: NoteMode
    text: str

    @classmethod
    def of(cls, action: Outgoing, limit: int) -> Note:
        """Return the note of an action.

        Raises:
            RefusedError: the action is no note, or a field of it is missing or not allowed.
        """
        if action.kind != ActionKind.NOTE:
            raise RefusedError(
                f"kind: {as_json(action.kind, 40)} cannot be written to a folder; allowed: note"
            )
        try:
            mode = NoteMode(action.mode or "")
        except ValueError as error:
            allowed = ", ".join(NoteMode)
            raise RefusedError(f"mode: {as_json(action.mode, 40)} is unknown; allowed: {allowed}") from error
        text = straight(action.text or "").rstrip()
        if not text.strip() or len(text) > limit:
            raise RefusedError(f"text: it has {count(len(text), 'character')}; allowed: 1 to {limit}")
        if len(text.splitlines()) > 1 or legible(text) != text:
            raise RefusedError("text: it holds a line end or a control character; allowed: one line")
        return cls(action.file or "", mode, text)


@dataclass(frozen=True)
class Change:
    """A change of a file: its new bytes, or those to add, and the line that is there afterwards."""

    data: bytes
    line: str
    at: int
    """The index of the line, from 0."""


@dataclass(frozen=True)
class NoteText:
    """The text of a file, or of one that does not exist yet (no bytes)."""

    file: str
    data: bytes

    @cached_property
    def text(self) -> str:
        """The decoded text, with its byte order mark.

        Raises:
            RefusedError: it is not text in an encoding that can be detected.
        """
        try:
            return decode(self.data)
        except EncodingError as error:
            raise RefusedError(f"file: {as_json(self.file, 120)} {error}") from error

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends; the last one is empty where the text ends with a line end."""
        return _LINE_END.split(self.text.removeprefix(_BOM))

    def addition(self, line: str) -> Change:
        """Return what to add so that ``line`` becomes the last line, in the line ends and encoding of the file."""
        ends = _LINE_END.findall(self.text)
        end = ends[-1] if ends else "\n"
        is_open = self.lines[-1] != ""
        added = (end if is_open else "") + line + end
        return Change(added.encode(codec_of(self.data)), line, len(self.lines) - (not is_open))

    def ticked(self, seen: str) -> Change | None:
        """Return the file with one box ticked, None if it is ticked already.

        ``seen`` is the text of the box, or its whole line.

        Raises:
            RefusedError: no box has this text, or several have it.
        """
        wanted = _text_of(seen) or _plain(seen)
        boxes = [at for at, line in enumerate(self.lines) if _text_of(line) == wanted]
        free = [at for at in boxes if _is_free(self.lines[at])]
        exact = [at for at in free if _plain(self.lines[at]) == _plain(seen)]
        if len(free) > 1 and len(exact) == 1:
            free = exact
        if len(free) > 1:
            where = ", ".join(str(at + 1) for at in free)
            raise RefusedError(
                f"text: {as_json(seen, 120)} is on the lines {where} of {self.file}; allowed: one box"
            )
        if not free:
            if boxes:
                return None
            raise RefusedError(
                f"text: {as_json(seen, 120)} is no box of {self.file}; "
                "allowed: one whose text is still as it was seen"
            )
        return self._with_tick(free[0])

    def _with_tick(self, at: int) -> Change:
        parts = re.split(f"({COUNTED})", self.text)
        line = parts[2 * at]
        box = line.index("[ ]")
        line = f"{line[:box]}[x]{line[box + 3 :]}"
        parts[2 * at] = line
        return Change("".join(parts).encode(codec_of(self.data)), line.removeprefix(_BOM), at)

    def places(self, digest: str) -> list[int]:
        """Return the indexes of the lines with this digest."""
        return [at for at, line in enumerate(self.lines) if digest_of(line) == digest]


def digest_of(line: str) -> str:
    """Return the hash of a line, leaving out white space around it, which editors trim."""
    return sha256(line.strip().encode("utf-8", "surrogatepass")).hexdigest()


def _text_of(line: str) -> str | None:
    found = _BOX.fullmatch(line)
    return _plain(found["text"]) if found else None


def _is_free(line: str) -> bool:
    found = _BOX.fullmatch(line)
    return found is not None and found["box"] == " "


def _plain(text: str) -> str:
    # The text of an action has its < and > as entities and nothing that nobody sees; the file may have either.
    return visible(inert(text)).strip()
