"""What keeps a workspace from beating, and what to do about it: one small check per thing, none of which writes."""

from heartbeat_service.doctor.examination import examine
from heartbeat_service.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]
