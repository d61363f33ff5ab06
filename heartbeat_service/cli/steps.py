"""Output of a running beat: its steps as they finish, then its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import typer

from heartbeat.settings import Settings
from heartbeat.store.views import BeatDetail, BeatView
from heartbeat.vocabulary import FAULTS
from heartbeat_service.cli import verdict
from heartbeat_service.cli.failures import FAILED
from heartbeat_service.cli.terminal import console, print_json, say_row
from heartbeat_service.runner import Step
from heartbeat_service.thread_state import PendingApproval


def waiting(*, as_json: bool) -> AbstractContextManager[Any]:
    """Return a context manager that shows a spinner on a terminal."""
    out = console()
    return out.status("waking up ...") if out.is_terminal and not as_json else nullcontext()


class Steps:
    """Prints steps, without repeating the end of the previous step's text."""

    def __init__(self) -> None:
        self.said = ""

    def __call__(self, step: Step) -> None:
        """Print one step."""
        found = step.found.removesuffix(f": {self.said}") if self.said else step.found
        say_row(step.node, found, width=17)
        self.said = step.found


def show_end(
    detail: BeatDetail,
    settings: Settings,
    model: str,
    *,
    pending: Sequence[PendingApproval] = (),
    as_json: bool,
) -> None:
    """Show how a beat ended, and what waits for a person; exit 1 when it failed."""
    if as_json:
        print_json(
            detail.model_dump(mode="json", include={*BeatView.model_fields, *BeatView.model_computed_fields})
        )
    else:
        verdict.show(detail, settings, model, pending)
    if detail.status in FAULTS:
        raise typer.Exit(FAILED)
