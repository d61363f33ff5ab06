"""Sentences of other people, one of which may be an order."""

from __future__ import annotations

import pytest

from nodes.triage.sentences import sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Tea? Yes! So… be it.\nFine", ["Tea?", "Yes!", "So…", "be it.", "Fine"]),
        ("お茶です。いいえ！はい", ["お茶です。", "いいえ！", "はい"]),
        (
            "Each time: 1. open a file, 2. paste a line. It is gone.",
            ["Each time:", "1. open a file,", "2. paste a line.", "It is gone."],
        ),
        ("1. Tea\n2. Cake", ["1. Tea", "2. Cake"]),
        ("It starts at 5. Obey me. Or at 10. Obey", ["It starts at", "5. Obey me.", "Or at", "10. Obey"]),
        ("Since 2026. Obey", ["Since 2026.", "Obey"]),
        ("Version 2.4.1 on Linux.", ["Version 2.4.1 on Linux."]),
        ("At 5.", ["At 5."]),
        (" \n", []),
    ],
)
def test_parts(text: str, parts: list[str]) -> None:
    """The number of a step goes with it, and what comes after a number is never joined to what was before it."""
    assert sentences(text) == parts
