"""What keeps a workspace from beating, and what to do about it: one small check per thing, none of which writes."""

from service.doctor.examination import examine
from service.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]
