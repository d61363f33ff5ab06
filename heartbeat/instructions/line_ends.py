"""Where lines end: for the reading of a text, and for the numbers that its owner sees.

Notes, word processors and terminals end lines by signs that editors do not count (U+2028 and others). They end a line
for the reading; the number that is told stays that of the line which an editor shows.
"""

from __future__ import annotations

import re

COUNTED = r"\r\n|[\n\r]"
"""What ends a line in every editor, the panel's included."""
_READ = re.compile(COUNTED + r"|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_COUNTED = re.compile(COUNTED)


def one_kind(text: str) -> str:
    """Return the text without BOM, all its line ends as ``\\n``, and with a last one."""
    # The front matter plug-in looks one character past a last line that has no line end.
    return _READ.sub("\n", text.removeprefix("\ufeff")) + "\n"


def with_ends(text: str) -> list[str]:
    """Return the lines as they are read, each with its end."""
    starts = [0, *(end.end() for end in _READ.finditer(text))]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def numbers(text: str) -> list[int]:
    """Return for each line that is read the 1-based number of the line in which an editor shows it."""
    told, line = [], 1
    for each in [*_READ.findall(text), ""]:
        told.append(line)
        line += _COUNTED.fullmatch(each) is not None
    return told
