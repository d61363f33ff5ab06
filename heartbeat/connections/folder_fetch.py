"""Fetch the files of a folder: those that are new or have changed, and the boxes in them that are not ticked."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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
_OF_THE_TIME = 0.8
"""The part of its time after which a fetch ends with what it has."""
_HAD_FILES = "had_files"
"""The key of the memo that says whether the last look found files."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FENCE = re.compile(r"^[\s>]*(?P<marks>`{3,}|~{3,})(?P<rest>.*)$")
_BOX = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+\[(?P<mark>[ xX])\]\s+(?P<text>\S.*)$")


@dataclass(frozen=True)
class FolderFetch:
    """Fetches the text files of ``root`` that match a pattern; links are not followed.

    ``journal`` tells which lines the agent wrote itself; ``spared`` are files that are not looked at. ``monotonic``
    is that of `time`.
    """

    root: Path
    glob: str
    journal: NoteJournal
    spared: Sequence[Path] = field(default=())
    time_limit: float = TIME_LIMIT
    monotonic: Callable[[], float] = time.monotonic

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return the files and their open boxes, the files that changed longest ago first.

        What cannot be read this time counts as neither new nor gone; nor does what there is no time for, nor a folder
        that is empty at once: its drive may be missing.

        Raises:
            FetchError: the folder cannot be read.
        """
        listed = _Listed()
        end = self.monotonic() + deadline * _OF_THE_TIME
        found: list[tuple[str, datetime, Path]] = []
        is_whole = True
        for each in self._files(listed):
            found.append(each)
            if self.monotonic() > end:
                is_whole = False
                break
        found.sort(key=lambda each: (each[1], each[0]))
        if len(found) > FILES_LIMIT:
            listed.problems.append(
                f"It has {len(found)} files; only the {FILES_LIMIT} that changed last are looked at."
            )
            listed.unseen += [name for name, _, _ in found[:-FILES_LIMIT]]
        own = self.journal.lines()
        items: list[FetchedItem] = []
        for name, changed, path in found[-FILES_LIMIT:]:
            if self.monotonic() > end:
                is_whole = False
                break
            try:
                items += _items(name, _text(path), min(changed, now), own)
            except (EncodingError, OSError) as error:
                listed.leave_out(name, f"{name} is left out: it {_reason(error)}")
        if not is_whole:
            listed.problems.append(
                "Looking at the folder took too long: not all of its files were looked at."
            )
        elif not found and memo.get(_HAD_FILES):
            is_whole = False
            listed.problems.append(
                f"{self.root} has no files any more; if the next look finds none either, its items are gone."
            )
        return FetchResult(
            items,
            {_HAD_FILES: bool(found)},
            is_whole=is_whole,
            unseen=listed.unseen,
            problems=listed.problems,
        )

    def _files(self, listed: _Listed) -> Iterator[tuple[str, datetime, Path]]:
        if not self.root.is_dir():
            raise FetchError(f"There is no folder {self.root}; make it, or change path.")
        # No links are followed below it, so that the paths there are the real ones.
        root = Path(os.path.realpath(self.root))
        spared = {os.path.realpath(each) for each in self.spared}

        def failed(error: OSError) -> None:
            name = Path(error.filename or root).relative_to(root).as_posix()
            if name == ".":
                raise FetchError(
                    f"The folder {self.root} {_reason(error)}; make it readable, or change path."
                )
            listed.leave_out(f"{name}/", f"The folder {name} is left out: it {_reason(error)}")

        for folder, folders, files in os.walk(root, onerror=failed, followlinks=False):
            # Folders of programs, such as .git, hold nothing that a person writes.
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            for each in files:
                path = Path(folder, each)
                name = path.relative_to(root).as_posix()
                if each.startswith(".") or not matches(name.split("/"), self.glob) or str(path) in spared:
                    continue
                try:
                    status = path.lstat()
                except FileNotFoundError:
                    continue
                except OSError as error:
                    listed.leave_out(name, f"{name} is left out: it {_reason(error)}")
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield name, _instant(status.st_mtime), path


@dataclass
class _Listed:
    """What is left out of a look: sentences for people, and the names of files and folders (with ``/``)."""

    problems: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def leave_out(self, name: str, problem: str) -> None:
        self.problems.append(problem)
        self.unseen.append(name)


def _instant(seconds: float) -> datetime:
    """Return when a file was changed; its program may have set a year that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return _EPOCH if seconds < 0 else datetime.max.replace(tzinfo=UTC)


def _text(path: Path) -> str:
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size > SIZE_LIMIT:
            raise EncodingError(f"is larger than {SIZE_LIMIT // 1_000_000} MB")
        return decode(file.read(SIZE_LIMIT + 1)).removeprefix("\ufeff")


def _items(name: str, text: str, changed: datetime, own: frozenset[str]) -> Iterator[FetchedItem]:
    lines = [(line, box, digest_of(line) in own) for line, box in _boxes(text)]
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


def _boxes(text: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield the lines of a text, each with its box; what stands in a code fence is no box."""
    opened = ""
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if opened:
            yield line, None
            if fence and fence["marks"].startswith(opened) and not fence["rest"].strip():
                opened = ""
        elif fence and not (fence["marks"][0] == "`" and "`" in fence["rest"]):
            opened = fence["marks"]
            yield line, None
        else:
            yield line, _BOX.match(line)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read ({first_line(error.strerror or str(error), 100)})"
    return first_line(str(error), 200)
