"""Where the HTTP API listens, and who may call it there."""

from __future__ import annotations

from heartbeat.settings import Settings
from service.doctor.finding import Finding, ok, problem
from service.http.security import is_loopback

CHECK = "api"


def check_binding(settings: Settings) -> list[Finding]:
    """Demand a token beyond loopback, as ``heartbeat serve`` does."""
    host = settings.host
    if is_loopback(host):
        return [ok(CHECK, f"The HTTP API listens on {host}, which nobody outside can reach.")]
    if settings.api_token is None:
        said = f"The HTTP API would listen on {host}, beyond this machine, without a token."
        remedy = "set HEARTBEAT_API_TOKEN to a long random text, or HEARTBEAT_HOST to 127.0.0.1"
        return [problem(CHECK, said, remedy)]
    return [ok(CHECK, f"The HTTP API listens on {host} and demands a token.")]
