"""The files of judging, read ahead."""

from __future__ import annotations

from heartbeat_decision.judging.guard import fixed as fixed_of_guard
from heartbeat_decision.judging.question import fixed as fixed_of_question
from heartbeat_decision.judging.question import prompt_version


def read_prompts() -> None:
    """Read what judging needs of its files, once a process; to be called where reading files may take its time."""
    fixed_of_guard()
    fixed_of_question()
    prompt_version()
