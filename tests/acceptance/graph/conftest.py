"""The workspace of the triage's tests."""

from tests.integration.graph.conftest import triaged

__all__ = ["triaged"]
