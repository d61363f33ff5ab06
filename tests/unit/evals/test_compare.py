"""What was read from a line is compared with its gold field by field."""

from __future__ import annotations

from typing import Any

import pytest

from evals.plan.compare import compare
from evals.plan.lines import READ_AT, GoldRule, Line, load_lines
from heartbeat.plan import LineRole, Rule
from heartbeat.plan.compare import Comparison

TELL: dict[str, Any] = {"do": "tell", "when": "item", "question": "Is it urgent?", "about": ["mail"]}
POST: dict[str, Any] = {"do": "post", "when": "new", "count": 3, "about": ["forum"]}


def _line(*gold: dict[str, Any], **values: Any) -> Line:
    return Line.model_validate({"id": "one", "language": "en", "line": "As it is.", "gold": gold, **values})


def _read(*rules: dict[str, Any]) -> list[Rule]:
    return [GoldRule.model_validate(values).rule("rule-1", "As it is.", READ_AT) for values in rules]


def test_another_wording_and_once_an_item_count_as_right() -> None:
    read = _read({**TELL, "question": "Must it be read today?", "how": "shortly", "limits": ["once an item"]})
    assert compare(_line(TELL), read) == Comparison(do=True, whole=True)


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        ({"do": "note"}, "do"),
        ({"when": "always", "question": None}, "when"),
        ({"open": True}, "open"),
        ({"about": ["mail", "forum"]}, "about"),
        ({"places": ["work"]}, "places"),
        ({"days": ["mon"]}, "days"),
        ({"at": ["08:00"]}, "at"),
        ({"every_hours": 2}, "every_hours"),
        ({"limits": ["once a day"]}, "limits"),
        ({"unless": ["is it old"]}, "unless"),
        ({"unless_days": ["sun"]}, "unless_days"),
        ({"where": "general"}, "where"),
        ({"free": True}, "free"),
        ({"until_next": True}, "until_next"),
    ],
)
def test_each_field_is_compared(read: dict[str, Any], wrong: str) -> None:
    found = compare(_line(TELL), _read({**TELL, **read}))
    assert found == Comparison(do=wrong != "do", whole=False, wrong=(wrong,))


def test_a_count_is_compared_where_the_occasion_is_the_same() -> None:
    assert compare(_line(POST), _read({**POST, "count": 4})).wrong == ("count",)
    gold = {**POST, "also": {"when": ["always"]}}
    assert compare(_line(gold), _read({"do": "post", "when": "always", "about": ["forum"]})).whole


def test_a_vote_need_not_say_that_it_is_about_the_forum() -> None:
    vote = {**TELL, "do": "vote_up", "about": ["forum"]}
    assert compare(_line(vote), _read({**vote, "about": []})).whole
    assert compare(_line(vote), _read({**vote, "about": ["mail"]})).wrong == ("about",)
    assert compare(_line(TELL), _read({**TELL, "about": []})).wrong == ("about",)


def test_other_values_count_as_right() -> None:
    gold = {**TELL, "unless_days": ["sun"], "also": {"unless_days": [[]], "days": [["mon", "tue"]]}}
    assert compare(_line(gold), _read({**TELL, "days": ["tue", "mon"]})).whole
    assert compare(_line(gold), _read({**TELL, "days": ["tue"]})).wrong == ("days",)


def test_rules_may_come_in_another_order_but_not_in_another_number() -> None:
    line = _line(TELL, POST)
    assert compare(line, _read(POST, TELL)).whole
    assert compare(line, _read(TELL)) == Comparison(do=False, whole=False, wrong=("rules",))


def test_a_quiet_line_has_no_rule_and_its_role() -> None:
    values = {"id": "one", "language": "en", "line": "Look at the mail.", "quiet": "look"}
    line = Line.model_validate(values)
    assert compare(line, [], LineRole.LOOK) == Comparison(do=True, whole=True)
    assert compare(line, [], LineRole.STYLE) == Comparison(do=True, whole=False, wrong=("role",))
    assert not compare(line, _read(TELL)).do
    said = Line.model_validate({**values, "said": "2026-03-03T14:20:00+01:00"})
    assert compare(said, [], LineRole.STYLE).whole


def test_another_reading_counts_too() -> None:
    line = _line(TELL, also=[{"quiet": "look"}])
    assert compare(line, [], LineRole.LOOK).whole
    assert compare(line, _read(TELL)).whole


def test_every_accepted_reading_of_the_written_lines_is_right() -> None:
    for _, line in load_lines():
        for reading in line.readings:
            assert compare(line, line.rules_of(reading), reading.quiet).whole, line.id
