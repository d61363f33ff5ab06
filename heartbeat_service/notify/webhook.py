"""A signed webhook, in the form of the Standard Webhooks specification."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from heartbeat.errors import InvalidValueError
from heartbeat.settings import Settings
from heartbeat.store.notices import Notice
from heartbeat.transport import NetworkError, open_sync_transport
from heartbeat_service.notify.message import message_of
from heartbeat_service.notify.notifier import NotSentError

ATTEMPTS = 5
LONGEST_WAIT = 60.0
"""Seconds between two tries, at most; the first wait is about one."""
TIMEOUT = 10.0
"""Seconds to connect, and again for each piece of the answer."""
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})
_SECRET = "whsec_"  # noqa: S105 - the prefix that says what it is


class _TryAgainError(Exception):
    """The receiver cannot take it now."""


@dataclass(frozen=True)
class Webhook:
    """Posts each notice as JSON, signed; tries again where the receiver may come back.

    ``clock`` dates the signature; ``stopped`` ends the waits between tries.
    """

    url: str = field(repr=False)
    key: bytes = field(repr=False)
    clock: Callable[[], datetime]
    stopped: threading.Event = field(default_factory=threading.Event)
    sleep: Callable[[float], None] | None = None

    @classmethod
    def from_settings(cls, settings: Settings, clock: Callable[[], datetime]) -> Webhook | None:
        """Return the webhook of the settings, None where they name none.

        Raises:
            InvalidValueError: there is no secret, or it has not the right form.
        """
        if settings.webhook_url is None:
            return None
        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
        return cls(settings.webhook_url.get_secret_value(), _key(secret), clock)

    @property
    def name(self) -> str:
        """The host it posts to."""
        return f"the webhook on {urlsplit(self.url).hostname}"

    def send(self, notice: Notice) -> None:
        """Deliver a notice.

        Raises:
            NotSentError: the receiver refused it, or did not take it after some tries.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(_TryAgainError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=1, max=LONGEST_WAIT),
            sleep=self.sleep or self._wait,
        )
        try:
            retrying(self._post, notice.id, body_of(notice))
        except RetryError as error:
            raise NotSentError(f"{error.last_attempt.exception()}, {ATTEMPTS} times") from None

    def stop(self) -> None:
        """Wait and try no longer."""
        self.stopped.set()

    def _post(self, number: str, body: bytes) -> None:
        timestamp = str(int(self.clock().timestamp()))
        headers = {
            "content-type": "application/json",
            "webhook-id": number,
            "webhook-timestamp": timestamp,
            "webhook-signature": sign(self.key, number, timestamp, body),
        }
        try:
            # What it answers beyond the status is not read: it could go on for ever.
            with (
                httpx.Client(transport=open_sync_transport(self.url), timeout=TIMEOUT) as client,
                client.stream("POST", self.url, content=body, headers=headers) as answer,
            ):
                status = answer.status_code
        except NetworkError as error:
            raise NotSentError(str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _TryAgainError(f"it was not reached ({type(error).__name__})") from None
        if status in _WORTH_ANOTHER_TRY or status >= 500:
            raise _TryAgainError(f"it answered {status}")
        if not 200 <= status < 300:
            raise NotSentError(f"it answered {status}")

    def _wait(self, seconds: float) -> None:
        if self.stopped.wait(seconds):
            raise NotSentError("this process was told to stop")


def body_of(notice: Notice) -> bytes:
    """Return the JSON that is posted: type, timestamp, data."""
    message = message_of(notice)
    body = {
        "type": notice.kind,
        "timestamp": notice.at.isoformat().replace("+00:00", "Z"),
        "data": {
            "thread_id": notice.thread_id,
            "beat_id": notice.beat_id,
            "title": message.title,
            "text": message.body,
            "more": notice.more,
        },
    }
    return json.dumps(body).encode()


def sign(key: bytes, number: str, timestamp: str, body: bytes) -> str:
    """Return the signature over number, timestamp and body."""
    signed = b".".join((number.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_SECRET) or not 24 <= len(key) <= 64:
        raise InvalidValueError(
            "HEARTBEAT_WEBHOOK_SECRET",
            "HEARTBEAT_WEBHOOK_SECRET: HEARTBEAT_WEBHOOK_URL demands it; "
            f"allowed: {Settings.allowed['webhook_secret']}",
        )
    return key
