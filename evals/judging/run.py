"""Judge the written pairs with a real model and compare with the right answers.

Answers are kept in a file, so that a run goes on where one stopped.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from evals.judging.figures import Judged, cuts, rows
from evals.judging.guarded import guard_report, load_texts
from evals.judging.pairs import LOOKED_AT, Pair, load_pairs
from evals.kept import DEADLINE, KeptAsk
from heartbeat.plan.guard import GUARD
from heartbeat_decision.asking import PortAsk
from heartbeat_decision.judging import UnjudgedError, guard, judge, prompt_version
from heartbeat_decision.model import OllamaModel


async def run(pairs: Sequence[Pair], ask: KeptAsk) -> list[Judged]:
    """Judge the pairs one after the other and return them with their verdicts."""
    judged = []
    for pair in pairs:
        try:
            verdict = (
                guard(pair.item, ask) if pair.question == GUARD else judge(pair.question, pair.item, ask)
            )
            judged.append(Judged(pair, await verdict))
        except UnjudgedError:
            judged.append(Judged(pair, None))
    return judged


def report(judged: Sequence[Judged], *, named: bool) -> str:
    """Return the figures as text; with ``named`` also each pair that is judged wrong."""
    found = rows("all", judged)
    if len(judged) > LOOKED_AT:
        found += rows("looked at", judged[:LOOKED_AT]) + rows("not looked at", judged[LOOKED_AT:])
    for name, some in (
        ("English", [each for each in judged if each.pair.lang == "en"]),
        ("other languages", [each for each in judged if each.pair.lang != "en"]),
        ("injections", [each for each in judged if each.pair.injection]),
    ):
        if some:
            found += rows(name, some)
    found += cuts(judged)
    if named:
        found += [
            f"{each.odds:+5.1f} {'yes' if each.pair.meant else 'no':3} {each.pair.question} | {each.pair.item.kind}"
            f" | {each.pair.item.title} | {each.pair.item.content}"
            for each in judged
            if not each.right
        ]
    return "\n".join(found)


def main() -> None:
    """Measure all pairs, or the first of them."""
    parser = argparse.ArgumentParser(prog="python -m evals.judging", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:11434")
    parser.add_argument("--model", required=True)
    parser.add_argument("--answers", type=Path, required=True, help="where answers are kept, one a line")
    parser.add_argument("--first", type=int, help="only so many pairs, from the beginning")
    parser.add_argument("--named", action="store_true", help="also name the pairs that are judged wrong")
    parser.add_argument("--guard", action="store_true", help="ask the guard about texts instead")
    given = parser.parse_args()
    pairs = (load_texts() if given.guard else load_pairs())[: given.first]
    ask = KeptAsk(PortAsk(OllamaModel(), given.url, given.model, DEADLINE), given.answers)
    judged = asyncio.run(run(pairs, ask))
    seconds = sum(row["seconds"] for row in ask.given) / len(pairs)
    print(f"{given.model}, words {prompt_version()}, {ask.fresh} answers are new, {seconds:.1f} s a pair")
    print((guard_report if given.guard else report)(judged, named=given.named))
