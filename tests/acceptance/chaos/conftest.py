"""The scene of the runners' suite."""

from tests.integration.runners.conftest import scene, world

__all__ = ["scene", "world"]
