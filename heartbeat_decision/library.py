"""Import ChatOllama and the Ollama client library even if the environment would make the import fail.

While it is imported, the library builds a default client from the proxies, certificates and address in the
environment, and fails if one of them is not usable. Heartbeat never uses that client, so a failed import is repeated
without these variables.
"""

from __future__ import annotations

import importlib
import os

from heartbeat.transport import CERTIFICATES, PROXIES

_OLLAMA_VARIABLES = ("OLLAMA_HOST", "OLLAMA_API_KEY")


def _import() -> None:
    try:
        importlib.import_module("ollama")
    except Exception:  # noqa: BLE001 - if the cause is another one, the second import raises it
        hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.upper() in _NAMES}
        try:
            importlib.import_module("ollama")
        finally:
            os.environ.update(hidden)


_NAMES = {name.upper() for name in (*PROXIES, *CERTIFICATES, *_OLLAMA_VARIABLES)}
_import()

from langchain_ollama import ChatOllama  # noqa: E402
from ollama import ResponseError  # noqa: E402

__all__ = ["ChatOllama", "ResponseError"]
