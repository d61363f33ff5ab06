"""Secrets that were given to Heartbeat: kept in HOME/secrets, read by nobody but connections."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from heartbeat.connections.reading import open_file
from heartbeat.errors import InvalidValueError

_OTHERS_MASK = 0o077


@dataclass(frozen=True)
class Secrets:
    """The folder of kept secrets, one file per connection and version.

    A row names the file of its own version, so that row and secrets change together in the row's transaction, and a
    secret that was given for one address is never used with another.
    """

    folder: Path

    def keep(self, name: str, values: Mapping[str, str]) -> str:
        """Write the secrets of a connection to a new file and return its name.

        Raises:
            OSError: it cannot be written.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        made = f"{name}.{uuid4().hex}.json"
        # Born with its mode, since a file that is closed to others later has been open until then.
        number = os.open(self.folder / made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump(dict(values), file)
            file.flush()
            os.fsync(file.fileno())
        return made

    def path(self, made: str) -> Path:
        """Return the path of a file that `keep` has made."""
        return self.folder / Path(made).name

    def read(self, made: str) -> dict[str, str]:
        """Return the secrets of a file that `keep` has made.

        Raises:
            InvalidValueError: it is missing, damaged, or open to others.
        """
        path = self.path(made)
        again = "give it again in the panel, or remove the connection and add it anew"
        try:
            with open_file(path) as file:
                if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & _OTHERS_MASK:
                    raise InvalidValueError("secrets", f"others may read {path}; run: chmod 600 {path}")
                values = json.load(file)
        except (OSError, ValueError) as error:
            if isinstance(error, InvalidValueError):
                raise
            raise InvalidValueError("secrets", f"its secret in {path} cannot be read; {again}") from None
        if not isinstance(values, dict) or not all(isinstance(each, str) for each in values.values()):
            raise InvalidValueError("secrets", f"its secret in {path} is damaged; {again}")
        return values

    def forget(self, made: str) -> None:
        """Delete a file that no row names any more; one that is gone already is fine."""
        with suppress(FileNotFoundError):
            self.path(made).unlink()
