"""Print a free port on loopback: the given one, or the next free one after it."""

from __future__ import annotations

import socket
import sys

TRIES = 100


def free_port(wish: int) -> int:
    """Return the first free port of the ``TRIES`` ports from ``wish`` on.

    Raises:
        OSError: all of them are in use.
    """
    for port in range(wish, wish + TRIES):
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {wish} to {wish + TRIES - 1}")


if __name__ == "__main__":
    sys.stdout.write(f"{free_port(int(sys.argv[1]))}\n")
