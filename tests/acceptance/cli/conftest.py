"""The command line in an empty folder, as the integration tests have it."""

from tests.integration.cli.conftest import _in_own_folder, cli

__all__ = ["_in_own_folder", "cli"]
