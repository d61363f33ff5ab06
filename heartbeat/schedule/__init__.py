"""Pure time: intervals, active hours and zones. Nothing here looks at a clock."""

from heartbeat.schedule.interval import parse_interval
from heartbeat.schedule.window import parse_minute, parse_zone

__all__ = ["parse_interval", "parse_minute", "parse_zone"]
