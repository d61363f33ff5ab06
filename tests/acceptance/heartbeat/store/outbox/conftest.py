"""The outbox of one test, as the integration tests have it."""

from tests.integration.heartbeat.store.outbox.conftest import box

__all__ = ["box"]
