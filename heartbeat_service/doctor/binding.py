"""Check the host names of the HTTP API."""

from __future__ import annotations

from heartbeat.settings import Settings
from heartbeat_service.binding import open_names
from heartbeat_service.doctor.finding import Finding, ok, problem

CHECK = "api"


def check_binding(settings: Settings) -> list[Finding]:
    """Require a token for each host name that other machines can reach, as ``heartbeat serve`` does."""
    host, demands = settings.host, settings.api_token is not None
    names = [] if demands else list(open_names(settings))
    found = [_open(variable, name) for variable, name in names]
    if found:
        return found
    if demands:
        return [ok(CHECK, f"The HTTP API listens on {host} and demands a token.")]
    return [
        ok(
            CHECK,
            f"The HTTP API listens on {host} and answers this machine alone.",
        )
    ]


def _open(variable: str, name: str) -> Finding:
    if variable == "HEARTBEAT_HOST":
        said = f"The HTTP API would listen on {name}, beyond this machine, without a token."
        return problem(
            CHECK, said, f"set HEARTBEAT_API_TOKEN to a long random text, or {variable} to 127.0.0.1"
        )
    said = f"The HTTP API could be called as {name}, which others can reach, without a token."
    return problem(
        CHECK, said, f"set HEARTBEAT_API_TOKEN to a long random text, or leave {name} out of {variable}"
    )
