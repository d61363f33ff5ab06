"""eval: how many of the corrected lines a model reads as their owner says, without changing anything."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import Cli, Once
from tests.support.line_reading import Reads
from tests.support.ollama import FakeOllama, Say

TEXT = """# Duties

- Tell me about bills.
- Sum up three new posts.
- Water the plants.

## Style

- Be brief.
"""
BILLS = {"question": "Is it a bill?", "how": "the sum"}
RIGHT: dict[str, Any] = {
    "bills": ("tell", "if", "mail", BILLS),
    "three new": ("post", "number", "forum", {"number": "at least 3", "how": "a summary"}),
    "plants": ("other", "always", "any", {}),
    "brief": "style",
}
OTHERS: dict[str, Any] = {
    **RIGHT,
    "bills": ("tell", "if", "mail", {"question": "Does it ask for money?", "how": "what it costs"}),
    "three new": ("post", "number", "forum", {"number": "at least 2", "how": "a summary"}),
}


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "HEARTBEAT.md"
    path.write_text(TEXT)
    return path


@pytest.fixture
def model(ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch) -> FakeOllama:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)
    ollama.models = ["llama3.2:latest", "other:7b"]
    ollama.reads = Reads(RIGHT)
    return ollama


@pytest.fixture
def confirmed(cli: Cli, text: Path, model: FakeOllama, once: Once) -> FakeOllama:
    """A workspace whose owner has confirmed three of four lines."""

    def commands() -> None:
        cli.fine("plan")
        cli.fine("plan", "confirm", "3", "4", "9", "--by", "ana")

    once("confirmed", commands)
    return model


def plain(said: str) -> str:
    return " ".join(said.split())


def test_a_model_that_reads_all_lines_as_confirmed(cli: Cli, confirmed: FakeOllama) -> None:
    said = plain(cli.fine("eval"))
    assert "llama3.2:latest reads 3 of 3 of your lines as you corrected them." in said
    assert "you said" not in said


def test_of_a_wrong_line_it_is_shown_what_was_said_and_what_was_read(cli: Cli, confirmed: FakeOllama) -> None:
    confirmed.reads = Reads(OTHERS)
    said = plain(cli.fine("eval", "--model", "other:7b"))
    assert "other:7b reads 2 of 3 of your lines as you corrected them." in said
    assert "line 4 Sum up three new posts. you said When 3 or more posts" in said
    assert "it read When 2 or more posts" in said
    assert "Is it a bill?" not in said, "another wording is not wrong"
    assert "beats follow what llama3.2:latest reads" in said


def test_lines_that_nobody_confirmed_are_named_and_not_counted(cli: Cli, confirmed: FakeOllama) -> None:
    said = plain(cli.fine("eval"))
    head, _, open_ = said.partition(
        "Not confirmed, so not counted; say if right: heartbeat plan confirm LINE"
    )
    assert "plants" not in head
    assert "line 5 Water the plants. it read" in open_
    assert "the plan Once" not in open_
    confirmed.reads = Reads({**RIGHT, "plants": "look"})
    open_ = plain(cli.fine("eval"))
    assert "it read only tells to look; asks for nothing the plan Once a day" in open_


def test_a_trial_changes_nothing_that_beats_follow(cli: Cli, confirmed: FakeOllama) -> None:
    before = cli.json("plan")
    confirmed.reads = Reads(OTHERS)
    cli.fine("eval", "--model", "other:7b")
    asked = len(confirmed.readings)
    after = cli.json("plan")
    assert (after["rules"], after["quiet"]) == (before["rules"], before["quiet"])
    assert after["reading"]["model"] == "llama3.2:latest"
    assert len(confirmed.readings) == asked, "the plan is still read"


def test_what_it_took_is_told(cli: Cli, confirmed: FakeOllama) -> None:
    before = len(confirmed.readings)
    said = plain(cli.fine("eval"))
    calls = len(confirmed.readings) - before
    assert "Reading 4 lines took " in said
    assert " s a line, and 0 s of that went into prompts: " in said
    assert f"{calls} calls of the model, {100 * calls:,} tokens in prompts" in said


def test_json_is_all_on_stdout(cli: Cli, confirmed: FakeOllama) -> None:
    confirmed.reads = Reads(OTHERS)
    found = cli.json("eval", "--model", "other:7b")
    assert (found["model"], found["ended"], found["problem"]) == ("other:7b", "read", None)
    assert (found["corrected"], found["compared"], found["right"], found["right_act"]) == (3, 3, 2, 3)
    assert [(each["line"], each["right"], each["wrong"]) for each in found["lines"]] == [
        (3, True, []),
        (4, False, ["count"]),
        (5, None, []),
        (9, True, []),
    ]
    assert found["lines"][1]["said"] != found["lines"][1]["read"]
    assert found["lines"][1]["said_by"] == "ana"
    assert found["calls"] > 0
    assert found["seconds_per_line"] >= 0


def test_another_server_can_be_asked(
    cli: Cli, confirmed: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", "http://127.0.0.1:9")
    assert "reads 3 of 3" in plain(cli.fine("eval", "--url", confirmed.url))
    shown = cli("eval")
    assert shown.exit_code == 1
    assert "The model gave no reply, so none of 3 corrected lines could be compared" in plain(shown.stdout)
    assert "127.0.0.1:9" in shown.stderr


def test_without_a_corrected_line_it_says_what_to_do_and_asks_nothing(
    cli: Cli, text: Path, model: FakeOllama
) -> None:
    shown = cli("eval")
    assert shown.exit_code == 1
    assert "nothing to compare with" in shown.stdout
    assert "heartbeat plan confirm" in shown.stdout
    assert json.loads(cli("eval", "--json").stdout)["corrected"] == 0
    assert model.readings == []


def test_a_correction_of_a_thread_and_the_file_of_the_workspace_count(
    cli: Cli, text: Path, model: FakeOllama, tmp_path: Path
) -> None:
    cli.fine("init")
    text.write_text(TEXT)
    shipped = {"version": 1, "lines": [{"line": "Be brief.", "under": ["Duties", "Style"], "role": "style"}]}
    (tmp_path / "HEARTBEAT.plan.json").write_text(json.dumps(shipped))
    assert cli.json("eval")["right"] == 1
    assert "reads 1 of 1 of your lines as HEARTBEAT.plan.json has them." in plain(cli.fine("eval"))
    cli.fine("plan", "correct", "3", "--nothing", "about", "--by", "ana")
    said = plain(cli.fine("eval"))
    assert "reads 1 of 2 of your lines as you or HEARTBEAT.plan.json have them." in said
    cli.fine("plan", "correct", "3", "--back")
    cli.fine("plan", "correct", "9", "--nothing", "about", "--by", "ana", "--thread", "default")
    assert cli.json("eval")["right"] == 1
    found = cli.json("eval", "--thread", "default")
    assert (found["compared"], found["right"], found["lines"][-1]["wrong"]) == (1, 0, ["role"])


def test_a_file_in_place_of_the_workspaces(cli: Cli, confirmed: FakeOllama, tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Duties\n\n- Tell me about bills.\n- Sing.\n")
    found = cli.json("eval", "--file", "other.md")
    assert [(each["text"], each["right"]) for each in found["lines"]] == [
        ("Tell me about bills.", True),
        ("Sing.", None),
    ]


def test_a_line_whose_answers_make_no_rule_is_wrong_and_says_why(cli: Cli, confirmed: FakeOllama) -> None:
    confirmed.reads = Reads({**RIGHT, "bills": "banana"})
    said = plain(cli.fine("eval"))
    assert "reads 2 of 3" in said
    assert "it read nothing: 'banana' is not one of:" in said


@dataclass
class Stopping:
    """Answers as it was told, and interrupts the command when it is asked so often."""

    after: int
    reads: Reads = field(default_factory=lambda: Reads(RIGHT))
    asked: int = 0

    def __call__(self, body: Mapping[str, Any]) -> Say:
        self.asked += 1
        if self.asked == self.after:
            os.kill(os.getpid(), signal.SIGINT)
        return self.reads(body)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl+C does what it does in a process that has just started, whatever the process of the tests has set."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupted_one_shows_what_is_there_and_says_so(cli: Cli, confirmed: FakeOllama) -> None:
    # What asks for nothing is known after two questions about each line, a rule only after five.
    confirmed.reads = Stopping(after=10)
    shown = cli("eval")
    assert shown.exit_code == 1
    said = plain(shown.stdout)
    assert "reads 1 of 1 of your lines as you corrected them." in said
    assert "It was stopped, so 2 more corrected lines are not counted." in said


@pytest.mark.usefixtures("ctrl_c")
def test_one_that_is_interrupted_at_once_says_how_far_it_came(cli: Cli, confirmed: FakeOllama) -> None:
    confirmed.reads = Stopping(after=2)
    said = plain(cli("eval").stdout)
    assert "It was stopped, so none of 3 corrected lines could be compared with llama3.2:latest." in said
    assert re.search(r"2 calls of the model took \d+ s, too few to read a line\.", said)


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--model", "two words", "without spaces"),
        ("--model", "", "without spaces"),
        ("--url", "ftp://x", "http"),
    ],
)
def test_what_is_asked_wrongly_is_named(
    cli: Cli, confirmed: FakeOllama, option: str, value: str, allowed: str
) -> None:
    said = cli.refused("eval", option, value)
    assert said.startswith(f"{option}: ")
    assert allowed in said


class TestConfirming:
    def test_what_was_read_is_kept_whatever_model_reads_later(self, cli: Cli, confirmed: FakeOllama) -> None:
        [rule] = [rule for rule in cli.json("plan")["rules"] if rule["line"] == 4]
        assert (rule["decided_by"], rule["by"], rule["when"]["count"]) == ("correction", "ana", 3)

    def test_a_line_that_is_corrected_stays_so(self, cli: Cli, confirmed: FakeOllama) -> None:
        said = cli.fine("plan", "confirm", "4", "--by", "bo")
        assert "corrected by ana" in said

    def test_a_line_that_is_not_read_cannot_be(self, cli: Cli, text: Path) -> None:
        assert "nothing is read yet" in cli.refused("plan", "confirm", "3")
        assert "there is no line '99'" in cli.refused("plan", "confirm", "99")
