"""Backups of a workspace: take one while it is in use, and restore one."""

from heartbeat.backup.manifest import Manifest
from heartbeat.backup.restore import Report, restore
from heartbeat.backup.take import Backup, take

__all__ = ["Backup", "Manifest", "Report", "restore", "take"]
