"""connections.toml: read, never written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heartbeat.connections.reading import open_file

LARGEST = 262_144
"""Bytes."""
_HEADER = re.compile(r"""^[ \t]*\[[ \t]*["']?([^\]"'.]{1,200})["']?[ \t]*[\].]""", re.MULTILINE)


@dataclass(frozen=True)
class Tables:
    """What connections.toml says: the keys of each table by its name.

    Where the file has a ``problem``, ``tables`` has the names that its headers show, and ``text`` is what it holds,
    None where not even that is known.
    """

    tables: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None
    text: str | None = field(default=None, repr=False)

    def may_have(self, name: str) -> bool:
        """Return whether the file has a table of this name, or may be meant to have one."""
        if name in self.tables or self.problem is None:
            return name in self.tables
        # A name can be written in many ways: dotted, quoted, with escapes, before an inline table.
        if self.text is None or "\\" in self.text:
            return True
        return re.search(rf"(?<![A-Za-z0-9_-]){re.escape(name)}(?![A-Za-z0-9_-])", self.text) is not None


def read_tables(path: Path) -> Tables:
    """Return the tables of a file; no file is no tables."""
    try:
        with open_file(path) as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Tables()
    except OSError as error:
        return Tables(problem=f"{path} cannot be read: {error.strerror or error}")
    if len(content) > LARGEST:
        return Tables(problem=f"{path} is too large; allowed: up to {LARGEST} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Tables(problem=f"{path} is no text; allowed: UTF-8")
    try:
        return Tables(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        names = dict.fromkeys(found.strip() for found in _HEADER.findall(text))
        return Tables({name: {} for name in names}, f"{path} is no TOML: {error}", text)
    except RecursionError:
        return Tables(problem=f"{path} is nested too deeply")
