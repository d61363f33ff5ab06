"""A folder of Markdown files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from heartbeat.connections.folder_fetch import FolderFetch
from heartbeat.connections.folder_target import FolderTarget
from heartbeat.connections.note_journal import NoteJournal
from heartbeat.connections.spec import LOOKED_AT, FileOnly, LookedAt, Site, parse_every
from heartbeat.errors import InvalidValueError
from heartbeat.fetching import Fetch
from heartbeat.targets import Target
from heartbeat.vocabulary import Reach


def _path(text: str) -> str:
    if "\x00" in text or not text.strip():
        raise ValueError("no path")
    return text


def _glob(text: str) -> str:
    if text.startswith(("/", "\\")) or ".." in text.replace("\\", "/").split("/"):
        raise ValueError("leads outside")
    return _path(text)


class FolderSpec(LookedAt):
    """``path`` is the folder, and ``glob`` the files in it that are looked at; it is private.

    The agent writes to them where ``write`` is true.
    """

    allowed: ClassVar[Mapping[str, str]] = {
        "path": "the path of a folder; a relative one counts from the folder of connections.toml",
        "glob": "a pattern of files within the folder, such as **/*.md",
        "write": "true or false",
        **LOOKED_AT,
    }

    file_keys: ClassVar[frozenset[str]] = frozenset({"write"})

    path: Annotated[str, Field(max_length=4_096), AfterValidator(_path)]
    glob: Annotated[str, Field(max_length=200), AfterValidator(_glob)] = "**/*.md"
    write: bool = False
    every: Annotated[int, BeforeValidator(parse_every)] = 300
    private: bool = True

    def reaches(self) -> Reach:
        """Return the owner, whose folder it is."""
        return Reach.OWNER

    def leads_to(self) -> str:
        """Return the path as it was given."""
        return self.path

    def address(self, site: Site) -> str:
        """Return the absolute path."""
        return str(self.root(site))

    def root(self, site: Site) -> Path:
        """Return the folder as an absolute path, with links resolved.

        Raises:
            InvalidValueError: ``~`` names nobody, or the links lead in a circle.
        """
        try:
            return (site.folder / Path(self.path).expanduser()).resolve()
        except (OSError, RuntimeError):
            raise InvalidValueError(
                "path", f"path: {self.path:.200} cannot be resolved; allowed: {self.allowed['path']}"
            ) from None

    def check(self, site: Site) -> None:
        """Check that it does not lead into HOME, where databases and secrets are."""
        if site.is_own(self.root(site)):
            raise InvalidValueError(
                "path", f"path: {self.path:.200} is in HEARTBEAT_HOME; allowed: a folder of your own"
            )

    def file_only(self, site: Site) -> FileOnly | None:
        """Return writing, openness and folders that the owner has not named elsewhere."""
        if self.write:
            return FileOnly("write", "write = true")
        root = self.root(site)
        if site.is_example(root):
            return None
        if not any(root.is_relative_to(folder.resolve()) for folder in (site.workspace, *site.folders)):
            return FileOnly("path", "a folder outside the workspace and HEARTBEAT_FOLDERS")
        if not self.private:
            return FileOnly("private", "private = false")
        return None

    def trial(self, site: Site) -> str:
        """Return that the folder is there, can be written to where it is written to, and what is in it."""
        root = self.root(site)
        if not root.is_dir():
            raise InvalidValueError("path", f"path: there is no folder {root}; make it")
        if not os.access(root, os.R_OK | os.X_OK | (os.W_OK if self.write else 0)):
            raise InvalidValueError("path", f"path: this account may not use {root}; change its mode")
        said = f"The folder {root} is there{' and can be written to' if self.write else ''}."
        return f"{said} {super().trial(site)}"

    def fetch(self, name: str, site: Site) -> Fetch:
        """Return how it is looked at."""
        journal = NoteJournal.of(site.home, name)
        return FolderFetch(self.root(site), self.glob, journal, site.spared)

    def target(self, name: str, site: Site) -> Target | None:
        """Return the target of notes where ``write`` is true."""
        if not self.write:
            return None
        return FolderTarget(name, self.root(site), self.glob, home=site.home, spared=site.spared)
