"""Run all checks in order; none of them may raise or take long."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, ParamSpec

from heartbeat.settings import Settings
from heartbeat_service.doctor.binding import check_binding
from heartbeat_service.doctor.clock import check_clock
from heartbeat_service.doctor.connections import CHECK as CONNECTIONS
from heartbeat_service.doctor.connections import check_connections, read_connections
from heartbeat_service.doctor.databases import check_checkpoints, check_database
from heartbeat_service.doctor.facts import Facts, read_facts
from heartbeat_service.doctor.finding import Finding, unexpected, warning
from heartbeat_service.doctor.folders import check_disk, check_folders
from heartbeat_service.doctor.instructions import check_instructions
from heartbeat_service.doctor.library import CHECK as LIBRARY
from heartbeat_service.doctor.library import check_client
from heartbeat_service.doctor.models import ask_models, check_models, check_server
from heartbeat_service.doctor.network import check_network
from heartbeat_service.doctor.plan import check_plan
from heartbeat_service.doctor.plugins import check_plugins
from heartbeat_service.doctor.prompts import check_prompts
from heartbeat_service.doctor.server import CHECK as SERVER
from heartbeat_service.doctor.server import Server, visit
from heartbeat_service.doctor.threads import THREADS, check_targets, check_threads, check_zones
from heartbeat_service.doctor.timer import check_timer
from heartbeat_service.doctor.token import CHECK as TOKEN
from heartbeat_service.doctor.token import check_token
from heartbeat_service.doctor.variables import check_variables, read_settings

if TYPE_CHECKING:
    from heartbeat_decision.model import Model

P = ParamSpec("P")


async def examine(
    settings: Settings | None = None, *, clock: Callable[[], datetime], model: Model | None = None
) -> list[Finding]:
    """Check everything a beat needs; nothing is written, migrated or created.

    Without ``settings``, those of the environment are used. With a ``model``, every model in use is asked one short
    question.
    """
    if settings is None:
        try:
            settings, refused = read_settings()
        except Exception as error:  # noqa: BLE001 - every error is reported as a finding
            return [unexpected("settings", error)]
        if settings is None:
            return refused
    found = await _examine(settings, clock, model)
    return [_masked(finding, settings) for finding in found]


async def _examine(settings: Settings, clock: Callable[[], datetime], model: Model | None) -> list[Finding]:
    looking = asyncio.gather(
        _safely("settings", check_variables, settings, os.environ),
        _safely("folders", check_folders, settings),
        _safely("disk", check_disk, settings),
        _safely("checkpoints", check_checkpoints, settings.checkpoints_path),
    )
    database, facts, server = await asyncio.gather(
        _safely("database", check_database, settings.database_path),
        _facts(settings, clock()),
        _visit(settings, clock),
    )
    *before, checkpoints = await looking
    known = facts if isinstance(facts, Facts) else Facts()
    found = [*chain(*before), *database, *checkpoints]
    found += await _safely("api", check_binding, settings)
    found += await _safely(TOKEN, check_token, settings)
    found += await _safely("instructions", check_instructions, settings.instructions, settings.home, known)
    found += await _safely("prompts", check_prompts, settings)
    found += await _safely("plugins", check_plugins, settings)
    connections = None
    if isinstance(facts, Facts) and settings.database_path.exists():
        try:
            connections = await asyncio.to_thread(read_connections, settings, clock)
            found += await _safely(CONNECTIONS, check_connections, connections, settings)
        except Exception as error:  # noqa: BLE001 - a check must not end the others
            found.append(unexpected(CONNECTIONS, error))
    found += await _safely("network", check_network, settings, os.environ)
    library = await _safely(LIBRARY, check_client)
    found += library
    found += await _safely("ollama", check_server, server, known)
    found += await _safely("model", check_models, server, settings, known)
    if isinstance(facts, Facts) and facts.threads and all(finding.level == "ok" for finding in database):
        found += await _safely("plan", check_plan, settings, clock, server, facts)
    if model is not None and all(each.level == "ok" for each in library):
        found += await _caught("model", ask_models(model, server, settings, known))
    if isinstance(facts, Facts):
        found += await _safely("threads", check_threads, facts, settings.database_path)
        if connections is not None:
            found += await _safely("targets", check_targets, facts, connections.target_names)
        found += await _safely("timer", check_timer, facts, settings, clock())
        found += await _safely("zones", check_zones, facts, settings.database_path)
    elif all(finding.level == "ok" for finding in database):
        found.append(unexpected(THREADS, facts))
    else:
        said = "Threads and timer were not looked at, since the database cannot be read."
        found.append(warning(THREADS, said, "mend the database, then look again"))
    found += await _safely("clock", check_clock, clock(), known.newest, server.ahead)
    return found


async def _facts(settings: Settings, now: datetime) -> Facts | Exception:
    try:
        return await asyncio.to_thread(read_facts, settings.database_path, now)
    except Exception as error:  # noqa: BLE001 - a check must not end the others
        return error


async def _visit(settings: Settings, clock: Callable[[], datetime]) -> Server:
    try:
        return await visit(settings.ollama_url, clock, settings.ollama_authorization())
    except Exception as error:  # noqa: BLE001 - a check must not end the others
        return Server(unexpected(SERVER, error))


async def _safely(
    name: str, check: Callable[P, list[Finding]], *args: P.args, **kwargs: P.kwargs
) -> list[Finding]:
    return await _caught(name, asyncio.to_thread(check, *args, **kwargs))


async def _caught(name: str, checking: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        return await checking
    except Exception as error:  # noqa: BLE001 - a check must not end the others
        return [unexpected(name, error)]


def _masked(finding: Finding, settings: Settings) -> Finding:
    token = settings.api_token.get_secret_value() if settings.api_token else ""

    def mask(text: str) -> str:
        # First replace the whole address: its password may contain characters that end the pattern below.
        scheme, _, rest = settings.ollama_url.partition("://")
        _, at, place = rest.rpartition("@")
        if at:
            text = text.replace(settings.ollama_url, f"{scheme}://[secret]@{place}")
        text = re.sub(r"//[^/@\s]*@", "//[secret]@", text)
        return text.replace(token, "[secret]") if token else text

    remedy = mask(finding.remedy) if finding.remedy else None
    return replace(finding, said=mask(finding.said), remedy=remedy)
