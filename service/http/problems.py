"""Errors as problem documents (RFC 9457): one sentence, and the field where there is one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from heartbeat.config import ALLOWED
from heartbeat.errors import (
    ConflictError,
    FenceLostError,
    HeartbeatError,
    InvalidValueError,
    NotFoundError,
    StaleError,
)
from heartbeat.instructions import mask_secrets
from heartbeat.store.database import is_locked

MEDIA_TYPE = "application/problem+json"
_STATUS: Mapping[type[HeartbeatError], int] = {
    InvalidValueError: 422,
    NotFoundError: 404,
    StaleError: 412,
    ConflictError: 409,
    FenceLostError: 409,
}

logger = logging.getLogger("heartbeat")


class Problem(BaseModel):
    """What went wrong, for people and for programs."""

    type: str = Field("about:blank", description="Kind of problem; about:blank: the status says it all.")
    title: str = Field(description="The status in words.", examples=["Unprocessable Content"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="One sentence: what, the value, and what is allowed.",
        examples=[
            "every: 5 is not allowed; allowed: 60 to 86400 seconds, or text like 90s, 30m, 1h30m, 4h, 1d"
        ],
    )
    field: str | None = Field(None, description="The field that was refused.", examples=["every"])


def problem(
    status: int, detail: str, *, field: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a problem document."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, field=field)
    content = body.model_dump(exclude_none=True)
    # A refused value may hold half a character, which no JSON document in UTF-8 can.
    content["detail"] = detail.encode(errors="backslashreplace").decode()
    return JSONResponse(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def explain(error: Exception) -> JSONResponse:
    """Return the problem document of an error; what is unexpected is logged and not told."""
    if isinstance(error, HeartbeatError):
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
        return problem(status, mask_secrets(str(error)), field=getattr(error, "field", None))
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return problem(error.status_code, str(error.detail), headers=error.headers)
    if isinstance(error, DBAPIError) and error.orig is not None and is_locked(error):
        said = "Another program holds the database; try again in a moment."
        return problem(503, said, headers={"Retry-After": "5"})
    logger.error("a call failed", exc_info=error, extra={"action": "call_failed"})
    return problem(500, "An unexpected error; the log of the service says more.")


def _invalid(error: RequestValidationError) -> JSONResponse:
    first: dict[str, Any] = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        return problem(422, f"The body is not JSON: {first['ctx']['error']}.", field="body")
    name = ".".join(place[1:]) or place[0]
    if first["type"] == "missing":
        return problem(422, f"{name}: missing", field=name)
    if first["type"] == "extra_forbidden":
        return problem(422, f"{name}: unknown field", field=name)
    said = ALLOWED.get(name) or str(first["msg"])
    return problem(422, f"{name}: {first.get('input')!r:.80} is not allowed; {said}", field=name)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a call's OpenAPI entry says of the problems it answers."""
    # 401 and 403: any call may be refused; 413, 422, 503: any body, any value, any moment.
    every = {401, 403, 413, 422, 503, *statuses}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted(every)
    }
