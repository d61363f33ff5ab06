"""Login of the panel: the token is exchanged for a cookie that scripts cannot read."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr
from starlette.exceptions import HTTPException

from heartbeat_service.http import security
from heartbeat_service.http.fields import Strict
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import OpenRoute
from heartbeat_service.http.state import Serving

router = APIRouter(prefix="/api/session", tags=["session"], route_class=OpenRoute)


class Login(Strict):
    """The token of HEARTBEAT_API_TOKEN."""

    token: SecretStr


class Session(BaseModel):
    """Whether a token is needed, and whether the caller has sent it."""

    token_needed: bool = Field(description="Whether HEARTBEAT_API_TOKEN is set.")
    logged_in: bool


@router.get("", responses=documented(429))
async def show(request: Request, service: Serving) -> Session:
    """Show whether the caller is logged in."""
    settings = service.services.settings
    try:
        security.check_token(request, settings, service.throttle, service.services.clock())
    except HTTPException as refusal:
        if refusal.status_code != HTTPStatus.UNAUTHORIZED:
            raise
        return Session(token_needed=True, logged_in=False)
    return Session(token_needed=settings.api_token is not None, logged_in=True)


@router.post("", responses=documented(429))
async def log_in(login: Login, request: Request, response: Response, service: Serving) -> Session:
    """Log in and get a cookie, which is valid for seven days or until the token changes."""
    settings, now = service.services.settings, service.services.clock()
    if settings.api_token is None:
        return Session(token_needed=False, logged_in=True)
    if not security.is_token(login.token.get_secret_value(), request, settings, service.throttle, now):
        raise HTTPException(401, "That is not the token.", {"WWW-Authenticate": "Bearer"})
    response.set_cookie(
        security.COOKIE,
        security.new_session(settings, now),
        max_age=int(security.SESSION.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=security.is_by_tls(request),
    )
    return Session(token_needed=True, logged_in=True)


@router.delete("", status_code=204)
def log_out(request: Request) -> Response:
    """Log out by deleting the cookie."""
    response = Response(status_code=204)
    response.delete_cookie(
        security.COOKIE, httponly=True, samesite="strict", secure=security.is_by_tls(request)
    )
    return response
