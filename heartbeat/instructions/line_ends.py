"""Line ends: for parsing, and for the line numbers shown to the owner.

Note apps, word processors and terminals use line separators that editors do not count (U+2028 and others). The parser
splits lines at them, but reported line numbers are those that an editor shows.
"""

from __future__ import annotations

import re

COUNTED = r"\r\n|[\n\r]"
"""The line ends that all editors count, the panel's included."""
_PARSED = re.compile(COUNTED + r"|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_COUNTED = re.compile(COUNTED)


def normalise_line_ends(text: str) -> str:
    """Return the text without BOM, with all line ends as LF and a final one added."""
    # The front matter plug-in reads one character past a last line without a line end.
    return _PARSED.sub("\n", text.removeprefix("\ufeff")) + "\n"


def split_lines(text: str) -> list[str]:
    """Return the lines as the parser splits them, each with its line end."""
    starts = [0, *(end.end() for end in _PARSED.finditer(text))]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def editor_line_numbers(text: str) -> list[int]:
    """Return, for each line of the parser, the 1-based line number that an editor shows."""
    found, line = [], 1
    for each in [*_PARSED.findall(text), ""]:
        found.append(line)
        line += _COUNTED.fullmatch(each) is not None
    return found
