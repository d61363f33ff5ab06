"""``heartbeat schedule``: show the next slots of a thread, with its own or other values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from sqlmodel import Session

from heartbeat.config import ALLOWED, Config, clean_overrides, effective_config
from heartbeat.errors import InvalidValueError
from heartbeat.schedule import Plan, parse_zone, upcoming
from heartbeat.schedule.window import format_minute
from heartbeat.store import threads
from heartbeat.store.effective import get_defaults
from heartbeat.text import utc
from heartbeat.threads import DEFAULT_THREAD
from heartbeat.vocabulary import ThreadStateName
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import print_json, say, say_table
from heartbeat_service.cli.text import interval, stamp
from heartbeat_service.cli.workspace import open_store, utc_now
from heartbeat_service.escaping import one_line
from heartbeat_service.thread_state import ThreadState
from heartbeat_service.thread_view import ThreadView, one_view

app = single_command()

_MOST = 1000
_SECOND = timedelta(seconds=1)
_HOURS = f"START-END that differ; START: {ALLOWED['active_hours.start']}; END: {ALLOWED['active_hours.end']}"


@app.command()
def schedule(
    thread: Annotated[
        str | None, typer.Argument(metavar="THREAD", help="Id of a thread; default: the workspace's config.")
    ] = None,
    every: Annotated[str | None, typer.Option(metavar="INTERVAL", help="As 90s, 30m, 1h30m, 4h, 1d.")] = None,
    active: Annotated[
        str | None, typer.Option(metavar="START-END", help="Active hours, as 08:00-23:00.")
    ] = None,
    tz: Annotated[str | None, typer.Option(metavar="ZONE", help="As Europe/Berlin.")] = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="INSTANT", help="As 2026-01-31T12:00:00Z; default: now.")
    ] = None,
    number: Annotated[str, typer.Option("-n", metavar="N", help="How many, 1 to 1000.")] = "10",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show the next due instants of a thread; options replace its own values.

    heartbeat schedule --every 4h --active 08:00-23:00 --tz Asia/Shanghai
    """
    asked = {
        **_field("every", "--every", every, ALLOWED["every"]),
        **_field("active_hours", "--active", active, _HOURS),
        **_field("timezone", "--tz", tz, ALLOWED["timezone"]),
    }
    count = _count(number)
    # The schedule has a resolution of one second.
    after = (utc_now() if begin is None else _instant(begin)).replace(microsecond=0)
    with open_store() as store:
        config = store.read(_effective, thread, asked)
        known = None if thread is None else store.read(one_view, thread, utc_now())
    plan = Plan.of(thread or DEFAULT_THREAD, config.every, config.active_hours, config.timezone)
    slots = upcoming(plan, after, count)
    if as_json:
        print_json(_view(slots, after, config, known))
        return
    if known is not None:
        _warn(known)
    if slots:
        say(f"{_rhythm(config)}, on the grid of thread {thread or DEFAULT_THREAD}, after {stamp(after)} UTC:")
        say_table(("#", "Local time", "UTC", "After"), _rows(slots, after, config), wide="Local time")
    if len(slots) < count:
        say(f"No due instant within 370 days after {stamp(slots[-1] if slots else after)} UTC.")


def _field(name: str, option: str, text: str | None, allowed: str) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        return clean_overrides({name: text})
    except InvalidValueError:
        raise _refused(option, text, allowed) from None


def _instant(text: str) -> datetime:
    with suppress(ValueError, OverflowError):
        given = datetime.fromisoformat(text)
        if given.utcoffset() is not None:
            return given.astimezone(UTC)
    allowed = "ISO 8601 with Z or an offset, as 2026-01-31T12:00:00Z or 2026-01-31T20:00:00+08:00"
    raise _refused("--from", text, allowed)


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= _MOST:
        raise _refused("-n", text, f"a whole number from 1 to {_MOST}")
    return int(text)


def _refused(option: str, text: str, allowed: str) -> InvalidValueError:
    return InvalidValueError(option, f"{option}: {text!r:.80} is not allowed; allowed: {allowed}")


def _effective(session: Session, thread: str | None, asked: dict[str, Any]) -> Config:
    """Return the config of a thread, or the defaults, with the given options applied."""
    if thread is None:
        return effective_config(get_defaults(session), asked)
    own = threads.config(session, threads.get(session, thread))
    return effective_config(own.to_dict(), asked)


def _view(slots: list[datetime], after: datetime, config: Config, known: ThreadView | None) -> dict[str, Any]:
    fields = config.to_dict()
    return {
        "slots": [utc(slot) for slot in slots],
        "from": utc(after),
        "thread_id": known.thread_id if known else None,
        "enabled": config.enabled,
        "paused_reason": known.paused_reason if known else None,
        "obstacles": [each.model_dump(mode="json") for each in _obstacles(known)] if known else [],
        **{name: fields[name] for name in ("every", "active_hours", "timezone")},
    }


def _warn(known: ThreadView) -> None:
    """Print what prevents these beats."""
    hindered = _obstacles(known)
    if any(each.until is None for each in hindered):
        say("None of these beats will happen as things are now.", "yellow")
    for each in hindered:
        say(one_line(each.told()), "yellow")


def _obstacles(known: ThreadView) -> list[ThreadState]:
    # The listed slots lie inside active hours, and a timer may be running by then.
    ignored = {ThreadStateName.QUIET, ThreadStateName.TIMER_SILENT}
    return [each for each in known.obstacles if each.name not in ignored]


def _rhythm(config: Config) -> str:
    hours = config.active_hours
    when = f"from {format_minute(hours.start)} to {format_minute(hours.end)}" if hours else "at all hours"
    return f"Every {interval(config.every)} {when} in {config.timezone}"


def _rows(slots: list[datetime], after: datetime, config: Config) -> Iterator[tuple[str, str, str, str]]:
    zone = parse_zone(config.timezone)
    for number, slot in enumerate(slots, 1):
        yield str(number), _local(slot.astimezone(zone)), stamp(slot), interval((slot - after) // _SECOND)


def _local(local: datetime) -> str:
    """Return ``Mon 2026-11-02 20:00:00 +08:00``."""
    text = local.isoformat(" ")
    return f"{local:%a} {text[:19]} {text[19:]}"
