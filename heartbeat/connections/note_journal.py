"""The journal of notes: hashes of what was about to be written, so that a note can be found again after a crash."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from heartbeat.connections.note_text import Change, Note, NoteText, digest_of
from heartbeat.errors import NotSentError
from heartbeat.private import make_file, make_folder

KEPT = 2_000
"""The number of notes that are remembered; a delivery lives for a day, and its key is not asked for later."""

logger = logging.getLogger("heartbeat")


class Written(BaseModel):
    """What was about to be written under a key. It holds hashes and no text.

    ``had`` is how often the file held the line before, ``at`` where the line was to be, from 0, ``before`` the hash
    of the whole file before.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    file: str
    mode: str
    line: str
    had: int
    at: int
    before: str

    @classmethod
    def of(cls, key: str, note: Note, before: NoteText, change: Change) -> Written:
        """Return the record of a change."""
        line = digest_of(change.line)
        return cls(
            key=key,
            file=note.file,
            mode=note.mode,
            line=line,
            had=len(before.places(line)),
            at=change.at,
            before=sha256(before.data).hexdigest(),
        )

    def place_in(self, text: NoteText) -> int | None:
        """Return the index of the line in a text that holds it once more than before, else None."""
        places = text.places(self.line)
        if len(places) <= self.had:
            return None
        return self.at if self.at in places else places[-1]

    def is_before(self, text: NoteText) -> bool:
        """Return whether a text is the one from before the change."""
        return sha256(text.data).hexdigest() == self.before


@dataclass(frozen=True)
class NoteJournal:
    """The records of one folder, one JSON object a line, the newest last; see `Written`."""

    path: Path

    @classmethod
    def of(cls, home: Path, name: str) -> Self:
        """Return the journal of a connection."""
        return cls(home / "notes" / f"{name}.jsonl")

    @contextmanager
    def locked(self, patience: float) -> Iterator[None]:
        """Keep other threads and processes from writing notes to the same folder.

        A process that is stopped keeps the lock until it goes on or is killed.

        Raises:
            NotSentError: another one holds the lock for longer than ``patience`` seconds.
        """
        make_folder(self.path.parent)
        lock = FileLock(self.path.with_suffix(".lock"), timeout=patience, mode=0o600)
        try:
            lock.acquire()
        except Timeout as error:
            raise NotSentError("another process is writing a note to the folder") from error
        try:
            yield
        finally:
            lock.release()

    def get(self, key: str) -> Written | None:
        """Return the last record of a key, if any. Call it under the lock."""
        return next((each for each in reversed(self._records()) if each.key == key), None)

    def lines(self) -> frozenset[str]:
        """Return the hashes of the lines that were written, or were about to be."""
        return frozenset(each.line for each in self._records())

    def add(self, written: Written) -> None:
        """Add a record; it lasts through a power failure. Call it under the lock."""
        records = self._records()
        if len(records) >= 2 * KEPT:
            self._replace([*records[-KEPT + 1 :], written])
            return
        make_file(self.path)
        with self.path.open("ab") as file:
            # A process that died while it wrote may have left a line without its end.
            file.write(b"\n" + written.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _replace(self, records: list[Written]) -> None:
        new = self.path.with_suffix(".new")
        new.unlink(missing_ok=True)
        make_file(new)
        with new.open("ab") as file:
            file.write(b"".join(each.model_dump_json().encode() + b"\n" for each in records))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)

    def _records(self) -> list[Written]:
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        return [each for line in lines if line for each in _parsed(line)]


def _parsed(line: bytes) -> Iterator[Written]:
    try:
        yield Written.model_validate(json.loads(line))
    except (ValueError, ValidationError):
        # Its process died before it wrote the note.
        logger.warning("a record of a note is cut off", extra={"action": "note_record_cut"})
