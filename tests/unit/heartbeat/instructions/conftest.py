"""Fixtures for tests that save an instructions file."""

from tests.support.saving import home, path

__all__ = ["home", "path"]
