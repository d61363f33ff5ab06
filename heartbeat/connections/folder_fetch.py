"""Fetch the files of a folder: those that are new or have changed, and the boxes in them that are not ticked."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from heartbeat.connections.inside import matches
from heartbeat.connections.note_journal import NoteJournal
from heartbeat.connections.note_text import digest_of
from heartbeat.connections.reading import open_file
from heartbeat.fetching import FetchedItem, FetchError, FetchResult
from heartbeat.instructions.encoding import EncodingError, decode
from heartbeat.text import clean, first_line
from heartbeat.vocabulary import FeedKind

TIME_LIMIT = 60.0
FILES_LIMIT = 5_000
SIZE_LIMIT = 1_000_000
"""Bytes of a file that is read."""
_BOX = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+\[(?P<mark>[ xX])\]\s+(?P<text>\S.*)$")


@dataclass(frozen=True)
class FolderFetch:
    """Fetches the text files of ``root`` that match a pattern; links are not followed.

    ``journal`` tells which lines the agent wrote itself; ``spared`` are files that are not looked at.
    """

    root: Path
    glob: str
    journal: NoteJournal
    spared: Sequence[Path] = field(default=())
    time_limit: float = TIME_LIMIT

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return the files and their open boxes, the files that changed longest ago first.

        Raises:
            FetchError: the folder cannot be read.
        """
        problems: list[str] = []
        found = sorted(self._files(problems), key=lambda each: (each[1], each[0]))
        if len(found) > FILES_LIMIT:
            problems.append(
                f"It has {len(found)} files; only the {FILES_LIMIT} that changed last are looked at."
            )
        own = self.journal.lines()
        items: list[FetchedItem] = []
        for name, changed, path in found[-FILES_LIMIT:]:
            try:
                items += _items(name, _text(path), min(changed, now), own)
            except (EncodingError, OSError) as error:
                problems.append(f"{name} is left out: it {_reason(error)}")
        return FetchResult(items, is_whole=True, problems=problems)

    def _files(self, problems: list[str]) -> Iterator[tuple[str, datetime, Path]]:
        if not self.root.is_dir():
            raise FetchError(f"There is no folder {self.root}; make it, or change path.")
        spared = {os.path.realpath(each) for each in self.spared}

        def failed(error: OSError) -> None:
            problems.append(f"A folder is left out: {error.strerror or error}")

        for folder, folders, files in os.walk(self.root, onerror=failed, followlinks=False):
            # Folders of programs, such as .git, hold nothing that a person writes.
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            for each in files:
                path = Path(folder, each)
                name = path.relative_to(self.root).as_posix()
                if each.startswith(".") or not matches(name.split("/"), self.glob):
                    continue
                status = _status(path)
                if status is not None and os.path.realpath(path) not in spared:
                    yield name, datetime.fromtimestamp(status.st_mtime, UTC), path


def _status(path: Path) -> os.stat_result | None:
    """Return the state of a regular file; None for anything else, links included."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _text(path: Path) -> str:
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size > SIZE_LIMIT:
            raise EncodingError(f"is larger than {SIZE_LIMIT // 1_000_000} MB")
        return decode(file.read(SIZE_LIMIT + 1)).removeprefix("\ufeff")


def _items(name: str, text: str, changed: datetime, own: frozenset[str]) -> Iterator[FetchedItem]:
    lines = [(line, _BOX.match(line), digest_of(line) in own) for line in text.splitlines()]
    # Without boxes, which are items of their own, and without what the agent wrote: that is no change of the file.
    rest = [line for line, box, is_own in lines if box is None and not is_own]
    yield FetchedItem(
        external_id=name,
        kind=FeedKind.FILE,
        created_at=changed,
        title=name,
        content="\n".join(rest),
        own=bool(lines) and all(is_own for _, _, is_own in lines),
    )
    seen: Counter[str] = Counter()
    for _, box, is_own in lines:
        if box is None or box["mark"] != " ":
            continue
        said = clean(box["text"], multiline=False)
        seen[said] += 1
        digest = hashlib.sha256(f"{said}\n{seen[said]}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        yield FetchedItem(
            external_id=f"{name}#{digest}",
            kind=FeedKind.TASK,
            created_at=changed,
            title=said,
            parent=name,
            own=is_own,
        )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read ({first_line(error.strerror or str(error), 100)})"
    return first_line(str(error), 200)
