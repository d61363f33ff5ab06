"""The route class of all calls: access is checked before the body is read, errors become problem documents."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from heartbeat.errors import InvalidValueError
from heartbeat.store.unreadable import Unreadable, may_be_met, said_of_text, search
from heartbeat_service.http import reach, security
from heartbeat_service.http.problems import documented, explain, is_unexpected, problem, unreadable
from heartbeat_service.http.state import key_of, service_of
from heartbeat_service.lifespan import Service

BODY_LIMIT = 512 * 1024
"""Bytes; a HEARTBEAT.md of 64 KiB fits, even if JSON escapes each of its bytes with six."""


class Route(APIRoute):
    """A call that needs the token if it is demanded."""

    needs_token = True
    needs_host = True
    needs_database = True

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:
        super().__init__(path, endpoint, **settings)
        statuses = {503} | ({401, 429} if self.needs_token else set()) | ({403} if self.needs_host else set())
        if self.body_field is not None:
            statuses |= {413, 422}
        takes = (self.dependant, *self.dependant.dependencies)
        changes = bool((self.methods or set()) - security.SAFE_METHODS)
        if changes or any(each.path_params or each.query_params or each.header_params for each in takes):
            statuses.add(422)
        common = documented(*sorted(statuses))
        if not self.needs_token:
            self.openapi_extra = {"security": [], **(self.openapi_extra or {})}
        self.responses = dict(sorted({**common, **self.responses}.items(), key=lambda each: str(each[0])))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match HEAD wherever GET matches (RFC 9110), without listing it in the OpenAPI document."""
        return super().matches({**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle HEAD like GET, and refuse methods that the route does not have."""
        if scope["method"] == "HEAD" and "GET" in (self.methods or ()):
            await self.app(scope, receive, send)
        else:
            await super().handle(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler with the checks and headers, so that they apply in every app with these calls."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response = await self._answer(handler, request)
            for name, value in security.HEADERS.items():
                response.headers.setdefault(name, value)
            response.headers.setdefault("Cache-Control", "no-store")
            return _without_body(response) if request.method == "HEAD" else response

        return handle

    async def _answer(
        self, handler: Callable[[Request], Coroutine[Any, Any, Response]], request: Request
    ) -> Response:
        service: Service | None = None
        try:
            service = service_of(request)
            settings = service.services.settings
            if self.needs_host:
                reach.check_host(request, settings)
                reach.check_caller(request, settings)
            security.check_origin(request, settings)
            if self.needs_token:
                key = await key_of(service, without_database=not self.needs_database)
                security.check_token(request, key, service.throttle, service.services.clock())
                request.state.key = key
            self._check_query(request)
            limited = Request(request.scope, _limited(request))
            async with service.reading if self._only_reads(request) else nullcontext():
                return await handler(limited)
        except asyncio.CancelledError:
            if service is None or not service.ending.is_set():
                raise
            # The server cancels running calls after its grace period; the caller is still connected.
            return problem(503, "Heartbeat is ending and cut this call off; look what it did before another.")
        except Exception as error:  # noqa: BLE001 - every error is answered, and the unexpected ones are logged
            cell = await _cell(service, error)
            return explain(error) if cell is None else unreadable(error, cell)

    def _only_reads(self, request: Request) -> bool:
        # Limit only calls that read the database. Asynchronous ones may wait for the model server, and writes for a
        # lock: they must not delay the others. Health checks must be answered even when the limit is reached.
        is_read = self.needs_host and request.method in security.SAFE_METHODS
        return is_read and not inspect.iscoroutinefunction(self.endpoint)

    def _check_query(self, request: Request) -> None:
        # An unknown parameter such as ?dry_run=true must not be ignored, or the beat would act.
        if request.method in security.SAFE_METHODS:
            return
        known = {field.alias for field in self.dependant.query_params}
        unknown = next((name for name in request.query_params if name not in known), None)
        if unknown is not None:
            raise InvalidValueError(
                unknown, f"{unknown!r:.80}: not a parameter of this call; fields go in the body"
            )


class OpenRoute(Route):
    """A call without a token: the panel's page, and the login."""

    needs_token = False


class FiguresRoute(Route):
    """The figures of the process, which hold no text and say that the database is lost."""

    needs_database = False


class ProbeRoute(OpenRoute):
    """A health check of a load balancer or container runtime, whose Host may be any address of this machine.

    DNS rebinding can reach it too, but reveals no more than whether the port answers. All other calls check the Host.
    """

    needs_host = False


async def _cell(service: Service | None, error: Exception) -> Unreadable | str | None:
    """Return a cell that cannot be read, by which an unexpected error may be explained; None if there is none."""
    if service is None or not is_unexpected(error) or not may_be_met(error):
        return None
    if (said := said_of_text(error)) is not None:
        return said
    return await asyncio.to_thread(search, service.services.store.read)


def _without_body(response: Response) -> Response:
    """Return a response without its body. A stream is not started, since one of events would not end."""
    head = Response(status_code=response.status_code, background=response.background)
    head.raw_headers = response.raw_headers
    return head


def _limited(request: Request) -> Receive:
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > BODY_LIMIT:
        raise _too_large()
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > BODY_LIMIT:
            raise _too_large()
        return message

    return receive


def _too_large() -> HTTPException:
    return HTTPException(413, f"The body is too large; allowed: up to {BODY_LIMIT} bytes.")
