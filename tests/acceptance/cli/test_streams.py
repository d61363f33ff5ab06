"""Whoever reads what a command says may leave at any time: a pipe, a terminal, a disk without room."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.cli.test_process import SCRIPT
from tests.integration.cli.conftest import Cli
from tests.support.holds import PATIENCE
from tests.support.ollama import Say, decision
from tests.support.world import World

pytestmark = pytest.mark.one_question  # its quiet model replies with a whole decision

posix = pytest.mark.skipif(os.name != "posix", reason="streams of POSIX")


def environment(world: World, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "HEARTBEAT_HOME": str(world.settings.home),
        "HEARTBEAT_INSTRUCTIONS": str(world.settings.instructions),
        "HEARTBEAT_OLLAMA_URL": world.ollama.url,
        "HEARTBEAT_POLL_SECONDS": "0.2",
        **more,
    }


def until(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.05)  # another process is waited for
    raise AssertionError("it never came")


def answers(url: str, path: str = "/healthz") -> bool:
    try:
        return httpx.get(url + path, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def a_pipe() -> tuple[int, Callable[[], None]]:
    reading, writing = os.pipe()
    return writing, lambda: os.close(reading)


def a_terminal() -> tuple[int, Callable[[], None]]:
    ours, theirs = pty.openpty()
    return theirs, lambda: os.close(ours)


def a_full_disk() -> tuple[int, Callable[[], None]]:
    return os.open("/dev/full", os.O_WRONLY), lambda: None


class Serving:
    """A service on a port of its own, with streams that the test gives it."""

    def __init__(self, world: World, *, out: Any, err: Any, **more: Any) -> None:
        with socket.socket() as candidate:
            candidate.bind(("127.0.0.1", 0))
            port = candidate.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        given = more.pop("env", {})
        self.process = subprocess.Popen(
            [SCRIPT, "serve"],
            env=environment(world, HEARTBEAT_PORT=str(port), **given),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            **more,
        )
        until(lambda: answers(self.url) or self.process.poll() is not None)

    def beats(self) -> str:
        answer = httpx.post(
            f"{self.url}/api/threads/demo/heartbeat/run-now", json={}, timeout=PATIENCE, trust_env=False
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["status"])

    def end(self, *numbers: int) -> int:
        for number in numbers or (signal.SIGTERM,):
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def quiet(world: World) -> World:
    world.thread(enabled=False, recheck_after=0)
    world.post()
    world.ollama.default = Say(decision(action="none", reasoning="Quiet."))
    return world


@posix
@pytest.mark.parametrize(
    ("stream", "which"),
    [(a_pipe, "out"), (a_full_disk, "out"), (a_pipe, "err"), (a_terminal, "both"), (a_full_disk, "both")],
)
def test_a_service_outlives_who_reads_it(quiet: World, stream: Any, which: str, tmp_path: Path) -> None:
    # Beats are shown on stdout where the log does not tell of them.
    level = "WARNING" if which == "out" else "INFO"
    number, leave = stream()
    with (tmp_path / "other").open("w") as other:
        out, err = (
            (number if which in {"out", "both"} else other),
            (number if which in {"err", "both"} else other),
        )
        serving = Serving(quiet, out=out, err=err, start_new_session=True, env={"HEARTBEAT_LOG_LEVEL": level})
        os.close(number)
        try:
            leave()
            assert serving.beats() == "none"
            assert answers(serving.url)
            if which == "out":
                until(
                    lambda: (
                        "does not arrive any more, and the service goes on"
                        in (tmp_path / "other").read_text()
                    )
                )
        finally:
            code = serving.end()
    assert code == 0
    assert "Traceback" not in (tmp_path / "other").read_text()


@posix
@pytest.mark.parametrize("numbers", ["0", "1", "2", "0 1 2"])
def test_streams_that_are_closed_from_the_start(quiet: World, numbers: str) -> None:
    closed = [int(each) for each in numbers.split()]

    def close() -> None:
        for number in closed:
            os.close(number)

    serving = Serving(quiet, out=subprocess.DEVNULL, err=subprocess.DEVNULL, preexec_fn=close)
    try:
        assert serving.beats() == "none"
    finally:
        assert serving.end() == 0
    assert quiet.settings.database_path.read_bytes().startswith(b"SQLite format 3\0")


@posix
@pytest.mark.parametrize("times", [1, 2])
def test_a_terminal_that_closes_drains_the_service(quiet: World, times: int, tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as out:
        serving = Serving(quiet, out=out, err=out)
        assert serving.end(*[signal.SIGHUP] * times) == 0
    assert (tmp_path / "out").read_text().endswith("Stopping.\nStopped.\n")


@posix
def test_under_nohup_it_goes_on(quiet: World) -> None:
    serving = Serving(
        quiet,
        out=subprocess.DEVNULL,
        err=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    try:
        serving.process.send_signal(signal.SIGHUP)
        assert serving.beats() == "none"
    finally:
        assert serving.end() == 0


@pytest.fixture
def full_history(cli: Cli) -> None:
    cli.fine("demo")
    for _ in range(3):
        cli("beat", "demo")


SHORT = [
    ("history",),
    ("threads", "list"),
    ("forum", "list"),
    ("history", "--json"),
    ("doctor",),
    ("--help",),
]


@posix
@pytest.mark.parametrize("arguments", SHORT)
def test_a_short_command_ends_quietly_when_nobody_reads(cli: Cli, full_history: None, arguments: Any) -> None:
    for stream in (a_pipe, a_terminal):
        number, leave = stream()
        leave()
        done = subprocess.run(
            [SCRIPT, *arguments], stdout=number, stderr=subprocess.PIPE, text=True, check=False
        )
        os.close(number)
        assert (done.returncode in {0, 1}, done.stderr) == (True, "")


@posix
def test_a_short_command_tells_of_a_full_disk_in_one_line(cli: Cli) -> None:
    with Path("/dev/full").open("w") as out:
        done = subprocess.run([SCRIPT, "graph"], stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("heartbeat: The disk is full")


@posix
def test_nobody_to_complain_to(cli: Cli) -> None:
    for stream in (a_pipe, a_full_disk):
        number, leave = stream()
        leave()
        done = subprocess.run(
            [SCRIPT, "beat", "nobody"], stdout=subprocess.PIPE, stderr=number, text=True, check=False
        )
        os.close(number)
        assert (done.returncode, done.stdout) == (2, "")


@posix
@pytest.mark.parametrize("as_json", [False, True])
def test_a_beat_that_has_begun_is_finished(quiet: World, as_json: bool) -> None:
    number, leave = a_pipe()
    leave()
    subprocess.run(
        [SCRIPT, "beat", "demo", *(["--json"] if as_json else [])],
        env=environment(quiet),
        stdout=number,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(number)
    assert [row.status for row in quiet.history()] == ["none"]
