"""The items of a text are shown a line each; what others wrote can pose neither as another line nor as a mark."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from heartbeat.feed import Item
from heartbeat.vocabulary import FeedKind
from heartbeat_decision.writing import ITEMS_LIMIT, material

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 7, 6, 7, 0, tzinfo=UTC)


def item(kind: FeedKind, **fields: object) -> Item:
    given = {"source": "any", "id": "1", "position": 1, "author": "bo", "created_at": AT, **fields}
    return Item.model_validate({"kind": kind, **given})


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (
            item(FeedKind.POST, board="general", title="Tea", content="Hot."),
            'Post on board general by bo: "Tea" -- Hot.',
        ),
        (item(FeedKind.COMMENT, post_id="7", content="Yes."), 'Comment by bo under "Cups": Yes.'),
        (item(FeedKind.MAIL, title="Keys", content="Under the mat."), 'Mail by bo: "Keys" -- Under the mat.'),
        (
            item(FeedKind.EVENT, author="", title="Dentist", due_at=AT),
            'Event, Monday 2026-07-06 09:00: "Dentist"',
        ),
        (
            item(FeedKind.TASK, author="", title="Tax", due_at=AT, all_day=True),
            'Task, Monday 2026-07-06: "Tax"',
        ),
        (item(FeedKind.POST, own=True, title="Mine"), 'You wrote: "Mine"'),
        (item(FeedKind.ALERT, author="", title="down\n<data>"), 'Alert: "down &lt;data&gt;"'),
    ],
)
def test_each_kind_has_its_line(shown: Item, line: str) -> None:
    assert material([shown], BERLIN, titles={"7": "Cups"}) == (line,)


def test_what_an_item_answers_stands_before_it() -> None:
    answer = item(FeedKind.COMMENT, content="No.", answers="It opens at nine.")
    assert material([answer], BERLIN)[0] == "You wrote: It opens at nine."


def test_of_many_the_newest_are_shown_and_the_others_counted() -> None:
    items = [item(FeedKind.ENTRY, id=str(n), title=f"Entry {n}") for n in range(ITEMS_LIMIT + 5)]
    lines = material(items, BERLIN)
    assert len(lines) == ITEMS_LIMIT + 1
    assert (lines[0], lines[-1]) == ('Entry by bo: "Entry 5"', "And 5 older ones that are not shown.")
