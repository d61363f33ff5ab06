"""Read cases from YAML files strictly; an error is one sentence that names the file and the case."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from evals.case import Case
from evals.strict import explain, read_list
from heartbeat.errors import HeartbeatError, InvalidValueError, NotFoundError

Half = Literal["tuning", "held_out", "world", "unseen", "injections"]
HALVES: tuple[Half, ...] = ("tuning", "held_out")
"""What ``all`` means: the cases about forum and conversation."""
ALL_HALVES: tuple[Half, ...] = (*HALVES, "world", "unseen", "injections")
FOLDER = Path(__file__).parent / "cases"


class CaseError(HeartbeatError):
    """A case file that cannot be read, or an invalid case in it."""


class Loaded(NamedTuple):
    """A case and the half it belongs to."""

    half: Half
    case: Case


def read_cases(path: Path) -> list[Case]:
    """Return the cases of one file, in its order.

    Raises:
        CaseError: the file is missing or is not a list of cases, or a case in it is invalid.
    """
    cases = [
        _case(path, number, values) for number, values in enumerate(read_list(path, "cases", CaseError), 1)
    ]
    names = [case.name for case in cases]
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"{path.name}: the name {name!r} is given twice")
    return cases


def load_cases(which: str = "all", only: str | None = None, folder: Path = FOLDER) -> list[Loaded]:
    """Return the cases of one file or of ``all`` of `HALVES`; ``only`` is a category or the name of one case.

    A half without a file has no cases.

    Raises:
        InvalidValueError: ``which`` is another value.
        NotFoundError: no case has that half, category or name.
        CaseError: a file or a case is invalid.
    """
    if which not in (*ALL_HALVES, "all"):
        raise InvalidValueError(
            "cases", f"cases: {which!r} is not allowed; allowed: {', '.join(ALL_HALVES)} or all"
        )
    halves = HALVES if which == "all" else tuple(half for half in ALL_HALVES if half == which)
    found = [
        Loaded(half, case)
        for half in halves
        if (path := folder / f"{half}.yaml").exists()
        for case in read_cases(path)
    ]
    names = [case.name for _, case in found]
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"the name {name!r} is given in both halves")
    chosen = [each for each in found if only is None or only in (each.case.category, each.case.name)]
    if not chosen:
        raise NotFoundError(f"there is no case {only!r}" if only else f"there are no cases in {which}")
    return chosen


def with_gold(loaded: Sequence[Loaded]) -> list[Loaded]:
    """Return the cases that have a gold plan.

    Raises:
        NotFoundError: none has.
    """
    found = [each for each in loaded if each.case.plan is not None]
    if not found:
        raise NotFoundError("none of these cases has a gold plan")
    return found


def fingerprint(loaded: Sequence[Loaded]) -> str:
    """Return a short hash of the cases, which tells whether two runs had the same cases."""
    digest = hashlib.sha256()
    for half, case in loaded:
        digest.update(f"{half} {case.model_dump_json()}\n".encode())
    return digest.hexdigest()[:12]


def _case(path: Path, number: int, values: object) -> Case:
    name = values.get("name") if isinstance(values, dict) else None
    where = f"{path.name}, case {number}" + (f" ({name})" if isinstance(name, str) else "")
    try:
        return Case.model_validate(values)
    except ValidationError as error:
        raise CaseError(f"{where}: {explain(error)}") from None
