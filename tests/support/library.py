"""The client library of models as where it is not installed."""

from __future__ import annotations

import sys

import pytest

from heartbeat_decision import first_question


def hide_library(patch: pytest.MonkeyPatch, name: str) -> None:
    """Let the import of this package fail, and let nobody have imported the library yet."""
    patch.delitem(sys.modules, "heartbeat_decision.library", raising=False)
    patch.setitem(sys.modules, name, None)
    patch.setattr(first_question, "_imported", set())
