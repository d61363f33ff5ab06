"""Types that several calls take."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Body, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.functional_validators import AfterValidator

from heartbeat.config import Config
from heartbeat.store.tables import LARGEST_ID


def _in_range(instant: datetime) -> datetime:
    utc = instant.astimezone(UTC)
    if not 1970 <= utc.year <= 9998:
        raise ValueError("allowed: the years 1970 to 9998")
    return utc


Instant = Annotated[AwareDatetime, AfterValidator(_in_range)]
ThreadId = Annotated[
    str, Path(pattern=r"^[a-z0-9_-]{1,64}$", description="1 to 64 of a-z, 0-9, _ and -.", examples=["demo"])
]
BeatId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of a beat.", examples=[1])]
Since = Annotated[Instant | None, Query(description="ISO 8601 with an offset or Z.")]

EXAMPLE = {"every": "30m", "active_hours": {"start": "08:00", "end": "23:00"}, "timezone": "Europe/Berlin"}
ConfigFields = Annotated[
    dict[str, Any],
    Body(description="Fields of a config; docs/configuration.md lists them.", examples=[EXAMPLE]),
]


class Strict(BaseModel):
    """A body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


def config_schema() -> dict[str, Any]:
    """Return the JSON schema of a config, for the panel and for clients."""
    return Config.model_json_schema(by_alias=False)
