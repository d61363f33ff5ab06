"""One real ``heartbeat serve``, what it wrote, and how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.paths import ROOT

READY = "The timer runs"
_SERVE = "import sys; from heartbeat_service.cli import main; sys.argv = ['heartbeat', 'serve']; main()"


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which nothing of this machine's settings is left."""
    foreign = ("HEARTBEAT_", "CRT_", "OLLAMA_", "LANGSMITH_", "LANGCHAIN_", "PYTHON", "COLUMNS")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    # Loading the certificates of the whole world costs more than a beat over plain HTTP.
    fixed = {"PYTHONPATH": str(ROOT), "SSL_CERT_DIR": str(Path(__file__).parent), "NO_COLOR": "1"}
    return {**own, **fixed, **settings}


class Process:
    """A serving process; ``name`` names its logs."""

    def __init__(
        self, name: str, folder: Path, settings: Mapping[str, str], program: Sequence[str] = ("-c", _SERVE)
    ) -> None:
        self.name = name
        self.out, self.err = folder / f"{name}.out", folder / f"{name}.err"
        self.began = time.time()
        self.killed_at: float | None = None
        self.frozen = False
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self._popen = subprocess.Popen(
                [sys.executable, "-u", *program],
                cwd=folder,
                env=environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit(self) -> int | None:
        """How it ended; None while it has not."""
        return self._popen.poll()

    @property
    def ready(self) -> bool:
        """Whether it is alive, awake, and has begun to work."""
        return self.exit is None and not self.frozen and READY in self.out.read_text()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._popen.kill()
        self._popen.wait()
        self.killed_at = time.time()

    def freeze(self) -> None:
        self._popen.send_signal(signal.SIGSTOP)
        self.frozen = True

    def thaw(self) -> None:
        self._popen.send_signal(signal.SIGCONT)
        self.frozen = False

    def ask_to_stop(self) -> None:
        self._popen.terminate()

    def wait(self, seconds: float) -> int | None:
        """Return how it ended, None if it has not within so long."""
        try:
            return self._popen.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """See that it is gone."""
        if self.exit is None:
            self._popen.kill()
            self._popen.wait()
