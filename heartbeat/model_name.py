"""Names of models, compared as Ollama compares them."""

from __future__ import annotations

from collections.abc import Iterable

_DEFAULTS = ("registry.ollama.ai", "library")


def full_name(name: str) -> str:
    """Return the whole name in small letters: ``host/namespace/model:tag``.

    What is left out is filled in as Ollama does: its own registry, the namespace ``library``, the tag ``latest``.
    """
    text = name.strip().casefold()
    for scheme in ("https://", "http://"):
        text = text.removeprefix(scheme)
    # The port of a registry stands before a slash, a tag after the last one.
    path, slash, last = text.rpartition("/")
    model, colon, tag = last.partition(":")
    parts = [*(path.split("/") if slash else []), f"{model}:{tag if colon and tag else 'latest'}"]
    missing = max(0, 3 - len(parts))
    return "/".join([*_DEFAULTS[:missing], *parts])


def find_name(wanted: str, names: Iterable[str]) -> str | None:
    """Return the one of some names that means the same model, None where none does."""
    full = full_name(wanted)
    return next((name for name in names if full_name(name) == full), None)
