"""The plan of a text: what was read, what people corrected, and who wins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from heartbeat.plan.assemble import Kept, assemble
from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import divide
from heartbeat.plan.needs import Known
from heartbeat.plan.reading import Reading
from heartbeat.plan.rule import PlacedBody, RuleBody, When
from heartbeat.plan.words import DecidedBy, Do, LineRole, WhenKind
from tests.unit.heartbeat.plan.build import NOW, READ

TEXT = "- When 3 posts are new, post on general.\n- Be kind.\n- Look around.\n"
KNOWN = Known(takes={"forum": {"post"}}, boards=("general",))
THREE = Kept(Reading(rules=(RuleBody(when=When(kind=WhenKind.NEW, count=3), do=Do.POST),)), READ)
KIND = Kept(Reading(role=LineRole.STYLE, unsure=True), READ)


def _correction(line_id: str, count: int, **given: object) -> Correction:
    body = PlacedBody(when=When(kind=WhenKind.NEW, count=count), do=Do.TELL)
    return Correction.model_validate(
        {"line_id": line_id, "text": "x", "rules": (body,), "at": NOW, "by": "ann", **given}
    )


def test_a_line_is_decided_unread_or_failed() -> None:
    divided = divide(TEXT)
    first, second, third = (line.id for line in divided.read)
    made = assemble(divided, {first: THREE, second: Kept(None, READ)}, (), KNOWN)
    (rule,) = made.plan.rules
    assert (rule.id, rule.line, rule.where, rule.read_at) == (f"{first}-1", 1, "general", READ)
    assert rule.text == "When 3 posts are new, post on general."
    assert [line.id for line in made.failed] == [second]
    assert [line.id for line in made.unread] == [third]
    made = assemble(divided, {second: KIND}, (), KNOWN)
    assert [(each.line, each.role) for each in made.plan.quiet] == [(2, LineRole.STYLE)]
    assert [(each.decided_by, each.unsure) for each in made.decided] == [(DecidedBy.MODEL, True)]


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 3),
        ({"file": 4}, 4),
        ({"file": 4, "workspace": 5}, 5),
        ({"workspace": 5, "file": 4}, 5),
        ({"thread": 6, "workspace": 5, "file": 4}, 6),
        ({"file": 4, "thread": 6}, 6),
    ],
)
def test_the_nearest_correction_wins(given: dict[str, int], count: int) -> None:
    divided = divide(TEXT)
    first = divided.read[0].id
    whose: dict[str, dict[str, object]] = {"file": {"by": None}, "workspace": {}, "thread": {"thread": "t"}}
    corrections = [_correction(first, number, **whose[name]) for name, number in given.items()]
    made = assemble(divided, {first: THREE}, corrections, KNOWN)
    assert [rule.when.count for rule in made.plan.rules] == [count]
    assert not made.dropped


def test_a_correction_needs_no_reading_and_keeps_its_own_names() -> None:
    divided = divide(TEXT)
    first = divided.read[0].id
    body = PlacedBody(when=When(kind=WhenKind.NEW), do=Do.POST, where="gone")
    made = assemble(divided, {}, [_correction(first, 1, rules=(body, body))], KNOWN)
    assert [rule.id for rule in made.plan.rules] == [f"{first}-1", f"{first}-2"]
    assert {rule.where for rule in made.plan.rules} == {"gone"}
    assert [(each.decided_by, each.by, each.at) for each in made.decided] == [
        (DecidedBy.CORRECTION, "ann", NOW)
    ]


def test_a_correction_lasts_as_long_as_its_line() -> None:
    divided = divide(TEXT)
    kept = [_correction(divided.read[0].id, 5, by=None)]
    moved = assemble(divide("- Something new.\n" + TEXT.replace("Be kind", "Be brief")), {}, kept, KNOWN)
    assert [(rule.line, rule.when.count) for rule in moved.plan.rules] == [(2, 5)]
    assert moved.decided[0].decided_by == DecidedBy.FILE
    changed = assemble(divide(TEXT.replace("3", "4")), {}, kept, KNOWN)
    assert changed.dropped == tuple(kept)
    assert not changed.plan.rules


def test_a_reading_of_a_line_that_is_gone_makes_no_rule() -> None:
    first = divide(TEXT).read[0].id
    assert not assemble(divide("- Be kind.\n"), {first: THREE}, (), KNOWN).plan.rules
    assert THREE.read_at == NOW - timedelta(days=30)
