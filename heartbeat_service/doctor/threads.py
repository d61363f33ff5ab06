"""Check the threads: that there are any, what prevents their beats, and where their actions go."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from pathlib import Path

from heartbeat.errors import InvalidValueError
from heartbeat.targets import BUILT_IN, check_target
from heartbeat.text import count, sentence
from heartbeat.vocabulary import ThreadStateName
from heartbeat_service.doctor.facts import Facts, KnownThread
from heartbeat_service.doctor.finding import Finding, few, ok, problem, warning

THREADS, TARGETS, ZONES = "threads", "targets", "zones"


def check_threads(facts: Facts, database: Path) -> list[Finding]:
    """Report threads that cannot beat, and threads whose beats are prevented."""
    if not facts.threads:
        return [problem(THREADS, "There are no threads, so nothing beats.", "heartbeat init")]
    found = [
        _refused(THREADS, thread, database)
        for thread in facts.threads
        if _fault(thread) not in {None, "timezone"}
    ]
    paused = [thread for thread in facts.threads if thread.paused_reason]
    if not facts.left and not any(thread.enabled or thread.refused for thread in facts.threads):
        said = "No thread is enabled, so no scheduled beat starts."
        found.append(warning(THREADS, said, f"heartbeat threads set {facts.threads[0].id} enabled=true"))
    found = (
        few(found) + few([_paused(thread) for thread in paused]) + few(_pending(facts)) + few(_spent(facts))
    )
    if facts.left:
        whole = count(len(facts.threads) + facts.left, "thread")
        said = f"Of {whole} {len(facts.threads):,} were examined, to keep this short."
        return [*found, ok(THREADS, said)]
    return found or [ok(THREADS, _told(facts))]


def _pending(facts: Facts) -> list[Finding]:
    """Return the actions that wait for a person."""
    return [
        warning(THREADS, f"Thread {thread.id}: {each.sentence}", each.remedy)
        for thread in facts.threads
        for each in thread.approvals
    ]


def _spent(facts: Facts) -> list[Finding]:
    """Return what prevents enabled threads from acting until a budget is free again."""
    return [
        warning(THREADS, f"Thread {thread.id}: {state.sentence}", state.remedy or "wait until then")
        for thread in facts.enabled
        for state in thread.states
        if state.name == ThreadStateName.BUDGET_EXHAUSTED
    ]


def _told(facts: Facts) -> str:
    off = len(facts.threads) - len(facts.enabled)
    quiet = [
        (thread, state)
        for thread in facts.enabled
        for state in thread.states
        if state.name == ThreadStateName.QUIET
    ]
    told = count(len(facts.threads), "thread") + (f", {off} of them switched off" if off else "")
    if not quiet:
        return sentence(told)
    thread, state = quiet[0]
    first = f"Thread {thread.id}" if len(quiet) == 1 else f"The first, {thread.id}"
    return f"{told}, {len(quiet)} outside active hours now. {first}: {state.sentence}"


def check_targets(facts: Facts, known: Collection[str] = BUILT_IN) -> list[Finding]:
    """Report threads that act on a target that is not configured."""
    if not facts.threads:
        return []
    found = []
    for thread in facts.threads:
        try:
            check_target(thread.config.targets if thread.config else None, known)
        except InvalidValueError as error:
            said, _, allowed = str(error).partition("; allowed: ")
            remedy = f"heartbeat threads set {thread.id} target={allowed.split(', ')[0]}"
            found.append(problem(TARGETS, sentence(f"Thread {thread.id}: {said}"), remedy))
    used = sorted({name for thread in facts.threads if thread.config for name in thread.config.targets})
    return few(found) or [ok(TARGETS, sentence(f"Configured: {', '.join(used)}"))]


def check_zones(facts: Facts, database: Path) -> list[Finding]:
    """Report threads with a time zone that this machine does not know."""
    if not facts.threads:
        return []
    found = [_refused(ZONES, thread, database) for thread in facts.threads if _fault(thread) == "timezone"]
    used = sorted({thread.config.timezone for thread in facts.threads if thread.config})
    some = ", ".join(used[:5]) + (f" and {len(used) - 5} more" if len(used) > 5 else "")
    return few(found) or [ok(ZONES, sentence(f"Known: {some}"))]


def _fault(thread: KnownThread) -> str | None:
    return thread.refused.field if thread.refused else None


def _refused(check: str, thread: KnownThread, database: Path) -> Finding:
    error = thread.refused
    field = error.field.split(".", maxsplit=1)[0] if error else ""
    path = f"""'$."{field.replace("'", "''")}"'"""
    sql = f"UPDATE workspace SET defaults = json_remove(defaults, {path})"  # noqa: S608 - shown
    drop = f"sqlite3 {shlex.quote(str(database))} {shlex.quote(sql)}"
    if field in thread.overridden:
        drop = f"heartbeat threads unset {thread.id} {shlex.quote(field)}"
    remedy = f"pip install --upgrade tzdata; or drop the value: {drop}" if check == ZONES else drop
    said = str(error).removeprefix(f"thread {thread.id}: ")
    return problem(
        check, sentence(f"Thread {thread.id} does not beat, since its config is refused: {said}"), remedy
    )


def _paused(thread: KnownThread) -> Finding:
    reason = thread.paused_reason or ""
    return warning(
        THREADS, sentence(f"Thread {thread.id} is paused: {reason}"), f"heartbeat threads resume {thread.id}"
    )
