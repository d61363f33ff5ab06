"""Connections to one document: at an address of the web, or a file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from heartbeat.connections.reachable import check_url
from heartbeat.connections.reading import open_file
from heartbeat.connections.spec import LOOKED_AT, FileOnly, LookedAt, Site
from heartbeat.errors import InvalidValueError
from heartbeat.fetching import FetchError
from heartbeat.fetching.http import SIZE_LIMIT, Web, shown
from heartbeat.targets import Target
from heartbeat.text import sentence
from heartbeat.vocabulary import Reach

_PATH = re.compile(r"(https?://[^/\s]+)/\S*")


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://", "webcal://")):
        raise ValueError("no address of the web")
    return value


def _path(value: str) -> str:
    if "\x00" in value or not value.strip():
        raise ValueError("no path")
    return value


class DocumentSpec(LookedAt):
    """The keys of a kind that looks at a document: ``url`` or ``path``, and whether it may be on the own network."""

    allowed: ClassVar[Mapping[str, str]] = {
        "url": "an http or https address",
        "path": "the path of a file; a relative one counts from the folder of connections.toml",
        "lan": "true or false: whether the address may be on your own network or this machine",
        **LOOKED_AT,
    }

    address_keys: ClassVar[frozenset[str]] = frozenset({"url"})
    file_keys: ClassVar[frozenset[str]] = frozenset({"lan"})
    one_of: ClassVar[tuple[str, ...]] = ("url", "path")

    url: Annotated[str, Field(max_length=2_000), AfterValidator(_http)] | None = None
    path: Annotated[str, Field(max_length=4_096), AfterValidator(_path)] | None = None
    lan: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.url is None) == (self.path is None):
            raise InvalidValueError("url", "url: give either url or path; allowed: one of both")
        return self

    def reaches(self) -> Reach:
        """Return the owner, for whom it is looked at."""
        return Reach.OWNER

    def leads_to(self) -> str:
        """Return the address without its query, or the path as it was given."""
        return self.path if self.path is not None else shown(self.url or "")

    def address(self, site: Site) -> str:
        """Return the whole address, or the absolute path."""
        return str(self.file(site)) if self.path is not None else self.url or ""

    def file(self, site: Site) -> Path:
        """Return the file as an absolute path, with links resolved.

        Raises:
            InvalidValueError: ``~`` names nobody, or the links lead in a circle.
        """
        try:
            return (site.folder / Path(self.path or "").expanduser()).resolve()
        except (OSError, RuntimeError):
            raise InvalidValueError(
                "path", f"path: {self.path!r:.200} cannot be resolved; allowed: {self.allowed['path']}"
            ) from None

    def check(self, site: Site) -> None:
        """Check that it is none of Heartbeat's own files, and not where nothing is fetched from."""
        if self.url is not None:
            check_url("url", self.url)
        if self.path is not None and site.is_own(self.file(site)):
            raise InvalidValueError(
                "path", f"path: {self.path:.200} is in HEARTBEAT_HOME; allowed: a file of your own"
            )

    def file_only(self, site: Site) -> FileOnly | None:
        """Return the own network, openness and files that the owner has not named elsewhere."""
        if self.lan:
            return FileOnly("lan", "lan = true")
        if self.path is not None and site.is_example(self.file(site)):
            return None
        if self.path is not None:
            folders = (site.workspace, *site.folders)
            if not any(self.file(site).is_relative_to(folder.resolve()) for folder in folders):
                return FileOnly("path", "a file outside the workspace and HEARTBEAT_FOLDERS")
        if not self.private and type(self).model_fields["private"].default:
            return FileOnly("private", "private = false")
        return None

    def target(self, name: str, site: Site) -> Target | None:
        """Return None: nothing is sent there."""
        return None

    def document(self, site: Site) -> Document:
        """Return the document that it leads to."""
        path = None if self.path is None else self.file(site)
        return Document(self.url, path, Web(lan=self.lan), is_secret="url" in self.secret_keys)


@dataclass(frozen=True)
class Read:
    """A document as it was read; ``data`` is None if it has not changed since the memo was made."""

    data: bytes | None
    memo: Mapping[str, Any]
    content_type: str = ""
    charset: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Document:
    """A document at an address or in a file; of an address that ``is_secret`` only the host is told."""

    url: str | None
    path: Path | None
    web: Web
    is_secret: bool = False

    def read(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> Read:
        """Return the document; ``memo`` is that of the last time.

        Raises:
            FetchError: it cannot be read.
        """
        if self.path is not None:
            return _read_file(self.path, memo)
        url = (self.url or "").replace("webcal://", "https://", 1)
        try:
            page = self.web.get(url, now, deadline=deadline, memo=memo)
        except FetchError as error:
            if not self.is_secret:
                raise
            said = _PATH.sub(r"\1", str(error))
            raise FetchError(said, retry_after=error.retry_after, field=error.field) from None
        data = None if page.unchanged else page.body
        return Read(data, page.memo, page.content_type, page.charset, page.url)


def _read_file(path: Path, memo: Mapping[str, Any]) -> Read:
    try:
        with open_file(path) as file:
            found = os.fstat(file.fileno())
            state = f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"
            if memo.get("file") == state:
                return Read(None, dict(memo))
            if found.st_size > SIZE_LIMIT:
                raise FetchError(f"{path} is larger than {SIZE_LIMIT // 1_000_000} MB.")
            data = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise FetchError(f"There is no file {path}; put it there, or change path.") from None
    except OSError as error:
        raise FetchError(sentence(f"{path} cannot be read: {error.strerror or error}")) from None
    return Read(data, {"file": state})
