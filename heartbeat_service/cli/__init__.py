"""The command line: ``heartbeat``."""

from heartbeat_service.cli.app import main

__all__ = ["main"]
