"""Types of parameters and bodies that several calls share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Body, Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, WithJsonSchema

from heartbeat.config import TARGETS_LIMIT, Config
from heartbeat.schedule.instants import in_years, to_utc
from heartbeat.schedule.interval import MAXIMUM, MINIMUM
from heartbeat.store.tables import LARGEST_ID
from heartbeat.targets import BUILT_IN

Instant = Annotated[AwareDatetime, AfterValidator(to_utc)]
"""An instant, converted to UTC."""
ZonedInstant = Annotated[AwareDatetime, AfterValidator(in_years)]
"""An instant with its own zone, which can be converted to UTC."""
INTERVAL = r"^([0-9]{2,5}|(?=.)([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?)$"
THREAD_ID = r"^[a-z0-9_-]{1,64}$"
ThreadId = Annotated[
    str, Path(pattern=THREAD_ID, description="1 to 64 of a-z, 0-9, _ and -.", examples=["demo"])
]
BeatId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of a beat.", examples=[1])]
Since = Annotated[Instant | None, Query(description="ISO 8601 with an offset or Z.")]

EXAMPLE = {"every": "30m", "active_hours": {"start": "08:00", "end": "23:00"}, "timezone": "Europe/Berlin"}


class Strict(BaseModel):
    """Base of request bodies: unknown fields and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


def text(most: int, *, least: int = 1) -> WithJsonSchema:
    """Return the schema of a text that the store validates; its error messages say more than pydantic's."""
    described: dict[str, Any] = {"type": "string", "minLength": least, "maxLength": most}
    return WithJsonSchema(described | ({"pattern": r"\S"} if least else {}))


def config_schema(targets: Iterable[str] = BUILT_IN) -> dict[str, Any]:
    """Return the JSON schema of config fields as callers give them; see docs/configuration.md."""
    properties: dict[str, Any] = Config.model_json_schema()["properties"]
    name = {"type": "string", "enum": list(targets), "maxLength": 64}
    properties["target"] = {
        "anyOf": [
            name,
            {"type": "array", "items": name, "minItems": 1, "maxItems": TARGETS_LIMIT, "uniqueItems": True},
        ],
        "default": properties["target"]["default"],
        "description": properties["target"]["description"],
    }
    properties["every"] = {
        "anyOf": [
            {"type": "integer", "minimum": MINIMUM, "maximum": MAXIMUM},
            {"type": "string", "pattern": INTERVAL},
        ],
        "default": properties["every"]["default"],
        "description": "Seconds, or text like 90s, 30m, 1h30m, 4h, 1d; also as every_seconds or interval.",
    }
    properties["active_hours"] = {
        "anyOf": [
            {
                "type": "object",
                "properties": {"start": _clock(23), "end": _clock(24)},
                "required": ["start", "end"],
                "additionalProperties": False,
            },
            {"type": "string", "pattern": f"^{_time(23)}-{_time(24)}$"},
            {"type": "null"},
        ],
        "default": None,
        "description": "start and end differ; times like 09:05 or 9:05, or an hour; or both as 08:00-23:00.",
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _clock(last: int) -> dict[str, Any]:
    text = {"type": "string", "pattern": f"^{_time(last)}$"}
    return {"anyOf": [{"type": "integer", "minimum": 0, "maximum": last}, text]}


def _time(last: int) -> str:
    until = "|24(:00)?" if last == 24 else ""
    return f"(([01]?[0-9]|2[0-3])(:[0-5][0-9])?{until})"


Fields = Annotated[dict[str, Any], WithJsonSchema(config_schema())]
ConfigFields = Annotated[Fields, Body(examples=[EXAMPLE])]
