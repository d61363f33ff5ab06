"""HOME/address: where ``heartbeat serve`` listens, and how it shows that it is what listens there."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
from pydantic import BaseModel, ValidationError

from heartbeat.private import make_folder
from heartbeat.settings import Settings
from heartbeat.transport import tls_of

NAME = "address"
NONCE = "X-Heartbeat-Nonce"
PROOF = "X-Heartbeat-Proof"
LONGEST_NONCE = 128
PATIENCE = 3.0
"""Seconds within which a service has to answer."""
_LARGEST = 4_096
logger = logging.getLogger("heartbeat")
_ANYWHERE = {"://0.0.0.0:": "://127.0.0.1:", "://[::]:": "://[::1]:"}


class Announced(BaseModel):
    """An address, and a secret that only the process that listens there and this account know."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class AddressFile:
    """The file; where several processes serve, it is that of the last one. After a kill it stays."""

    path: Path

    @classmethod
    def of(cls, settings: Settings) -> AddressFile:
        """Return the file of a workspace."""
        return cls(settings.home / NAME)

    def read(self) -> Announced | None:
        """Return what the last process has written; None if there is nothing that can be used."""
        try:
            with self.path.open("rb") as file:
                return Announced.model_validate_json(file.read(_LARGEST))
        except (OSError, ValidationError):
            return None

    @contextmanager
    def holding(self, made: Announced) -> Iterator[None]:
        """Let it hold this while the context is open; where it cannot be written, a warning is logged."""
        try:
            self._write(made)
        except OSError as error:
            said = "%s cannot be written, so heartbeat login finds nobody: %s"
            logger.warning(said, self.path, error, extra={"action": "address_failed"})
        try:
            yield
        finally:
            if self.read() == made:
                with suppress(OSError):
                    self.path.unlink()

    def _write(self, made: Announced) -> None:
        make_folder(self.path.parent)
        new = self.path.with_name(f"{NAME}.{uuid4().hex}")
        number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(made.model_dump_json())
        new.replace(self.path)


def announce(url: str, secret: str) -> Announced:
    """Return what is written of a service that listens at an address, which may stand for all of the machine."""
    for anywhere, here in _ANYWHERE.items():
        url = url.replace(anywhere, here)
    return Announced(url=url, secret=secret)


def proof_of(secret: str, nonce: str) -> str:
    """Return what only who knows the secret can answer to a nonce."""
    return hmac.new(secret.encode(), nonce[:LONGEST_NONCE].encode(), hashlib.sha256).hexdigest()


def answers(made: Announced) -> bool:
    """Return whether the service itself answers at its address, and no other program that listens there now."""
    nonce = secrets.token_hex(16)
    try:
        with httpx.Client(trust_env=False, verify=tls_of(made.url), timeout=PATIENCE) as client:
            shown = client.get(f"{made.url}/healthz", headers={NONCE: nonce}).headers.get(PROOF, "")
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return hmac.compare_digest(shown.encode(), proof_of(made.secret, nonce).encode())
