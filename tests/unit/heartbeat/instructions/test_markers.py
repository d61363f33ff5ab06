"""Lists, boxes and headings as word processors, notes and keyboards of other scripts write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.instructions.lines import flat_lines
from heartbeat.instructions.markers import plain_markers
from heartbeat.instructions.parse import parse

NBSP, THIN, WIDE, ZERO = "\u00a0", "\u2009", "\u3000", "\u200b"
LISTS = {
    "bullets": "• one\n• two",
    "triangles": "‣ one\n‣ two",
    "white bullets": "◦ one\n◦ two",
    "squares": "▪ one\n▫ two",
    "circles": "● one\n○ two",
    "arrowheads": "➢ one\n► two",
    "coloured": "🔹 one\n🔸 two",
    "with a variation selector": "▪\ufe0f one\n▶\ufe0f two",
    "middle dots": "· one\n∙ two",
    "hyphen bullets": "⁃ one\n⁃ two",
    "Katakana dots": "・one\n･two",
    "no space": "•one\n•two",
    "tabs of a word processor": "•\tone\n•\ttwo",
    "Word's second level": "o\tone\no\ttwo",
    "Word's symbol font": "\uf0b7\tone\n\uf0a7\ttwo",
    "en dashes": "– one\n– two",
    "em dashes": "— one\n— two",
    "minus signs": "− one\n− two",
    "full-width hyphens": "－one\n－ two",
    "full-width asterisks": "＊ one\n＊ two",
    "no-break spaces": f"-{NBSP}one\n*{NBSP}two",
    "narrow no-break spaces": "-\u202fone\n-\u202ftwo",
    "thin spaces": f"-{THIN}one\n+{THIN}two",
    "ideographic spaces": f"-{WIDE}one\n-{WIDE}two",
    "zero-width spaces": f"-{ZERO} one\n•{ZERO}two",
    "indented by no-break spaces": f"{NBSP * 4}- one\n{NBSP * 4}- two",
    "indented by ideographic spaces": f"{WIDE}・one\n{WIDE}・two",
    "numbers with no-break spaces": f"1.{NBSP}one\n2){NBSP}two",
    "full-width numbers": "１．one\n２．two",
    "full-width parentheses": "1）one\n2） two",
    "both parentheses": "（1）one\n（２）two",
    "enumeration commas": "1、one\n2、two",
    "circled numbers": "①one\n② two",
    "numbers with full stops": "⒈one\n⒉two",
    "keycaps": "1\ufe0f\u20e3 one\n2\ufe0f\u20e3 two",
    "Arabic digits": "١. one\n٢. two",
    "quoted": "> • one\n> • two",
    "after a line that introduces": "Look at:\n– one\n– two",
    "wrapped": "– one\n– two",
}
SHOWN = "one", "two"


ENDS = ("\n", "\r\n", "\u2028", "\u2029", "\x85", "\v", "\f", "\x1e")


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_a_list_is_a_list_in_the_reading_and_in_the_lines(text: str) -> None:
    for end in ENDS:
        written = f"## Rules\n\n{text}\n".replace("\n", end)
        found = parse(written)

        shown = tuple(line.text.removeprefix("Look at: ") for line in flat_lines(written))
        assert shown[-2:] == SHOWN, repr(end)
        assert found.content == found.body == written
        assert not found.problems


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("- [ ] one", False),
        (f"- [{NBSP}] one", False),
        (f"-{NBSP}[ ]{NBSP}one", False),
        (f"- [{WIDE}] one", False),
        ("- ［　］one", False),
        ("-[ ] one", False),
        ("[ ] one", False),
        ("☐ one", False),
        ("☐one", False),
        ("- ☐ one", False),
        ("• ☐ one", False),
        ("1）☐ one", False),
        ("☑ one", True),
        ("☑\ufe0f one", True),
        ("☒ one", True),
        ("- ☑ one", True),
        ("- ［x］ one", True),
        ("- [✅] one", True),
        ("[x] one", True),
        ("✓ one\n☐ other", True),
        ("- ✔ one\n- [ ] other", True),
    ],
)
def test_a_checkbox_is_one_however_it_is_written(text: str, done: bool) -> None:
    lines = [line for line in flat_lines(text) if line.text != "other"]

    assert [(line.text, line.box) for line in lines] == ([] if done else [("one", True)])


@pytest.mark.parametrize("sign", ["✅", "❌", "✓", "✔\ufe0f", "✗"])
def test_a_sign_that_says_something_of_its_item_stays(sign: str) -> None:
    text = f"## Rules\n{sign} one\n{sign} two\n"

    assert [line.text for line in flat_lines(text)] == [f"{sign} one", f"{sign} two"]


@pytest.mark.parametrize("mark", [f"##{NBSP}", f"##{WIDE}", "＃＃ ", f"＃＃{WIDE}"])
def test_a_heading_is_one_however_its_space_is_written(mark: str) -> None:
    (line,) = flat_lines(f"{mark}Rules\n- one\n")

    assert (line.text, line.above) == ("one", ("Rules",))


@pytest.mark.parametrize(
    "text",
    [
        "Be kind to all\n– also to strangers –\nat all times.",
        "–5 degrees are cold.",
        "—quoted",
        "●●●○○ is three of five.",
        "• • •",
        "１．５倍 is much.",
        "2、3日 later.",
        "2024年",
        "→ then post",
        "o tell it",
        "[x](https://example.org) is a link.",
        "#hashtag",
        "Text\n-\u00a0",
        "• ```",
        "    • in code",
        "```\n• in a fence\n-\u00a0and this\n```",
        "~~~text\n☐ in a fence\n~~~",
        "<div>\n• in HTML\n</div>",
        "---\ntitle: x\nlist:\n•\u00a0a: b\n---",
        "- a\n* b\n+ c\n1. d\n2) e\n- [ ] f\n- [x] g\n# h\n  - i\n\t- j\n#  k",
    ],
)
def test_what_is_no_marker_stays_as_it_is(text: str) -> None:
    assert plain_markers(text) == text


def test_code_in_an_item_stays_as_it_is() -> None:
    text = "• one\n\n    ```\n    • in code\n    -\u00a0and this\n    ```\n• two\n"

    assert plain_markers(text) == text.replace("• one", "- one").replace("• two", "- two")


def test_items_in_items_stay_in_them() -> None:
    text = "• If it rains:\n\t◦ one\n\t◦ two\n・three\n　・four\n"

    assert [line.text for line in flat_lines(text)] == [
        "If it rains: one",
        "If it rains: two",
        "three",
        "four",
    ]


def test_empty_items_ask_for_nothing() -> None:
    assert parse("## Rules\n\n•\n•\u00a0\n\n– \n\n☐\n").empty


@given(
    st.lists(st.sampled_from([*LISTS.values(), "☐ a", "```", "    x", "• ```", "> a", "", "a", "–", "<p>"]))
)
def test_the_number_of_lines_stays_and_twice_is_once(parts: list[str]) -> None:
    text = "\n".join(parts)
    once = plain_markers(text)

    assert once.count("\n") == text.count("\n")
    assert plain_markers(once).split("\n") == once.split("\n")
