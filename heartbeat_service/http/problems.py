"""Errors as problem documents (RFC 9457): one sentence, and the refused field if there is one."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from heartbeat.config import ALLOWED as CONFIG
from heartbeat.errors import (
    ConflictError,
    FenceLostError,
    HeartbeatError,
    InvalidValueError,
    NotFoundError,
    StaleError,
)
from heartbeat.instructions import mask_secrets
from heartbeat.plan import faults
from heartbeat.store.failure import FailureKind, failure_of
from heartbeat.store.unreadable import Unreadable, told
from heartbeat.text import sentence
from heartbeat.token_file import TokenFileError

MEDIA_TYPE = "application/problem+json"
_THREAD = "1 to 64 of a-z, 0-9, _ and -"
_ALLOWED: Mapping[str, str] = {**CONFIG, "id": _THREAD, "thread_id": _THREAD, "thread": _THREAD}
_SHOWN = 80
_STATUS: Mapping[type[HeartbeatError], int] = {
    InvalidValueError: 422,
    NotFoundError: 404,
    StaleError: 412,
    ConflictError: 409,
    FenceLostError: 409,
    TokenFileError: 503,
}

logger = logging.getLogger("heartbeat")


class Problem(BaseModel):
    """An error, for people and for programs."""

    type: str = Field(
        "about:blank", description="Kind of problem; about:blank means that the status identifies it."
    )
    title: str = Field(description="The status in words.", examples=["Unprocessable Entity"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="One sentence with the error and, for a refused value, the value and what is allowed.",
        examples=[
            "every: 5 is not allowed; allowed: 60 to 86400 seconds, or text like 90s, 30m, 1h30m, 4h, 1d"
        ],
    )
    field: str | None = Field(None, description="The field that was refused.", examples=["every"])


DESCRIPTIONS: Mapping[int, str] = {
    401: "The token is needed, and the call has neither the token nor the panel's cookie.",
    403: "The Host is not served here, a page of another site asks for a change, or the call comes from another "
    "machine and no token is set.",
    404: "The resource does not exist.",
    409: "The state of the resource does not allow the call.",
    412: "It was changed since it was read; nothing was written.",
    413: "The body is larger than 512 KiB.",
    422: "A value is not allowed; the problem names the field and what is allowed.",
    429: "Too many wrong tokens were sent from this address, or from all addresses together; or too many "
    "connections are being tried.",
    503: "Heartbeat is starting, stopping or stuck, the token file cannot be used, or the database cannot be used: "
    "locked, full, read-only, lost, or written by another program so that a cell cannot be read.",
}
_OF_A_PLAN = frozenset({"rules", "role"})
"""Fields of a correction, which say themselves what they take."""
_NO_OBJECT = frozenset({"model_attributes_type", "model_type", "dict_type"})
"""Types of pydantic's errors for a value that is not a JSON object."""
_HEADERS: Mapping[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "Bearer", "required": True, "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds.", "required": True, "schema": {"type": "string"}}},
    503: {"Retry-After": {"description": "Seconds, where it helps to wait.", "schema": {"type": "string"}}},
}
SCHEMA: dict[str, Any] = Problem.model_json_schema()
del SCHEMA["properties"]["field"]["default"]  # null, but the field is omitted instead


def problem(
    status: int, detail: str, *, field: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a problem document."""
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=_whole(mask_secrets(detail)),
        field=None if field is None else _whole(field),
    )
    content = body.model_dump(exclude_none=True)
    return JSONResponse(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _whole(text: str) -> str:
    """Return a text on one line, with lone surrogates escaped, which UTF-8 cannot encode."""
    return " ".join(text.encode(errors="backslashreplace").decode().split())


def is_unexpected(error: Exception) -> bool:
    """Return whether `explain` would only say that something unexpected has happened."""
    if isinstance(error, HeartbeatError | RequestValidationError | HTTPException):
        return False
    failure = failure_of(error)
    return failure is None or failure.kind is FailureKind.OTHER


def unreadable(error: Exception, cell: Unreadable | str) -> JSONResponse:
    """Return the problem document of a call that has met a cell that another program has written."""
    logger.error("a call failed: %s", cell, exc_info=error, extra={"action": "row_unreadable"})
    return problem(503, told(cell))


def explain(error: Exception) -> JSONResponse:
    """Return the problem document of an error; unexpected errors are logged and not described to the caller."""
    if isinstance(error, HeartbeatError):
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
        if _is_of_the_disk(error.__cause__):
            status = 503  # the value is valid and can be sent again later
        return problem(status, str(error), field=getattr(error, "field", None))
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        if error.status_code == HTTPStatus.BAD_REQUEST and error.__cause__ is not None:
            return _unreadable(error.__cause__)
        return problem(error.status_code, str(error.detail), headers=error.headers)
    failure = failure_of(error)
    if failure is not None and not is_unexpected(error):
        return problem(503, str(failure), headers={"Retry-After": "5"} if failure.passes else None)
    logger.error("a call failed", exc_info=error, extra={"action": "call_failed"})
    return problem(500, "An unexpected error; the log of the service says more.")


def _is_of_the_disk(cause: BaseException | None) -> bool:
    failure = failure_of(cause) if isinstance(cause, OSError) else None
    return failure is not None and failure.kind in {FailureKind.FULL, FailureKind.BROKEN_DISK}


def _invalid(error: RequestValidationError) -> JSONResponse:
    first: dict[str, Any] = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        return problem(422, sentence(f"The body is not JSON: {first['ctx']['error']}"), field="body")
    name = (".".join(place[1:]) or place[0])[:_SHOWN]
    if name.partition(".")[0] in _OF_A_PLAN:
        return problem(422, faults.said({**first, "loc": first["loc"][1:]}), field=name)
    if first["type"] == "missing":
        return problem(422, f"{name}: missing", field=name)
    if first["type"] == "extra_forbidden":
        return problem(422, f"{name}: unknown field", field=name)
    if isinstance(first.get("input"), bytes):
        return problem(422, "The body is not sent as JSON; set Content-Type: application/json.", field="body")
    allowed = "a JSON object" if first["type"] in _NO_OBJECT else _ALLOWED.get(name)
    said = f"allowed: {allowed}" if allowed else str(first["msg"])
    return problem(422, f"{name}: {_shown(name, first.get('input'))} is not allowed; {said}", field=name)


def _shown(name: str, value: object) -> str:
    """Return a refused value for a message, unless it is or may contain a secret."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if name in {"body", "token"}:
        return "this"
    return f"{value!r:.{_SHOWN}}"


def _unreadable(cause: BaseException) -> JSONResponse:
    """Return the problem document of a body that the framework could not read."""
    if isinstance(cause, HTTPException):
        return explain(cause)
    why = {
        UnicodeDecodeError: "it is not UTF-8",
        RecursionError: "it is nested too deeply",
        ValueError: "it holds a number that is too long",
    }
    return problem(
        422, sentence(f"The body cannot be read: {why.get(type(cause), 'it was cut off')}"), field="body"
    )


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of a call's own problems; `Route` adds those that every call has."""
    return {
        status: {
            "description": DESCRIPTIONS[status],
            # Inlined, since the document of another app would not contain the referenced schema.
            "content": {MEDIA_TYPE: {"schema": copy.deepcopy(SCHEMA)}},
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in statuses
    }
