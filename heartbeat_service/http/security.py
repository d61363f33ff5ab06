"""Who may call: the origin, the token or the panel's cookie; and the headers of every answer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from fastapi import Request
from itsdangerous import TimestampSigner
from starlette.exceptions import HTTPException

from heartbeat.settings import Settings
from heartbeat_service.http.proxies import client_of, passed_on
from heartbeat_service.throttle import Throttle

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


def check_token(request: Request, settings: Settings, throttle: Throttle, now: datetime) -> None:
    """Demand the token, where one is set: as Bearer, or as the cookie of a page that has logged in."""
    if settings.api_token is None or is_session(request.cookies.get(COOKIE, ""), settings, now):
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    # Headers are read as Latin-1, byte by byte.
    shown = given.strip().encode("latin-1").decode(errors="replace")
    if scheme.lower() == "bearer" and shown and is_token(shown, request, settings, throttle, now):
        return
    raise HTTPException(401, "A token is needed: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})


def is_token(given: str, request: Request, settings: Settings, throttle: Throttle, now: datetime) -> bool:
    """Whether a text is the token; who has shown too many others is not told.

    Raises:
        HTTPException: 429, with the seconds to wait.
    """
    caller, at = client_of(request), now.timestamp()
    wait = throttle.wait(caller, at)
    if wait:
        said = f"Too many wrong tokens were shown; try again in {wait} s."
        raise HTTPException(429, said, {"Retry-After": str(wait)})
    token = settings.api_token.get_secret_value() if settings.api_token else ""
    if same(given, token):
        throttle.right(caller)
        return True
    throttle.wrong(caller, given, at)
    return False


def is_by_tls(request: Request) -> bool:
    """Whether the caller speaks TLS, as far as is known; it only decides whether a cookie is for TLS alone.

    A browser tells it by the Origin of the page. Where there is none, TLS ends here or a proxy says so; who says it
    without TLS gets a cookie that is never sent.
    """
    scheme, _, host = request.headers.get("origin", "").lower().partition("://")
    if host and host == request.headers.get("host", "").lower():
        return scheme == "https"
    passed = passed_on(request.headers)
    return request.url.scheme == "https" or (passed is not None and passed.by_tls)


def same(given: str, wanted: str) -> bool:
    """Compare two secrets in a time that tells neither their letters nor their lengths."""
    pair = (hashlib.sha256(text.encode(errors="surrogatepass")).digest() for text in (given, wanted))
    return hmac.compare_digest(*pair)


def new_session(settings: Settings, now: datetime) -> str:
    """Return the value of the cookie: when it was made, and a proof that the token was known then."""
    return _Signer(settings, now).sign("session").decode()


def is_session(value: str, settings: Settings, now: datetime) -> bool:
    """Whether a cookie is ours and still holds; another token makes it void."""
    return _Signer(settings, now).validate(value, max_age=int(SESSION.total_seconds()))


class _Signer(TimestampSigner):
    """Signs with the API token, at the time that it is given."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        token = settings.api_token.get_secret_value() if settings.api_token else ""
        super().__init__(token, salt="heartbeat session", key_derivation="hmac", digest_method=hashlib.sha256)
        self._now = now

    def get_timestamp(self) -> int:
        """Return the seconds since 1970 at that time."""
        return int(self._now.timestamp())
