"""What the lines of instructions are read with: one model for the whole workspace, and its digest."""

from __future__ import annotations

from heartbeat.settings import Settings
from heartbeat.store import plan_readings
from heartbeat.store.reading_claim import ReaderState
from heartbeat_decision.reading import prompt_version
from nodes.known import own_kinds
from nodes.services import Services


def reader_model(settings: Settings) -> str:
    """Return the name of the model that reads lines for the whole workspace."""
    return settings.reader_model or settings.model


def reads_of(services: Services, state: ReaderState) -> str:
    """Return the hash of what lines are read with; empty while the digest of the model is not known."""
    if not state.digest or state.model != reader_model(services.settings):
        return ""
    return plan_readings.reads_with(state.digest, prompt_version(), own_kinds(services))
