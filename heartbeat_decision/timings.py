"""What a model server says that one call took, read from the end of its reply.

The client library drops fields that it does not know, so they are taken from the response as it passes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
from pydantic import BaseModel, Field, ValidationError

END_LIMIT = 1 << 16
"""Bytes at the end of a reply that are kept; a longer last line tells nothing."""
_SECOND = 1_000_000_000


@dataclass(frozen=True)
class Timings:
    """Seconds of one call, and tokens; None where the server does not tell.

    ``prompt_seconds`` is how long it read the prompt, ``load_seconds`` how long it loaded the model before, and
    ``kept_tokens`` how many tokens of the prompt it had kept from earlier calls.
    """

    prompt_seconds: float | None = None
    load_seconds: float | None = None
    kept_tokens: int | None = None


class _End(BaseModel):
    """The last line of a reply in the form of Ollama; durations are in nanoseconds."""

    prompt_eval_duration: int | None = Field(None, ge=0)
    load_duration: int | None = Field(None, ge=0)
    prompt_eval_cached_count: int | None = Field(None, ge=0)


class TimedTransport(httpx.AsyncBaseTransport):
    """Passes requests to another transport and keeps the end of the latest response."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._end = b""

    @property
    def timings(self) -> Timings:
        """What the latest response says; nothing if it is in another form."""
        last = self._end.rstrip().rpartition(b"\n")[2]
        try:
            end = _End.model_validate_json(last)
        except ValidationError:
            return Timings()
        return Timings(
            prompt_seconds=_seconds(end.prompt_eval_duration),
            load_seconds=_seconds(end.load_duration),
            kept_tokens=end.prompt_eval_cached_count,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the end of its response is kept while it is read."""
        self._end = b""
        response = await self._inner.handle_async_request(request)
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Passed(response.stream, self._keep)
        return response

    def _keep(self, chunk: bytes) -> None:
        self._end = (self._end + chunk)[-END_LIMIT:]


class _Passed(httpx.AsyncByteStream):
    """A stream that tells of each chunk as it passes."""

    def __init__(self, inner: httpx.AsyncByteStream, tell: Callable[[bytes], None]) -> None:
        self._inner, self._tell = inner, tell

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._tell(chunk)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / _SECOND
