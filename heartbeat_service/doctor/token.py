"""Check the token of the HTTP API."""

from __future__ import annotations

from heartbeat.settings import Settings
from heartbeat.text import sentence
from heartbeat.token_file import TokenFile, TokenFileError
from heartbeat_service.doctor.finding import Finding, ok, warning

CHECK = "token"


def check_token(settings: Settings) -> list[Finding]:
    """Report a token file that cannot be used; nobody can log in with it as soon as it is needed."""
    file = TokenFile.of(settings)
    if settings.api_token is not None:
        return [ok(CHECK, "The token is that of HEARTBEAT_API_TOKEN.")]
    try:
        token = file.read()
    except TokenFileError as error:
        return [warning(CHECK, sentence(error.said), error.mend)]
    if token is None:
        return [ok(CHECK, f"There is none yet; it is made in {file.path} when it is needed.")]
    return [ok(CHECK, f"The token is in {file.path}; it is needed once something private is connected.")]
