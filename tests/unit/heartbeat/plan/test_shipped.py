"""HEARTBEAT.plan.json: written readably, matched by words, and refused with one sentence for each fault."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from heartbeat.plan.assemble import assemble
from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import divide, plan_lines
from heartbeat.plan.needs import Known
from heartbeat.plan.rule import Only, PlacedBody, Unless, When
from heartbeat.plan.shipped import (
    MAX_BYTES,
    Shipped,
    parse_shipped,
    read_shipped,
    shipped_path,
    write_shipped,
)
from heartbeat.plan.words import About, DecidedBy, Do, Limit, LineRole, WhenKind
from tests.unit.heartbeat.plan.build import NOW

TEXT = """\
# Shop

- [ ] Say hello.
- Open the shop.
- Open the shop.

tasks:
  - name: digest
    interval: 1d
    prompt: Sum up.
"""
RULE = PlacedBody(
    when=When(kind=WhenKind.DUE, within=3_600),
    about=(About.CALENDAR,),
    only=Only(days=(0, 4), start=9 * 60, end=24 * 60),
    do=Do.POST,
    how="say that the shop opens",
    limits=(Limit.DAY,),
    unless=Unless(questions=("Is it a holiday?",), days=(4,)),
    places=("team",),
    where="general",
)
AT = PlacedBody(when=When(kind=WhenKind.ALWAYS), do=Do.TELL, only=Only(at=(545,)))


def _correction(line_id: str, **given: Any) -> Correction:
    return Correction.model_validate({"line_id": line_id, "text": "x", "at": NOW, "by": "ann", **given})


def _corrections() -> list[Correction]:
    hello, _, second, task = (line.id for line in plan_lines(TEXT))
    return [
        _correction(task, rules=(RULE,)),
        _correction(second, rules=(AT, RULE)),
        _correction(hello, role=LineRole.LOOK),
        _correction("gone", role=LineRole.LOOK),
    ]


def test_what_is_written_is_read_again() -> None:
    given = _corrections()
    text = write_shipped(plan_lines(TEXT), given)
    read = parse_shipped(text, NOW)
    assert read.faults == ()
    assert {each.line_id: (each.rules, each.role) for each in read.corrections} == {
        each.line_id: (each.rules, each.role) for each in given if each.line_id != "gone"
    }
    made = assemble(divide("- New.\n\n" + TEXT), {}, read.corrections, Known())
    assert [each.decided_by for each in made.decided] == [DecidedBy.FILE] * 3
    assert write_shipped(plan_lines(TEXT), reversed(given)) == text


def test_the_file_is_readable() -> None:
    hello, second, task = json.loads(write_shipped(plan_lines(TEXT), _corrections()))["lines"]
    assert hello == {"line": "Say hello.", "under": ["Shop"], "box": True, "role": "look"}
    assert (second["number"], second["rules"][0]) == (
        2,
        {"when": {"kind": "always"}, "only": {"at": ["09:05"]}, "do": "tell"},
    )
    assert (task["line"], task["task"]) == ("Sum up.", "digest")
    rule = task["rules"][0]
    assert rule["only"] == {"days": ["mon", "fri"], "start": "09:00", "end": "24:00"}
    assert rule["unless"] == {"questions": ["Is it a holiday?"], "days": ["fri"]}
    assert (rule["where"], rule["places"]) == ("general", ["team"])


def test_the_nearest_correction_is_written() -> None:
    first = plan_lines(TEXT)[0].id
    file, mine = _correction(first, by=None, role=LineRole.ABOUT), _correction(first, role=LineRole.STYLE)
    written = json.loads(write_shipped(plan_lines(TEXT), [mine, file]))
    assert [each["role"] for each in written["lines"]] == ["style"]


def _file(*lines: object) -> str:
    return json.dumps({"version": 1, "lines": lines})


def _rule(**given: object) -> dict[str, object]:
    return {"line": "x", "rules": [{"when": {"kind": "always"}, "do": "tell", **given}]}


FAULTS = {
    "no JSON": ("{", "HEARTBEAT.plan.json is no JSON at line 1"),
    "no object": (
        "[]",
        "HEARTBEAT.plan.json: [] is not allowed; allowed: an object with version and lines.",
    ),
    "an entry that is none": (
        _file("Be kind."),
        'HEARTBEAT.plan.json, entry 1: "Be kind." is not allowed; '
        "allowed: an object with line, and with rules or a role.",
    ),
    "entries that are none": (
        '{"version": 1, "lines": "Be kind."}',
        'HEARTBEAT.plan.json: lines: "Be kind." is not allowed; allowed: a list of up to 200 entries.',
    ),
    "times that are none": (
        _file(_rule(only="mornings")),
        'rule 1, only: "mornings" is not allowed; allowed: an object with days, with start and end, or with at or',
    ),
    "exceptions that are none": (
        _file(_rule(unless=["fri"])),
        'rule 1, unless: ["fri"] is not allowed; allowed: an object with questions or days.',
    ),
    "an end that is none": (
        _file(_rule(until="tomorrow")),
        'rule 1, until: "tomorrow" is not allowed; allowed: an object with instant or next_message.',
    ),
    "no instant": (
        _file(_rule(until={"instant": "tomorrow"})),
        'rule 1, until.instant: "tomorrow" is not allowed; allowed: an instant with its offset, like 2026-',
    ),
    "neither true nor false": (
        _file(_rule(until={"next_message": "soon"})),
        'rule 1, until.next_message: "soon" is not allowed; allowed: true or false.',
    ),
    "no occasion": (
        _file(_rule(when="often")),
        'rule 1, when: "often" is not allowed; allowed: an object with kind and what belongs to it.',
    ),
    "an unknown field of an entry": (
        _file({**_rule(), "rows": 1}),
        "entry 1: rows is unknown; allowed: line, under, task, box, number, rules, role.",
    ),
    "an unknown field of an occasion": (
        _file(_rule(when={"kind": "always", "often": True})),
        "rule 1, when.often is unknown; allowed: kind, count, counts, question, is_open, within, task.",
    ),
    "another version": ('{"version": 2}', "version: 2 is not allowed; allowed: 1."),
    "an unknown field": (
        '{"version": 1, "rows": []}',
        "HEARTBEAT.plan.json: rows is unknown; allowed: version, lines.",
    ),
    "no words": (
        _file({"role": "look"}),
        "HEARTBEAT.plan.json, entry 1: line: missing; allowed: the words of a line",
    ),
    "a role that is none": (
        _file({"line": "x", "role": "loud"}),
        'role: "loud" is not allowed; allowed: forbids, style, about, look.',
    ),
    "neither": (_file({"line": "x"}), "entry 1: a line has rules, or else a role."),
    "both": (_file({**_rule(), "role": "look"}), "a line has rules, or else a role."),
    "a day": (
        _file(_rule(only={"days": ["moon"]})),
        'entry 1: rule 1, only.days: "moon" is not allowed; allowed: a list of mon, tue',
    ),
    "a time": (
        _file(_rule(only={"at": ["25:00"]})),
        'rule 1, only.at: "25:00" is not allowed; allowed: a list of times like 09:05.',
    ),
    "an end": (
        _file(_rule(only={"start": "09:00", "end": "late"})),
        'only.end: "late" is not allowed; allowed: a time like 09:05, up to 24:00.',
    ),
    "half a window": (
        _file(_rule(only={"start": "09:00"})),
        "rule 1, only: a window has a start and an end that differ.",
    ),
    "hours": (
        _file(_rule(only={"every_hours": 5})),
        "every_hours: 5 is not allowed; allowed: 1, 2, 3, 4, 6, 8, 12.",
    ),
    "no question": (_file(_rule(when={"kind": "item"})), "rule 1, when: an item is chosen by a question."),
    "a kind": (
        _file(_rule(when={"kind": "often"})),
        'when.kind: "often" is not allowed; allowed: new, item, addressed',
    ),
    "an unknown field of a rule": (
        _file(_rule(colour="red")),
        "rule 1, colour is unknown; allowed: when, about, only, until, do, ",
    ),
    "twice": (_file(_rule(), _rule()), "entry 2: it stands there twice; the first holds."),
    "a rule that is none": (_file({"line": "x", "rules": ["post"]}), 'rule 1: "post" is not allowed'),
    "too deep": ("[" * 100_000, "HEARTBEAT.plan.json is nested too deep."),
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_sentence(text: str, fault: str) -> None:
    found = parse_shipped(text, NOW).faults
    assert len(found) == 1
    assert fault in found[0]
    assert found[0].endswith(".")
    assert "Input should" not in found[0]


def test_a_line_with_a_fault_leaves_the_others_alone() -> None:
    read = parse_shipped(
        _file({"line": "a", "role": "look"}, {"line": "b"}, "b", {"line": "c", "role": "style"}), NOW
    )
    assert [each.text for each in read.corrections] == ["a", "c"]
    assert len(read.faults) == 2


def test_a_file_beside_the_instructions_is_read(tmp_path: Path) -> None:
    path = shipped_path(tmp_path / "HEARTBEAT.md")
    assert path.name == "HEARTBEAT.plan.json"
    assert read_shipped(path) == Shipped()
    path.write_text("\ufeff" + _file({"line": "a", "role": "look"}), encoding="utf-8")
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert [(each.at, each.by, each.thread) for each in read_shipped(path).corrections] == [(NOW, None, None)]
    path.write_bytes(b'{"version": 1, "lines": ["\xff"]}')
    assert read_shipped(path).faults == ("HEARTBEAT.plan.json is not UTF-8 at byte 26; save it as UTF-8.",)
    path.write_bytes(b" " * (MAX_BYTES + 1))
    assert read_shipped(path).faults == ("HEARTBEAT.plan.json is larger than 1 MiB and is not read.",)
    path.unlink()
    path.mkdir()
    assert read_shipped(path).faults == ("HEARTBEAT.plan.json cannot be read: Is a directory.",)


def test_a_number_that_is_too_long_is_one_sentence() -> None:
    (fault,) = parse_shipped('{"version": ' + "1" * 5_000 + "}", NOW).faults
    assert fault.startswith("HEARTBEAT.plan.json cannot be read: ")


def test_what_a_file_says_is_masked_and_stands_on_one_line() -> None:
    key = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD"
    rule = {"do": "tell", "when": {"kind": "always"}, "how": f"\x1b[31mred\nwith {key}"}
    text = json.dumps({"version": 1, "lines": [{"line": f"Use {key}", "rules": [rule]}]})
    (correction,) = parse_shipped(text, NOW).corrections
    assert key not in correction.text
    assert "\x1b" not in correction.rules[0].how
    assert "\n" not in correction.rules[0].how
    assert key not in correction.rules[0].how
