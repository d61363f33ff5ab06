"""The full workspace of the integration tests."""

from tests.integration.heartbeat.backup.conftest import full

__all__ = ["full"]
