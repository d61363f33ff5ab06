"""``python -m tests.integration.simulation --seed 7`` replays one seed; ``--seeds 0:10000 --jobs 2`` runs many."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing import Pool

from tests.integration.simulation.run import SLOTS, Report, simulate


def main() -> int:
    """Run what the command line asks for; 1 where an invariant failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.integration.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay one seed and show all that happens")
    parser.add_argument("--seeds", type=_seeds, default=range(100), metavar="FIRST:END", help="run many")
    parser.add_argument("--jobs", type=int, default=2, help="processes that run them")
    parser.add_argument("--slots", type=int, default=SLOTS, help="due slots of each at least")
    given = parser.parse_args()
    if given.seed is not None:
        return _show([simulate(given.seed, slots=given.slots, verbose=True)], 1)
    with Pool(given.jobs) as pool:
        work = partial(simulate, slots=given.slots)
        return _show(pool.imap_unordered(work, given.seeds), len(given.seeds))


def _seeds(text: str) -> range:
    first, _, end = text.partition(":")
    return range(int(first), int(end or int(first) + 1))


def _show(reports: Iterator[Report] | list[Report], count: int) -> int:
    began, slots, cpu, failed = time.monotonic(), 0, 0.0, []
    for done, report in enumerate(reports, 1):
        slots, cpu = slots + report.slots, cpu + report.cpu
        if report.failure:
            failed.append(report.seed)
            print(f"\n{report.failure}\n", flush=True)
        said = f"{done} of {count} seeds, {slots} slots, {cpu / done:.2f} s of CPU each"
        print(f"\r{said}, {len(failed)} failed", end="", file=sys.stderr, flush=True)
    print(f", {time.monotonic() - began:.0f} s: {'failed ' + str(sorted(failed)) if failed else 'all hold'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
