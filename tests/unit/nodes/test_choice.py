"""What the text of a rule tells of, and what is only named below it."""

from __future__ import annotations

import pytest

from heartbeat.plan import Finding, RuleState, WhenKind
from nodes.choice import Choice
from tests.unit.heartbeat.plan.build import item, rule

ITEMS = tuple(item(number) for number in range(25))


def choice(kind: WhenKind, left_out: int = 0) -> Choice:
    found = Finding(rule(kind), RuleState.DUE, ITEMS, left_out=ITEMS[:left_out])
    return Choice(found, ITEMS)


@pytest.mark.parametrize(("left_out", "untold"), [(0, 5), (3, 2), (10, 0)])
def test_what_a_rule_uses_up_and_its_writer_is_not_shown_is_listed(left_out: int, untold: int) -> None:
    chosen = choice(WhenKind.NEW, left_out)
    assert chosen.told == ITEMS[left_out + untold :]
    assert chosen.listed == ITEMS[: left_out + untold]
    assert chosen.untold == untold


def test_what_is_there_at_a_slot_is_not_used_up() -> None:
    assert choice(WhenKind.ALWAYS).listed == ()
