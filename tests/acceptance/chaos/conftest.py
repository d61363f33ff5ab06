"""The scene of the runners' suite."""

from tests.acceptance.runners.conftest import scene, world

__all__ = ["scene", "world"]
