"""A signed webhook, which only the settings HEARTBEAT_WEBHOOK_URL and HEARTBEAT_WEBHOOK_SECRET make.

It has the form of the Standard Webhooks specification.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from heartbeat.capabilities import Capabilities
from heartbeat.connections.apprise import TELL_WITHIN
from heartbeat.connections.spec import Site, Spec
from heartbeat.errors import InvalidValueError, NotSentError, RefusedError, TargetError
from heartbeat.instructions import mask_secrets
from heartbeat.outgoing import Outgoing
from heartbeat.settings import Settings
from heartbeat.text import utc
from heartbeat.transport import NetworkError, open_sync_transport
from heartbeat.vocabulary import ActionKind, Reach

TIMEOUT = 10.0
"""Seconds to connect, and again for each piece of the answer."""
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})
_SECRET = "whsec_"  # noqa: S105 - the prefix that says what it is


class WebhookSpec(Spec):
    """``url`` is posted to; ``secret`` signs what is posted."""

    secret_keys: ClassVar[frozenset[str]] = frozenset({"url", "secret"})
    allowed: ClassVar[Mapping[str, str]] = {
        "url": Settings.allowed["webhook_url"],
        "secret": Settings.allowed["webhook_secret"],
    }

    url: SecretStr
    secret: SecretStr

    def reaches(self) -> Reach:
        """Return the owner."""
        return Reach.OWNER

    def leads_to(self) -> str:
        """Return the host."""
        return urlsplit(self.url.get_secret_value()).hostname or ""

    def address(self, site: Site) -> str:
        """Return the address; another secret signs for the same receiver."""
        return self.url.get_secret_value()

    def shown(self) -> dict[str, Any]:
        """Return nothing: both keys are secret."""
        return {}

    def check(self, site: Site) -> None:
        """Check that there is a secret that signs."""
        self._key()

    def target(self, name: str, site: Site) -> WebhookTarget:
        """Return the target."""
        return WebhookTarget(name, self.url.get_secret_value(), self._key(), site.clock)

    def _key(self) -> bytes:
        secret = self.secret.get_secret_value()
        try:
            key = base64.b64decode(secret.removeprefix(_SECRET), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not secret.startswith(_SECRET) or not 24 <= len(key) <= 64:
            raise InvalidValueError(
                "secret",
                "HEARTBEAT_WEBHOOK_SECRET: HEARTBEAT_WEBHOOK_URL demands it; "
                f"allowed: {self.allowed['secret']}",
            )
        return key


@dataclass(frozen=True)
class WebhookTarget:
    """Posts each delivery as signed JSON; ``clock`` dates the signature.

    The receiver may recognise a delivery by its key, the ``webhook-id``; whether it does is not known, so what may
    have arrived is sent again.
    """

    name: str
    url: str = field(repr=False)
    secret: bytes = field(repr=False)
    clock: Callable[[], datetime]

    def capabilities(self) -> Capabilities:
        """Return what is for the owner."""
        return Capabilities(
            kinds=(ActionKind.TELL,),
            sources=(),
            votes={},
            title_required=False,
            reach=Reach.OWNER,
            repeat=True,
            deliver_within=TELL_WITHIN,
        )

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        """Post it, and take any 2xx as a receipt.

        Raises:
            NotSentError: nobody was reached, or the receiver wants it later.
            RefusedError: it gave another answer, a redirect included.
            TargetError: it failed, or its answer did not come.
        """
        now = self.clock()
        body, timestamp = body_of(action, now), str(int(now.timestamp()))
        headers = {
            "content-type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": timestamp,
            "webhook-signature": sign(self.secret, key, timestamp, body),
        }
        try:
            # What it answers beyond the status is not read: it could go on for ever.
            with (
                httpx.Client(transport=open_sync_transport(self.url), timeout=TIMEOUT) as client,
                client.stream("POST", self.url, content=body, headers=headers) as answer,
            ):
                status, wait = answer.status_code, answer.headers.get("retry-after", "")
        except NetworkError as error:
            raise NotSentError(str(error)) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise NotSentError(f"it was not reached ({type(error).__name__})") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise NotSentError(f"its address cannot be used ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise TargetError(f"no answer came ({type(error).__name__})") from None
        _judge(status, wait)
        return {"status": status}


def _judge(status: int, wait: str) -> None:
    if 200 <= status < 300:
        return
    if status in _WORTH_ANOTHER_TRY:
        seconds = float(wait) if wait.isascii() and wait.isdigit() else None
        raise NotSentError(f"it answered {status}", retry_after=seconds)
    if status >= 500:
        raise TargetError(f"it answered {status}")
    raise RefusedError(f"it answered {status}")


def body_of(action: Outgoing, now: datetime) -> bytes:
    """Return the JSON that is posted: type, timestamp, data."""
    notice = action.notice or {}
    body = {
        "type": notice.get("kind", action.kind),
        "timestamp": notice.get("at") or utc(now),
        "data": {
            "thread_id": action.thread_id,
            "beat_id": action.beat_id,
            "title": action.title or action.thread_id,
            "text": mask_secrets(action.text or ""),
            "more": notice.get("more", 0),
            "url": action.url,
        },
    }
    return json.dumps(body).encode()


def sign(secret: bytes, key: str, timestamp: str, body: bytes) -> str:
    """Return the signature over key, timestamp and body."""
    signed = b".".join((key.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
