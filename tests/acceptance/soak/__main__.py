"""``python -m tests.acceptance.soak --deliveries 1000 --sorts keys,search --seed 1``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.acceptance.crash.scene import Nursery
from tests.acceptance.soak.child import PATIENCE
from tests.acceptance.soak.fire import SORTS, burn, field_of


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.acceptance.soak", description="Deliver while processes are killed and frozen."
    )
    parser.add_argument("--deliveries", type=int, default=1000, help="to each sort of forum")
    parser.add_argument("--sorts", default=",".join(SORTS), help=f"some of {', '.join(SORTS)}")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    asked = given.sorts.split(",")
    if unknown := [name for name in asked if name not in SORTS]:
        parser.error(f"--sorts: {', '.join(unknown)}; allowed: {', '.join(SORTS)}")
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:6.1f}  {what}", file=sys.stderr, flush=True)

    wrong: list[str] = []
    nursery = Nursery("tests.acceptance.soak.child", PATIENCE)
    try:
        for name in asked:
            for plain in (False, True):
                number = given.deliveries // 2 + (0 if plain else given.deliveries % 2)
                with (
                    tempfile.TemporaryDirectory() as folder,
                    field_of(Path(folder), nursery, SORTS[name], plain=plain) as ground,
                ):
                    report = burn(ground, name, number, given.seed, tell)
                print(report.line(), flush=True)
                wrong += [f"{name}: {each}" for each in report.wrong]
    finally:
        nursery.close()
    print(*(wrong or ["All of it as it must be."]), sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
