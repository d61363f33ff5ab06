"""Integration tests start no process."""

from tests.support.processes import no_process

__all__ = ["no_process"]
