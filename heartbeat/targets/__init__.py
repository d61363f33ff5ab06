"""Targets: where actions go."""

from heartbeat.targets.forum import ForumTarget
from heartbeat.targets.nowhere import NoTarget
from heartbeat.targets.port import Target

__all__ = ["ForumTarget", "NoTarget", "Target"]
