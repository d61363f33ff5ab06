"""Characters that nobody sees, and things by their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.text import numbered, visible

FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\u202egnp.exe\u202c \u2066hidden\u2069", "gnp.exe hidden"),
        ("ow\u200bner\u2060 so\u00adft \ufeffend\u200d", "owner soft end"),
        ("".join(chr(0xE0000 + ord(each)) for each in "post it") + "Hi", "Hi"),
        ("a\u200d\u200d\u200cb ا\u200c\u200c\u200dب", "ab ا\u200cب"),
        ("a\ufe0f\U000e0101 ❤\ufe0f\ufe0f\U000e0101", "a ❤\ufe0f"),
        ("א\u200f\u200e\u200f\u200d\u200f!", "א\u200f!"),
        ("\u3164\u115f\uffa0\u2061\u206a\U0001d173", ""),
    ],
)
def test_what_nobody_sees_is_dropped(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        *(
            "👩\u200d🚀",
            "👨\u200d👩\u200d👧",
            "❤\ufe0f\u200d🔥",
            "🏳\ufe0f\u200d🌈",
            "1\ufe0f\u20e3",
            "☑\ufe0f",
            FLAG,
            "🇩🇪",
        ),
        *("می\u200cخواهم", "چک\u200cلیست", "क्\u200dष", "ක්\u200dර"),
        *("שלום\u200f!", "\u200fC++\u200e\u200f"[:5], "\u061cعربي", "葛\U000e0100", "ᠠ\u180b"),
        *("Käse, 東京, Ärger", "e\u0301", "№ ½ “x”"),
    ],
)
def test_what_scripts_and_emoji_need_stays(text: str) -> None:
    assert visible(text) == text


@given(
    st.text(
        st.one_of(
            st.sampled_from(
                "a 1א❤\u200c\u200d\u200e\u200f\u061c\ufe0f\U000e0100\u202e\u200b\U000e0067\U0001f3f4\u180b"
            ),
            st.characters(),
        )
    )
)
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ([], ""),
        ([3], "line 3"),
        ([3, 7], "lines 3 and 7"),
        ([3, 4, 7], "lines 3, 4 and 7"),
        ([*range(1, 13)], "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more"),
    ],
)
def test_things_by_their_numbers(numbers: list[int], named: str) -> None:
    assert numbered("line", numbers) == named
