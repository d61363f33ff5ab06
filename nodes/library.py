"""Imports the client library of Ollama, whatever the environment holds.

The library builds a client of its own while it is imported, by proxies, certificates and an address that may not
concern the server which Heartbeat asks; where one of them cannot be used, the import fails. It is then done without
them, since that client is never used.
"""

from __future__ import annotations

import importlib
import os

from heartbeat.transport import CERTIFICATES, PROXIES

_ITS_OWN = ("OLLAMA_HOST", "OLLAMA_API_KEY")


def _import() -> None:
    try:
        importlib.import_module("ollama")
    except Exception:  # noqa: BLE001 - whatever it is, the second time it is raised
        hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.upper() in _NAMES}
        try:
            importlib.import_module("ollama")
        finally:
            os.environ.update(hidden)


_NAMES = {name.upper() for name in (*PROXIES, *CERTIFICATES, *_ITS_OWN)}
_import()

from langchain_ollama import ChatOllama  # noqa: E402
from ollama import ResponseError  # noqa: E402

__all__ = ["ChatOllama", "ResponseError"]
