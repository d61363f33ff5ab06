"""A collector of traces, as the integration tests have it."""

from tests.integration.heartbeat_service.test_tracing import _no_variables, collector

__all__ = ["_no_variables", "collector"]
