"""Checks of everything a beat needs, each with a remedy; none of them changes the workspace."""

from heartbeat_service.doctor.examination import examine
from heartbeat_service.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]
