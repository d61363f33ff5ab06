"""Written lines are read strictly, and keep their own rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.plan.lines import FOLDER, LineError, Loaded, load_lines, read_lines
from heartbeat.errors import InvalidValueError
from heartbeat.plan import About, Do, Limit, LineRole, WhenKind

NEWS: dict[str, Any] = {"do": "tell", "when": "new", "about": ["mail"]}


@pytest.fixture(scope="module")
def written() -> list[Loaded]:
    return load_lines()


def _file(folder: Path, *lines: dict[str, Any]) -> Path:
    path = folder / "lines.yaml"
    path.write_text(yaml.safe_dump(list(lines)))
    return path


def _line(**values: Any) -> dict[str, Any]:
    return {"id": "one", "language": "en", "line": "Tell me about new mail.", "gold": [NEWS], **values}


def _words(text: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())


def test_a_rule_is_read_from_its_flat_form(tmp_path: Path) -> None:
    gold = {
        "do": "post",
        "when": "due",
        "within": "45m",
        "about": ["calendar"],
        "places": ["diary"],
        "where": "general",
        "days": ["fri", "mon"],
        "from": "22:00",
        "to": "24:00",
        "limits": ["once an item"],
        "unless": ["is it private"],
        "unless_days": ["sun"],
        "how": "what begins",
    }
    (line,) = read_lines(_file(tmp_path, _line(gold=[gold], connections={"diary": "calendar"})))
    (rule,) = line.rules
    assert (rule.do, rule.when.kind, rule.when.within) == (Do.POST, WhenKind.DUE, 2_700)
    assert (rule.about, rule.places, rule.where) == ((About.CALENDAR,), ("diary",), "general")
    assert (rule.only.days, rule.only.start, rule.only.end) == ((0, 4), 1_320, 1_440)
    assert (rule.limits, rule.unless.questions, rule.unless.days) == ((Limit.ITEM,), ("is it private",), (6,))
    assert not rule.is_order
    assert line.is_beyond_forum


def test_a_message_is_an_order_from_when_it_was_said(tmp_path: Path) -> None:
    gold = {"do": "silent", "when": "always", "until_next": True}
    (line,) = read_lines(_file(tmp_path, _line(said="2026-03-03T14:20:00+01:00", gold=[gold])))
    (rule,) = line.rules
    assert rule.is_order
    assert rule.read_at.isoformat() == "2026-03-03T14:20:00+01:00"
    assert rule.until is not None
    assert rule.until.next_message


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"gold": []}, "a line has rules or is quiet: give gold or quiet"),
        ({"quiet": "look"}, "a line has rules or is quiet: give gold or quiet"),
        ({"colour": "red"}, "colour: unknown field"),
        ({"gold": [{"do": "tell", "when": "item"}]}, "gold 1: an item is chosen by a question"),
        (
            {"gold": [{"do": "tell", "when": "always", "at": ["25:00"]}]},
            "gold.0.at.0: '25:00' is not allowed",
        ),
        ({"gold": [{**NEWS, "where": "lab"}]}, "places, where: there is no 'lab'"),
        ({"gold": [{**NEWS, "until_next": True}]}, "until: only a message has one"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, values: dict[str, Any], said: str) -> None:
    with pytest.raises(LineError) as caught:
        read_lines(_file(tmp_path, _line(**values)))
    assert str(caught.value).startswith("lines.yaml, line 1 (one): ")
    assert said in str(caught.value)


def test_an_id_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "unseen").mkdir()
    _file(tmp_path / "unseen", _line(), _line())
    with pytest.raises(LineError, match="the id 'one' is given twice"):
        load_lines(folder=tmp_path)


def test_a_half_has_a_name() -> None:
    with pytest.raises(InvalidValueError, match="'seen' is not allowed; allowed: tuning, unseen or all"):
        load_lines("seen")


def test_there_are_enough_lines_of_each_kind(written: list[Loaded]) -> None:
    for half, least in (("tuning", 300), ("unseen", 80)):
        lines = [line for which, line in written if which == half]
        assert len(lines) >= least
        assert sum(line.language != "en" for line in lines) * 3 >= len(lines)
        assert sum(line.is_beyond_forum for line in lines) * 2 >= len(lines)
        assert any(line.said is not None for line in lines)


def test_no_unseen_line_is_looked_at_while_tuning(written: list[Loaded]) -> None:
    tuning = {_words(line.line) for half, line in written if half == "tuning"}
    unseen = [_words(line.line) for half, line in written if half == "unseen"]
    assert len(set(unseen)) == len(unseen)
    assert not tuning & set(unseen)


def test_each_unseen_file_says_what_it_is_for() -> None:
    for path in (FOLDER / "unseen").glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith(
            "# Written by somebody who does not tune; run once"
        )


@pytest.mark.parametrize("half", ["tuning", "unseen"])
def test_every_word_of_what_is_done_and_when_stands_in_both_halves(written: list[Loaded], half: str) -> None:
    gold = [rule for which, line in written if which == half for rule in line.gold]
    assert {rule.do for rule in gold} >= {str(word) for word in Do}
    assert {rule.when for rule in gold} >= set(WhenKind) - {WhenKind.TASK}
    assert {about for rule in gold for about in rule.about} >= set(About) - {About.CONVERSATION}
    assert {line.quiet for which, line in written if which == half} >= set(LineRole)


def test_each_place_of_a_rule_stands_in_its_line_or_above_it(written: list[Loaded]) -> None:
    for _, line in written:
        for rule in line.rules:
            for place in (*rule.places, *([rule.where] if rule.where else [])):
                assert place in "\n".join((*line.under, line.line)), line.id
