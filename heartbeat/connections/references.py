"""Secrets that connections.toml names and does not hold: ``${NAME}`` and ``file:PATH``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heartbeat.connections.reading import open_file
from heartbeat.errors import InvalidValueError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FILE = "file:"
LARGEST = 65_536
"""Bytes of a file that holds one secret."""


def is_reference(value: object) -> bool:
    """Return whether a value names a secret that is elsewhere."""
    return isinstance(value, str) and (value.startswith(_FILE) or _VARIABLE.search(value) is not None)


def resolve(key: str, value: Any, folder: Path, *, environment: Mapping[str, str] | None = None) -> Any:
    """Return a value with what it names filled in; relative paths count from ``folder``.

    Raises:
        InvalidValueError: a variable is not set, or a file is missing, too large or open to others.
    """
    path = path_of(value, folder)
    return filled(key, value, environment=environment) if path is None else _read(key, path)


def filled(key: str, value: Any, *, environment: Mapping[str, str] | None = None) -> Any:
    """Return a value with its ``${NAME}`` filled in from the environment.

    Raises:
        InvalidValueError: a variable is not set.
    """
    known = os.environ if environment is None else environment

    def fill(found: re.Match[str]) -> str:
        if not known.get(found[1]):
            raise InvalidValueError(key, f"{key}: the environment variable {found[1]} is not set; set it")
        return known[found[1]].strip()

    return _VARIABLE.sub(fill, value) if isinstance(value, str) else value


def environment_of(value: str, *, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the ``${NAME}`` in a value stand for, by their names; those that are not set are left out."""
    known = os.environ if environment is None else environment
    return {name: known[name].strip() for name in _VARIABLE.findall(value) if known.get(name)}


def without_references(value: str) -> str:
    """Return a value without its ``${NAME}``."""
    return _VARIABLE.sub("", value)


def path_of(value: Any, folder: Path) -> Path | None:
    """Return the path of the file that a value names, None if it names none."""
    if not isinstance(value, str) or not value.startswith(_FILE):
        return None
    return located(value.removeprefix(_FILE), folder)


def located(path: str, folder: Path) -> Path:
    """Return a path as it counts from ``folder``."""
    try:
        return folder / Path(path).expanduser()
    except RuntimeError:  # ~ is followed by nobody's name; as a file name it does not exist
        return folder / path


def _read(key: str, path: Path) -> str:
    try:
        with open_file(path) as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                raise InvalidValueError(key, f"{key}: others may read {path}; run: chmod 600 {path}")
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidValueError):
            raise
        why = getattr(error, "strerror", None) or error
        raise InvalidValueError(key, f"{key}: {path} cannot be read: {why}") from None
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > LARGEST:
        raise InvalidValueError(key, f"{key}: {path} holds no secret; allowed: one line of text")
    return text
