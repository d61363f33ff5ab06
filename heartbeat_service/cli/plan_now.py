"""``heartbeat plan --now``: what a beat of a thread would do now."""

from __future__ import annotations

import asyncio

from rich.text import Text
from sqlmodel import Session

from heartbeat.errors import InvalidValueError
from heartbeat.settings import load_settings
from heartbeat.store import Store, threads
from heartbeat_service.cli.terminal import print_json, say, say_row
from heartbeat_service.cli.workspace import open_store
from heartbeat_service.escaping import one_line
from heartbeat_service.plan_now import NowView, plan_now
from nodes.services import Services

_WIDTH = 9
_NAMED = 10


def show_now(thread: str | None, *, as_json: bool) -> None:
    """Print what a beat of a thread would do now; without one of the only thread there is."""
    settings = load_settings()
    with open_store(settings) as store:
        services = Services.from_settings(settings, store=store)
        found = asyncio.run(plan_now(services, thread or _only(store)))
    if as_json:
        print_json(found.model_dump(mode="json"), indent=2)
    else:
        _show(found)


def _only(store: Store) -> str:
    """Return the only thread.

    Raises:
        InvalidValueError: there is another number of them; the message names some.
    """

    def ids(session: Session) -> list[str]:
        return [row.id for row in threads.every(session, limit=_NAMED + 1)]

    found = store.read(ids)
    if len(found) == 1:
        return found[0]
    if not found:
        raise InvalidValueError(
            "--thread", "--thread: there is no thread; make one: heartbeat threads add demo"
        )
    more = ", …" if len(found) > _NAMED else ""
    raise InvalidValueError("--thread", f"--thread: missing; allowed: {', '.join(found[:_NAMED])}{more}")


def _show(found: NowView) -> None:
    say(found.says, "bold")
    for obstacle in found.obstacles:
        remedy = f" Change that with: {obstacle.remedy}" if obstacle.remedy else ""
        say_row("by itself", f"{obstacle.sentence}{remedy}", width=_WIDTH, style="yellow")
    for rule in found.rules:
        left = "order" if rule.id.startswith("message-") else f"line {rule.line}"
        waiting = f" ({rule.waiting} waiting)" if rule.waiting else ""
        until = f", until {rule.until.astimezone():%Y-%m-%d %H:%M}" if rule.until else ""
        say_row(left, Text(one_line(rule.text), style="dim"), width=_WIDTH)
        say_row(
            "",
            Text(one_line(f"→ {rule.why}{until}{waiting}"), style="bold" if rule.chosen else ""),
            width=_WIDTH,
        )
        if rule.left_out:
            say_row("", Text(one_line(rule.left_out), style="yellow"), width=_WIDTH)
