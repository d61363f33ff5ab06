"""Targets that speak to `tests.support.outside` over HTTP, plain and asynchronous."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from heartbeat.capabilities import Capabilities
from heartbeat.errors import NotSentError, RefusedError
from heartbeat.outgoing import Outgoing

KINDS = ("post", "tell")


@dataclass(frozen=True)
class OutsideTarget:
    """The forum outside, without a search. ``able`` are its capabilities, as far as they differ."""

    url: str
    name: str = "outside"
    able: Mapping[str, Any] = field(default_factory=dict)

    def capabilities(self) -> Capabilities:
        return Capabilities(**{"kinds": KINDS, "time_limit": 5, **self.able})

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        try:
            with httpx.Client(timeout=deadline, trust_env=False) as client:
                answer = client.post(f"{self.url}/posts", json=body_of(action), headers=headers(key))
        except httpx.ConnectError as error:
            raise NotSentError("the forum outside cannot be reached") from error
        return receipt_of(answer)


@dataclass(frozen=True)
class SearchedTarget(OutsideTarget):
    """The forum outside, with its search."""

    def find(self, key: str) -> Mapping[str, Any] | None:
        with httpx.Client(timeout=5, trust_env=False) as client:
            return found(client.get(f"{self.url}/posts/{key}"))


@dataclass(frozen=True)
class AsyncTarget:
    """The forum outside, spoken to by coroutines; without a search."""

    url: str
    name: str = "outside"
    able: Mapping[str, Any] = field(default_factory=dict)

    def capabilities(self) -> Capabilities:
        return Capabilities(**{"kinds": KINDS, "time_limit": 5, **self.able})

    async def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=None, trust_env=False) as client:
                answer = await client.post(f"{self.url}/posts", json=body_of(action), headers=headers(key))
        except httpx.ConnectError as error:
            raise NotSentError("the forum outside cannot be reached") from error
        return receipt_of(answer)


@dataclass(frozen=True)
class AsyncSearchedTarget(AsyncTarget):
    """The same, with its search."""

    async def find(self, key: str) -> Mapping[str, Any] | None:
        async with httpx.AsyncClient(timeout=None, trust_env=False) as client:
            return found(await client.get(f"{self.url}/posts/{key}"))


def headers(key: str) -> dict[str, str]:
    """Return the headers of a delivery."""
    return {"Idempotency-Key": key}


def body_of(action: Outgoing) -> dict[str, Any]:
    """Return what is sent."""
    return action.model_dump(mode="json", exclude_none=True)


def receipt_of(answer: httpx.Response) -> Mapping[str, Any]:
    """Return the receipt in an answer.

    Raises:
        NotSentError: nothing was taken.
        RefusedError: the content is refused.
        HTTPStatusError: it broke, perhaps after the effect.
    """
    if answer.status_code in (429, 503):
        after = answer.headers.get("Retry-After")
        raise NotSentError(
            f"the forum answers {answer.status_code}", retry_after=float(after) if after else None
        )
    if 400 <= answer.status_code < 500:
        raise RefusedError(f"the forum refuses it with {answer.status_code}")
    receipt: dict[str, Any] = answer.raise_for_status().json()
    return receipt


def found(answer: httpx.Response) -> Mapping[str, Any] | None:
    """Return what a search has found."""
    if answer.status_code == 404:
        return None
    receipt: dict[str, Any] = answer.raise_for_status().json()
    return receipt
