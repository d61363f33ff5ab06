"""Standard streams of a command: how it reacts when they are closed or cannot be written."""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

_GONE = frozenset({errno.EPIPE, errno.EIO, errno.ENXIO, errno.ECONNRESET, errno.EBADF})
"""Errors of a pipe, terminal or socket whose reader is gone. ENOSPC is not one: the disk may have room later."""


def is_unread(error: BaseException, *streams: TextIO) -> bool:
    """Return whether an error comes from one of the streams because its reader is gone."""
    if not isinstance(error, OSError) or error.errno not in _GONE:
        return False
    return isinstance(error, BrokenPipeError) or any(map(_is_left, streams))


def _is_left(stream: TextIO) -> bool:
    if not hasattr(select, "poll"):  # Windows
        return True
    asking = select.poll()
    try:
        asking.register(stream, 0)
    except (OSError, ValueError):
        return True
    return bool(asking.poll(0))


def prepare() -> None:
    """Open standard streams that were closed before the start, and escape characters that cannot be encoded.

    Otherwise the next opened file or socket would get the number of a closed stream, and receive its output.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for the whole process
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            # A character that the encoding lacks is escaped instead of ending the command with an error.
            reconfigure(errors="backslashreplace")


def abandon(*streams: TextIO) -> None:
    """Flush the streams; redirect those that cannot be written to the null device.

    Otherwise the interpreter would flush them again at exit and print an error.
    """
    for stream in streams:
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


@contextmanager
def outlasting() -> Iterator[list[Exception]]:
    """Ignore write errors of stdout and stderr inside the context, whether from ``print``, the log or rich.

    Yield a list, to which the first error of each stream is appended.
    """
    failures: list[Exception] = []
    out, err = sys.stdout, sys.stderr
    sys.stdout = cast("TextIO", _Outlasting(out, failures))
    sys.stderr = cast("TextIO", _Outlasting(err, failures))
    try:
        yield failures
    finally:
        sys.stdout, sys.stderr = out, err


class _Outlasting:
    """Wraps a stream so that ``write`` and ``flush`` ignore errors; other attributes are those of the stream."""

    def __init__(self, stream: TextIO, failures: list[Exception]) -> None:
        self._stream = stream
        self._failures = failures
        self._failed = False

    def write(self, text: str) -> int:
        self._safely(self._stream.write, text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        self._safely(self._stream.flush)

    def _safely(self, work: Callable[..., Any], *args: Any) -> None:
        try:
            work(*args)
        except UnicodeError:
            raise
        except (OSError, ValueError) as error:
            if not self._failed:
                self._failed = True
                self._failures.append(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
