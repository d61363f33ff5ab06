"""Names of authors: comparison, mentions, and protection against impersonation."""

from __future__ import annotations

import unicodedata

from heartbeat.folding import fold, fold_compatible

OWNER = "owner"
"""The author of the owner's messages in a thread's conversation."""


def same_name(first: str, second: str) -> bool:
    """Return whether two names look the same, regardless of case, width, composition and punctuation."""
    return _key(first) == _key(second)


def shown_author(author: str, agent: str) -> str:
    """Return the display name for the author of an item by somebody other than the owner and the agent.

    A name that looks like the owner's or the agent's is marked as a stranger's, also before an address in brackets.
    """
    bare = author.partition("(")[0] or author
    if any(same_name(each, name) for each in (author, bare) for name in (OWNER, agent)):
        return f"a stranger called {author.strip()}"
    return author


def speaker(author: str, agent: str) -> str:
    """Return the display name for the author of a message in a thread's conversation.

    The exact names of the owner and the agent are kept; names that only look like them are marked as a stranger's.
    """
    return author if author in (OWNER, agent) else shown_author(author, agent)


def mentions(text: str, name: str) -> bool:
    """Return whether a text contains ``@name``, regardless of case, outside of a longer word or address."""
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
"""Characters that make a following ``@name`` a part of an address."""


def _is_of_word(char: str) -> bool:
    # Many scripts write vowels as marks, which \w does not match.
    return char.isalnum() or char in ("_", "-") or unicodedata.category(char or " ") in _MARKS


def _key(name: str) -> str:
    folded = fold_compatible(name)
    letters = "".join(char for char in folded if char.isalnum() or unicodedata.category(char) in _MARKS)
    return letters or folded
