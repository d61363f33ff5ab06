"""One try at a target outside: call it within a time limit, and say how the try ended."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from heartbeat.capabilities import Capabilities
from heartbeat.daemon import run_in_daemon_thread
from heartbeat.errors import HeartbeatError, NotSentError, RefusedError
from heartbeat.instructions import mask_secrets
from heartbeat.outgoing import Outgoing, TryResult
from heartbeat.targets import SearchableTarget, Target
from heartbeat.text import clean, truncate
from heartbeat.vocabulary import TryEnd

T = TypeVar("T")

DECLARING = 5.0
"""Seconds in which a target has to declare its capabilities."""
SAID = 300
"""Characters that are kept of what a target said."""
RECEIPT = 10_000
"""Characters that a receipt may have as JSON."""
LEFT_ALONE = 86_400.0
"""The longest time in seconds for which a target may ask to be left alone."""


class TooLateError(Exception):
    """What is left of a lease is shorter than a try may take."""


@dataclass(frozen=True)
class Attempt:
    """One try that takes at most ``seconds``; ``probe`` is called at ``inside:deliver``.

    It starts only while ``clock``, a monotonic clock in seconds, is not past ``latest``: the process may have been
    suspended since it claimed the delivery, and then another process may try it too.
    """

    seconds: float
    latest: float
    clock: Callable[[], float]
    probe: Callable[[str], None]

    async def deliver(self, target: Target, action: Outgoing, key: str) -> TryResult:
        """Give a target an action; whatever it raises is a result."""
        return await self._result(target.deliver, lambda: target.deliver(action, key, self.seconds), _sent)

    async def search(self, target: SearchableTarget, key: str) -> TryResult:
        """Look for a delivery at its target: ``sent`` if it is there, ``not_sent`` if not, else ``perhaps``."""
        found = await self._result(target.find, lambda: target.find(key), _found)
        if found.end in (TryEnd.SENT, TryEnd.PERHAPS) or found is NOT_FOUND:
            return found
        return TryResult(TryEnd.PERHAPS, f"it could not be looked up: {found.said}", found.retry_after)

    async def _result(
        self, function: object, call: Callable[[], Any], ended: Callable[[Any], TryResult]
    ) -> TryResult:
        try:
            async with asyncio.timeout(self.seconds) as limit:
                return ended(await called(function, lambda: self._begin(call), "heartbeat-deliver"))
        except TooLateError:
            return TryResult(TryEnd.NOT_SENT, "this process was suspended before it could begin", 0.0)
        except NotSentError as error:
            return TryResult(TryEnd.NOT_SENT, said(error), _bounded(error.retry_after))
        except RefusedError as error:
            return TryResult(TryEnd.REFUSED, said(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a target may be a plug-in, which may raise anything
            late = f"no answer within {self.seconds:g} s" if limit.expired() else said(error)
            return TryResult(TryEnd.PERHAPS, late)

    def _begin(self, call: Callable[[], Any]) -> Any:
        if self.clock() > self.latest:
            raise TooLateError
        self.probe("inside:deliver")
        return call()


NOT_FOUND = TryResult(TryEnd.NOT_SENT, "an earlier try did not arrive", 0.0)
"""The result of a search that found nothing."""


async def capabilities_of(target: Target) -> Capabilities:
    """Return what a target declares.

    Raises:
        TimeoutError: it takes too long.
        Exception: whatever the target raises.
    """
    async with asyncio.timeout(DECLARING):
        found: Capabilities = await called(target.capabilities, target.capabilities, "heartbeat-capabilities")
    return found


async def called(function: object, call: Callable[[], T | Awaitable[T]], name: str) -> T:
    """Make a call in a daemon thread, or in this task if ``function`` is asynchronous; return its result.

    A call in a thread goes on if this task is cancelled, and its result is ignored then.
    """
    if inspect.iscoroutinefunction(function):
        result = call()
    else:
        begun = asyncio.wrap_future(run_in_daemon_thread(call, name))
        begun.add_done_callback(_retrieve)
        result = await asyncio.shield(begun)
    return await cast("Awaitable[T]", result) if inspect.isawaitable(result) else result


def _retrieve(future: asyncio.Future[Any]) -> None:
    """Keep asyncio from reporting an error that came after nobody waited for it any more."""
    if not future.cancelled():
        future.exception()


def _sent(receipt: object) -> TryResult:
    """Return the result of a delivery that has arrived, whether its receipt can be kept or not."""
    try:
        if isinstance(receipt, Mapping):
            text = json.dumps(dict(receipt), allow_nan=False)
            if len(text) <= RECEIPT:
                return TryResult(TryEnd.SENT, receipt=json.loads(text))
    except (TypeError, ValueError, RecursionError):
        return TryResult(TryEnd.SENT, "its receipt is not plain JSON and is not kept", receipt={})
    problem = f"its receipt is no mapping of at most {RECEIPT} characters and is not kept"
    return TryResult(TryEnd.SENT, problem, receipt={})


def _found(receipt: object) -> TryResult:
    return NOT_FOUND if receipt is None else _sent(receipt)


def said(error: BaseException) -> str:
    """Return the message of an error on one line, without secrets; ours are sentences, others get their type."""
    own = isinstance(error, HeartbeatError)
    text = str(error) if own and str(error) else f"{type(error).__name__}: {error}"
    return truncate(mask_secrets(clean(text, multiline=False)), SAID)


def _bounded(seconds: float | None) -> float | None:
    """Return a Retry-After that can be added to an instant; None if it means nothing."""
    if not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return None
    return min(max(0.0, float(seconds)), LEFT_ALONE)
