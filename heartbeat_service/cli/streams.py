"""The standard streams of a command: what becomes of it when nobody reads them any more."""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

_GONE = frozenset({errno.EPIPE, errno.EIO, errno.ENXIO, errno.ECONNRESET, errno.EBADF})
"""A pipe, terminal or socket without anybody behind it; what is on a full disk may be written again later."""


def is_unread(error: BaseException, *streams: TextIO) -> bool:
    """Whether an error comes from one of the streams whose reader has left, so that there is nobody to tell."""
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
    """Open the standard streams that were closed before the start, and let no character end a command.

    Otherwise the next file or socket would take a closed one's number, and get what was meant for a terminal.
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
            # A terminal that lacks a character shows its number instead of ending the command.
            reconfigure(errors="backslashreplace")


def abandon(*streams: TextIO) -> None:
    """Let what the streams still hold go nowhere, where it cannot be written.

    Otherwise the interpreter would try once more at its end, and complain.
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
    """Let nobody who stops reading end what is done here, whoever writes: ``print``, the log, rich.

    Yield the first error of each stream, as they come.
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
    """A stream whose ``write`` and ``flush`` never fail; everything else is the stream's own."""

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
