"""One served world for the tests of a file, as the integration tests have it."""

from tests.integration.http.conftest import own, shared, site

__all__ = ["own", "shared", "site"]
