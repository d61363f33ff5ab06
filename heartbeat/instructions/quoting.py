"""Quoting of a task's name and prompt, so that YAML does not cut them."""

from __future__ import annotations

import re

_FIELD = re.compile(
    r"(?P<head>(?P<indent>[ \t]*(?:-[ \t]+)?)(?P<quote>[\"']?)(?P<key>name|prompt)(?P=quote)[ \t]*:[ \t]+)"
    r"(?P<value>\S.*)"
)
_BLOCK = re.compile(r"[|>][-+0-9]*(?:[ \t]+#.*)?")
_QUOTED = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')(?P<rest>[ \t]*(?:#.*)?)", re.DOTALL)
_COLLECTION = re.compile(r"[^\]}]*|.*[\]}][ \t]*(?:#\s.*)?", re.DOTALL)
_COMMENT = {"prompt": re.compile(r"(?:^|\s)#"), "name": re.compile(r"(?:^|\s)#\S")}
"""A name may be followed by a comment ("tea # mine"); a prompt may not, since its end would be lost silently."""
_COLON = re.compile(r":(?:\s|$)")


class AmbiguousValueError(ValueError):
    """A value that YAML would cut and that may contain another field; ``line`` is 0-based."""

    def __init__(self, line: int) -> None:
        super().__init__("there is a # and a colon in it")
        self.line = line


def quoted(text: str, *, all_of_them: bool = False) -> str:
    """Return an entry with its name and prompt quoted where YAML would find a comment in them.

    The lines of the entry are kept. ``all_of_them`` quotes all plain values, also those that begin with a YAML
    indicator (``@``, ``%``, a quotation mark that closes too early). A value with a colon is left for YAML to refuse,
    since another field may have been meant.

    Raises:
        AmbiguousValueError: a value that would be cut has a colon.
    """
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        field = _FIELD.fullmatch(lines[at])
        if field is None:
            at += 1
            continue
        end = _end(lines, at, len(field["indent"]))
        value = [field["value"], *lines[at + 1 : end]]
        if _is_plain(value, all_of_them=all_of_them) and not _BLOCK.fullmatch(value[0].rstrip()):
            bracket = value[0][0] in "[{"
            cut = any(_COMMENT[field["key"]].search(each) for each in value)
            colon = any(_COLON.search(each) for each in value)
            if cut and colon and not bracket:
                raise AmbiguousValueError(at)
            if (cut or bracket or all_of_them) and not colon:
                value[-1] = value[-1].rstrip()
                made = f"'{_escaped(value)}'".split("\n")
                lines[at:end] = [field["head"] + made[0], *made[1:]]
        at = end
    return "\n".join(lines)


def _end(lines: list[str], first: int, column: int) -> int:
    """Return the index after the last continuation line of the value of a key at ``column`` in line ``first``."""
    end = first + 1
    for at in range(first + 1, len(lines)):
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip()) <= column:
            break
        if line.strip():
            end = at + 1
    return end


def _is_plain(value: list[str], *, all_of_them: bool) -> bool:
    whole = "\n".join(value).rstrip()
    if whole[0] in "\"'":
        scalar = _QUOTED.fullmatch(whole)
        if scalar is None:
            return all_of_them
        return re.match(r"[ \t]+#\S", scalar["rest"]) is not None
    # "[urgent] look" is not a flow list; "[look" is an unclosed one.
    return whole[0] not in "[{" or _COLLECTION.fullmatch(whole) is None


def _escaped(value: list[str]) -> str:
    return "\n".join(value).replace("'", "''")
