"""Check the plan: that its lines are read, by a model that is there, and can be followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from heartbeat.errors import InvalidValueError
from heartbeat.settings import Settings
from heartbeat.store import Store
from heartbeat.text import count, sentence
from heartbeat_service.doctor.facts import Facts
from heartbeat_service.doctor.finding import Finding, few, ok, warning
from heartbeat_service.doctor.server import Server

if TYPE_CHECKING:
    from heartbeat_service.plan import PlanOf

CHECK = "plan"
LONGEST = 5.0
"""Seconds after which the remaining own texts are not checked."""
_PATIENCE = 2.0


def check_plan(
    settings: Settings, clock: Callable[[], datetime], server: Server, facts: Facts
) -> list[Finding]:
    """Report lines of HEARTBEAT.md and of threads' own texts that are not read, or cannot be followed.

    The database must have this version's schema, since opening it would migrate another; no model is asked.
    """
    # Imported late, as whatever asks a model: the other checks do without.
    from heartbeat_service.plan import plan_of
    from nodes.plan import TELLS_ONLY
    from nodes.services import Services

    found = list(_missing(settings, server))
    store = Store(settings.database_path, busy_timeout=_PATIENCE)
    try:
        services = Services.from_settings(settings, store=store, clock=clock)
        with suppress(InvalidValueError):  # the check of the instructions says why it cannot be read
            plan = plan_of(services)
            found += [warning(CHECK, f"{fault} {TELLS_ONLY}", "mend the file") for fault in plan.faults]
            found += _look("HEARTBEAT.md", "heartbeat plan", plan)
        until, left = time.monotonic() + LONGEST, 0
        for thread in facts.threads:
            if thread.instructions is None or thread.refused is not None:
                continue
            if time.monotonic() > until:
                left += 1
                continue
            name, command = f"the text of thread {thread.id}", f"heartbeat plan --thread {thread.id}"
            found += _look(name, command, plan_of(services, thread.id))
    finally:
        store.close()
    found = few(sorted(found, key=lambda each: each.level == "ok"))
    if left:
        said = f"{count(left, 'own text')} of threads were not looked at, to keep this short."
        found.append(warning(CHECK, said, "mend the other findings first, then look again"))
    return found


def _missing(settings: Settings, server: Server) -> Iterator[Finding]:
    """Yield that the reader model is missing; without one of its own the check of the models says so."""
    model = settings.reader_model
    if model is not None and model != settings.model and server.trouble is None and not server.has(model):
        yield warning(
            CHECK, f"The model {model}, which reads the lines, is not pulled.", f"ollama pull {model}"
        )


def _look(name: str, command: str, plan: PlanOf) -> list[Finding]:
    view = plan.view
    reading = view.reading
    unread = reading.of - reading.read
    wait = "waits" if unread == 1 else "wait"
    found = []
    if unread and reading.problem is not None:
        said = f"Of {name}, {count(unread, 'line')} {wait} to be read: {reading.problem}"
        found.append(warning(CHECK, sentence(said), f"mend that, then: {command}"))
    known = {each.line_id for part in (view.rules, view.quiet, view.unread) for each in part}
    failed = [line.number for line in plan.lines if line.id not in known]
    if failed:
        said = f"Of {name}, {count(len(failed), 'line')} could not be read as a rule, first line {failed[0]}"
        found.append(warning(CHECK, sentence(said), f"say it in other words, or correct it; see: {command}"))
    lacking = {rule.line: rule.lacks[0] for rule in reversed(view.rules) if rule.lacks}
    if lacking:
        first = min(lacking)
        said = f"Of {name}, {count(len(lacking), 'line')} cannot be followed, first line {first}: "
        found.append(warning(CHECK, said + lacking[first].message, lacking[first].remedy))
    if found or not reading.of:
        return found
    if unread:
        said = f"Of {name}, {count(unread, 'line')} {wait} to be read, by heartbeat serve or {command}"
        return [ok(CHECK, sentence(said))]
    return [ok(CHECK, f"{count(reading.of, 'line')} of {name} {'is' if reading.of == 1 else 'are'} read.")]
