"""``python -m tests.acceptance.chaos --minutes 3 --processes 3 --threads 50 --seed 1``."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.acceptance.chaos.plan import Plan
from tests.acceptance.chaos.run import run


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.acceptance.chaos", description="Kill and freeze real processes."
    )
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--threads", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blackout", type=float, default=0, help="seconds in which nothing runs, half-way")
    parser.add_argument("--keep", type=Path, help="an empty folder to keep database and logs in")
    given = parser.parse_args()
    # So that the processes are ended also where this one is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    plan = Plan(
        seconds=60 * given.minutes,
        processes=given.processes,
        threads=given.threads,
        seed=given.seed,
        blackout=given.blackout,
    )
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:6.1f}  {what}", flush=True)

    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        report = run(plan, folder, tell)
    print(*report.lines(), sep="\n")
    return bool(report.wrong)


if __name__ == "__main__":
    sys.exit(main())
