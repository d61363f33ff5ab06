"""Checks for the tests of plug-ins; nothing of Heartbeat itself imports this package."""

from heartbeat.testing.targets import check_target

__all__ = ["check_target"]
