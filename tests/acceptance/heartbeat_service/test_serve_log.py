"""What `heartbeat serve` writes to its streams."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.integration.heartbeat_service.test_timer import until
from tests.support.ollama import Say, decision
from tests.support.world import World

pytestmark = pytest.mark.one_question  # the log of a reply with a whole decision

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


HEARTBEAT = str(Path(sys.executable).parent / "heartbeat")


def environment_of(world: World) -> dict[str, str]:
    return {
        **os.environ,
        "HEARTBEAT_HOME": str(world.settings.home),
        "HEARTBEAT_INSTRUCTIONS": str(world.settings.instructions),
        "HEARTBEAT_OLLAMA_URL": world.ollama.url,
        "HEARTBEAT_PORT": "0",
    }


async def serve(world: World, **variables: str) -> tuple[str, str]:
    """Return what `heartbeat serve` writes to stdout and stderr while a slot of the past is caught up."""
    world.thread(every="1d")
    world.ollama.says(decision(action="post", board="general", title="Caught up", content="Words"))
    environment = {**environment_of(world), **variables}
    files = world.folder / "out", world.folder / "err"
    with files[0].open("w") as out, files[1].open("w") as err:
        process = subprocess.Popen([HEARTBEAT, "serve"], env=environment, stdout=out, stderr=err)
        await until(lambda: any(row.status == "acted" for row in world.history()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    return files[0].read_text(), files[1].read_text()


async def test_serve_shows_beats_once_as_text(world: World) -> None:
    out, err = await serve(world)
    assert out.count("Caught up") == 1
    assert err == ""


async def test_serve_shows_beats_once_where_the_log_tells_of_them(world: World) -> None:
    out, err = await serve(world, HEARTBEAT_LOG_LEVEL="info")
    assert out.startswith("Heartbeat listens on http://127.0.0.1:")
    assert "Caught up" not in out
    assert err.count("Caught up") == 1
    assert re.search(rf"{TIME} INFO beat started  action=beat_started thread=demo beat=\d+", err)
    assert "HTTP Request" not in err


async def test_serve_writes_nothing_but_json_where_a_program_reads(world: World) -> None:
    out, err = await serve(world, HEARTBEAT_LOG_FORMAT="json")
    assert out == ""
    lines = [json.loads(line) for line in err.splitlines()]
    assert lines[0]["message"].startswith("Heartbeat listens on http://127.0.0.1:")
    assert lines[-1]["message"] == "Stopped."
    [end] = [line for line in lines if line["action"] == "beat_finished"]
    assert (end["thread"], end["trigger"], end["status"]) == ("demo", "scheduled", "acted")


async def test_serve_says_what_is_wrong(world: World) -> None:
    """Its log was once lost to a handler of the command line's."""
    out, err = await serve(world, OTEL_TRACES_EXPORTER="smoke-signals")
    assert out.count("Caught up") == 1
    assert re.fullmatch(
        rf"{TIME} WARNING There will be no traces: OTEL_TRACES_EXPORTER asks for 'smoke-signals', "
        r"which is not installed; installed: .*  action=tracing_off\n",
        err,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_on_a_terminal_a_beat_does_not_run_into_the_status_line(world: World) -> None:
    import pty

    world.thread(every="1d")
    answered = threading.Event()
    world.ollama.says(Say(decision(action="none", reasoning="Quiet."), wait=answered))
    environment = {**environment_of(world), "TERM": "xterm", "COLUMNS": "200"}
    terminal, inside = pty.openpty()
    process = subprocess.Popen([HEARTBEAT, "serve"], env=environment, stdout=inside, stderr=inside)
    os.close(inside)
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as screen:
        for wanted, then in (
            (b"1 beat running", answered.set),
            (b"Quiet.", lambda: process.send_signal(signal.SIGTERM)),
            (b"Stopped.", lambda: None),
        ):
            while wanted not in shown:
                shown += screen.read(65_536)
            then()
    assert process.wait(60) == 0
    assert re.search(rb"1 beat running[^\r\n]*\r\x1b\[2K\d\d:\d\d:\d\d  demo  beat \d+  ", shown)
