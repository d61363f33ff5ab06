"""Check the environment's proxies and certificates: which of them apply, and whether they can be used."""

from __future__ import annotations

from collections.abc import Mapping

from heartbeat.settings import Settings
from heartbeat.text import sentence
from heartbeat.transport import CERTIFICATES, PROXIES, NetworkError, find_route, open_sync_transport
from heartbeat_service.doctor.finding import Finding, ok, problem

CHECK = "network"


def check_network(settings: Settings, environment: Mapping[str, str]) -> list[Finding]:
    """Report how the model server and the webhook are reached, and which variables do not apply to them."""
    found = [_way("The model server", settings.ollama_url, environment)]
    if settings.webhook_url:
        found.append(_way("The webhook", settings.webhook_url.get_secret_value(), environment))
    bad = [each for each in found if each.level != "ok"]
    said = [each.said for each in found if each.level == "ok"]
    return bad or [ok(CHECK, " ".join([*said, *_unused(environment, said)]))]


def _way(whom: str, url: str, environment: Mapping[str, str]) -> Finding:
    try:
        route = find_route(url, environment)
        open_sync_transport(url).close()
    except NetworkError as error:
        said, _, remedy = str(error).partition("; ")
        return problem(CHECK, sentence(f"{whom} cannot be reached: {said}"), remedy)
    return ok(CHECK, sentence(f"{whom} is reached {route.words.strip() or 'directly'}"))


def _unused(environment: Mapping[str, str], said: list[str]) -> list[str]:
    used = " ".join(said)
    names = sorted(
        name
        for name, value in environment.items()
        if name.upper() in _NAMES and value.strip() and name.upper() != "NO_PROXY" and name not in used
    )
    return [sentence(f"Not used for that: {', '.join(names)}")] if names else []


_NAMES = {name.upper() for name in (*PROXIES, *CERTIFICATES)}
