"""Whole files in the shapes that owners write: every line is in the plan, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.plan.assemble import Kept, assemble
from heartbeat.plan.lines import divide, plan_lines
from heartbeat.plan.needs import Known
from heartbeat.plan.problems import Times
from heartbeat.plan.reading import Reading
from heartbeat.plan.rule import RuleBody, When
from heartbeat.plan.view import PlanView, view
from heartbeat.plan.words import About, Do, LineRole, WhenKind
from tests.unit.heartbeat.plan.build import NOW, READ, UTC
from tests.unit.heartbeat.plan.files import FILES, File

BARE = Known(takes={"forum": {"post", "comment", "vote_up", "vote_down"}}, boards=("general", "heartbeat"))
"""A workspace to which nothing is connected."""
TIMES = Times(UTC, NOW, lambda _: True)


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_every_line_of_a_file_is_found(file: File) -> None:
    found = plan_lines(file.text)
    titles = [(f"task {line.task}",) if line.task else line.above for line in found]
    assert [(line.number, line.text, above) for line, above in zip(found, titles, strict=True)] == file.lines


def _reads(do: str, kind: WhenKind = WhenKind.ALWAYS, *about: About) -> Reading:
    question = "Is it urgent?" if kind == WhenKind.ITEM else None
    return Reading(rules=(RuleBody(when=When(kind=kind, question=question), do=do, about=about),))


MAIL = _reads(Do.TELL, WhenKind.ITEM, About.MAIL)
STATES = st.sampled_from([None, Kept(None, READ), Kept(Reading(role=LineRole.LOOK), READ), Kept(MAIL, READ)])


@given(st.sampled_from(list(FILES.values())), st.data())
def test_a_line_is_a_rule_quiet_unread_or_a_problem(file: File, data: st.DataObject) -> None:
    divided = divide(file.text)
    states = {line.id: data.draw(STATES) for line in divided.read}
    kept = {line_id: state for line_id, state in states.items() if state is not None}
    shown = view(file.text, assemble(divided, kept, (), BARE), TIMES)
    there = [rule.line_id for rule in shown.rules]
    there += [each.line_id for each in shown.quiet] + [each.line_id for each in shown.unread]
    failed = [line for line in divided.read if (state := kept.get(line.id)) is not None and state.failed]
    assert sorted([*there, *(line.id for line in failed)]) == sorted(states)
    assert {line.number for line in failed} <= {problem.line for problem in shown.problems}
    assert {rule.line for rule in shown.rules} <= {problem.line for problem in shown.problems}


def _shown(text: str, *readings: Reading) -> PlanView:
    divided = divide(text)
    kept = {
        line.id: Kept(reading, NOW - timedelta(days=1))
        for line, reading in zip(divided.read, readings, strict=True)
    }
    return view(text, assemble(divided, kept, (), BARE), TIMES)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("## Repository\n- Look at `git status`\n- Changed: commit and push\n", [_reads(Do.OTHER), _reads(Do.OTHER)]),
        ("## Post\n- Look through all mailboxes\n- Urgent: tell me by text\n", [Reading(role=LineRole.LOOK), MAIL]),
        ("## Diary\n- Remind me two hours before\n", [_reads(Do.TELL, WhenKind.DUE, About.CALENDAR)]),
    ],
    ids=["a shell", "mail", "a calendar"],
)  # fmt: skip
def test_a_file_that_asks_for_what_cannot_be_done_has_problems(text: str, readings: list[Reading]) -> None:
    shown = _shown(text, *readings)
    assert not shown.is_sound
    assert all(problem.remedy for problem in shown.problems)
