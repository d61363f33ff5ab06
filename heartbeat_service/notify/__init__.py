"""Notifications: a person is told when they are needed, or when something changed for them."""

from __future__ import annotations

from heartbeat_service.notify.notifying import Notifying, telling

__all__ = ["Notifying", "telling"]
