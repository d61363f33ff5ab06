"""Check the client library of model servers."""

from __future__ import annotations

from heartbeat.text import sentence
from heartbeat_decision.first_question import REMEDY, LibraryError, check_library
from heartbeat_service.doctor.finding import Finding, ok, problem

CHECK = "library"


def check_client() -> list[Finding]:
    """Import the library as the first question of a process does."""
    try:
        check_library()
    except LibraryError as error:
        return [problem(CHECK, sentence(f"No model can be asked: {error}"), REMEDY)]
    return [ok(CHECK, "The package langchain-ollama is there.")]
