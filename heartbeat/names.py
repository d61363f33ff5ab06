"""Names of authors: which are the same, which are mentioned in a text, and how one that is claimed is shown."""

from __future__ import annotations

import unicodedata

from heartbeat.folding import fold, fold_compatible

OWNER = "owner"
"""Author of the messages of a thread's conversation that are orders."""


def same_name(first: str, second: str) -> bool:
    """Whether two names read as one: in any case, width or composition, whatever stands between their letters."""
    return _key(first) == _key(second)


def shown_author(author: str, agent: str) -> str:
    """Return the author of an item that is neither the owner's nor the agent's own, as it may be shown.

    A name that reads as the owner's or the agent's is shown as that of a stranger.
    """
    if same_name(author, OWNER) or same_name(author, agent):
        return f"a stranger called {author.strip()}"
    return author


def speaker(author: str, agent: str) -> str:
    """Return the author of a message in a thread's conversation, as it may be shown.

    There the owner and the agent speak under their names as they are; who only reads as one of them is a stranger.
    """
    return author if author in (OWNER, agent) else shown_author(author, agent)


def mentions(text: str, name: str) -> bool:
    """Whether a text names somebody as ``@name``: in any case of letters, and not within a longer word or address."""
    folded, wanted = fold(text), f"@{fold(name)}"
    start = folded.find(wanted)
    while start >= 0:
        before, after = folded[:start][-1:], folded[start + len(wanted) :][:1]
        if not (_is_of_word(before) or before in _ADDRESS or _is_of_word(after)):
            return True
        start = folded.find(wanted, start + 1)
    return False


_MARKS = ("Mn", "Mc")
_ADDRESS = ("@", ".")
"""Before ``@name``, besides parts of a word: what makes it a part of an address."""


def _is_of_word(char: str) -> bool:
    # Vowel signs of many scripts are marks, which \w leaves out.
    return char.isalnum() or char in ("_", "-") or unicodedata.category(char or " ") in _MARKS


def _key(name: str) -> str:
    folded = fold_compatible(name)
    letters = "".join(char for char in folded if char.isalnum() or unicodedata.category(char) in _MARKS)
    return letters or folded
