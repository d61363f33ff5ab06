"""``heartbeat serve``: run the timer and the HTTP API of a workspace."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text
from sqlmodel import Session

from heartbeat.settings import Settings, load_settings
from heartbeat.store import due, threads, timer
from heartbeat.store.failure import Failure, failure_of
from heartbeat.store.views import BeatView
from heartbeat.text import count
from heartbeat.token_file import TokenFile, TokenFileError
from heartbeat_service.announcing import AddressFile, announce
from heartbeat_service.binding import check_binding
from heartbeat_service.cli.failures import FAILED, complain
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.login import link
from heartbeat_service.cli.streams import outlasting
from heartbeat_service.cli.terminal import console, outcome, say
from heartbeat_service.escaping import inert, one_line
from heartbeat_service.lifespan import Service, open_service, worker_threads
from heartbeat_service.logs import configure
from heartbeat_service.runner import ignore
from heartbeat_service.server import listen

app = single_command()
_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")
_UNITS = {86_400: "day", 3_600: "hour", 60: "minute"}
_HANGUP = getattr(signal, "SIGHUP", None)

logger = logging.getLogger("heartbeat")


@app.command()
def serve(
    beat: Annotated[
        list[str], typer.Option(metavar="THREAD", help="Also run one beat of this thread at once.")
    ] = [],  # noqa: B006 - typer reads the default and never changes it
) -> None:
    """Run the timer and the HTTP API of this workspace until Ctrl+C or SIGTERM; a second one ends it at once.

    Closing the terminal (SIGHUP) stops it too, unless it was started with nohup. Several processes on one database
    share the work; each needs a port of its own.
    """
    settings = load_settings()
    check_binding(settings)
    with outlasting() as unread:
        configure(settings)
        lost = asyncio.run(_serve(settings, beat, unread))
        if lost is not None:
            complain(str(lost))
        sys.stdout.flush()
    if any(not each.daemon for each in threading.enumerate() if each is not threading.main_thread()):
        # Work that hangs in a thread cannot be stopped. Another process can take its beat over; the fence prevents
        # conflicting writes.
        os._exit(0 if lost is None else FAILED)
    if lost is not None:
        raise typer.Exit(FAILED)


async def _serve(settings: Settings, at_once: list[str], unread: list[Exception]) -> Failure | None:
    """Serve until told to stop, or until a database file was replaced; return that failure, or None.

    A replaced file is not reopened: running beats hold claims on rows of the old file, and the same numbers may be
    other beats in the new one.
    """
    stopped, told = asyncio.Event(), 0
    as_text = settings.log_format == "text"
    with (
        worker_threads(settings.concurrency),
        Live(console=console(), transient=True, auto_refresh=False) as live,
    ):
        tell = partial(say, out=live.console, wrapped=False) if as_text else _tell_log
        # At level INFO the log reports finished beats already.
        shows = as_text and not logger.isEnabledFor(logging.INFO)
        on_finished = partial(_show_beat, out=live.console) if shows else ignore
        async with (
            open_service(settings, on_finished=on_finished) as service,
            listen(service) as address,
            AsyncExitStack() as announced,
        ):
            announced.enter_context(AddressFile.of(settings).holding(announce(address, service.secret)))
            _on_signal(stopped)
            tell(f"Heartbeat listens on {address}")
            for said in way_in(settings, address, on_terminal=live.console.is_terminal and as_text):
                tell(said)
            tell(await asyncio.to_thread(service.services.store.read, _greeting, service.services.clock()))
            for thread in at_once:
                # A refusal is a row of its own, or a beat of the thread is running already.
                await service.runner.start_now(thread, known=True)
            while not stopped.is_set() and service.health.lost is None:
                if live.console.is_terminal and as_text:
                    live.update(Text(inert(await _told(service))), refresh=True)
                while told < len(unread):
                    _tell_unread(unread[told])
                    told += 1
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await stopped.wait()
            running = len(service.runner.in_flight)
            tell(f"Stopping; {count(running, 'beat')} still running." if running else "Stopping.")
    tell("Stopped.")
    return service.health.lost


def _tell_log(sentence: str) -> None:
    """Log a message that would otherwise be printed; used when the log is JSON."""
    logger.info(sentence, extra={"action": "serve"})


def way_in(settings: Settings, address: str, *, on_terminal: bool) -> Iterator[str]:
    """Yield how to log the panel in; the token itself is only shown on a terminal, never in a log."""
    if settings.api_token is not None:
        return
    try:
        token = TokenFile.of(settings).ensure()
    except (TokenFileError, OSError) as error:
        yield f"Nobody can log in where the token is needed: {error}"
        return
    if on_terminal:
        yield f"Open the panel: {link(settings.public_url or address, token)}"
    else:
        yield "The link that logs the panel in is printed by: heartbeat login"


def _tell_unread(error: Exception) -> None:
    said = "what is said here does not arrive any more, and the service goes on: %s"
    logger.warning(said, error, extra={"action": "output_failed"})


async def _told(service: Service) -> str:
    try:
        return await _status(service)
    except Exception as error:  # noqa: BLE001 - a failing status line must not stop the service
        return str(failure_of(error) or f"The database does not answer: {type(error).__name__}")


def _on_signal(stopped: asyncio.Event) -> None:
    def stop(number: int) -> None:
        # A closing terminal causes two SIGHUPs: one from the kernel, one from the shell.
        if stopped.is_set() and number != _HANGUP:
            os._exit(130)
        stopped.set()

    loop = asyncio.get_running_loop()
    for number in (getattr(signal, name) for name in _STOPPING if hasattr(signal, name)):
        if number == _HANGUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # nohup
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda got, _: loop.call_soon_threadsafe(stop, got))


def _greeting(session: Session, now: datetime) -> str:
    if not timer.state(session).running:
        return "The timer is stopped; start it with: heartbeat start"
    known = threads.count(session)
    if not known:
        return "The timer runs. No threads yet; make one with: heartbeat threads add ID"
    return f"The timer runs: {count(known, 'thread')}. {_next(session, now)}"


async def _status(service: Service) -> str:
    read, now = service.services.store.read, service.services.clock()
    running = f"{count(len(service.runner.in_flight), 'beat')} running"
    if not (await asyncio.to_thread(read, timer.state)).running:
        return f"stopped, {running}; start the timer with: heartbeat start"
    return f"{running}. {await asyncio.to_thread(read, _next, now)}"


def _next(session: Session, now: datetime) -> str:
    coming = due.next_slot(session)
    if coming is None:
        return "Nothing is due."
    thread_id, slot = coming
    return f"Next: {thread_id} {until((slot - now).total_seconds())}."


def until(seconds: float) -> str:
    """Return when a time comes: "now", or "in" the largest unit of which there are two or more, else in seconds."""
    left = max(0, round(seconds))
    if not left:
        return "now"
    unit = next((each for each in _UNITS if left >= 2 * each), None)
    if unit is None:
        return f"in {left} s"
    return f"in {count(left // unit, _UNITS[unit])}"


def _show_beat(beat: BeatView, out: Console) -> None:
    when = (beat.finished_at or beat.started_at).astimezone()
    line = Text(f"{when:%H:%M:%S}  {beat.thread_id}  beat {beat.id}  ")
    line.append_text(outcome(beat.status, beat.reason)).append(f"  {one_line(beat.summary)}")
    out.print(line, soft_wrap=True)
