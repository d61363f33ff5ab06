"""The confusion matrix, as counts and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.figures import Result

EXPECTED = ("post", "comment", "vote", "tell", "note", "none")
GOT = (*EXPECTED, "failed")


def confusion(results: Sequence[Result]) -> list[list[int]]:
    """Return the counts: a row for each expected action, a column for each actual one.

    If several actions are acceptable, the actual one counts as expected if it is among them, otherwise the first.
    """
    counts = [[0] * len(GOT) for _ in EXPECTED]
    for result in results:
        accepted = [each.action for each in result.expect]
        got = result.deed.action
        expected = next((action for action in accepted if action == got), accepted[0])
        counts[EXPECTED.index(expected)][GOT.index(got)] += 1
    return counts


def draw(results: Sequence[Result], title: str, path: Path) -> None:
    """Write the matrix as a PNG."""
    # Imported late: importing Matplotlib takes longer than counting.
    from matplotlib.figure import Figure

    counts = confusion(results)
    most = max(max(row) for row in counts) or 1
    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(counts, cmap="Blues", vmin=0, vmax=most)
    axes.set_xticks(range(len(GOT)), GOT)
    axes.set_yticks(range(len(EXPECTED)), EXPECTED)
    axes.set_xlabel("what came")
    axes.set_ylabel("what was expected")
    axes.set_title(title)
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            colour = "white" if count > most / 2 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
    figure.savefig(path, format="png", dpi=120)
