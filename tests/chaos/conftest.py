"""The scene of the runners' suite."""

from tests.runners.conftest import scene, world

__all__ = ["scene", "world"]
