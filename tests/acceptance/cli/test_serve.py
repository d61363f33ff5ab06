"""`heartbeat serve` as a process, and the switch it obeys."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from heartbeat.store import threads, timer
from tests.integration.cli.conftest import Cli
from tests.support.holds import PATIENCE
from tests.support.ollama import decision
from tests.support.world import World


class Serve:
    """A serving process on a world, whose slots were due long ago."""

    def __init__(self, world: World, *arguments: str, port: str = "0") -> None:
        environment = {
            **os.environ,
            "HEARTBEAT_HOME": str(world.settings.home),
            "HEARTBEAT_INSTRUCTIONS": str(world.settings.instructions),
            "HEARTBEAT_OLLAMA_URL": world.ollama.url,
            "HEARTBEAT_POLL_SECONDS": "0.2",
            "HEARTBEAT_PORT": port,
            "PYTHONUNBUFFERED": "1",
        }
        command = [str(Path(sys.executable).parent / "heartbeat"), "serve", *arguments]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.said = ""

    def until(self, text: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if text in line:
                return line
        raise AssertionError(f"{text!r} was not said: {self.said} {self.process.communicate()[1]}")

    def end_by_itself(self) -> tuple[int, str]:
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err

    def end(self, number: int = signal.SIGTERM, *, within: float = PATIENCE) -> tuple[int, str]:
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=within)
        self.said += out
        return self.process.returncode, err


@pytest.fixture
def demo(world: World) -> World:
    world.thread(every="1d", recheck_after=0)
    world.post("First")
    return world


@pytest.mark.one_question  # replies with a whole decision
def test_serve_beats_and_stops_when_told(demo: World) -> None:
    demo.ollama.says(decision(action="post", board="general", title="Caught up", content="Words"))
    serving = Serve(demo)
    try:
        greeting = serving.until("The timer")
        line = serving.until("beat ")
    finally:
        code, err = serving.end()
    assert greeting.startswith("The timer runs: 1 thread. Next: demo now.")
    assert "  demo  beat 2  acted  Posted on general: Caught up." in line
    assert (code, err) == (0, "")
    assert serving.said.endswith("Stopping.\nStopped.\n")
    assert [post.title for post in demo.posts()] == ["Caught up"]
    assert [row.status for row in demo.history()] == ["acted", "missed"]


def test_interrupt_ends_it_too(world: World) -> None:
    serving = Serve(world)
    try:
        assert "No threads yet; make one with: heartbeat threads add ID" in serving.until("The timer runs")
    finally:
        code, err = serving.end(signal.SIGINT)
    assert (code, err) == (0, "")


def test_stop_and_start_from_another_process(demo: World, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_HOME", str(demo.settings.home))
    cli.fine("stop")
    assert "beats by hand still work" in cli.fine("stop")
    serving = Serve(demo)
    try:
        assert "The timer is stopped; start it with: heartbeat start" in serving.until("The timer")
        assert demo.history() == []
        assert "The timer runs where" in cli.fine("start")
        serving.until("beat ")
    finally:
        serving.end()
    assert demo.store.read(timer.state).running
    assert demo.store.read(threads.get, "demo").next_due is not None


@pytest.mark.one_question  # replies with a whole decision
def test_a_beat_at_once(world: World) -> None:
    world.thread(enabled=False)
    world.post("First")
    world.ollama.says(decision(action="post", board="general", title="At once", content="Words"))
    serving = Serve(world, "--beat", "demo")
    try:
        address = serving.until("listens on").split()[-1]
        assert "acted  Posted on general: At once." in serving.until("beat 1")
        answer = httpx.get(f"{address}/api/beats/1").json()
    finally:
        serving.end()
    assert (answer["status"], answer["trigger"]) == ("acted", "manual")


def test_a_taken_port_is_one_sentence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    serving = Serve(world)
    try:
        port = serving.until("listens on").strip().rpartition(":")[2]
        monkeypatch.setenv("HEARTBEAT_PORT", port)
        other = Serve(world, port=port)
        code, err = other.end_by_itself()
    finally:
        serving.end()
    assert code == 2
    assert err.startswith(f"heartbeat: HEARTBEAT_PORT: 127.0.0.1 port {port} cannot be used: ")
    assert err.count("\n") == 1


def test_beyond_loopback_demands_a_token(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_HOST", "0.0.0.0")
    assert "demands HEARTBEAT_API_TOKEN" in cli.refused("serve")


def test_serve_says_at_its_start_which_words_cannot_be_used(demo: World) -> None:
    demo.settings.prompts_path.mkdir()
    (demo.settings.prompts_path / "age.txt").write_text("{{ years }}")
    serving = Serve(demo)
    try:
        line = serving.until("failed")
    finally:
        code, err = serving.end()
    said = "age.txt line 1: {{ years }} is unknown; allowed: minutes, hours, days"
    assert "failed/invalid_prompt" in line
    assert said in line
    assert code == 0
    assert said in err.splitlines()[0]
    assert "no beat can ask a model: " in err.splitlines()[0]


def test_serve_says_at_its_start_what_belongs_to_an_earlier_version(
    demo: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTBEAT_TRIAGE", "false")
    demo.settings.prompts_path.mkdir()
    left = demo.settings.prompts_path / "label.yaml"
    left.write_text("system: Label the line.\n")
    serving = Serve(demo)
    try:
        serving.until("demo")
    finally:
        code, err = serving.end()
    assert code == 0
    assert err.count("label.yaml is not used any more") == 1
    assert err.count("HEARTBEAT_TRIAGE=false is HEARTBEAT_DECISION=whole now") == 1


def test_serve_says_at_its_start_which_plug_ins_cannot_be_used(
    demo: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTBEAT_PLUGINS", "calm")
    serving = Serve(demo)
    try:
        line = serving.until("failed")
    finally:
        code, err = serving.end()
    said = (
        'HEARTBEAT_PLUGINS: "calm" is not installed; allowed: all, or some of: none, since none is installed'
    )
    assert "failed/plugin" in line
    assert said in line
    assert code == 0
    assert f"plug-in left out: {said}" in err.splitlines()[0]


@pytest.mark.parametrize("lost", ["home", "database", "checkpoints"])
def test_a_database_that_is_lost_ends_it_in_one_sentence(demo: World, lost: str) -> None:
    demo.store.close()
    path = demo.settings.checkpoints_path if lost == "checkpoints" else demo.settings.database_path
    serving = Serve(demo)
    try:
        serving.until("The timer")
        if lost == "home":
            shutil.rmtree(demo.settings.home)
        else:
            copy = path.with_name("copy.db")
            shutil.copy(path, copy)
            copy.rename(path)
        before = path.exists() and path.read_bytes()
        code, err = serving.end_by_itself()
    finally:
        serving.end()
    assert code == 1
    assert err.splitlines()[-1].startswith(f"heartbeat: {path} was removed or replaced while it was in use.")
    assert "Traceback" not in err
    assert (path.exists() and path.read_bytes()) == before, "nothing was made or written in its place"
