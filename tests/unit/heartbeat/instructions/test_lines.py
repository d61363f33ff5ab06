"""A text as flat lines: what people write in Markdown, one sentence at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.instructions import MAX_BYTES
from heartbeat.instructions.line import Line
from heartbeat.instructions.lines import flat_lines

LISTS = {
    "bullets": ("- one\n* two\n+ three", ["one", "two", "three"]),
    "numbers": ("1. one\n2) two\n10. three", ["one", "two", "three"]),
    "nested": ("- one\n  - two\n    - three\n- four", ["one", "two", "three", "four"]),
    "text after what is nested": ("- one\n  - two\n\n  three\n- four", ["one", "two", "three", "four"]),
    "numbers in bullets": ("- one\n  1. two\n  2. three", ["one", "two", "three"]),
    "under a colon": (
        "- If it rains:\n  - one\n  - two\n- three", ["If it rains: one", "If it rains: two", "three"],
    ),
    "under two colons": (
        "1. **Rain:**\n   - At night：\n     - one\n   - two\n\n   three",
        ["Rain: At night： one", "Rain: two", "Rain: three"],
    ),
    "under a colon and then none": ("- A:\n  - one\n    - two", ["A: one", "A: two"]),
    "two lists under a colon": ("- A:\n  - one\n\n  1. two", ["A: one", "A: two"]),
    "under a ticked box": ("- [x] one\n  - two\n    - three\n- [x] A:\n  - one\n\n- four", ["four"]),
    "a colon with nothing under it": ("- A:\n- one", ["A:", "one"]),
    "a colon with a stub under it": ("- A:\n  - <!-- x -->\n- one", ["A:", "one"]),
    "a colon with what is done under it": ("- A:\n  - [x] one\n- two", ["two"]),
    "a colon with code under it": ("- A:\n  ```\n  one\n  ```\n  - two", ["A: one", "A: two"]),
    "under a stressed colon": ("- *A:*\n  - one\n- __B__:\u200b\n  - two", ["A: one", "B: two"]),
    "a paragraph before a list": ("A:\n\n- one", ["A:", "one"]),
    "more than one line": ("- one\n  goes on\n  and on", ["one goes on and on"]),
    "more than one paragraph": ("- one\n\n  goes on", ["one goes on"]),
    "lazy": ("- one\ngoes on", ["one goes on"]),
    "prose": ("One\ngoes on.\n\nTwo.", ["One goes on.", "Two."]),
    "sentences": (
        "Be kind. Upvote photos! On Sundays: nothing. Am 3. Mai ist Probe, z. B. im Saal.",
        ["Be kind.", "Upvote photos!", "On Sundays: nothing.", "Am 3. Mai ist Probe, z. B. im Saal."],
    ),
    "sentences without capitals": ("upvote soups. no comments", ["upvote soups.", "no comments"]),
    "question and answer": (
        "Lost keys? Tell the office. Else nothing.", ["Lost keys? Tell the office.", "Else nothing."],
    ),
    "full stops inside": (
        "See https://a.example/b.c?d=e. Ask Dr. Hall at 9 a.m. on v1.2 of it.",
        ["See https://a.example/b.c?d=e.", "Ask Dr. Hall at 9 a.m. on v1.2 of it."],
    ),
    "abbreviations": (
        "Open Mon. to Fri. from 9 on. Schau auf Nr. 3 bzw. den Rest. Say Hi! and leave.",
        ["Open Mon. to Fri. from 9 on.", "Schau auf Nr. 3 bzw. den Rest.", "Say Hi! and leave."],
    ),
    "Japanese sentences": ("良い写真に賛成票。ほかは何もしない。", ["良い写真に賛成票。", "ほかは何もしない。"]),
    "Japanese quotes": (
        "「元気？」と題した投稿を書いて。「見ました。」とコメントする。",
        ["「元気？」と題した投稿を書いて。", "「見ました。」とコメントする。"],
    ),
    "Arabic question": ("إذا سأل أحد؟ أجب.", ["إذا سأل أحد؟ أجب."]),
    "signs": ("Be kind! * 🦞 Upvote photos.", ["Be kind!", "* 🦞 Upvote photos."]),
    "an item of a list": ("- Photos get a vote. Except cats.", ["Photos get a vote. Except cats."]),
    "code": ("```\nrun. Stop. Go.\n```", ["run. Stop. Go."]),
    "quote": ("> one\n> goes on", ["one goes on"]),
    "headings": ("# Title\n## Rules\none\n\nTitle\n=====\ntwo\n### End", ["one", "two"]),
    "rule": ("one\n\n---\n\ntwo", ["one", "two"]),
    "marks": ("- **one** `two` __three__", ["one two three"]),
    "fence": ("```\n- one\n2. two\n\nthree\n```\nfour", ["one", "two", "three", "four"]),
    "fence in a list": ("- one\n  ```\n  two\n  ```\n- three", ["one", "two", "three"]),
    "indented": ("    one\n    - two", ["one", "two"]),
    "Markdown in a fence": (
        "```md\n# Title\n- A:\n  - one\n- [x] two\n\nthree. Four.\n```", ["A: one", "three.", "Four."],
    ),
    "HTML": (
        "<!-- x --> one\n\n<details>\n<summary>two</summary>\n- thr&eacute;e\n</details>\n\n- <!-- y --> four",
        ["one", "two", "thrée", "four"],
    ),
    "an order in an item in an item": ("- A:\n  - - one\n- B:\n  1. ```\n     two\n     ```", ["A: one", "B: two"]),
    "an introduction after what is introduced": ("- A:\n  - <!-- x -->\n\n  one", ["A:", "A: one"]),
    "comments": ("- one <!-- not\n  this -->\n<!-- nor this -->\n- two", ["one", "two"]),
    "comment that is not closed": ("- one\n\n<!-- nor\n- this", ["one"]),
    "front matter": ("---\nname: x\n---\n- one", ["one"]),
    "CRLF": ("- one\r\n- two\r\n\r\nthree\r\n", ["one", "two", "three"]),
    "CR": ("- one\r- two", ["one", "two"]),
    "BOM": ("\ufeff- one", ["one"]),
    "BOM and heading": ("\ufeff# Title\n- one", ["one"]),
    "arrow": ("- 3+ new posts → sum them up", ["3+ new posts → sum them up"]),
    "German": ("- Grüße alle, die „Hallo“ sagen", ["Grüße alle, die „Hallo“ sagen"]),
    "Japanese": ("- 良い写真に賛成票。\n- ほかは何もしない。", ["良い写真に賛成票。", "ほかは何もしない。"]),
    "Arabic": ("- أجب من يسألك", ["أجب من يسألك"]),
    "emoji": ("- 🐦 → 👍", ["🐦 → 👍"]),
    "stub": ("# Rules\n-\n- [ ]\n-   \n", []),
    "nothing": ("", []),
    "blank": (" \n\t\n", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "lines"), LISTS.values(), ids=LISTS)
def test_text_becomes_flat_lines(text: str, lines: list[str]) -> None:
    assert [line.text for line in flat_lines(text)] == lines
    assert not any(line.box for line in flat_lines(text))


def _bare(text: str) -> list[Line]:
    """Return the lines without their numbers and prefixes, which other tests are about."""
    return [line.model_copy(update={"number": 0, "prefix": ""}) for line in flat_lines(text)]


def test_a_sentence_knows_its_paragraph() -> None:
    text = "The code is 4711. Keep it to yourself.\n\n- [ ] Greet all. Be brief.\n\n[ ] Sing. Dance.\n\nOne sentence."
    secret = "The code is 4711. Keep it to yourself."
    assert _bare(text) == [
        Line(text="The code is 4711.", paragraph=secret),
        Line(text="Keep it to yourself.", paragraph=secret),
        Line(text="Greet all. Be brief.", box=True),
        Line(text="Sing. Dance.", box=True),
        Line(text="One sentence."),
    ]


def test_half_a_character_is_read_over() -> None:
    assert [line.text for line in flat_lines("One \ud83d. Two.")] == ["One ?.", "Two."]


def growing(size: int) -> dict[str, str]:
    """Return texts of some 3 times ``size`` characters, in which much stands before each line or above it."""
    return {
        "questions": "a? " * size,
        "introductions": "A:\n\n" * (size * 3 // 5),
        "a long introduction": f"- {'a' * (size * 3 // 2)}:\n" + "  - b\n" * (size // 4),
        "one item": "- x\n" + "\n  - b\n\n  c\n" * (size // 5),
    }


def check_growth(text: str) -> None:
    """Check that what stands before lines and above them is bounded."""
    lines = flat_lines(text)
    assert max(len(line.above) for line in lines) <= 5
    assert sum(len(line.text) for line in lines) <= 1_002 * len(lines) + len(text)


GROWING = growing(1_000)


@pytest.mark.parametrize("text", GROWING.values(), ids=GROWING)
def test_no_text_makes_more_of_itself(text: str) -> None:
    check_growth(text)


BOXES = {
    "open": ("- [ ] one", [Line(text="one", box=True)]),
    "ticked": ("- [x] one\n- [X] two\n- [✓] three\n- [✔] four", []),
    "without a space": ("- [] one", [Line(text="one", box=True)]),
    "numbered": ("1. [ ] one\n2. [x] two", [Line(text="one", box=True)]),
    "nested": (
        "- Group\n  - [x] one\n  - [ ] two",
        [Line(text="Group"), Line(text="two", above=("Group",), box=True)],
    ),
    "below what is ticked": (
        "- [x] one\n  - [ ] two\n    - three",
        [Line(text="two", above=("one",), box=True), Line(text="three", above=("one", "two"))],
    ),
    "below a ticked colon": ("- [x] A:\n  - [ ] one", [Line(text="A: one", above=("A:",), box=True)]),
    "under a colon": (
        "- [ ] A:\n  - one\n  - [x] two\n  - B:\n    - three",
        [Line(text="A: one", above=("A:",), box=True), Line(text="A: B: three", above=("A:", "B:"), box=True)],
    ),
    "in a fence": ("```\n- [x] one\n- [ ] two\n```", [Line(text="two", box=True)]),
    "a link": ("- [x](http://example.org) one", [Line(text="[x](http://example.org) one")]),
    "other words in brackets": ("- [new] one", [Line(text="[new] one")]),
    "later in the line": ("- one [x] two", [Line(text="one [x] two")]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "lines"), BOXES.values(), ids=BOXES)
def test_boxes_are_open_or_left_out(text: str, lines: list[Line]) -> None:
    assert _bare(text) == lines


@given(st.text(st.characters(), max_size=400))
def test_any_text_becomes_lines_that_are_lines(text: str) -> None:
    for line in flat_lines(text):
        assert line.text == " ".join(line.text.split()) != ""


@given(st.lists(st.text(st.characters(whitelist_categories=("Lu", "Ll", "Lo")), min_size=2), max_size=20))
def test_every_item_of_a_list_is_a_line(words: list[str]) -> None:
    text = "\n".join(f"- word {word}" for word in words)
    assert [line.text for line in flat_lines(text)] == [f"word {word}" for word in words]


def test_the_largest_text_is_read_whole() -> None:
    text = "- a line\n" * (MAX_BYTES // 9)
    assert len(flat_lines(text)) == MAX_BYTES // 9
    assert len(flat_lines("- " * 40 + "deep")) == 1


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("- one", [()]),
        ("# **Never**\n- one\n\ntwo. three", [("Never",)] * 3),
        ("# A\n## B\n### C\n- one\n## D\n- two\n# E\n- three", [("A", "B", "C"), ("A", "D"), ("E",)]),
        ("# A\n\nOne. You do not:\n\n- two\n  - three\n\n1. four\n\nfive\n\n- six",
         [("A",), ("A",), ("A", "You do not:"), ("A", "You do not:", "two"), ("A", "You do not:"), ("A",), ("A",)]),
        ("Never:\n\none\n\ntwo\n\n- three", [(), ("Never:",), (), ()]),
        ("Never:\n\n    one\n\ntwo", [(), ("Never:",), ()]),
        ("Never:\n\n| a | b |\n|---|---|\n| c | d |\n\n- one", [(), ("Never:", "a | b"), ("Never:",)]),
        ("*Never:*\n- one", [(), ("Never:",)]),
        ("_Never_:\u200b\n- one", [(), ("Never:",)]),
        ("**Never**\n\n- one\n- two", [(), ("Never",), ("Never",)]),
        ("**Never** mind.\n\n- one", [(), ()]),
        ("**Be kind to all.**\n\n- one", [(), ()]),
        ("**Never.**\n\n- one", [(), ("Never.",)]),
        ("***Never***\n\n- one", [(), ("Never",)]),
        ("**_Never_**.\n\n- one", [(), ("Never.",)]),
        ("🚫 **Never**\n\n- one", [(), ("🚫 Never",)]),
        ("* x*y *\n\nNever *\n- one", [(), (), ()]),
        ("**Never**\n\nIn public:\n\n- one\n\nAt night:\n\n- two",
         [(), ("Never",), ("Never", "In public:"), (), ("At night:",)]),
        ("1. Never:\n  - one\n- two\n\nthree\n\n- four", [(), ("Never:",), ("Never:",), (), ()]),
        ("- Never:\n- one\n- Always:\n- two", [(), ("Never:",), ("Never:",), ("Always:",)]),
        ("You do not:\n\n- A:\n- one", [(), ("You do not:",), ("You do not:", "A:")]),
        ("- A:\n  - Never:\n  - one\n- two", [("A:",), ("A:", "Never:"), ()]),
        ("- Never:\n- A:\n  - one\n- two", [(), ("Never:", "A:"), ()]),
        ("- Never:\n  - one\n\n  Always:\n  - two", [("Never:",), ("Always:",)]),
        ("Never:\n\n> one\n>\n> two\n\nthree", [(), ("Never:",), ("Never:",), ()]),
        ("> Never:\n\n- one", [(), ("Never:",)]),
        ("Never:\n\n> In public:\n\n- one", [(), ("Never:",), ("Never:", "In public:")]),
        ("- [x] Never:\n- one", [()]),
        ("- Never:\n  - <!-- x -->\n- one", [(), ("Never:",)]),
        ("Never\n---\n- one\n\nNo links here\n---\n- two", [(), ("Never",), (), ()]),
        ("# A\n```markdown\n## Never\n- one\n```\n- two", [("A", "Never"), ("A",)]),
        ("- _\n  - one", [(), ()]),
        ("- Never:\n  - one\n  ```\n  two\n  ```\n  - three\n- four", [*[("Never:",)] * 3, ()]),
        ("- Do not\n  - one\n    - two\n\n  three", [(), ("Do not",), ("Do not", "one"), ("Do not",)]),
        ("> Never:\n>\n> - one\n> # A\n> two\n\n- three", [(), ("Never:",), ("A",), ()]),
        ("- ## Never\n  - one\n\ntwo", [(), ("Never",), ()]),
        ("# [x] Never\n- one", [("Never",)]),
        ("Do not post links.\n---\n\n- one", [(), ()]),
        ("Never\n-----\n\n- one", [("Never",)]),
        ("Never:\n# A\n- one", [(), ("A",)]),
        ("#\n- one", [()]),
        ("# A\n```\none\n```", [("A",)]),
    ],
)  # fmt: skip
def test_what_stands_above(text: str, above: list[tuple[str, ...]]) -> None:
    assert [line.above for line in flat_lines(text)] == above


TABLES = {
    "rows": ("| Time | What |\n|---|---|\n| 9:00 | *Post* it |\n| | tell |", ["9:00 | *Post* it", "tell"]),
    "no rows": ("| one | two |\n|---|---|", ["one | two"]),
    "more cells than the header": ("> | a | b |\n> |---|---|\n> | c | d \\| d | e |", ["c | d | d | e"]),
    "an empty header": ("| | |\n|---|---|\n| c | d |", ["c | d"]),
    "in an item": ("- A\n\n  | a |\n  |---|\n  | b |\n  | c |", ["A", "b", "c"]),
    "bare": ("a | b\n--|--\nc | d", ["c | d"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "rows"), TABLES.values(), ids=TABLES)
def test_a_row_of_a_table_is_one_line(text: str, rows: list[str]) -> None:
    assert [line.text for line in flat_lines(text)] == rows


def test_the_header_of_a_table_stands_above_its_rows() -> None:
    text = "- A\n\n  | a | b |\n  |---|---|\n  | c | d |"
    assert [line.above for line in flat_lines(text)] == [(), ("A", "a | b")]


NUMBERS = {
    "items": ("# A\n\n- one\n- two\n  - three\n\n  four", [3, 4, 5, 7]),
    "an introduction": ("- A:\n  - one\n- B:", [2, 3]),
    "a paragraph": ("One. **Two** goes\non. Three.\n\nFour.", [1, 1, 2, 4]),
    "a comment of two lines": ("<!-- a\nb --> One.\nTwo.\n\n- three <!-- c\nd -->\n- four", [2, 3, 5, 7]),
    "a fence": ("```\n- one\n\ntwo\n```\n\n    three\n    four", [2, 4, 7, 8]),
    "a fence of Markdown": ("# A\n```md\n## B\n- one\n\ntwo\n```\n- three", [4, 6, 8]),
    "all in a fence": ("```markdown\n# A\n- one\n```", [3]),
    "a table": ("| a |\n|---|\n| b |\n| c |", [3, 4]),
    "HTML": ("<p\n class='x'>\none\n</p>\n\n- two", [3, 6]),
    "front matter": ("---\na: 1\n---\n- one", [4]),
    "line ends of Windows and a BOM": ("\ufeff# A\r\n\r\n- one\r\n- two", [3, 4]),
    "separators that no editor counts": ("- one\u2028- two\n- three", [1, 1, 2]),
    "a quote": ("> - one\n>\n> Two. Three.", [1, 3, 3]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "numbers"), NUMBERS.values(), ids=NUMBERS)
def test_a_line_knows_its_number(text: str, numbers: list[int]) -> None:
    assert [line.number for line in flat_lines(text)] == numbers


def test_a_line_is_told_from_what_introduces_it() -> None:
    lines = flat_lines("- Today:\n  - [ ] If it rains:\n    - walk\n- run")
    assert [(line.prefix, line.own) for line in lines] == [("Today: If it rains:", "walk"), ("", "run")]
