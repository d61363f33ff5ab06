"""Find the names of boards, connections and services in the words of a line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from heartbeat.plan.needs import Known
from heartbeat.plan.rule import PLACES_LIMIT, PlacedBody, RuleBody
from heartbeat.plan.words import About, Do

_SPACELESS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
"""Letters of scripts that put no space between words, or none before particles: beside them any name stands alone."""
_INSIDE = rf"[^\W{_SPACELESS}]"
"""A character beside which a name is a part of a longer word."""
_POSTS = frozenset({Do.POST})
_ON_FORUM = frozenset({Do.POST, Do.COMMENT, Do.VOTE_UP, Do.VOTE_DOWN})


def find_names(text: str, names: Iterable[str], *, as_written: bool = False) -> tuple[str, ...]:
    """Return the names that stand in a text as words of their own, in the order in which they first do.

    Case does not matter, unless they must stand there ``as_written``. Where one name holds another, the longer one is
    found. A name may stand after ``@`` or ``#`` and in quotation marks; as a part of a longer word, of an address or
    of a file's name it is not found.
    """
    ordered = sorted({name for name in names if name}, key=lambda name: (-len(name), name))
    if not ordered:
        return ()
    by_key = {name.casefold(): name for name in reversed(ordered)}
    matches = _pattern(ordered, 0 if as_written else re.IGNORECASE).finditer(text)
    found = (by_key.get(match["name"].casefold()) for match in matches)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _pattern(ordered: Iterable[str], flags: int) -> re.Pattern[str]:
    choice = "|".join(re.escape(name) for name in ordered)
    before = rf"(?<!{_INSIDE})(?<![\w./\\-][-./\\@])(?<![/\\])"
    after = rf"(?!{_INSIDE})(?![-./\\@:]\w)(?![/\\])"
    return re.compile(rf"{before}(?P<name>{choice}){after}", flags)


def place(body: RuleBody, text: str, known: Known) -> PlacedBody:
    """Return what was read from a line with the boards and connections that its words name.

    What takes the act is where it goes: a board for a post, a connection that takes the kind. Others are places if
    they show what the rule is about.
    """
    found = find_names(text, known.nameable)
    where = next(_destinations(body, found, known), None)
    body = _about_named(body, [name for name in found if name != where], known)
    places = [name for name in found if name != where and _shows(name, body, known)]
    return PlacedBody(**dict(body), places=tuple(places[:PLACES_LIMIT]), where=where)


def _about_named(body: RuleBody, found: Iterable[str], known: Known) -> RuleBody:
    """Return a rule that is about what the named connections show, where what was read fits none of them.

    Measured on the tuning lines (docs/evals.md): a name is a better sign than what the model takes it for.
    """
    shown = {known.shows[name] for name in found if name in known.shows and name not in known.boards}
    shown.discard(About.FORUM)
    if not shown or not shown.isdisjoint(body.about):
        return body
    return body.model_copy(update={"about": tuple(sorted(shown))})


def _destinations(body: RuleBody, found: Collection[str], known: Known) -> Iterator[str]:
    """Yield the names that an act of this kind can go to."""
    for name in found:
        if name in known.boards:
            if body.do in _POSTS:
                yield name
        elif body.do in known.takes.get(name, ()):
            yield name


def _shows(name: str, body: RuleBody, known: Known) -> bool:
    """Return whether a board or connection shows what a rule is about."""
    shown = {known.shows[name]} if name in known.shows else set()
    if name in known.boards and (body.about or body.do in _ON_FORUM):
        shown.add(About.FORUM)
    return bool(shown) and (not body.about or not shown.isdisjoint(body.about))
