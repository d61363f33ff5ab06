"""The plan as it is shown, with its problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from heartbeat.config import Config
from heartbeat.plan.assemble import Kept, assemble
from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import LINES_LIMIT, divide
from heartbeat.plan.needs import Known
from heartbeat.plan.problems import Times
from heartbeat.plan.reading import Reading
from heartbeat.plan.rule import Only, RuleBody, Unless, When
from heartbeat.plan.view import PlanView, ReadingView, plan_digest, view
from heartbeat.plan.words import About, DecidedBy, Do, LineRole, WhenKind
from tests.unit.heartbeat.plan.build import NOW, READ

KNOWN = Known(takes={"forum": {"post", "comment"}}, boards=("general",), unreached=("Telegram",), thread="t")
BERLIN = ZoneInfo("Europe/Berlin")
STYLE = Reading(role=LineRole.STYLE)


def _times(**config: Any) -> Times:
    return Times(BERLIN, NOW, Config.from_dict({"timezone": "Europe/Berlin", **config}).is_active)


def _reading(do: str = Do.POST, kind: WhenKind = WhenKind.ALWAYS, **given: Any) -> Reading:
    return Reading(rules=(RuleBody(when=When(kind=kind), do=do, **given),))


def _view(text: str, *readings: Reading | None, known: Known = KNOWN, times: Times | None = None) -> PlanView:
    divided = divide(text)
    pairs = zip(divided.read, readings, strict=False)
    kept: Mapping[str, Kept] = {line.id: Kept(reading, READ) for line, reading in pairs}
    return view(text, assemble(divided, kept, (), known), times or _times())


def test_every_line_is_shown_once() -> None:
    text = "# Agent\n- Post on general.\n- Be kind.\n- Look around.\n"
    shown = _view(text, _reading(), STYLE)
    (rule,) = shown.rules
    assert (rule.line, rule.text, rule.where, rule.decided_by) == (
        2,
        "Post on general.",
        "general",
        DecidedBy.MODEL,
    )
    assert rule.says == "Once a day, post on general."
    assert (rule.needs, rule.lacks) == (("a target that takes post on general",), ())
    assert [(each.line, each.role) for each in shown.quiet] == [(3, LineRole.STYLE)]
    assert [(each.line, each.text) for each in shown.unread] == [(4, "Look around.")]
    assert shown.problems == ()
    assert (shown.thread, shown.timezone, shown.reading.read, shown.reading.of) == (
        "t",
        "Europe/Berlin",
        2,
        3,
    )
    assert not shown.follows.beats
    assert PlanView.model_validate_json(shown.model_dump_json()) == shown


def _said(shown: PlanView) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.message) for problem in shown.problems]


MAIL = _reading(Do.TELL, WhenKind.NEW, about=(About.MAIL,))


NEVER = "The rule holds at no time at which the thread is active."


@pytest.mark.parametrize(
    ("line", "reading", "message"),
    [
        ("- Check the mail", MAIL, "No connection can see mail."),
        ("- Push to git", _reading(Do.OTHER, how="push to git"), "Nothing here can do this: push to git."),
        ("- Send it by Telegram", _reading(Do.OTHER), "Nothing here reaches Telegram."),
        ("- Alert me via Telegram", _reading(Do.TELL), "Nothing here reaches Telegram."),
        ("- Do it", None, "The model was asked what this line asks for, and none"),
        ("- Post at 9:00", _reading(only=Only(at=(540,))), "09:00 lies outside the active hours"),
        ("- Post at night", _reading(only=Only(start=60, end=120)), NEVER),
        ("- Post on Mondays", _reading(only=Only(days=(0,)), unless=Unless(days=(0,))), NEVER),
        ("- " + "x" * 1_001, STYLE, "This line is longer than 1,000 characters and is not read."),
        ("tasks:\n  - name: a\n    interval: 1 fortnight\n    prompt: b", STYLE, "Task 'a': interval"),
        ("```\nPost.", STYLE, "The fence ``` is never closed, so all text below it reads as code."),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_a_problem(line: str, reading: Reading | None, message: str) -> None:
    shown = _view(line, reading, times=_times(active_hours="10:00-18:00"))
    assert any(said.startswith(message) for _, said in _said(shown)), _said(shown)
    assert all(problem.line for problem in shown.problems)


def test_a_problem_says_what_to_do() -> None:
    shown = _view("- Check the mail", MAIL)
    assert [(each.line, each.remedy, each.is_warning) for each in shown.problems] == [
        (1, "Add one: heartbeat connections add mail mail", False)
    ]
    assert not shown.is_sound
    assert [lack.message for lack in shown.rules[0].lacks] == ["No connection can see mail."]
    warned = _view("- Alert me via Telegram", _reading(Do.TELL))
    assert warned.problems[0].remedy
    assert warned.is_sound


@pytest.mark.parametrize(
    "reading",
    [
        _reading(only=Only(at=(11 * 60,))),
        _reading(only=Only(start=9 * 60, end=11 * 60)),
        _reading(only=Only(every_hours=6)),
        _reading(Do.SILENT, only=Only(start=60, end=120)),
        _reading(only=Only(days=(5, 6)), unless=Unless(days=(5,))),
        _reading(Do.TELL),
    ],
)
def test_what_can_be_followed_is_none(reading: Reading) -> None:
    assert _said(_view("- Post something", reading, times=_times(active_hours="10:00-18:00"))) == []


def test_a_line_whose_reading_failed_is_shown_with_its_id() -> None:
    shown = _view("- Do it\n- Be kind.", None, STYLE)
    assert [(each.line_id, each.line, each.text) for each in shown.failed] == [
        (divide("- Do it").read[0].id, 1, "Do it")
    ]
    assert shown.unread == ()


def test_only_what_a_person_corrected_has_its_instant() -> None:
    divided = divide("- Be kind.\n- Be brief.\n- Look.")
    kind, brief, look = divided.read
    given = [
        Correction(line_id=kind.id, text=kind.text, role=LineRole.STYLE, at=NOW, by="ann"),
        Correction(line_id=brief.id, text=brief.text, role=LineRole.STYLE, at=NOW),
    ]
    shown = view("", assemble(divided, {look.id: Kept(STYLE, READ)}, given, KNOWN), _times())
    assert [(each.by, each.at) for each in shown.quiet] == [("ann", NOW), (None, None), (None, None)]


def test_lines_past_the_limit_are_named_once() -> None:
    text = "\n".join(f"- line {number}" for number in range(LINES_LIMIT + 2))
    assert _said(_view(text)) == [
        (LINES_LIMIT + 1, f"{LINES_LIMIT} lines are read; 2 from this one on are not.")
    ]


def _correction(text: str, at: datetime = NOW, **given: Any) -> Correction:
    return Correction(line_id="ab12cd34ef567890", text=text, role=LineRole.LOOK, at=at, **given)


def test_a_dropped_correction_is_named() -> None:
    elsewhere = _correction("Be loud.", by="bo", thread="other")
    given = [_correction("Be kind.", by="ann"), _correction("Be brief."), elsewhere]
    made = assemble(divide("- Look."), {}, given, replace(KNOWN, thread=None))
    shown = view("- Look.", made, _times(), faults=["HEARTBEAT.plan.json cannot be read."])
    assert [each.message for each in shown.dropped] == [
        "The line of this correction by ann is gone or has changed, so the correction no longer holds.",
        "The line of this entry of HEARTBEAT.plan.json is gone or has changed, so the entry no longer holds.",
    ]
    assert _said(shown) == [(None, "HEARTBEAT.plan.json cannot be read.")]


def test_progress_is_shown_as_given() -> None:
    progress = ReadingView(running=True, read=1, of=4, model="m", problem=None)
    assert view("", assemble(divide(""), {}, (), KNOWN), _times(), reading=progress).reading == progress


def test_the_digest_is_over_text_and_corrections() -> None:
    one, two = _correction("a", by="ann"), _correction("b", by="bo")
    digests = [
        plan_digest("x", ()), plan_digest("y", ()), plan_digest("x", [one]), plan_digest("x", [one, two]),
        plan_digest("x", [one.model_copy(update={"thread": "t"})]),
    ]  # fmt: skip
    assert len(set(digests)) == len(digests)
    assert plan_digest("x", [two, one]) == plan_digest("x", [one, two])
