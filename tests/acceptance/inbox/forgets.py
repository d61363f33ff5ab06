"""A process that removes and forgets the connection vault, and kills itself after a step that its arguments name."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from heartbeat.connections import Connections, editing, forgetting
from heartbeat.settings import load_settings
from heartbeat.store import Store
from heartbeat.store import forgetting as steps

BATCH = 1


def main(step: str, number: int) -> None:
    """Forget, and die after the call of this number of the function ``step``."""
    steps.BATCH = BATCH
    place: Any = forgetting if step in ("rewrite", "delete_checkpoints") else steps
    setattr(place, step, _deadly(getattr(place, step), number))
    settings = load_settings()
    editing.remove(Connections.load(settings, Store.from_settings(settings)), "vault", forget=True)


def _deadly(work: Callable[..., Any], number: int) -> Callable[..., Any]:
    calls = 0

    def run(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        result = work(*args, **kwargs)
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return run


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
