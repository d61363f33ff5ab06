"""``heartbeat threads``: list, show, create, change and remove threads."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Annotated, Any

import typer
from sqlmodel import Session

from heartbeat.config import clean_overrides
from heartbeat.connections import Connections
from heartbeat.errors import ConflictError, InvalidValueError
from heartbeat.outflow import Check
from heartbeat.settings import load_settings
from heartbeat.sources import check_sources
from heartbeat.store import Store, approval_threads, threads, timer
from heartbeat.store.approval_views import StandingView, standing_view
from heartbeat.store.tables import Thread
from heartbeat.store.text import check_text
from heartbeat.targets import check_target
from heartbeat.text import count, sentence
from heartbeat.vocabulary import ThreadStateName
from heartbeat_service.cli.fields import read_fields
from heartbeat_service.cli.group import command_group
from heartbeat_service.cli.outflow import policy_of
from heartbeat_service.cli.terminal import outcome, print_json, say, say_row, say_table
from heartbeat_service.cli.text import age, interval
from heartbeat_service.cli.workspace import open_store, utc_now
from heartbeat_service.matching import Changed, change_matching
from heartbeat_service.thread_state import timer_obstacle
from heartbeat_service.thread_view import ThreadView, all_views, one_view, origins

app = command_group("Agent conversations, each with its own heartbeat.")

ThreadId = Annotated[str, typer.Argument(metavar="ID", help="1 to 64 of a-z, 0-9, _ and -.")]
Fields = Annotated[
    list[str],
    typer.Argument(metavar="FIELD=VALUE", help="Config fields; the value is JSON or text."),
]
OneOrMatch = Annotated[str | None, typer.Argument(metavar="[ID]", help="1 to 64 of a-z, 0-9, _ and -.")]
Match = Annotated[
    str | None,
    typer.Option(metavar="PATTERN", help="All threads whose ids match, such as 'team-*'; '*' for all."),
]
_NAMED = 20
"""Threads of which it is said why they were not changed."""
_STATES: dict[ThreadStateName, str] = {
    ThreadStateName.PAUSED: "paused",
    ThreadStateName.AWAITING_APPROVAL: "waits",
    ThreadStateName.BUDGET_EXHAUSTED: "budget",
    ThreadStateName.QUIET: "quiet",
}
"""Names in the list's status column of the states that its summary explains; those of the timer are printed below."""
AsJson = Annotated[bool, typer.Option("--json", help="JSON; for a list, one object a line.")]


@app.command("list")
def list_threads(as_json: AsJson = False) -> None:
    """List all threads with their last beat."""
    with open_store() as store:
        now = utc_now()
        views, state = store.read(all_views, now), store.read(timer.state)
    if as_json:
        for view in views:
            print_json(view.model_dump(mode="json"))
    elif not views:
        say("No threads yet; make one with: heartbeat threads add ID")
    else:
        columns = ("Thread", "Status", "Every", "Next", "Last beat", "Summary")
        say_table(columns, [_row(view, now) for view in views], wide="Summary")
        stopped = timer_obstacle(state, now)
        if stopped is not None:
            say(stopped.told(), "yellow")


@app.command()
def show(thread: ThreadId, as_json: AsJson = False) -> None:
    """Show one thread and its config, and where each value comes from."""
    with open_store() as store:
        view, came_from = store.read(one_view, thread, utc_now()), store.read(origins, thread)
        stands = store.read(standing_view, thread_id=thread)
    if as_json:
        print_json(view.model_dump(mode="json"), indent=2)
        return
    say_row("thread", view.thread_id, width=20)
    if view.title:
        say_row("title", view.title, width=20)
    say_row("status", view.status, width=20)
    for state in view.obstacles or [view.state]:
        say_row("state", state.told(), width=20)
    for each in view.approvals:
        if not each.holds_thread:
            say_row("waits", each.told(), width=20, style="magenta")
    if view.config_problem:
        say_row("problem", view.config_problem, width=20, style="yellow")
    say_row("next beat", _next(view, utc_now()), width=20)
    say_row("last beat", _last(view, utc_now()), width=20)
    if view.own_instructions:
        say_row("instructions", "its own, not the workspace's HEARTBEAT.md", width=20)
    for name, value in view.config.items():
        note = "" if came_from[name] == "default" else f"  ({came_from[name]})"
        say_row(name, f"{_plain(name, value)}{note}", width=20, style="")
        if name == "approval":
            _show_standing(stands)


@app.command()
def add(
    thread: ThreadId,
    fields: Fields = [],  # noqa: B006 - typer reads the default and never changes it
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
) -> None:
    """Create a thread."""
    config = read_fields(fields)
    with open_store() as store:
        check = _checked(store, config)
        store.write(threads.create, thread, utc_now(), title=title, config=config, check=check)
    say(f"Thread {thread} is there; try it with: heartbeat beat {thread} --dry-run")


@app.command("set")
def set_fields(
    thread: OneOrMatch = None,
    fields: Fields = [],  # noqa: B006 - typer reads the default and never changes it
    match: Match = None,
) -> None:
    """Change config fields of a thread, or of all that match; the others stay as they are.

    every=30m  model=null  fallback=rules  active_hours=08:00-23:00  target=forum,phone  approval=post,note
    sources=default,notes
    """
    # With --match there is no ID, and the first argument is a field.
    given = [thread, *fields] if match is not None and thread is not None else fields
    if not given:
        raise InvalidValueError("fields", "FIELD=VALUE: missing; allowed: fields such as every=30m")
    values = read_fields(given)
    with open_store() as store:
        check = _checked(store, values)
        if match is not None:
            clean_overrides(values)  # what is allowed in no thread is said once
            show_changed(
                change_matching(store, match, partial(_configure, values=values, check=check)), "set"
            )
            return
        row = store.write(threads.configure, _one(thread), values, utc_now(), check=check)
        _tell_own(store, row)


@app.command()
def unset(
    thread: ThreadId, fields: Annotated[list[str], typer.Argument(metavar="FIELD", help="Config fields.")]
) -> None:
    """Return config fields of a thread to the workspace's values."""
    with open_store() as store:
        check = _checked(store, {})
        row = store.write(threads.unset, thread, fields, utc_now(), check=check)
        _tell_own(store, row)


@app.command()
def pause(
    thread: OneOrMatch = None,
    match: Match = None,
    reason: Annotated[str, typer.Option(help="Shown wherever the thread is.")] = "paused by hand",
) -> None:
    """Stop the scheduled beats of a thread, or of all that match; beats by hand still work."""
    said = check_text("reason", reason.strip(), threads.REASON_LIMIT)
    with open_store() as store:
        if match is not None:
            _check_no_id(thread)
            show_changed(change_matching(store, match, partial(_pause, reason=said)), "paused")
            return
        store.write(threads.pause, _one(thread), said, utc_now())
    say(f"Thread {thread} is paused; let it go on with: heartbeat threads resume {thread}")


@app.command()
def resume(thread: OneOrMatch = None, match: Match = None) -> None:
    """Resume the scheduled beats of a thread, or of all that match."""
    with open_store() as store:
        if match is not None:
            _check_no_id(thread)
            show_changed(change_matching(store, match, _resume), "resumed")
            return
        store.write(threads.resume, _one(thread), utc_now())
    say(f"Thread {thread} goes on.")


@app.command()
def remove(
    thread: ThreadId, yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False
) -> None:
    """Remove a thread with its history, its conversation and its memory; on a terminal, ask first."""
    with open_store() as store:
        store.read(threads.get, thread)
        if not yes and sys.stdin.isatty():
            typer.confirm(f"Remove thread {thread} and its whole history?", abort=True)
        store.write(threads.remove, thread, utc_now())
        _forget_state(store, thread)
    say(f"Thread {thread} is removed.")


def _one(thread: str | None) -> str:
    """Return the thread that was named.

    Raises:
        InvalidValueError: none was.
    """
    if thread is None:
        raise InvalidValueError("id", "ID: missing; allowed: the id of a thread, or --match with a pattern")
    return thread


def _check_no_id(thread: str | None) -> None:
    if thread is not None:
        raise InvalidValueError("match", f"--match: not with the id {thread!r:.80}; allowed: one of the two")


def _configure(session: Session, thread_id: str, *, values: Mapping[str, Any], check: Check) -> None:
    threads.configure(session, thread_id, values, utc_now(), check=check)


def _pause(session: Session, thread_id: str, *, reason: str) -> None:
    threads.pause(session, thread_id, reason, utc_now())


def _resume(session: Session, thread_id: str) -> None:
    threads.resume(session, thread_id, utc_now())


def show_changed(changed: Changed, done: str) -> None:
    """Say how many threads were changed, and of each other one why not.

    Raises:
        ConflictError: some were not.
    """
    if changed.number:
        say(f"{count(changed.number, 'thread')} {done}.")
    for thread_id, why in islice(changed.refused.items(), _NAMED):
        say_row(thread_id, why, width=20, style="yellow")
    if changed.refused:
        others = "; the others are" if changed.number else ""
        raise ConflictError(f"{count(len(changed.refused), 'thread')} not {done}{others}")


def _show_standing(stands: Sequence[StandingView]) -> None:
    for each in stands:
        said = f"{each.covers} is approved from now on; to end it: heartbeat approvals revoke {each.id}"
        say_row("", said, width=20)


def _checked(store: Store, fields: Mapping[str, Any]) -> Check:
    """Check the names of targets and sources, and return what checks the config that they are to be part of."""
    connections = Connections.load(load_settings(), store)
    check_target(fields.get("target"), connections.target_names())
    check_sources(fields.get("sources"), connections.source_names())
    return policy_of(connections).check


def _forget_state(store: Store, thread: str) -> None:
    path = load_settings().checkpoints_path
    if not path.exists():
        return
    from checkpoints import open_saver

    with open_saver(path) as saver:
        for langgraph_id in store.read(approval_threads.of_removed, thread):
            saver.delete_thread(langgraph_id)
            store.write(approval_threads.note_cleared, langgraph_id)


def _tell_own(store: Store, row: Thread) -> None:
    say(f"Thread {row.id} now has of its own: {_listed(row.overrides)}")
    problem = store.read(threads.effective, row).problem
    if problem:
        say(f"It does not beat, since this is refused: {problem}", "yellow")


def _row(view: ThreadView, now: datetime) -> tuple[Any, ...]:
    own = next((each for each in view.obstacles if each.name in _STATES), None)
    summary = view.config_problem or view.last_summary or ""
    if own is not None and view.config_problem is None:
        summary = f"{own.sentence} {summary}"
    elif view.approvals:
        summary = f"{_pending(view)} {summary}"
    last = outcome(view.last_status, view.last_reason) if view.last_status else "never"
    status = outcome(_STATES[own.name] if own else view.status)
    return view.thread_id, status, interval(view.config["every"]), _next(view, now), last, summary


def _pending(view: ThreadView) -> str:
    """Return in a few words what waits for a person."""
    numbers = [str(each.beat_id) for each in view.approvals]
    if len(numbers) == 1:
        return f"Beat {numbers[0]} waits for a person."
    return f"Beats {', '.join(numbers[:-1])} and {numbers[-1]} wait for a person."


def _next(view: ThreadView, now: datetime) -> str:
    if view.next_due is None or _is_stopped(view):
        return "never"
    seconds = round((view.next_due - now).total_seconds())
    return f"in {interval(seconds)}" if seconds > 0 else "due"


def _is_stopped(view: ThreadView) -> bool:
    return any(each.name == ThreadStateName.TIMER_STOPPED for each in view.obstacles)


def _last(view: ThreadView, now: datetime) -> str:
    if view.last_status is None or view.last_run is None:
        return "never"
    ran = age(view.last_run, now)
    ended = sentence(f"{view.last_beat}, {ran}: {outcome(view.last_status, view.last_reason)}")
    return f"{ended} {view.last_summary}"


def _plain(name: str, value: Any) -> str:
    if name == "every":
        return interval(value)
    return value if isinstance(value, str) else json.dumps(value)


def _listed(overrides: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_plain(name, value)}" for name, value in overrides.items()) or "nothing"
