"""Access checks of calls: origin, token and the panel's cookie; and the security headers of every answer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from fastapi import Request, Response
from itsdangerous import TimestampSigner
from starlette.exceptions import HTTPException

from heartbeat.settings import Settings
from heartbeat.vocabulary import AnswerOrigin
from heartbeat_service.access import Key
from heartbeat_service.http.proxies import client_of, passed_on
from heartbeat_service.throttle import Throttle

COOKIE = "heartbeat_session"
"""What the names of session cookies begin with; the port follows, since browsers keep one jar for all of a host."""
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
    """Refuse a changing request from a page of another origin."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() in {allowed.lower() for allowed in settings.cors_origins}:
        return
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise HTTPException(403, "The call comes from a page of another site.")
    # The scheme is not compared: behind a TLS proxy the page has https and this server http.
    if origin is not None and origin.lower().partition("://")[2] != request.headers.get("host", "").lower():
        raise HTTPException(403, f"Origin {origin!r:.80} may not change anything here.")


def check_token(request: Request, key: Key, throttle: Throttle, now: datetime) -> None:
    """Require the token if it is demanded: as Bearer, or as the panel's session cookie.

    Raises:
        HTTPException: 401, it was not shown, or 429, too many wrong ones were.
    """
    if not key.demanded or has_session(request, key, now):
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    # Starlette decodes headers as Latin-1; the token may be UTF-8.
    shown = given.strip().encode("latin-1").decode(errors="replace")
    if scheme.lower() == "bearer" and shown and is_token(shown, request, key, throttle, now):
        return
    said = "A token is needed: Authorization: Bearer ..."
    if not key.from_setting:
        said += (
            "; heartbeat token says where it is, and heartbeat login prints a link that logs the panel in."
        )
    raise HTTPException(401, said, {"WWW-Authenticate": "Bearer"})


def is_token(given: str, request: Request, key: Key, throttle: Throttle, now: datetime) -> bool:
    """Return whether a text is the token; a caller with too many wrong guesses is refused.

    A token that cannot be guessed is accepted all the same, since all programs of a machine have one address.

    Raises:
        HTTPException: 429, with the seconds to wait.
    """
    caller, at = client_of(request), now.timestamp()
    right = key.token is not None and same(given, key.token)
    if right and key.is_strong:
        throttle.right(caller)
        return True
    wait = throttle.wait(caller, at)
    if wait:
        said = f"Too many wrong tokens were shown; try again in {wait} s."
        raise HTTPException(429, said, {"Retry-After": str(wait)})
    if right:
        throttle.right(caller)
        return True
    throttle.wrong(caller, given, at)
    return False


def caller_of(request: Request, now: datetime) -> AnswerOrigin:
    """Return where an answer comes from: the panel, or another caller of the API.

    The panel's calls have the header ``Sec-Fetch-Site: same-origin``, which a browser adds and which no script in it
    can set. Browsers leave it out over plain HTTP to another machine; there a token is set, and the panel's session
    cookie tells it. Where the header says something else, the cookie counts for nothing: another port of the same
    host gets it too. This is for the audit trail only: a program that holds the token can send what it likes.
    """
    site = request.headers.get("sec-fetch-site")
    key: Key = request.state.key
    is_panel = has_session(request, key, now) if site is None else site == "same-origin"
    return AnswerOrigin.PANEL if is_panel else AnswerOrigin.API


def is_by_tls(request: Request) -> bool:
    """Return whether the caller uses TLS, as far as is known; it only decides the ``Secure`` flag of the cookie.

    A browser shows it by the page's Origin. Otherwise the scheme of the request counts, or what a proxy says; a
    caller that claims TLS without using it gets a cookie that its browser never sends.
    """
    scheme, _, host = request.headers.get("origin", "").lower().partition("://")
    if host and host == request.headers.get("host", "").lower():
        return scheme == "https"
    passed = passed_on(request.headers)
    return request.url.scheme == "https" or (passed is not None and passed.by_tls)


def same(given: str, wanted: str) -> bool:
    """Compare two secrets in a time that depends neither on their characters nor on their lengths."""
    pair = (hashlib.sha256(text.encode(errors="surrogatepass")).digest() for text in (given, wanted))
    return hmac.compare_digest(*pair)


def begin_session(request: Request, response: Response, token: str, now: datetime) -> None:
    """Give the caller a session cookie: the current time, signed with the token."""
    response.set_cookie(
        _cookie(request),
        _Signer(token, now).sign("session").decode(),
        max_age=int(SESSION.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_by_tls(request),
    )


def end_session(request: Request, response: Response) -> None:
    """Take the session cookie back."""
    response.delete_cookie(_cookie(request), httponly=True, samesite="strict", secure=is_by_tls(request))


def has_session(request: Request, key: Key, now: datetime) -> bool:
    """Return whether the caller has a session at this address: signed with the current token, and not expired."""
    if not key.token:
        return False
    given = request.cookies.get(_cookie(request))
    age = int(SESSION.total_seconds())
    return given is not None and _Signer(key.token, now).validate(given, max_age=age)


def _cookie(request: Request) -> str:
    """Return the name of the session cookie at the address that the caller uses."""
    _, _, port = request.headers.get("host", "").rpartition(":")
    return f"{COOKIE}_{port}" if port.isascii() and port.isdigit() and len(port) < 6 else COOKIE


class _Signer(TimestampSigner):
    """Signs with the token, at a given time."""

    def __init__(self, token: str, now: datetime) -> None:
        super().__init__(token, salt="heartbeat session", key_derivation="hmac", digest_method=hashlib.sha256)
        self._now = now

    def get_timestamp(self) -> int:
        """Return the given time in seconds since 1970."""
        return int(self._now.timestamp())
