"""A task's name and prompt in plain words, quoted so that YAML takes all of them."""

from __future__ import annotations

import re

_FIELD = re.compile(
    r"(?P<head>(?P<indent>[ \t]*(?:-[ \t]+)?)(?P<quote>[\"']?)(?P<key>name|prompt)(?P=quote)[ \t]*:[ \t]+)"
    r"(?P<words>\S.*)"
)
_BLOCK = re.compile(r"[|>][-+0-9]*(?:[ \t]+#.*)?")
_QUOTED = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')(?P<rest>[ \t]*(?:#.*)?)", re.DOTALL)
_COLLECTION = re.compile(r"[^\]}]*|.*[\]}][ \t]*(?:#\s.*)?", re.DOTALL)
_CUT = {"prompt": re.compile(r"(?:^|\s)#"), "name": re.compile(r"(?:^|\s)#\S")}
"""A name may have a comment after it ("tea # mine"), a prompt has none: it would lose its end unseen."""
_COLON = re.compile(r":(?:\s|$)")


class TornWordsError(ValueError):
    """Words that YAML would cut, and that may as well hold another field; ``line`` counts from 0."""

    def __init__(self, line: int) -> None:
        super().__init__("there is a # and a colon in it")
        self.line = line


def quoted(text: str, *, all_of_them: bool = False) -> str:
    """Return an entry in which YAML finds no comment in a prompt or name; its lines stay.

    ``all_of_them`` quotes all plain words, also those that begin with a sign of YAML (``@``, ``%``, a quote that ends
    too early). Words with a colon are left to YAML, which refuses them: another field may have been meant.

    Raises:
        TornWordsError: there is a colon in words that would be cut.
    """
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        field = _FIELD.fullmatch(lines[at])
        if field is None:
            at += 1
            continue
        end = _end(lines, at, len(field["indent"]))
        words = [field["words"], *lines[at + 1 : end]]
        if _is_plain(words, all_of_them=all_of_them) and not _BLOCK.fullmatch(words[0].rstrip()):
            bracket = words[0][0] in "[{"
            cut = any(_CUT[field["key"]].search(each) for each in words)
            colon = any(_COLON.search(each) for each in words)
            if cut and colon and not bracket:
                raise TornWordsError(at)
            if (cut or bracket or all_of_them) and not colon:
                words[-1] = words[-1].rstrip()
                made = f"'{_escaped(words)}'".split("\n")
                lines[at:end] = [field["head"] + made[0], *made[1:]]
        at = end
    return "\n".join(lines)


def _end(lines: list[str], first: int, column: int) -> int:
    """Return the line after the last that goes on with the words which begin in a column of the first one."""
    end = first + 1
    for at in range(first + 1, len(lines)):
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip()) <= column:
            break
        if line.strip():
            end = at + 1
    return end


def _is_plain(words: list[str], *, all_of_them: bool) -> bool:
    whole = "\n".join(words).rstrip()
    if whole[0] in "\"'":
        scalar = _QUOTED.fullmatch(whole)
        if scalar is None:
            return all_of_them
        return re.match(r"[ \t]+#\S", scalar["rest"]) is not None
    # "[urgent] look" is no list, and "[look" is one that is never closed.
    return whole[0] not in "[{" or _COLLECTION.fullmatch(whole) is None


def _escaped(words: list[str]) -> str:
    return "\n".join(words).replace("'", "''")
