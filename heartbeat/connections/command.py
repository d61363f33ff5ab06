"""Run a command of the owner's for a check: without a shell, bounded in time and output, with all its children."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from heartbeat.daemon import run_in_daemon_thread
from heartbeat.fetching import FetchError

OUTPUT_LIMIT = 2_000
"""Bytes of the end of the output that are kept."""
_CHUNK = 65_536
_REST = 1.0
"""Seconds for the output to end after the command has."""
_PREFIX = "HEARTBEAT_"
"""Settings of Heartbeat, its token and passwords among them, which the command does not get."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, None if it was stopped at its time limit, and the end of its output."""

    code: int | None
    output: str


def run_command(
    command: Sequence[str],
    folder: Path,
    seconds: float,
    *,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run a command in a folder for at most so many seconds; its children are killed when it ends.

    ``environment`` is that of this process by default, without Heartbeat's own variables in either case.

    Raises:
        FetchError: it cannot be started.
    """
    known = os.environ if environment is None else environment
    try:
        process = subprocess.Popen(  # noqa: S603 - the owner's own command, from the file alone
            list(command),
            cwd=folder,
            env={name: value for name, value in known.items() if not name.startswith(_PREFIX)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FetchError(
            f"The command {command[0]:.200} cannot be started: {reason}; check command in connections.toml."
        ) from None
    end = _End()
    reading = run_in_daemon_thread(lambda: end.read(process.stdout), "heartbeat-check")  # type: ignore[arg-type]
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        _kill(process)
        process.wait()
        return Ended(None, _output(end, reading))
    # Children that it left behind would hold its output open, and go on for ever.
    _kill(process)
    return Ended(process.returncode, _output(end, reading))


class _End:
    """The end of an output, which is read to its end so that the command does not wait for a reader."""

    def __init__(self) -> None:
        self.kept = b""

    def read(self, stream: BinaryIO) -> None:
        with stream:
            while chunk := stream.read1(_CHUNK):  # type: ignore[attr-defined]
                self.kept = (self.kept + chunk[-OUTPUT_LIMIT:])[-OUTPUT_LIMIT:]


def _output(end: _End, reading: Future[None]) -> str:
    # A child in a session of its own outlives the others, and may keep the output open.
    with suppress(TimeoutError):
        reading.result(_REST)
    return end.kept.decode("utf-8", "replace").strip()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
