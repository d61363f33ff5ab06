"""A run as stored on disk: model and settings, every result, and the statistics."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.figures import Figures, Result
from evals.play import Asked

FOLDER = Path(__file__).parent / "runs"
_FORMAT = 1


class Commit(BaseModel):
    """The commit that was measured; ``changed`` is whether the working tree had uncommitted changes."""

    model_config = ConfigDict(frozen=True)

    id: str
    changed: bool


class Run(BaseModel):
    """One run. ``which`` and ``only`` are the selection of cases, ``cases`` is their fingerprint."""

    model_config = ConfigDict(frozen=True)

    format: int = _FORMAT
    started_at: datetime
    finished_at: datetime
    ended: str | None = Field(None, description="Why the run stopped before its last case; none did.")
    model: str
    settings: dict[str, Any]
    prompt_version: str
    commit: Commit | None
    which: str
    only: str | None
    cases: str
    figures: dict[str, dict[str, Figures]]
    results: list[Result]

    @property
    def stem(self) -> str:
        """Name of the run's files without extension: the instant of its start, and the model."""
        name = re.sub(r"[^A-Za-z0-9.]+", "-", self.model).strip("-.")
        return f"{self.started_at:%Y%m%dT%H%M%S%f}-{name}"


def settings_of(asked: Asked) -> dict[str, Any]:
    """Return the settings of the model for the report, without the password in its address."""
    url = httpx.URL(asked.url).copy_with(userinfo=b"")
    settings = {"url": str(url), "temperature": asked.temperature, "timeout": asked.timeout}
    return {**settings, "plan": asked.plan.value} if asked.plan else settings


def save(run: Run, folder: Path = FOLDER) -> Path:
    """Write the run as JSON, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{run.stem}.json"
    path.write_text(run.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def previous(run: Run, folder: Path = FOLDER) -> Run | None:
    """Return the latest complete run before this one with the same model and selection of cases."""
    for path in sorted(folder.glob("*.json"), reverse=True):
        other = _read(path)
        if (
            other
            and other.ended is None
            and other.started_at < run.started_at
            and (other.model, other.which, other.only) == (run.model, run.which, run.only)
            and other.settings.get("plan") == run.settings.get("plan")
        ):
            return other
    return None


def commit() -> Commit | None:
    """Return the commit of the working tree; None outside of git."""
    found = list(_git("rev-parse", "HEAD"))
    return Commit(id=found[0], changed=bool(list(_git("status", "--porcelain")))) if found else None


def _read(path: Path) -> Run | None:
    # Runs of an older format are skipped.
    try:
        return Run.model_validate_json(path.read_bytes())
    except ValidationError:
        return None


def _git(*arguments: str) -> Iterator[str]:
    try:
        done = subprocess.run(  # noqa: S603 - arguments of our own
            ["git", *arguments],  # noqa: S607 - whichever git the developer has
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return
    if done.returncode == 0:
        yield from done.stdout.splitlines()
