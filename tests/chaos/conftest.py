"""The scene of the runners' suite."""

from tests.runners.conftest import empty_database, scene, world

__all__ = ["empty_database", "scene", "world"]
