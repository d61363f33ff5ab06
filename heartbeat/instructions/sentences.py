"""Splitting of text into sentences, in any language."""

from __future__ import annotations

import re

from sentencex import segment

_LANGUAGE = "en"
"""The language whose abbreviations are known; punctuation ends sentences in every language."""
_NO_END = re.compile(r"(?:[?？؟][\"'”’»」)\]]*|(?<!\d)(?:[1-9]|[12]\d|3[01])\.)\s*$")
"""Endings that do not end a sentence: a question belongs to its answer ("Lost keys? Tell the office."), and many
languages write a full stop after the number of a day."""
_END = 60
_QUOTED = re.compile(r"[\"”’»」』)\]]$")
"""A sentence continues after a closing quotation mark without a space."""


def sentences(text: str) -> list[str]:
    """Return the trimmed sentences of a text; doubtful boundaries do not split.

    A question stays with the text after it. A lower-case letter does not begin a sentence, since an unknown
    abbreviation may precede it, unless the whole text is in lower case.
    """
    # The library does not accept lone surrogates, which JSON can contain.
    whole = text.encode(errors="replace").decode()
    small = whole == whole.lower()
    found: list[str] = []
    for part in segment(_LANGUAGE, whole):
        if found and (_goes_on(found[-1]) or _is_rest(part, small)):
            found[-1] += part
        else:
            found.append(part)
    return [sentence for each in found if (sentence := each.strip())]


def _goes_on(sentence: str) -> bool:
    # Only the end matters, and searching the whole sentence would take quadratic time.
    end = sentence[-_END:]
    return bool(_NO_END.search(end) or _QUOTED.search(end))


def _is_rest(part: str, small: bool) -> bool:
    """Return whether a part continues the sentence before it."""
    return not re.search(r"\w", part) or (part.lstrip()[:1].islower() and not small)
