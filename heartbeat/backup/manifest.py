"""The manifest of a backup: what it holds, with sizes and hashes. A folder without one is no backup."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from heartbeat.backup.layout import DATABASE, PLAN, is_named_well
from heartbeat.errors import InvalidValueError, NotFoundError, SchemaTooNewError

NAME = "manifest.json"
FORMAT = 2
"""The newest format; 1 knows no HEARTBEAT.plan.json."""
_LARGEST = 16 * 1024 * 1024
_BLOCK = 1024 * 1024


def _name(value: str) -> str:
    if not is_named_well(value):
        raise ValueError("no name of a file of a backup")
    return value


class StoredFile(BaseModel):
    """One file of a backup; ``name`` is its path inside, ``size`` is in bytes."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, AfterValidator(_name)]
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @classmethod
    def of(cls, name: str, path: Path) -> StoredFile:
        """Return the record under a name of what a file holds now."""
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
        return cls(name=name, size=size, sha256=digest.hexdigest())


class _Head(BaseModel):
    """What the manifest of every format says."""

    format: int
    heartbeat: str


class Manifest(BaseModel):
    """What a backup holds, when its database was copied, by which version, and with which schema of the database."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    made_at: AwareDatetime
    heartbeat: str
    database_schema: str
    files: tuple[StoredFile, ...]

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(each.size for each in self.files)


def format_of(names: Collection[str]) -> int:
    """Return the oldest format in which a backup can hold files of these names."""
    return 2 if PLAN in names else 1


def read_manifest(backup: Path) -> Manifest:
    """Return the manifest of a backup.

    Raises:
        InvalidValueError: it cannot be read, or is none.
        SchemaTooNewError: a newer version wrote it.
    """
    path = backup / NAME
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
        head = _Head.model_validate_json(data)
        # Before the names of its files, of which a newer version may have more.
        if head.format > FORMAT:
            raise SchemaTooNewError(
                f"{backup} was made by Heartbeat {head.heartbeat:.40}; upgrade langgraph-heartbeat"
            )
        found = Manifest.model_validate_json(data)
    except OSError as error:
        raise InvalidValueError("dir", f"{path} cannot be read: {error.strerror or error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"])
        raise InvalidValueError(
            "dir", f"{path} is damaged ({place or first['type']}); take another backup"
        ) from None
    if DATABASE not in {each.name for each in found.files}:
        raise InvalidValueError("dir", f"{path} names no {DATABASE}; take another backup")
    return found


def find_backup(folder: Path) -> Path:
    """Return the folder of a backup: ``folder`` itself, or the newest of those in it.

    Raises:
        NotFoundError: there is none.
    """
    if (folder / NAME).is_file():
        return folder
    found = [path.parent for path in folder.glob(f"[!.]*/{NAME}")] if folder.is_dir() else []
    if not found:
        raise NotFoundError(f"{folder} holds no backup; allowed: a folder that heartbeat backup has made")
    return max(found, key=_made_at)


def _made_at(backup: Path) -> tuple[datetime, str]:
    try:
        return read_manifest(backup).made_at, backup.name
    except (InvalidValueError, SchemaTooNewError):
        # One that cannot be read is chosen only where there is no other, and then refused with its reason.
        return datetime.min.replace(tzinfo=UTC), backup.name
