"""Check HEARTBEAT.md and the threads' own texts: that they are not empty, and have no problems."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from heartbeat.errors import InvalidValueError
from heartbeat.instructions import Remark, mask_secrets, read_document
from heartbeat.instructions.parse import parse
from heartbeat.text import count, sentence
from heartbeat_service.doctor.facts import Facts, KnownThread
from heartbeat_service.doctor.finding import Finding, few, ok, problem, warning

CHECK = "instructions"
LONGEST = 5.0
"""Seconds after which the remaining own texts are not checked."""


def check_instructions(path: Path, home: Path, facts: Facts) -> list[Finding]:
    """Check the workspace's file and every thread's own text."""
    own = [thread for thread in facts.threads if thread.instructions is not None]
    unused = bool(facts.threads) and not facts.left and len(own) == len(facts.threads)
    return [*_workspace(path, home, unused), *_own(own)]


def _workspace(path: Path, home: Path, unused: bool) -> list[Finding]:
    try:
        document = read_document(path, home)
    except InvalidValueError as error:
        said, remedy = str(error), "make it a UTF-8 text of at most 64 KiB that this account may read"
        return [warning(CHECK, said, remedy) if unused else problem(CHECK, said, remedy)]
    if document is None and unused:
        return [ok(CHECK, f"There is no {path}, and every thread has a text of its own.")]
    if document is None:
        return [problem(CHECK, sentence(f"There is no {path}"), "heartbeat init")]
    found = _read(str(path), document.content, f"heartbeat instructions check {path}", unused=unused)
    return found or [ok(CHECK, f"{path} is understood.")]


def _own(threads: Iterable[KnownThread]) -> list[Finding]:
    found: list[Finding] = []
    read = left = 0
    until = time.monotonic() + LONGEST
    for thread in threads:
        if time.monotonic() > until:
            left += 1
            continue
        read += 1
        name = f"The own text of thread {thread.id}"
        found += _read(name, thread.instructions or "", "mend that text", unused=False)
    found = few(found)
    if left:
        said = f"{count(left, 'own text')} of threads were not looked at, to keep this short."
        found.append(warning(CHECK, said, "mend the other findings first, then look again"))
    if read and not found:
        found.append(ok(CHECK, f"{count(read, 'thread')} with a text of its own: understood."))
    return found


def _read(name: str, content: str, remedy: str, *, unused: bool) -> list[Finding]:
    read = parse(mask_secrets(content))
    found = []
    if read.empty and not unused:
        said = f"{name} asks for nothing, so beats end before the model is asked."
        found.append(problem(CHECK, said, "write what the agent should do, in your own words"))
    if read.problems:
        found.append(problem(CHECK, f"{name}: {_told('problem', read.problems)}", remedy))
    if read.warnings:
        found.append(warning(CHECK, f"{name}: {_told('warning', read.warnings)}", remedy))
    return found


def _told(kind: str, remarks: Sequence[Remark]) -> str:
    first = f"line {remarks[0].line}: {remarks[0].message}"
    return first if len(remarks) == 1 else f"{count(len(remarks), kind)}, first on {first}"
