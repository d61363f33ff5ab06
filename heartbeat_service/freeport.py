"""Print a free port on loopback: the one that is wished for, or the next one that nobody uses."""

from __future__ import annotations

import socket
import sys

TRIES = 100


def free_port(wish: int) -> int:
    """Return ``wish``, or the first free port of the hundred after it.

    Raises:
        OSError: all of them are taken.
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
