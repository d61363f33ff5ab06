"""What `evaluate` is given besides the plan: the items, what was done before, verdicts, and the time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from heartbeat.feed import Item
from heartbeat.history import History
from heartbeat.plan.times import MAKE_UP
from heartbeat.plan.verdict import Verdict


def _always(_: datetime) -> bool:
    return True


@dataclass(frozen=True)
class Situation:
    """The moment at which a plan is evaluated.

    ``items`` are all that the thread sees and could act on, in the order in which they came; ``new`` of an item means
    new to the thread. ``verdicts`` answer questions, by question and digest of the item. ``histories`` are by id of
    the rule, ``lacking`` says what rules need that the thread has not, by id. ``due_tasks`` are names of tasks.
    ``is_follow_up``: the beat only goes on with what the last one left. ``may_recheck``: the model was not asked for
    so long that it may be asked without anything new. ``owner_wrote_at`` is when the owner last wrote in the
    conversation, ``is_active`` returns whether an instant is within the active hours, and ``make_up`` is how long
    after an instant its rule is due.
    """

    now: datetime
    zone: ZoneInfo
    items: Sequence[Item] = ()
    verdicts: Mapping[tuple[str, str], Verdict] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    due_tasks: Collection[str] = ()
    is_follow_up: bool = False
    may_recheck: bool = False
    owner_wrote_at: datetime | None = None
    is_active: Callable[[datetime], bool] = _always
    make_up: timedelta = MAKE_UP

    def history(self, rule_id: str) -> History:
        """Return what is known of a rule."""
        return self.histories.get(rule_id, History())

    @property
    def local(self) -> datetime:
        """The local time."""
        return self.now.astimezone(self.zone)
