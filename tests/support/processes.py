"""Keeps a tier of tests in one process: a test that starts another one fails and names where it belongs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest


def _refuse(*command: Any, **_: Any) -> NoReturn:
    raise RuntimeError(
        f"a test that starts a process belongs in tests/acceptance; this one started {command!r:.200}"
    )


@pytest.fixture(scope="package", autouse=True)
def no_process() -> Iterator[None]:
    """Refuse to start a process in the folder whose conftest has this fixture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", _refuse)
        for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system"):
            if hasattr(os, name):
                patch.setattr(os, name, _refuse)
        yield
