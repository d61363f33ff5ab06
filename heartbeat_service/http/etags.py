"""Parse the fields If-Match and If-None-Match (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Request

from heartbeat.errors import StaleError
from heartbeat.instructions.condition import Condition

_TAG = re.compile(
    r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)|\s*([\w.-]+)\s*(?:,|$)|\s*(?:,|$)', re.ASCII
)
"""One list element: a weak or strong tag; a word without quotes, as people copy the sha256; or nothing."""


@dataclass(frozen=True)
class Tags:
    """The tags of one field: ``everything`` for ``*``, or a list; ``malformed`` if it cannot be parsed as one."""

    everything: bool = False
    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    malformed: bool = False

    def name(self, tag: str) -> bool:
        """Return whether a tag is listed, by weak comparison as for If-None-Match."""
        return self.everything or tag in self.strong | self.weak


def parse_tags(lines: list[str]) -> Tags | None:
    """Return the tags of all lines of a field; None if the field is missing."""
    if not lines:
        return None
    text = ", ".join(lines)
    if text.strip() == "*":
        return Tags(everything=True)
    strong: set[str] = set()
    weak: set[str] = set()
    at = 0
    while at < len(text):
        found = _TAG.match(text, at)
        if found is None:
            return Tags(malformed=True)
        mark, quoted, word = found.groups()
        if quoted is not None or word is not None:
            (weak if mark else strong).add(word if quoted is None else quoted)
        at = found.end()
    return Tags(strong=frozenset(strong), weak=frozenset(weak), malformed=not strong | weak)


def condition_of(if_match: Tags | None, if_none_match: Tags | None = None) -> Condition | None:
    """Return the condition of both fields on the text to be replaced; None if both are missing.

    Raises:
        StaleError: one of the fields can never match.
    """
    if if_match is None and if_none_match is None:
        return None
    wanted, known = if_match or Tags(everything=True), if_none_match or Tags()
    if wanted.malformed or known.malformed:
        raise _no_list("If-Match" if wanted.malformed else "If-None-Match")
    if not wanted.everything and not wanted.strong:
        raise StaleError(
            "If-Match: only weak ETags (W/) are named, which say too little to replace a text; "
            "send the sha256 of the text in quotes"
        )
    return Condition(
        any_of=None if wanted.everything else wanted.strong,
        none_of=known.strong | known.weak,
        there=if_match is not None,
        absent=known.everything,
    )


def _no_list(field: str) -> StaleError:
    return StaleError(f'{field}: not a list of ETags; allowed: *, or tags in quotes such as "a", "b"')


def _if_match(
    request: Request,
    _: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="ETags, one of which the text to be replaced must have; * requires that there is a text; "
            "412 otherwise.",
        ),
    ] = None,
) -> Tags | None:
    return parse_tags(request.headers.getlist("if-match"))


def _if_none_match(
    request: Request,
    _: Annotated[
        str | None,
        Header(
            alias="If-None-Match",
            description="To read: known ETags; 304 if the text has one of them. To write: ETags that the text must "
            "not have; * requires that there is no text yet; 412 otherwise.",
        ),
    ] = None,
) -> Tags | None:
    return parse_tags(request.headers.getlist("if-none-match"))


IfMatch = Annotated[Tags | None, Depends(_if_match)]
IfNoneMatch = Annotated[Tags | None, Depends(_if_none_match)]


class BothTags(NamedTuple):
    """The tags of If-Match and If-None-Match; None for a field that is missing."""

    if_match: Tags | None
    if_none_match: Tags | None

    def condition(self) -> Condition | None:
        """Return the condition of both fields; see `condition_of`."""
        return condition_of(self.if_match, self.if_none_match)


async def _both_tags(if_match: IfMatch = None, if_none_match: IfNoneMatch = None) -> BothTags:
    return BothTags(if_match, if_none_match)


Preconditions = Annotated[BothTags, Depends(_both_tags)]
