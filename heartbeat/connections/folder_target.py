"""A folder of the owner as a target: add a line to a Markdown or text file, or tick a box in one.

The owner's editor may save the same file at any moment. So a line is only added (O_APPEND), and a box is ticked in a
new file that replaces the old one only if that is still as it was read. Either is looked at again a little later,
since an editor that had the file open writes back what it had read.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heartbeat.capabilities import Capabilities
from heartbeat.connections.inside import Place, contents, inside
from heartbeat.connections.note_journal import NoteJournal, Written
from heartbeat.connections.note_text import Note, NoteText
from heartbeat.errors import NotSentError, RefusedError, TargetError
from heartbeat.outgoing import Outgoing
from heartbeat.text import as_json
from heartbeat.vocabulary import ActionKind, NoteMode, Reach

WAIT = 2.0
"""Seconds after which a note is looked at again."""
_LOOKS = 10
"""How often a file that is being saved is read until it stays the same; a pause has as many parts."""
_PATIENCE = 5.0
"""Seconds to wait for another process that writes a note to the same folder."""
_NAME_ERRNOS = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})


@dataclass(frozen=True)
class _Tries:
    """How long one delivery may go on: ``end`` on the monotonic clock, and the pause before each look back."""

    end: float
    pause: float


class FolderTarget:
    """Takes notes into the files of one folder.

    ``path`` is the folder and ``glob`` the names in it that may be written (``**`` for any number of folders).
    ``home`` is the folder of the workspace, in which ``notes/NAME.jsonl`` keeps hashes of what was written. It and
    the files and folders ``spared`` are not written to, wherever they are. ``wait`` is in seconds; ``sleep`` and
    ``monotonic`` are those of `time`.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        glob: str = "**/*.md",
        *,
        home: Path,
        spared: Sequence[Path] = (),
        wait: float = WAIT,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._root = Path(os.path.realpath(path))
        self._glob = glob
        self._spared = (home, *spared)
        self._journal = NoteJournal.of(home, name)
        self._wait = wait
        self._sleep = sleep
        self._monotonic = monotonic

    def capabilities(self) -> Capabilities:
        """Return that it takes notes, and shows them to the owner alone."""
        return Capabilities(kinds=(ActionKind.NOTE,), sources=(), reach=Reach.OWNER)

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        """Write the note and return ``file``, ``line`` (from 1) and ``undo``, one sentence on how to undo it.

        With a key whose note is in the file already, nothing is written.

        Raises:
            RefusedError: the note or its file is not allowed, or the box is not there as it was seen.
            NotSentError: the file could not be written, and is as it was.
            TargetError: the note was written and is not in the file any more.
        """
        note = Note.of(action, self.capabilities().text_limit)
        tries = _Tries(self._monotonic() + deadline, min(self._wait, deadline / 8))
        with _not_sent(note.file):
            self._settled(note.file, tries.pause)
            written = self._write(note, key, tries)
        if written is None:
            return {
                "file": note.file,
                "line": None,
                "undo": "It was ticked already; there is nothing to undo.",
            }
        return self._kept(note, written, tries)

    def find(self, key: str) -> Mapping[str, Any] | None:
        """Return the receipt of a note that is in its file; None if the file is as it was before the note.

        Raises:
            TargetError: the file was changed since and does not hold the note, so that it cannot be told whether
                it ever did.
            OSError: the file cannot be read.
        """
        with self._journal.locked(_PATIENCE):
            written = self._journal.get(key)
        if written is None:
            return None
        text = self._settled(written.file, self._wait)
        place = written.place_in(text)
        if place is not None:
            return _receipt(written, text, place)
        if written.is_before(text):
            return None
        raise TargetError(
            f"{written.file} was changed since, so it cannot be told whether the note was in it"
        )

    def _write(self, note: Note, key: str, tries: _Tries) -> Written | None:
        return (self._tick if note.mode == NoteMode.TICK else self._append)(note, key, tries)

    def _append(self, note: Note, key: str, tries: _Tries) -> Written:
        """Add the line and return what was recorded of it."""
        with self._to_write(note, tries) as place:
            flags = os.O_RDWR | os.O_APPEND | (0 if place.exists() else os.O_CREAT | os.O_EXCL)
            with place.opened(flags) as file:
                return self._add_line(note, key, file)

    def _add_line(self, note: Note, key: str, file: int) -> Written:
        found = os.fstat(file)
        if found.st_nlink == 0:
            raise NotSentError(f"{note.file} was saved by another program at the same time")
        if found.st_nlink > 1:
            raise RefusedError(
                f"file: {as_json(note.file, 120)} has a second name (a hard link), which may lie elsewhere; "
                "allowed: files with one name"
            )
        _demand_writable(found, note.file)
        text = NoteText(note.file, contents(file, note.file))
        known = self._journal.get(key)
        if known is not None and known.place_in(text) is not None:
            return known
        change = text.addition(note.text)
        written = Written.of(key, note, text, change)
        self._journal.add(written)
        if os.fstat(file).st_size != len(text.data):
            raise NotSentError(f"{note.file} was saved by another program at the same time")
        _append_all(file, change.data, note.file)
        return written

    def _tick(self, note: Note, key: str, tries: _Tries) -> Written | None:
        """Tick the box and return what was recorded of it; None if it was ticked already."""
        with self._to_write(note, tries) as place:
            if not place.exists():
                raise RefusedError(
                    f"file: {as_json(note.file, 120)} is not there; allowed: a file with the box"
                )
            with place.opened(os.O_RDONLY) as file:
                _demand_writable(os.fstat(file), note.file)
                text = NoteText(note.file, contents(file, note.file))
                known = self._journal.get(key)
                if known is not None and known.place_in(text) is not None:
                    return known
                change = text.ticked(note.text)
                if change is None:
                    return None
                written = Written.of(key, note, text, change)
                self._journal.add(written)
                place.replace(file, text.data, change.data)
                saved = self._stable(lambda: contents(file, note.file), note.file, tries.pause)
                if saved != text.data:
                    # An editor had the file open and wrote into the one that was replaced.
                    with place.opened(os.O_RDONLY) as new:
                        place.replace(new, change.data, saved)
                    raise NotSentError(f"{note.file} was saved by another program at the same time")
                return written

    @contextmanager
    def _to_write(self, note: Note, tries: _Tries) -> Iterator[Place]:
        """Return the place of the file, alone among the processes, and only while there is time."""
        with (
            self._journal.locked(min(_PATIENCE, tries.pause * 2)),
            inside(self._root, self._glob, note.file) as place,
        ):
            if self._monotonic() >= tries.end:
                raise NotSentError(f"{note.file} could not be written in time")
            if any(place.is_within(self._root, spared) for spared in self._spared):
                raise RefusedError(
                    f"file: {as_json(note.file, 120)} is Heartbeat's own: orders, connections, secrets or data; "
                    "allowed: other files of the folder"
                )
            yield place

    def _kept(self, note: Note, written: Written, tries: _Tries) -> Mapping[str, Any]:
        """Return the receipt of a note that is still there after a while; once, write it again.

        Raises:
            TargetError: it is not there.
        """
        for is_last in (False, True):
            self._sleep(tries.pause)
            try:
                # Where the note is missing, the file may be half saved: look once more, for longer.
                for pause in (tries.pause, tries.pause * _LOOKS / 2):
                    text = self._settled(note.file, pause)
                    place = written.place_in(text)
                    if place is not None:
                        return _receipt(written, text, place)
                if not is_last:
                    written = self._write(note, written.key, tries) or written
            except (NotSentError, RefusedError, OSError) as error:
                raise TargetError(
                    f"the note was written and then dropped by another program: {error}"
                ) from error
        raise TargetError(f"another program saved {note.file} twice without the note")

    def _settled(self, name: str, pause: float) -> NoteText:
        """Return the text of a file that nobody is saving at the moment; no bytes if there is no file.

        Raises:
            NotSentError: it did not stay the same between two looks.
        """
        return NoteText(name, self._stable(lambda: self._read(name), name, pause))

    def _stable(self, read: Callable[[], bytes], name: str, pause: float) -> bytes:
        before = read()
        for _ in range(_LOOKS):
            self._sleep(pause / _LOOKS)
            now = read()
            if now == before:
                return now
            before = now
        raise NotSentError(f"{name} is being saved all the time")

    def _read(self, name: str) -> bytes:
        with inside(self._root, self._glob, name) as place:
            try:
                with place.opened(os.O_RDONLY) as file:
                    return contents(file, name)
            except FileNotFoundError:
                return b""


@contextmanager
def _not_sent(name: str) -> Iterator[None]:
    """Turn errors of the file system, after which the file is as it was, into `NotSentError`."""
    try:
        yield
    except OSError as error:
        if error.errno in _NAME_ERRNOS:
            raise RefusedError(
                f"file: {as_json(name, 120)} is no name of a file here; allowed: a shorter or plainer one"
            ) from error
        raise NotSentError(
            f"{name} could not be written: {error.strerror or type(error).__name__}"
        ) from error


def _append_all(file: int, data: bytes, name: str) -> None:
    """Add all bytes at the end of a file.

    Raises:
        OSError: none was added.
        TargetError: some were added.
    """
    done = os.write(file, data)
    try:
        while done < len(data):
            done += os.write(file, data[done:])
        os.fsync(file)
    except OSError as error:
        raise TargetError(f"{name} took a part of the line: {error.strerror}") from error


def _demand_writable(found: os.stat_result, name: str) -> None:
    # Root, and whoever may write to the folder, could write it all the same.
    if not found.st_mode & 0o222:
        raise NotSentError(f"{name} is read-only")


def _receipt(written: Written, text: NoteText, place: int) -> Mapping[str, Any]:
    line = text.lines[place].strip()
    if written.mode == NoteMode.TICK:
        undo = f"Take the x out of line {place + 1} of {written.file}: {line}"
    else:
        undo = f"Delete line {place + 1} of {written.file}: {line}"
    return {"file": written.file, "line": place + 1, "undo": undo}
