"""A text as sentences, in any language."""

from __future__ import annotations

import re

from sentencex import segment

_LANGUAGE = "en"
"""Whose abbreviations are known; full stops, question marks and their like end sentences in every language."""
_NO_END = re.compile(r"(?:[?？][\"'”’»」)\]]*|(?<!\d)(?:[1-9]|[12]\d|3[01])\.)$")
"""A question that a line asks itself goes with its answer ("Lost keys? Tell the office."), and many languages write
a full stop after the number of a day."""


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without the space around them."""
    # A half of a pair of surrogates, as JSON can bring one, is no text to the library.
    whole = text.encode(errors="replace").decode()
    return [part for each in segment(_LANGUAGE, whole) if (part := each.strip())]


def orders(text: str) -> list[str]:
    """Return the sentences of a line of instructions; a question stays with the sentence after it."""
    found: list[str] = []
    for sentence in sentences(text):
        if found and _NO_END.search(found[-1]):
            found[-1] = f"{found[-1]} {sentence}"
        else:
            found.append(sentence)
    return found
