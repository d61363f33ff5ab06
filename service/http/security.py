"""Who may call: the origin, the token or the panel's cookie; and the headers of every answer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from fastapi import Request
from starlette.exceptions import HTTPException

from heartbeat.settings import Settings

COOKIE = "heartbeat_session"
SESSION = timedelta(days=7)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def check_origin(request: Request, settings: Settings) -> None:
    """Refuse a change that a page of another origin asks for."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() in {allowed.lower() for allowed in settings.cors_origins}:
        return
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise HTTPException(403, "The call comes from a page of another site.")
    # The scheme is not compared: behind a proxy that speaks TLS the page's is another than ours.
    if origin is not None and origin.lower().partition("://")[2] != request.headers.get("host", "").lower():
        raise HTTPException(403, f"Origin {origin!r:.80} may not change anything here.")


def check_token(request: Request, settings: Settings, now: datetime) -> None:
    """Demand the token, where one is set: as Bearer, or as the cookie of a page that has logged in."""
    if settings.api_token is None:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    # Headers are read as Latin-1, byte by byte.
    shown = given.strip().encode("latin-1").decode(errors="replace")
    if scheme.lower() == "bearer" and same(shown, settings.api_token.get_secret_value()):
        return
    if is_session(request.cookies.get(COOKIE, ""), settings, now):
        return
    raise HTTPException(401, "A token is needed: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})


def same(given: str, wanted: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), wanted.encode())


def new_session(settings: Settings, now: datetime) -> str:
    """Return the value of the cookie: until when it holds, and a proof that the token was known."""
    until = str(int((now + SESSION).timestamp()))
    return f"{until}.{_proof(until, settings)}"


def is_session(value: str, settings: Settings, now: datetime) -> bool:
    """Whether a cookie is ours and still holds; another token makes it void."""
    until, _, proof = value.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 16):
        return False
    return same(proof, _proof(until, settings)) and now.timestamp() < int(until)


def _proof(until: str, settings: Settings) -> str:
    token = settings.api_token.get_secret_value() if settings.api_token else ""
    return hmac.new(token.encode(), f"heartbeat session {until}".encode(), hashlib.sha256).hexdigest()
