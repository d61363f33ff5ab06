"""The log: whose line it is, what about, and no secrets; as text for people and as JSON for programs."""

from __future__ import annotations

import ast
import json
import logging
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from heartbeat.errors import InvalidValueError
from heartbeat.log_context import LogContext, bind_log_context, log_context
from heartbeat.settings import load_settings
from heartbeat_service.logs import configure, handler_for
from tests.integration.http.site import serving
from tests.support.ollama import Say
from tests.support.paths import ROOT
from tests.support.world import World

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
logger = logging.getLogger("heartbeat")


@pytest.fixture(autouse=True)
def _loggers_as_they_were() -> Iterator[None]:
    root = logging.getLogger()
    before = list(root.handlers), root.level, logger.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    logger.setLevel(before[2])
    logging.captureWarnings(False)


class Written:
    """What a handler of some settings has written."""

    def __init__(self, **settings: Any) -> None:
        self.stream = StringIO()
        self.settings = load_settings(**settings)
        self.handler = handler_for(self.settings, self.stream)
        logger.addHandler(self.handler)
        logger.setLevel(logging.DEBUG)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Iterator[Written]:
    made = Written(log_format="json", **getattr(request, "param", {}))
    yield made
    logger.removeHandler(made.handler)


@pytest.fixture
def text() -> Iterator[Written]:
    made = Written()
    yield made
    logger.removeHandler(made.handler)


def test_a_line_of_json(written: Written) -> None:
    with bind_log_context("demo", 7):
        logger.warning("beat %d was lost", 7, extra={"action": "fence_lost", "seconds": 1.5, "reason": None})
    [line] = written.lines
    assert re.fullmatch(TIME, line.pop("time"))
    assert line == {
        "level": "WARNING",
        "message": "beat 7 was lost",
        "action": "fence_lost",
        "thread": "demo",
        "beat": 7,
        "seconds": 1.5,
    }


def test_a_line_of_text(text: Written) -> None:
    with bind_log_context("demo", 7):
        logger.warning("beat 7 was lost", extra={"action": "fence_lost", "why": 'it "slept"'})
    logger.info("outside")
    first, second = text.text.splitlines()
    shape = rf'{TIME} WARNING beat 7 was lost  action=fence_lost thread=demo beat=7 why="it \\"slept\\""'
    assert re.fullmatch(shape, first)
    assert re.fullmatch(rf"{TIME} INFO outside", second)


def test_an_exception_is_one_field(written: Written) -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logger.exception("it failed")
    [line] = written.lines
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("ValueError: first\nsecond")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_text_of_others_looks_like_a_line_of_its_own(form: str) -> None:
    written = Written(log_format=form)
    try:
        logger.warning("said: %s", "x\n2026-01-01 ERROR all is lost\x1b[31m\r", extra={"action": "a\nb"})
    finally:
        logger.removeHandler(written.handler)
    assert written.text.count("\n") == 1
    assert "\x1b" not in written.text
    assert "\r" not in written.text


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_masked_wherever_they_stand(form: str) -> None:
    own, known = "correct horse battery", "ghp_" + "a1" * 18
    written = Written(log_format=form, api_token=SecretStr(own))
    try:
        try:
            raise ValueError(f"Authorization: Bearer {known} and {own}")
        except ValueError:
            logger.exception(
                "used %s and %s", known, own, extra={"action": "x", "url": f"http://a:{known}@b/"}
            )
    finally:
        logger.removeHandler(written.handler)
    assert known not in written.text
    assert own not in written.text
    assert written.text.count("[secret]") >= 5


def test_each_of_several_addresses_is_masked() -> None:
    one, other = "tgram://12345/abcdef", "mailto://me:pw@example.org"
    written = Written(notify=SecretStr(f"{one}, {other}"))
    logger.warning("could not reach %s nor %s.", one, other)
    logger.removeHandler(written.handler)
    assert "could not reach [secret] nor [secret]." in written.text


def test_a_short_secret_does_not_tear_words_apart() -> None:
    written = Written(webhook_secret=SecretStr("a"))
    logger.warning("a bad day")
    logger.removeHandler(written.handler)
    assert "a bad day" in written.text


def test_values_that_json_does_not_know(written: Written) -> None:
    strange = {"name": "heartbeat", "msg": "half \ud800", "path": Path("x"), "many": {1}}
    written.handler.handle(logging.makeLogRecord(strange))
    [line] = written.lines
    assert (line["message"], line["path"], line["many"]) == ("half \ud800", "x", "{1}")


def test_who_knows_better_says_it(written: Written) -> None:
    with bind_log_context("demo", 7):
        logger.warning("another", extra={"thread_id": "other", "beat_id": 9})
    assert (written.lines[0]["thread"], written.lines[0]["beat"]) == ("other", 9)


def test_bearings_end_with_their_context() -> None:
    with bind_log_context("a", 1):
        with bind_log_context("b", None):
            assert log_context() == LogContext("b", None)
        assert log_context() == LogContext("a", 1)
    assert log_context() == LogContext()


@pytest.mark.one_question  # the model is asked at each beat
def test_every_line_inside_a_beat_says_whose_it_is(world: World, written: Written) -> None:
    """A node that fails in a thread of LangGraph's, with two threads beating at once."""
    for name in ("a", "b"):
        world.thread(name)

    def probe(point: str) -> None:
        if point == "inside:decide":
            logger.info("in the middle", extra={"action": "probe"})

    world.probe = probe
    world.ollama.default = Say(status=500, error="out of memory")
    with serving(world) as site:
        for name in ("a", "b"):
            site.post(f"/api/threads/{name}/heartbeat/run-now", {"wait": False}, 202)

        async def land() -> None:
            for beat_id in list(site.service.runner.in_flight):
                await site.service.runner.result_of(beat_id)

        site.run(land())
    by_beat = {1: "a", 2: "b"}
    lines = [line for line in written.lines if line.get("beat")]
    assert [line["thread"] for line in lines] == [by_beat[line["beat"]] for line in lines]
    for beat_id in by_beat:
        mine = [line for line in lines if line["beat"] == beat_id]
        assert [line["action"] for line in mine] == ["beat_started", "probe", "beat_finished"]
        end = mine[-1]
        assert (end["status"], end["reason"], end["trigger"]) == ("failed", "model_error", "manual")
        assert end["duration_seconds"] == 0
        assert end["message"].startswith("beat finished: The model gave no decision")
        assert {line["level"] for line in mine} == {"INFO"}


def test_a_beat_run_from_outside_says_whose_lines_it_writes(
    world: World, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("nodes.question.prompt.build", broken)
    world.thread()
    assert world.beat()["status"] == "failed"
    [line] = [each for each in written.lines if each["level"] == "ERROR"]
    assert (line["thread"], line["beat"], line["action"]) == ("demo", 1, "beat_failed")
    assert "ZeroDivisionError: a bug" in line["exception"]


def calls_of_the_log() -> Iterator[tuple[Path, ast.Call]]:
    for room in ("heartbeat", "heartbeat_decision", "nodes", "graph", "checkpoints", "heartbeat_service"):
        for path in (ROOT / room).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text())):
                if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                    continue
                name, level = call.func.value, call.func.attr
                if isinstance(name, ast.Name) and name.id == "logger" and level not in ("isEnabledFor",):
                    yield path, call


def test_every_call_names_its_action() -> None:
    found = list(calls_of_the_log())
    assert len(found) > 15
    for path, call in found:
        extra = next((word.value for word in call.keywords if word.arg == "extra"), None)
        keys = (
            [key.value for key in extra.keys if isinstance(key, ast.Constant)]
            if isinstance(extra, ast.Dict)
            else []
        )
        assert "action" in keys, f"{path}:{call.lineno}"


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({}, "WARNING"),
        ({"log_format": "json"}, "INFO"),
        ({"log_level": "debug"}, "DEBUG"),
        ({"log_format": "json", "log_level": "ERROR"}, "ERROR"),
    ],
)
def test_levels(given: dict[str, Any], level: str) -> None:
    configure(load_settings(**given))
    assert logging.getLevelName(logger.level) == level
    assert logging.getLevelName(logging.getLogger("httpx").getEffectiveLevel()) == "WARNING"


def test_configured_twice_is_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure(load_settings())
    configure(load_settings(log_format="json"))
    logging.getLogger("uvicorn.error").warning("from a library")
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["logger"] == "uvicorn.error"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [("LOG_FORMAT", "xml", "text or json"), ("LOG_LEVEL", "loud", "DEBUG, INFO, WARNING or ERROR")],
)
def test_a_bad_setting_names_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(f"HEARTBEAT_{name}", value)
    with pytest.raises(
        InvalidValueError, match=f"HEARTBEAT_{name}: '{value}' is not allowed; allowed: {allowed}"
    ):
        load_settings()
