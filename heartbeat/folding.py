"""Fold text for comparison regardless of case, Unicode composition and invisible characters."""

from __future__ import annotations

import re
import unicodedata

_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Default_Ignorable_Code_Point of the Unicode Character Database (DerivedCoreProperties)."""
_DOTTED = str.maketrans({"ı": "i"})


def fold(text: str) -> str:
    """Return the text folded for comparison; the result is idempotent.

    Implements canonical caseless matching (Unicode 3.13, D145). In addition, default ignorable characters are
    dropped, and the dotted and dotless i are equal, since "I" is the capital of both.
    """
    if text.isascii():
        return text.lower()
    visible = _IGNORABLE.sub("", text)
    folded = unicodedata.normalize("NFD", visible).casefold()
    composed = unicodedata.normalize("NFC", folded)
    return composed.replace("i\u0307", "i").translate(_DOTTED)


def fold_compatible(text: str) -> str:
    """Return the folded text with compatibility forms (full-width letters, ligatures) replaced by plain ones."""
    return fold(unicodedata.normalize("NFKC", fold(unicodedata.normalize("NFKC", text))))
