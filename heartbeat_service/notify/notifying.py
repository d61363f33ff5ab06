"""The task that tells people: looks at what was committed, claims what is to be told, hands it to the couriers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from heartbeat.store import notices
from heartbeat.store.notices import Notice
from heartbeat_service.notify.courier import Courier
from heartbeat_service.notify.notifier import Notifier
from heartbeat_service.notify.services import AppriseNotifier, split_urls
from heartbeat_service.notify.webhook import Webhook
from nodes.services import Services

WATCH = 2.0
"""Seconds between two looks."""
FAREWELL = 3.0
"""Seconds in which what is under way is still delivered when a process stops."""

logger = logging.getLogger("heartbeat")


def notifiers_of(services: Services) -> list[Notifier]:
    """Return the notifiers that the settings name.

    Raises:
        InvalidValueError: one of them cannot be used; the message shows no secret.
    """
    settings = services.settings
    urls = split_urls(settings.notify.get_secret_value()) if settings.notify else ()
    found: list[Notifier] = [AppriseNotifier.from_url(url, number) for number, url in enumerate(urls, 1)]
    webhook = Webhook.from_settings(settings, services.clock)
    return [*found, webhook] if webhook else found


@asynccontextmanager
async def telling(services: Services) -> AsyncIterator[Callable[[Notice], None]]:
    """Tell people what they want to know while the context is open; nothing runs where the settings name nobody.

    Yield a function that tells of what the database cannot hold: it is not claimed, and each process tells it.

    Raises:
        InvalidValueError: a notifier cannot be used.
    """
    notifiers = await asyncio.to_thread(notifiers_of, services)
    if not notifiers:
        yield _to_nobody
        return
    notifying = Notifying(services, notifiers)
    await asyncio.to_thread(notifying.start)
    looking = asyncio.create_task(notifying.run())
    try:
        yield notifying.carry
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await asyncio.to_thread(notifying.close)


def _to_nobody(_: Notice) -> None:
    pass


@dataclass
class Notifying:
    """Tells people what they want to know; every process on a database may do it, each notice is sent once."""

    services: Services
    notifiers: Sequence[Notifier]
    watch: float = WATCH
    _couriers: list[Courier] = field(default_factory=list, init=False)

    def start(self) -> None:
        """Begin; what happened before notices were first wanted is not told."""
        self.services.store.write(notices.begin)
        self._couriers = [Courier(each) for each in self.notifiers]

    async def run(self) -> None:
        """Tell people, until cancelled; a failure to look is logged once."""
        failing = False
        while True:
            try:
                await self.look()
                failing = False
            except Exception as error:
                if not failing:
                    logger.exception("notices cannot be read: %s", error, extra={"action": "notify_failed"})
                failing = True
            await asyncio.sleep(self.watch)

    async def look(self) -> None:
        """Claim what is to be told now, and hand it over."""
        read, write = self.services.store.read, self.services.store.write
        while await asyncio.to_thread(read, notices.pending):
            taken = await asyncio.to_thread(write, notices.take, self.services.clock())
            for notice in taken.notices:
                self.carry(notice)
            if not taken.unfinished:
                return

    def carry(self, notice: Notice) -> None:
        """Hand a notice to everybody; never waits."""
        for courier in self._couriers:
            courier.carry(notice)

    def close(self) -> None:
        """Wait a moment for what is under way."""
        until = time.monotonic() + FAREWELL
        for courier in self._couriers:
            courier.close(max(0.0, until - time.monotonic()))
