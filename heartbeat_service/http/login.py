"""Login of the panel: the token is exchanged for a cookie that scripts cannot read."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr
from starlette.exceptions import HTTPException

from heartbeat_service.access import Key
from heartbeat_service.http import security
from heartbeat_service.http.fields import Strict
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import OpenRoute
from heartbeat_service.http.state import Serving, key_of

router = APIRouter(prefix="/api/session", tags=["session"], route_class=OpenRoute)


class Login(Strict):
    """The token: that of HEARTBEAT_API_TOKEN, or else of the file that `heartbeat token` names."""

    token: SecretStr


class Session(BaseModel):
    """Whether a token is needed, and whether the caller has sent it."""

    token_needed: bool = Field(
        description="Whether calls need the token: HEARTBEAT_API_TOKEN is set, or something private is connected."
    )
    logged_in: bool
    by_link: bool = Field(
        description="Whether `heartbeat login` prints a link that logs in; not where HEARTBEAT_API_TOKEN is set."
    )


@router.get("", responses=documented(429))
async def show(request: Request, service: Serving) -> Session:
    """Show whether the caller is logged in."""
    key = await key_of(service)
    try:
        security.check_token(request, key, service.throttle, service.services.clock())
    except HTTPException as refusal:
        if refusal.status_code != HTTPStatus.UNAUTHORIZED:
            raise
        return _session(key, logged_in=False)
    return _session(key, logged_in=True)


@router.post("", responses=documented(429))
async def log_in(login: Login, request: Request, response: Response, service: Serving) -> Session:
    """Log in and get a cookie, which is valid for seven days or until the token changes.

    Where no token is needed yet, the right one gives the cookie too, and any other is as good as none.
    """
    key, now = await key_of(service), service.services.clock()
    if not security.is_token(login.token.get_secret_value(), request, key, service.throttle, now):
        if key.demanded:
            raise HTTPException(401, "That is not the token.", {"WWW-Authenticate": "Bearer"})
    elif key.token is not None:
        security.begin_session(request, response, key.token, now)
    return _session(key, logged_in=True)


@router.delete("", status_code=204)
def log_out(request: Request) -> Response:
    """Log out by deleting the cookie."""
    response = Response(status_code=204)
    security.end_session(request, response)
    return response


def _session(key: Key, *, logged_in: bool) -> Session:
    return Session(token_needed=key.demanded, logged_in=logged_in, by_link=not key.from_setting)
