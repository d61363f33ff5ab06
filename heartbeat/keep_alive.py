"""How long a model server keeps a model loaded after a call, in the form of Ollama."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator

_SPAN = re.compile(r"(?=\d)(\d{1,5}h)?(\d{1,5}m)?(\d{1,5}s)?", re.ASCII)


def parse_keep_alive(value: object) -> int | str:
    """Return a span such as ``30m`` as it is, and -1 (for ever) and 0 (not at all) as numbers.

    Ollama's API refuses a string without a unit.

    Raises:
        ValueError: it is neither.
    """
    word = str(value).strip()
    if word in ("-1", "0"):
        return int(word)
    if not _SPAN.fullmatch(word):
        raise ValueError("neither a span nor -1 or 0")
    return word


KeepAlive = Annotated[int | str, BeforeValidator(parse_keep_alive)]
