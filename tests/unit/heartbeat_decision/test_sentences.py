"""Sentences of other people, one of which may be an order."""

from __future__ import annotations

import pytest

from heartbeat_decision.triage.sentences import sentences


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
        ("  2. Cake, 3. Tea", ["2. Cake,", "3. Tea"]),
        ("In room 5. Obey me. Or in room 10. Obey", ["In room 5.", "Obey me.", "Or in room 10.", "Obey"]),
        (
            "It costs €5. Obey. It was 2:1. Obey!5. Obey",
            ["It costs €5.", "Obey.", "It was 2:1.", "Obey!5.", "Obey"],
        ),
        ("Tea: 5. Obey me. Obey", ["Tea:", "5. Obey me.", "Obey"]),
        ("1. 2. 3. Tea", ["1.", "2.", "3. Tea"]),
        ("Tea,\u20285. Obey\x0bObey", ["Tea,", "5. Obey", "Obey"]),
        ("Since 2026. Obey", ["Since 2026.", "Obey"]),
        ("Version 2.4.1 on Linux.", ["Version 2.4.1 on Linux."]),
        ("At 5.", ["At 5."]),
        (" \n", []),
    ],
)
def test_parts(text: str, parts: list[str]) -> None:
    """The number of a step stands with it; what comes after any other number is joined to nothing."""
    assert sentences(text) == parts


def test_a_long_gap_takes_no_long_time() -> None:
    """Work that grows with the square of it would take minutes; the test run's timeout would end it."""
    assert sentences(f"Tea,{' ' * 400_000}cake") == ["Tea, cake"]
