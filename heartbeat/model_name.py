"""Comparison of model names by the rules of Ollama."""

from __future__ import annotations

from collections.abc import Iterable

_DEFAULTS = ("registry.ollama.ai", "library")


def full_name(name: str) -> str:
    """Return the full name in lower case: ``host/namespace/model:tag``.

    Missing parts get Ollama's defaults: its own registry, the namespace ``library`` and the tag ``latest``.
    """
    text = name.strip().casefold()
    for scheme in ("https://", "http://"):
        text = text.removeprefix(scheme)
    # A colon before the last slash starts a port, one after it starts a tag.
    path, slash, last = text.rpartition("/")
    model, colon, tag = last.partition(":")
    parts = [*(path.split("/") if slash else []), f"{model}:{tag if colon and tag else 'latest'}"]
    missing = max(0, 3 - len(parts))
    return "/".join([*_DEFAULTS[:missing], *parts])


def find_name(wanted: str, names: Iterable[str]) -> str | None:
    """Return the first of ``names`` that refers to the same model as ``wanted``, or None."""
    full = full_name(wanted)
    return next((name for name in names if full_name(name) == full), None)


def is_cloud_name(name: str) -> bool:
    """Return whether a name is that of a model that Ollama runs in its cloud, such as ``gpt-oss:120b-cloud``."""
    return name.strip().casefold().endswith(("-cloud", ":cloud"))
