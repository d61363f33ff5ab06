"""What follows a try to deliver: it has arrived, is tried again, looked for at the target, given up, or unknown.

The rules are those of docs/concepts.md. Nothing here reads a clock, a database or a network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from heartbeat.capabilities import Capabilities
from heartbeat.outgoing import TryResult
from heartbeat.vocabulary import DeliveryReason, DeliveryStatus, TryEnd

LADDER = (
    timedelta(seconds=30),
    timedelta(seconds=60),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=60),
)
"""How long to wait after the first, second, ... try that did not arrive; the last one repeats."""
LONGEST_WAIT = timedelta(days=1)
"""The longest Retry-After that is kept to."""
_SOON = timedelta(seconds=1)
DOWN_AFTER = 3
"""The number of tries in a row, of any delivery, without an answer after which a target is down."""
PROBE_EVERY = timedelta(hours=1)
"""How often one delivery is tried at a target that is down."""


@dataclass(frozen=True)
class Facts:
    """What is known of a delivery as one of its tries begins or ends.

    ``repeatable``: no try so far can have arrived. ``first_try``: when the earliest try began that can have, and so
    when the target may have seen the key first. ``searching``: this try looks for the delivery at the target.
    ``sends`` and ``searches`` count the tries of each sort so far, this one included once it has ended; searches only
    since the last send.
    """

    expires_at: datetime
    repeatable: bool = True
    first_try: datetime | None = None
    searching: bool = False
    sends: int = 0
    searches: int = 0


@dataclass(frozen=True)
class Next:
    """What becomes of a delivery.

    ``pending``: the next try, a search if ``searching``, is at ``next_try``. ``sending``: the try may begin now.
    """

    status: DeliveryStatus
    reason: DeliveryReason | None = None
    next_try: datetime | None = None
    searching: bool = False
    repeatable: bool = True
    first_try: datetime | None = None


def before_try(facts: Facts, capabilities: Capabilities, *, searchable: bool, now: datetime) -> Next:
    """Decide whether a delivery that is due may be sent now, is to be looked for first, or is over.

    Asked as late as possible, since a target may have forgotten the key while the delivery waited.
    """
    known = Next(DeliveryStatus.SENDING, repeatable=facts.repeatable, first_try=facts.first_try)
    if facts.searching and searchable and not facts.repeatable:
        return replace(known, searching=True)
    if now >= facts.expires_at:
        if searchable and not facts.repeatable:
            return _search(facts, now + _settling(capabilities))
        return give_up(facts, capabilities)
    last = _remembered_until(facts, capabilities, now)
    if facts.repeatable or (last is not None and now <= last):
        return known
    if searchable:
        return _search(facts, now + _settling(capabilities))
    return known if capabilities.repeat else _unknown(facts)


def after_try(
    facts: Facts, result: TryResult, capabilities: Capabilities | None, *, searchable: bool, now: datetime
) -> Next:
    """Decide what follows a try that has ended.

    A search ends `sent` if the delivery was found, `not_sent` if it is not there, and anything else if it is not
    known. ``capabilities`` are None while the target cannot be used.
    """
    if result.end == TryEnd.SENT:
        return Next(DeliveryStatus.SENT, repeatable=facts.repeatable, first_try=facts.first_try)
    if facts.searching:
        return _after_search(facts, result, capabilities, now)
    if result.end == TryEnd.REFUSED:
        return _after_refusal(facts, capabilities, searchable=searchable, now=now)
    if result.end == TryEnd.PERHAPS:
        facts = replace(facts, repeatable=False)
    elif facts.repeatable:
        facts = replace(facts, first_try=None)
    return _again(facts, result, capabilities, searchable=searchable, now=now)


def give_up(facts: Facts, capabilities: Capabilities | None) -> Next:
    """Return the end of a delivery whose time is over."""
    if facts.repeatable or (capabilities is not None and capabilities.repeat):
        return _failed(facts, DeliveryReason.EXPIRED)
    return _unknown(facts)


def retry_after(result: TryResult) -> timedelta | None:
    """Return how long the target wants to be left alone: a second to a day, or None if it did not say."""
    seconds = result.retry_after
    if seconds is None or math.isnan(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 1.0), LONGEST_WAIT.total_seconds()))


def _again(
    facts: Facts, result: TryResult, capabilities: Capabilities | None, *, searchable: bool, now: datetime
) -> Next:
    wanted = retry_after(result)
    wait = _step(facts.sends) if wanted is None else wanted
    if facts.repeatable or capabilities is None:
        return give_up(facts, capabilities) if now >= facts.expires_at else _pending(facts, now + wait)
    last = _remembered_until(facts, capabilities, now)
    if last is not None and now <= last and now < facts.expires_at:
        if now + wait > last and wanted is None:
            # Rather early than too late: once the key is forgotten, it cannot be sent again.
            wait = min(max((last - now) / 2, _SOON), last - now)
        if now + wait <= last:
            return _pending(facts, now + wait)
    if searchable:
        return _search(facts, now + max(_settling(capabilities), wanted or timedelta()))
    if capabilities.repeat and now < facts.expires_at:
        return _pending(facts, now + wait)
    return give_up(facts, capabilities)


def _after_search(facts: Facts, result: TryResult, capabilities: Capabilities | None, now: datetime) -> Next:
    if result.end == TryEnd.NOT_SENT:
        facts = replace(facts, repeatable=True, first_try=None)
        at = now + _step(facts.sends)
        return give_up(facts, capabilities) if now >= facts.expires_at else _pending(facts, at)
    if now >= facts.expires_at:
        return give_up(facts, capabilities)
    wanted = retry_after(result)
    return _search(facts, now + (_step(facts.searches) if wanted is None else wanted))


def _after_refusal(
    facts: Facts, capabilities: Capabilities | None, *, searchable: bool, now: datetime
) -> Next:
    # What is refused now may have been taken by an earlier try, before the account was locked.
    if facts.repeatable or (capabilities is not None and capabilities.repeat):
        return _failed(facts, DeliveryReason.REFUSED)
    if capabilities is not None and searchable:
        return _search(facts, now + _settling(capabilities))
    return _unknown(facts)


def _remembered_until(facts: Facts, capabilities: Capabilities, now: datetime) -> datetime | None:
    """Return the last instant at which a try may begin that still reaches the target while it knows the key."""
    safe = capabilities.remembers_keys - capabilities.time_limit
    if safe <= 0 or facts.first_try is None or facts.first_try > now:  # the clock was ahead
        return None
    return facts.first_try + timedelta(seconds=safe)


def _settling(capabilities: Capabilities) -> timedelta:
    return timedelta(seconds=max(capabilities.time_limit, capabilities.settles_after))


def _step(tries: int) -> timedelta:
    return LADDER[min(max(tries, 1), len(LADDER)) - 1]


def _pending(facts: Facts, at: datetime) -> Next:
    return Next(DeliveryStatus.PENDING, None, at, repeatable=facts.repeatable, first_try=facts.first_try)


def _search(facts: Facts, at: datetime) -> Next:
    return replace(_pending(facts, at), searching=True)


def _failed(facts: Facts, reason: DeliveryReason) -> Next:
    return Next(DeliveryStatus.FAILED, reason, repeatable=facts.repeatable, first_try=facts.first_try)


def _unknown(facts: Facts) -> Next:
    return Next(DeliveryStatus.UNKNOWN, repeatable=facts.repeatable, first_try=facts.first_try)
