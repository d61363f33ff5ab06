"""What happens before the first question to a model: the client library is imported."""

from __future__ import annotations

import asyncio
import importlib

_LIBRARY = "heartbeat_decision.library"
_imported: set[str] = set()


async def import_library() -> None:
    """Import the client library unless this was done; in a thread, since it takes 0.2 s and reads files."""
    if _LIBRARY not in _imported:
        await asyncio.to_thread(importlib.import_module, _LIBRARY)
        _imported.add(_LIBRARY)
