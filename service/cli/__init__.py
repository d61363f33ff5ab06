"""The command line: ``heartbeat``."""

from service.cli.app import main

__all__ = ["main"]
