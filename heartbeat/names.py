"""Names of authors: comparison, mentions, and protection against impersonation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from heartbeat.folding import fold, fold_compatible

OWNER = "owner"
"""The author of the owner's messages in a thread's conversation."""


RESERVED = (OWNER, "system", "assistant")
"""Names that nobody outside has: whoever goes by one of them could be taken for somebody who gives orders."""
_LOOKS = {
    "a": "аαɑᴀ",
    "b": "вьβƅʙ",
    "c": "сσᴄⲥ",
    "d": "ԁɗᴅ",
    "e": "еҽєεᴇ℮",
    "f": "ғϝſ",
    "g": "ɡցԍ",
    "h": "нһհηʜ",
    "i": "іιɩɪ1lӏ",
    "j": "јϳᴊ",
    "k": "кκᴋ",
    "l": "1iіӏιʟⅼ",
    "m": "мμᴍ",
    "n": "пηνռոɴπ",
    "o": "о0οσօᴏⲟס०٥၀",
    "p": "рρᴘⲣ",
    "q": "ԛզ",
    "r": "гяʀᴦ",
    "s": "ѕꜱƽ",
    "t": "тτᴛ",
    "u": "υսμцᴜʋ",
    "v": "ѵνᴠⱱ",
    "w": "ԝѡωшɯᴡա",
    "x": "хχ",
    "y": "уγυүʏ",
    "z": "ζᴢ",
}
"""By Latin letter, the digits and small letters of other scripts that look like it, as the small or the capital one.

These are the common ones of Unicode's confusables (UTS 39): Cyrillic, Greek, Armenian, Coptic, Latin small capitals.
"""
_STANDS_FOR = {
    char: frozenset({char, *(letter for letter, looks in _LOOKS.items() if char in looks)})
    for char in {*_LOOKS, *"".join(_LOOKS.values())}
}


def same_name(first: str, second: str) -> bool:
    """Return whether two names look the same, regardless of case, width, composition and punctuation."""
    return _key(first) == _key(second)


@lru_cache(maxsize=4096)
def looks_like(author: str, name: str) -> bool:
    """Return whether a name is the same as another, or is written with letters that look like those of it."""
    if same_name(author, name):
        return True
    given, wanted = (_key(each).replace("vv", "w") for each in (author, name))
    return len(given) == len(wanted) and all(map(_look_alike, given, wanted))


@lru_cache(maxsize=4096)
def shown_author(author: str, agent: str) -> str:
    """Return the display name for the author of an item by somebody other than the owner and the agent.

    A name that looks like the owner's, the agent's or a speaker's of a chat with a model (`RESERVED`) is marked as a
    stranger's, also before an address in brackets.
    """
    bare = re.split(r"[(<]|&lt;", author, maxsplit=1)[0] or author
    if any(looks_like(each, name) for each in (author, bare) for name in (*RESERVED, agent)):
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


def _look_alike(first: str, second: str) -> bool:
    return not _STANDS_FOR.get(first, frozenset(first)).isdisjoint(_STANDS_FOR.get(second, frozenset(second)))


def _key(name: str) -> str:
    folded = fold_compatible(name)
    letters = "".join(char for char in folded if char.isalnum() or unicodedata.category(char) in _MARKS)
    return letters or folded
