"""Asks every source, each in its own time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Thread

from heartbeat.feed import Feed, Item, newest_first
from heartbeat.instructions import mask_secrets
from heartbeat.sources.port import ContextSource, Look


def collect(sources: Sequence[ContextSource], look: Look, marks: Mapping[str, int]) -> Feed:
    """Return what the sources show; one that fails or takes too long is a problem, not a failed beat."""
    started = [(source, _start(source, look)) for source in sources]
    items: list[Item] = []
    problems: list[str] = []
    for source, future in started:
        try:
            items += [item.seen_from(marks) for item in future.result(timeout=source.time_limit)]
        except FutureTimeoutError:
            problems.append(f"source {source.name}: no answer within {source.time_limit:g} s")
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything, and none may end the beat
            problems.append(mask_secrets(f"source {source.name}: {type(error).__name__}: {error}"))
    return Feed(items=newest_first(items), problems=tuple(problems)).trimmed()


def _start(source: ContextSource, look: Look) -> Future[Sequence[Item]]:
    future: Future[Sequence[Item]] = Future()

    def run() -> None:
        try:
            future.set_result(source.look(look))
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits
            # Not as it is: a plug-in that exits must not end the process.
            future.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    # A daemon, because a source that hangs must not keep the process from ending.
    Thread(target=run, name=f"source-{source.name}", daemon=True).start()
    return future
