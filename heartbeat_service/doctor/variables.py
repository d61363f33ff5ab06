"""Check the environment variables."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from heartbeat.environment import is_service_link, is_service_name, variables_of
from heartbeat.errors import InvalidValueError
from heartbeat.settings import Settings, load_settings
from heartbeat.text import sentence
from heartbeat_service.doctor.finding import Finding, few, ok, problem, warning

CHECK = "settings"
_PREFIX = "HEARTBEAT_"
_OTHERS = {"HEARTBEAT_DEBUG"}
_TESTS = "HEARTBEAT_TEST_"


def read_settings() -> tuple[Settings | None, list[Finding]]:
    """Return the settings from the environment, or None and a finding for the variable with an invalid value."""
    try:
        return load_settings(), []
    except InvalidValueError as error:
        said, _, allowed = str(error).partition("; allowed: ")
        return None, [problem(CHECK, sentence(said), f"set {error.field} to {allowed}, or unset it")]


def check_variables(settings: Settings, environment: Mapping[str, str]) -> list[Finding]:
    """Report the settings in use, and variables that are not read; values of those are never shown."""
    counts = sentence(
        f"The databases are in {settings.home}, the instructions in {settings.instructions}; "
        f"the model is {settings.model} at {settings.ollama_url}"
    )
    known = {name for each in Settings.model_fields for name in _variables(each)} | _OTHERS
    strange = sorted(
        name
        for name in environment
        if name.upper().startswith(_PREFIX)
        and not name.upper().startswith(_TESTS)
        and name.upper() not in known
        and not is_service_name(name)
    )
    linked = [
        _linked(name, value)
        for name, value in sorted(environment.items())
        if name.upper() in known and is_service_link(name, value)
    ]
    older = [] if settings.older is None else [warning(CHECK, *settings.older)]
    return [ok(CHECK, counts), *older, *linked, *few([_unknown(name, known) for name in strange])]


def _linked(name: str, value: str) -> Finding:
    said = f"{name} is {value}, as Kubernetes sets it beside a Service of that name, and is not read."
    return warning(CHECK, said, f"enableServiceLinks: false in the pod, or set {name} yourself")


def _variables(field: str) -> list[str]:
    return [name for name in variables_of(Settings.model_fields[field], field) if name.startswith(_PREFIX)]


def _unknown(name: str, known: set[str]) -> Finding:
    # Compared without the common prefix, which would make any two names look alike.
    fields = [each.removeprefix(_PREFIX) for each in known]
    near = difflib.get_close_matches(name.upper().removeprefix(_PREFIX), fields, n=1)
    remedy = f"did you mean {_PREFIX}{near[0]}?" if near else f"unset {name}"
    return warning(CHECK, f"{name} is not a setting, and nobody reads it.", remedy)
