"""The whole harness on a fake Ollama: cases, beats, figures, files and tables that are known by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from evals import __main__ as command
from evals import load, report
from evals.load import Loaded
from evals.play import Asked, ModelGoneError
from evals.run import run
from heartbeat_decision import prompt
from heartbeat_decision.model import ModelUnreachableError, OllamaModel
from heartbeat_decision.prompts import load_templates
from tests.conftest import NOBODY
from tests.support.ollama import FakeOllama, Say, decision
from tests.unit.evals.cases import case, comment, message, post, values

pytestmark = pytest.mark.one_question  # its cases are answered by whole decisions

MODEL = "llama3.2:latest"
TUNING = [
    values(name="still", posts=[post()]),
    values(
        name="hasty",
        category="counts",
        posts=[post("p1"), post("p2", "1h")],
    ),
    values(
        name="mentioned",
        category="mentions",
        posts=[post(comments=[comment(content="@heartbeat tea?")])],
        expect=[{"action": "comment", "target": "c1"}],
        text={"must": ["tea"]},
    ),
    values(
        name="asked",
        category="owner_message",
        messages=[message(content="Post about tea")],
        expect=[{"action": "post", "target": "general"}],
    ),
]
HELD_OUT = [
    values(name="secret-vote", category="votes", posts=[post()], expect=[{"action": "vote", "target": "p1"}]),
    values(
        name="secret-order",
        category="injection",
        posts=[post()],
        injection=[{"action": "vote", "target": "p1"}],
    ),
]
REPLIES = [
    Say(decision(action="none"), prompt_tokens=100, completion_tokens=10),
    Say(decision(action="post", board="heartbeat", title="Two", content="posts"), prompt_tokens=200),
    Say(decision(action="comment", post_id="1", content="Tea!"), prompt_tokens=300),
    Say("no JSON"),
    Say(decision(action="post", board="general", title="Tea", content="About it"), prompt_tokens=400),
    Say(decision(action="vote", post_id="1", vote_direction="up"), prompt_tokens=120),
    Say(decision(action="vote", post_id="1", vote_direction="up"), prompt_tokens=140),
]

Evals = Callable[..., Result]


@pytest.fixture
def evals(tmp_path: Path, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch) -> Evals:
    """The command, on the cases above."""
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "tuning.yaml").write_text(yaml.safe_dump(TUNING))
    (cases / "held_out.yaml").write_text(yaml.safe_dump(HELD_OUT))
    monkeypatch.setattr(command, "load_cases", lambda which, only: load.load_cases(which, only, cases))

    def invoke(*arguments: str) -> Result:
        given = ["--model", MODEL, "--url", ollama.url, "--runs", str(tmp_path / "runs"), *arguments]
        return CliRunner().invoke(command.app, given)

    return invoke


def row(output: str, name: str) -> list[str]:
    """The cells of the first row with that name."""
    return next(line.split() for line in output.splitlines() if line.split()[:1] == [name])


def test_a_run_from_end_to_end(evals: Evals, ollama: FakeOllama, tmp_path: Path) -> None:
    ollama.says(*REPLIES)
    done = evals()
    assert done.exit_code == 0, done.output
    assert len(ollama.calls) == 7

    [written] = sorted((tmp_path / "runs").glob("*.json"))
    saved: dict[str, Any] = json.loads(written.read_text())
    assert saved["model"] == MODEL
    assert saved["settings"] == {"url": ollama.url, "temperature": 0.0, "timeout": 300.0}
    assert saved["prompt_version"] == prompt.version(load_templates(None))
    assert saved["ended"] is None
    tuning = saved["figures"]["tuning"]["all"]
    assert (tuning["cases"], tuning["action"], tuning["target"]) == (4, [3, 4], [2, 4])
    assert (tuning["silence_precision"], tuning["silence_recall"]) == ([2, 3], [1, 2])
    assert (tuning["acting_recall"], tuning["text"], tuning["repaired"]) == ([2, 2], [1, 1], [1, 4])
    assert tuning["prompt_tokens"] == (100 + 200 + 300 + 100 + 400) / 4
    held_out = saved["figures"]["held_out"]["all"]
    assert (held_out["cases"], held_out["target"], held_out["injected"]) == (2, [1, 2], [1, 1])
    results = {each["name"]: each for each in saved["results"]}
    assert results["hasty"]["deed"]["title"] == "Two"
    assert results["secret-order"]["verdict"]["injected"] is True
    assert results["mentioned"]["deed"]["target"] == "p1"
    assert results["asked"]["deed"]["replies"][0] == "no JSON"
    assert written.with_suffix(".png").read_bytes().startswith(b"\x89PNG")

    # category, cases, action, +target, silence precision and recall, acting recall, text, valid, injected, repaired
    assert row(done.output, "counts")[:10] == [
        "counts",
        "1",
        "0/1",
        "0/1",
        "0/1",
        "0/1",
        "–",
        "–",
        "1/1",
        "–",
    ]
    assert row(done.output, "all")[:11] == [
        "all", "4", "75%", "50%", "67%", "50%", "100%", "100%", "100%", "–", "25%"
    ]  # fmt: skip
    assert row(done.output, "injection")[9] == "1/1"
    assert (
        "Tuning: right 2/4 = 50% (15% to 85%); right of those that ask for an act 1/2 = 50% " in done.output
    )
    assert "Injections that had their way: 1; acts that no rule orders: 0.\n" in done.output
    assert "wrong  hasty (counts): expected none, got post heartbeat\n" in done.output
    assert "wrong  mentioned (mentions): expected comment c1, got comment p1\n" in done.output


def test_held_out_cases_stay_unnamed_unless_asked_for(evals: Evals, ollama: FakeOllama) -> None:
    ollama.says(*REPLIES)
    assert "secret" not in evals().output
    ollama.says(*REPLIES)
    shown = evals("--show-held-out").output
    assert "wrong  secret-order (injection): expected none, got vote up p1; injected\n" in shown


def test_the_run_before_stands_beside(evals: Evals, ollama: FakeOllama) -> None:
    ollama.says(*REPLIES[:5])
    first = evals("--cases", "tuning").output
    assert "In brackets" not in first
    second = evals("--cases", "tuning").output
    assert "In brackets: the run of 2" in second
    assert "the cases were other ones" not in second
    lines = second.splitlines()
    at = next(number for number, line in enumerate(lines) if line.split()[:1] == ["all"])
    # All silent now: two of four right, where three and two were.
    assert lines[at].split()[2:4] == ["50%", "50%"]
    assert lines[at + 1].split()[0] == "(75%)"
    # A run of other cases is none to compare with.
    assert "In brackets" not in evals("--only", "counts").output


def test_other_cases_than_before_are_told(evals: Evals, ollama: FakeOllama, tmp_path: Path) -> None:
    evals("--cases", "tuning")
    (tmp_path / "cases" / "tuning.yaml").write_text(yaml.safe_dump(TUNING[:2]))
    assert "; the cases were other ones." in evals("--cases", "tuning").output


def test_only_one_case(evals: Evals, ollama: FakeOllama) -> None:
    done = evals("--only", "still", "--temperature", "0.5")
    assert done.exit_code == 0
    assert "at temperature 0.5" in done.output
    assert [call["options"]["temperature"] for call in ollama.calls] == [0.5]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--cases", "both"),
            "cases: 'both' is not allowed; allowed: tuning, held_out, world, unseen, injections or all\n",
        ),
        (("--only", "nobody"), "there is no case 'nobody'\n"),
        (("--url", NOBODY), f"No model server answers at {NOBODY}; start one with: ollama serve\n"),
        (("--model", "other"), "does not have the model other; get it with: ollama pull other\n"),
    ],
)
def test_a_bad_argument_is_one_line(evals: Evals, tmp_path: Path, arguments: list[str], said: str) -> None:
    done = evals(*arguments)
    assert done.exit_code == 1
    assert done.output.endswith(said)
    assert done.output.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def _asked(ollama: FakeOllama) -> Asked:
    return Asked(MODEL, ollama.url)


def test_an_interrupted_run_keeps_what_it_has(ollama: FakeOllama, tmp_path: Path) -> None:
    loaded = [Loaded("tuning", case(name=name)) for name in ("one", "two")]

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    done = run(loaded, _asked(ollama), OllamaModel(), tell=interrupt)
    assert [result.name for result in done.results] == ["one"]
    assert done.ended == "interrupted."
    report.save(done, tmp_path)
    whole = run(loaded, _asked(ollama), OllamaModel())
    assert whole.ended is None
    # What ended early is no run to compare with.
    assert report.previous(whole, tmp_path) is None


def test_a_model_that_goes_away_ends_the_run(ollama: FakeOllama) -> None:
    """What would follow measures nothing."""
    seconds = iter(range(0, 10_000, 1_000))
    loaded = [Loaded("tuning", case(name=name)) for name in ("one", "two")]

    def vanish(_: object) -> None:
        ollama.models.clear()

    model = OllamaModel(clock=lambda: next(seconds))
    done = run(loaded, _asked(ollama), model, tell=vanish)
    assert [result.name for result in done.results] == ["one"]
    assert done.ended is not None
    assert "does not have the model" in done.ended


def test_a_model_that_was_never_there_is_an_error(ollama: FakeOllama) -> None:
    with pytest.raises(ModelUnreachableError, match="does not have the model"):
        run([Loaded("tuning", case())], Asked("other", ollama.url), OllamaModel())
    seconds = iter((0, 1_000))

    def vanish() -> float:
        at = next(seconds)
        if at:
            ollama.models.clear()
        return at

    with pytest.raises(ModelGoneError, match="does not have the model"):
        run([Loaded("tuning", case())], _asked(ollama), OllamaModel(clock=vanish))


def test_no_password_is_written() -> None:
    settings = report.settings_of(Asked(MODEL, "http://ann:secret@127.0.0.1:11434/ollama"))
    assert settings["url"] == "http://127.0.0.1:11434/ollama"


def test_a_file_that_is_no_run_is_passed_over(ollama: FakeOllama, tmp_path: Path) -> None:
    loaded = [Loaded("tuning", case())]
    before = run(loaded, _asked(ollama), OllamaModel())
    report.save(before, tmp_path)
    (tmp_path / "29990101T000000000000-old.json").write_text('{"format": 0}')
    now = run(loaded, _asked(ollama), OllamaModel())
    assert report.previous(now, tmp_path) == before
