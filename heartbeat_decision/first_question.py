"""What happens before the first question to a model: the client library is imported."""

from __future__ import annotations

import asyncio
import importlib

REMEDY = "install it anew: pip install --force-reinstall langchain-ollama"
_LIBRARY = "heartbeat_decision.library"
_imported: set[str] = set()


class LibraryError(Exception):
    """The client library is missing or broken; the message says why."""


async def import_library() -> None:
    """Import the client library unless this was done; in a thread, since it takes 0.2 s and reads files.

    Raises:
        LibraryError: it cannot be imported.
    """
    if _LIBRARY not in _imported:
        await asyncio.to_thread(check_library)
        _imported.add(_LIBRARY)


def check_library() -> None:
    """Import the client library.

    Raises:
        LibraryError: it cannot be imported.
    """
    try:
        importlib.import_module(_LIBRARY)
    except ImportError as error:
        raise LibraryError(f"the package langchain-ollama cannot be imported ({error})") from error
