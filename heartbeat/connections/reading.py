"""Open files of settings and secrets, which may be anything that somebody put in their place."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, cast

from heartbeat.instructions.saving import kind_of


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    return cast(BinaryIO, open(path, "rb", opener=_opened))


def _opened(path: str, flags: int) -> int:
    # O_NONBLOCK: opening a pipe without a writer must not wait.
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, f"it is no file but {kind_of(mode)}")
    return descriptor
