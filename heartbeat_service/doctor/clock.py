"""Check the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from heartbeat.text import sentence
from heartbeat_service.doctor.finding import Finding, ok, problem, warning

CHECK = "clock"
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before this instant, when the program was written, is wrong."""
TOLERANCE = timedelta(minutes=1)
_REMEDY = "set the clock, by NTP if you can: timedatectl set-ntp true"


def check_clock(now: datetime, newest: datetime | None, ahead: timedelta | None) -> list[Finding]:
    """Compare the clock with the newest row of the database, and with the model server's clock if it is known."""
    said = f"The clock says {_stamp(now)}"
    if now < EARLIEST:
        return [problem(CHECK, f"{said}, which is long past.", _REMEDY)]
    found = []
    if newest and newest - now > TOLERANCE:
        wrong = f"{said}, but the newest row is of {_stamp(newest)}: it is wrong now, or was then."
        found.append(warning(CHECK, wrong, _REMEDY))
    if ahead and abs(ahead) > TOLERANCE:
        direction = "ahead of" if ahead > timedelta(0) else "behind"
        seconds = f"{abs(ahead).total_seconds():,.0f} s"
        found.append(
            warning(CHECK, f"{said}; the clock of the model server is {seconds} {direction} it.", _REMEDY)
        )
    agreed = "" if ahead is None else ", as does the model server"
    return found or [ok(CHECK, sentence(f"{said}{agreed}"))]


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
