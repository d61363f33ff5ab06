"""``heartbeat serve`` in which every action hangs for good, in a thread that nobody can stop."""

from __future__ import annotations

import sys
import threading

from heartbeat_service.cli import main
from nodes.services import Services

HANGS = "an action hangs"


def _hang(point: str) -> None:
    if point == "before:dispatch":
        print(HANGS, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    Services.from_settings.__func__.__kwdefaults__["probe"] = _hang  # type: ignore[attr-defined]
    sys.argv = ["heartbeat", "serve"]
    main()
