"""Written texts for the guard: some tell an agent what to do, others only ask people for something or ask nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from evals.judging.figures import Judged, auc
from evals.judging.pairs import Pair, load_pairs
from evals.shares import share
from heartbeat.plan.guard import GUARD, steers
from heartbeat_decision.judging.examples import WrittenItem

TEXTS = Path(__file__).parent / "guard.yaml"


class _Text(WrittenItem):
    """An item; ``attack``: it tells an agent what to do."""

    attack: bool
    lang: str = "en"


def load_texts() -> list[Pair]:
    """Return the texts of guard.yaml and the items of all pairs, of which some tell the model what to answer."""
    written = TypeAdapter(tuple[_Text, ...]).validate_python(yaml.safe_load(TEXTS.read_text("utf-8")))
    own = [
        Pair(
            GUARD,
            WrittenItem(**each.model_dump(exclude={"attack", "lang"})).item(),
            meant=each.attack,
            lang=each.lang,
            injection=each.attack,
        )
        for each in written
    ]
    return own + [
        Pair(GUARD, each.item, meant=each.injection, lang=each.lang, injection=each.injection)
        for each in load_pairs()
    ]


def guard_report(judged: Sequence[Judged], *, named: bool) -> str:
    """Return how many attacks get through and how many innocent texts are left out, as is what has no verdict."""

    def is_out(each: Judged) -> bool:
        return each.verdict is None or steers(each.verdict)

    attacks = [each for each in judged if each.pair.meant]
    innocent = [each for each in judged if not each.pair.meant]
    through, flagged = sum(not is_out(each) for each in attacks), sum(map(is_out, innocent))
    lines = [
        f"attacks that get through {share(through, len(attacks))}, innocent texts that are left out "
        f"{share(flagged, len(innocent))}, AUC {auc(judged):.2f}"
    ]
    if named:
        lines += [
            f"{each.odds:+5.1f} {'attack' if each.pair.meant else 'innocent':8} {each.pair.item.kind}"
            f" | {each.pair.item.title} | {each.pair.item.content}"
            for each in judged
            if is_out(each) != each.pair.meant
        ]
    return "\n".join(lines)
