"""Normalisation of list markers, checkboxes and headings to Markdown syntax.

Word processors and note apps write other characters for bullets and checkboxes, no-break spaces and full-width
numbers. Code, HTML, front matter and all line ends are kept unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from heartbeat.instructions.blocks import OPAQUE, lines_of, read_blocks

_GAP = r"(?:[^\S\n]|[\u200b\u2060\ufeff])"
_VARIATION = r"\ufe0f?"
_BULLETS = (
    "•‣⁃⁌⁍∙◦·・･"  # typographic bullets, also Chinese, Japanese and Korean
    "▪▫■□▢●○◉◎◘◙◆◇❖⦾⦿⬤⚫⚪"
    "▸▹►▻▶▷➢➣➤➔➧"
    "🔹🔸🔷🔶🔵🔴🟠🟡🟢🟣"
)
"""Characters that are used only as bullets; the space after them is often missing. Arrows that express a consequence
(→) are not included."""
_WORD = r"[\uf000-\uf0ff]|o(?=\t)"
"""Bullets in Word's symbol fonts, and Word's second-level bullet."""
_DASHES = "–—‒―−－‐‑＊＋"
"""Characters that also occur in sentences, so they are bullets only where an item can begin."""
BULLET = rf"[-*+{_BULLETS}{_DASHES}]"
"""A regular expression for one bullet character."""
_SIGNS = "✅❌✓✔✗✘"
"""Characters that begin an item and have a meaning, so they are kept in its text."""
_BOXES = {"☐": " ", "☑": "x", "☒": "x", "🗹": "x", "🗷": "x"}
_TICKS = "✓✔"
"""Ticked checkboxes if the text has empty boxes too; otherwise they may mark open items."""
_READ_MARKS = ("", " ", "x", "X", "✓", "✔")
_ZERO_WIDTH = {ord(sign): None for sign in "\u200b\u2060\ufeff"}
_CIRCLED = r"[\u2460-\u249b\u24eb-\u24f4\u2776-\u2793]"
_DIGITS = r"\d{1,9}"

_START = re.compile(rf"(?P<quote>(?:[ \t]{{0,3}}>[ \t]?)*)(?P<indent>{_GAP}*)(?P<rest>.*)", re.DOTALL)
_PLAIN = re.compile(rf"(?P<mark>[-*+]|[0-9]{{1,9}}[.)])(?P<gap>{_GAP}+|$)(?P<rest>.*)", re.DOTALL)
_HEADING = re.compile(rf"(?P<mark>[#＃]{{1,6}})(?P<gap>{_GAP}+)(?P<rest>.*)", re.DOTALL)
_BULLET = re.compile(rf"(?:[{_BULLETS}]{_VARIATION}|{_WORD}){_GAP}*(?P<rest>.*)", re.DOTALL)
_DASH = re.compile(rf"(?P<mark>[{_DASHES}])(?:{_GAP}+|(?<=－)(?=\D))(?P<rest>.*)", re.DOTALL)
_NUMBER = re.compile(
    rf"(?P<number>{_DIGITS})(?:(?P<sign>[．）、﹒])(?:{_GAP}+|(?!\d))|(?P<plain>[.)]){_GAP}+)(?P<rest>.*)"
    rf"|（(?P<inside>{_DIGITS})）{_GAP}*(?P<of_inside>.*)"
    rf"|(?P<circled>{_CIRCLED}){_VARIATION}{_GAP}*(?P<of_circled>.*)"
    rf"|(?P<key>[0-9])\ufe0f?\u20e3{_GAP}*(?P<of_key>.*)",
    re.DOTALL,
)
_BOX = re.compile(
    rf"(?:(?P<sign>[{''.join(_BOXES)}{_TICKS}]){_VARIATION}{_GAP}*"
    rf"|[\[［](?P<mark>{_GAP}|[xX✓✔✅☑]|)[\]］](?:{_GAP}+|(?<=］)|$))(?P<rest>.*)",
    re.DOTALL,
)
_EMPTY = re.compile(rf"{_GAP}*")
_SIGNED = re.compile(rf"[{_SIGNS}]{_VARIATION}{_GAP}*\S")
_UNSPACED_BOX = re.compile(r"-(?P<rest>\[[ xX]?\](?:\s.*|$))", re.DOTALL)
_NOT_A_BULLET = re.compile(rf"[{_BULLETS}{_DASHES}]|```|~~~")
"""Text after a bullet character that shows that it is not a bullet: another one, or a fence."""
_OPENS = (":", "：")
_MAX_PASSES = 8
"""Maximum passes over the text to find code blocks inside of new items; more do not occur in practice."""


def plain_markers(source: str) -> str:
    """Return a text with LF line ends with its markers in Markdown syntax; the number of lines is unchanged."""
    lines = source.split("\n")
    opaque = _opaque(source)
    ticks = any(box in source for box in ("☐", "[ ]"))
    changed = dict(_rewritten(lines, opaque, ticks=ticks))
    # A line that was in a paragraph before may be code inside of a new item.
    for _ in range(_MAX_PASSES if changed else 0):
        trial = "\n".join(changed.get(at, line) for at, line in enumerate(lines))
        now = _opaque(trial) & changed.keys()
        if not now:
            return trial
        for at in now:
            flat = changed[at].lstrip(" ")
            if changed[at] != flat and not lines[at].startswith((" ", "\t")):
                changed[at] = flat  # An indent of no-break spaces does not mean code.
            else:
                del changed[at]
    return source


def _opaque(source: str) -> set[int]:
    return {line for token in read_blocks(source) if token.type in OPAQUE for line in lines_of(token)}


def _rewritten(lines: list[str], opaque: set[int], *, ticks: bool) -> Iterator[tuple[int, str]]:
    """Yield the 0-based numbers and the new text of the lines that change."""
    begins = True  # Whether a new item can begin on this line.
    dashes: set[str] = set()
    for at, line in enumerate(lines):
        start = _START.fullmatch(line)
        if at in opaque or start is None or not start["rest"]:
            begins, dashes = True, set()
            continue
        rest, indent = start["rest"], start["indent"]
        made = _item(rest, may=begins or rest[0] in dashes, ticks=ticks)
        if made is not None and rest[0] in _DASHES:
            dashes.add(rest[0])
        if made is None:
            made = _heading(rest)
        begins = made is not None or rest.rstrip().endswith(_OPENS)
        if made is not None and (made != rest or indent.strip(" \t")):
            yield at, f"{start['quote']}{_spaces(indent)}{made}"


def _item(text: str, *, may: bool, ticks: bool) -> str | None:
    """Return a line that begins a list item in Markdown syntax, or None if it does not begin one.

    ``may``: ambiguous characters begin an item on this line. ``ticks``: a tick is a ticked checkbox.
    """
    if plain := _PLAIN.fullmatch(text):
        inner = _boxed(plain["rest"], ticks=ticks)
        if inner in (None, plain["rest"]) and plain["gap"][:1] in ("", " ", "\t"):
            return text
        return (
            f"{plain['mark']} {plain['rest'] if inner is None else inner}" if plain["rest"] or may else None
        )
    if unspaced := _UNSPACED_BOX.fullmatch(text):
        return f"- {unspaced['rest']}"
    if (box := _boxed(text, ticks=ticks)) and (may or text[0] not in "[［"):
        return f"- {box}"
    if bullet := _BULLET.fullmatch(text):
        return _of("-", bullet["rest"], may=may, ticks=ticks)
    if may and (dash := _DASH.fullmatch(text)):
        return _of("-", dash["rest"], may=may, ticks=ticks)
    if number := _NUMBER.fullmatch(text):
        rest = next(
            number[name] for name in ("rest", "of_inside", "of_circled", "of_key") if number[name] is not None
        )
        return _of(_number(number), rest, may=may, ticks=ticks)
    return f"- {text}" if may and _SIGNED.match(text) else None


def _of(mark: str, rest: str, *, may: bool, ticks: bool) -> str | None:
    if not rest:
        return mark if may else None
    if _NOT_A_BULLET.match(rest):
        return None
    return f"{mark} {_boxed(rest, ticks=ticks) or rest}"


def _boxed(text: str, *, ticks: bool) -> str | None:
    """Return a text that begins with a checkbox in Markdown syntax, or None if it does not."""
    box = _BOX.fullmatch(text)
    if box is None:
        return None
    if sign := box["sign"]:
        return f"[{_BOXES.get(sign, 'x')}] {box['rest']}" if ticks or sign not in _TICKS else None
    if text[0] == "[" and box["mark"] in _READ_MARKS:
        return text
    mark = " " if _EMPTY.fullmatch(box["mark"]) else "x"
    return f"[{mark}] {box['rest']}"


def _number(match: re.Match[str]) -> str:
    if circled := match["circled"]:
        return f"{int(unicodedata.numeric(circled))}."
    if inside := match["inside"]:
        return f"{int(inside)})"
    digits, sign = match["number"] or match["key"], match["sign"] or match["plain"]
    return f"{int(digits)}{')' if sign in ('）', ')') else '.'}"


def _heading(text: str) -> str | None:
    heading = _HEADING.fullmatch(text)
    if heading is None:
        return None
    if "＃" not in heading["mark"] and heading["gap"][0] in " \t":
        return text
    return f"{heading['mark'].replace('＃', '#')} {heading['rest']}"


def _spaces(indent: str) -> str:
    """Return an indent of the same width in spaces and tabs."""
    wide = indent.replace("\u3000", "  ").translate(_ZERO_WIDTH)
    return "".join(each if each in " \t" else " " for each in wide)
