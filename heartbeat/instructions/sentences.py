"""A text as sentences, in any language."""

from __future__ import annotations

import re

from sentencex import segment

_LANGUAGE = "en"
"""Whose abbreviations are known; full stops, question marks and their like end sentences in every language."""
_NO_END = re.compile(r"(?:[?？؟][\"'”’»」)\]]*|(?<!\d)(?:[1-9]|[12]\d|3[01])\.)\s*$")
"""A question that a line asks itself goes with its answer ("Lost keys? Tell the office."), and many languages write
a full stop after the number of a day."""
_END = 60
_QUOTED = re.compile(r"[\"”’»」』)\]]$")
"""A quote that ends without a space after it goes on in its sentence."""


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without the space around them; where in doubt, two stay together.

    A question stays with what comes after it, and so does what ends before a small letter: an abbreviation that is
    not known, unless the whole text is written small.
    """
    # A half of a pair of surrogates, as JSON can bring one, is no text to the library.
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
    # Only its end counts, and to search all of it takes quadratic time.
    end = sentence[-_END:]
    return bool(_NO_END.search(end) or _QUOTED.search(end))


def _is_rest(part: str, small: bool) -> bool:
    """Whether a part begins no sentence."""
    return not re.search(r"\w", part) or (part.lstrip()[:1].islower() and not small)
