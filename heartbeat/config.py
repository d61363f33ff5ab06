"""The config of a thread: fields with defaults and bounds, and overrides merged field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    field_validator,
)

from heartbeat.errors import InvalidValueError
from heartbeat.schedule.interval import MAXIMUM, MINIMUM, parse_interval
from heartbeat.schedule.window import (
    TIME,
    TIME_TO_END,
    format_minute,
    in_window,
    parse_minute,
    parse_zone,
    split_hours,
)
from heartbeat.text import as_json
from heartbeat.vocabulary import ActionKind, Outflow

ACTION_KINDS = tuple(ActionKind)
ApprovalKind = Literal["post", "comment", "vote", "tell", "note", "other"]
OTHER_KINDS = "other"
"""Stands for all target-specific kinds in ``approval``."""
NO_TARGET = "none"
BUILT_IN_TARGETS = ("forum", NO_TARGET)
"""Names of the targets that are always there."""
"""The target that does nothing; it cannot be named beside others."""
TARGETS_LIMIT = 16
DEFAULT_SOURCES = "default"
"""Stands in ``sources`` for the forum, plug-in sources and every public connection."""
SOURCES_LIMIT = 64

_INTERVAL = f"{MINIMUM} to {MAXIMUM} seconds, or text like 90s, 30m, 1h30m, 4h, 1d"
_HOURS = (
    "null, text like 08:00-23:00, or an object with both start (a time like 09:05, from 00:00 to 23:59, or an "
    "hour) and end (up to 24:00) that differ"
)
ALLOWED: Mapping[str, str] = {
    "enabled": "true or false",
    "every": _INTERVAL,
    "every_seconds": _INTERVAL,
    "interval": _INTERVAL,
    "target": "the name of a configured target, a list of 1 to 16 different ones, or none (only alone)",
    "sources": "null, or a list of up to 64 different names: connections, plug-in sources, forum, and default",
    "active_hours": _HOURS,
    "active_hours.start": TIME,
    "active_hours.end": TIME_TO_END,
    "timezone": "an IANA name such as UTC or Europe/Berlin",
    "model": "null, or the name of a model, 1 to 200 characters",
    "max_tokens": "a whole number from 10 to 4000",
    "temperature": "a number from 0 to 1",
    "dry_run": "true or false",
    "approval": "never, always (all but tell), or a list of post, comment, vote, tell, note and other",
    "outflow": "guarded or allowed",
    "approval_ttl": "a whole number from 600 to 2592000 seconds",
    "fallback": "none or rules",
    "missed": "latest or skip",
    "recheck_after": "0 (always ask) to 86400 seconds",
    "max_actions_per_day": "a whole number from 1 to 1000",
    "daily_token_budget": "null, or a whole number of at least 1000",
}
"""The accepted values of each field, as quoted in validation messages."""


class ActiveHours(BaseModel):
    """A daily window of local time: start inclusive, end exclusive, may wrap midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: int = Field(
        description="Minute of the day, 0..1439; given as 09:05, 9:05 or 9, returned as 09:05."
    )
    end: int = Field(description="Minute of the day, 0..1440; given as 09:05, 9:05 or 9, returned as 09:05.")

    @field_validator("start", mode="before")
    @classmethod
    def _start(cls, value: object) -> int:
        return parse_minute(value, end=False)

    @field_validator("end", mode="before")
    @classmethod
    def _end(cls, value: object) -> int:
        return parse_minute(value, end=True)

    @field_serializer("start", "end")
    def _clock(self, minute: int) -> str:
        return format_minute(minute)


TargetName = Annotated[str, Field(min_length=1, max_length=64)]
SourceName = Annotated[str, Field(min_length=1, max_length=64)]


class Config(BaseModel):
    """The effective config of a thread.

    ``Config()`` is the default. ``to_dict`` and ``from_dict`` convert without loss.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_by_name=True)

    enabled: bool = True
    every: int = Field(
        1800, validation_alias=AliasChoices("every", "every_seconds", "interval"), description="Seconds."
    )
    target: TargetName | Annotated[list[TargetName], Field(min_length=1, max_length=TARGETS_LIMIT)] = Field(
        "forum",
        description="A name, or a list of names: each kind of action goes to the first that takes it.",
    )
    sources: Annotated[list[SourceName], Field(max_length=SOURCES_LIMIT)] | None = Field(
        None,
        description="What the thread looks at besides its conversation: names of connections, of plug-in sources, "
        "forum; null, or the word default in the list: the forum, plug-in sources and every public connection.",
    )
    active_hours: ActiveHours | None = None
    timezone: str = "UTC"
    model: str | None = Field(None, min_length=1, max_length=200)
    max_tokens: int = Field(500, ge=10, le=4000)
    temperature: float = Field(0.7, ge=0, le=1, allow_inf_nan=False)
    dry_run: bool = False
    approval: Literal["never", "always"] | list[ApprovalKind] = "never"
    outflow: Literal[Outflow.GUARDED, Outflow.ALLOWED] = Field(
        Outflow.GUARDED,
        description="Whether what it sees of a private connection may go to a public target without approval, and "
        "to a model that is not on this machine or its own network.",
    )
    approval_ttl: int = Field(86_400, ge=600, le=2_592_000, description="Seconds.")
    fallback: Literal["none", "rules"] = "none"
    missed: Literal["latest", "skip"] = "latest"
    recheck_after: int = Field(21_600, ge=0, le=86_400, description="Seconds; 0 always asks.")
    max_actions_per_day: int = Field(48, ge=1, le=1000)
    daily_token_budget: int | None = Field(None, ge=1000)

    @field_validator("every", mode="before")
    @classmethod
    def _every(cls, value: object) -> int:
        return parse_interval(value)

    @field_validator("target")
    @classmethod
    def _target(cls, value: str | list[str]) -> str | list[str]:
        if isinstance(value, list) and (
            len(set(value)) < len(value) or (NO_TARGET in value and len(value) > 1)
        ):
            raise ValueError("a name twice, or none beside others")
        return value

    @field_validator("sources")
    @classmethod
    def _sources(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and len(set(value)) < len(value):
            raise ValueError("a name twice")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        return parse_zone(value).key

    @field_validator("active_hours", mode="before")
    @classmethod
    def _window(cls, value: object) -> object:
        return split_hours(value) if isinstance(value, str) else value

    @field_validator("active_hours")
    @classmethod
    def _active_hours(cls, value: ActiveHours | None) -> ActiveHours | None:
        if value and value.start == value.end:
            raise ValueError("start and end are equal")
        return value

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build a config from plain values.

        Raises:
            InvalidValueError: a field is unknown, of the wrong type or out of bounds.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise explain(error) from None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values that ``from_dict`` reads back."""
        return self.model_dump(mode="json")

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets, in the order in which they are asked whether they take an action."""
        return (self.target,) if isinstance(self.target, str) else tuple(self.target)

    def needs_approval(self, kind: str) -> bool:
        """Return whether a person must approve an action of this kind; to be told must be named in a list."""
        named = kind if kind in ACTION_KINDS else OTHER_KINDS
        if isinstance(self.approval, list):
            return named in self.approval
        return self.approval == "always" and kind != ActionKind.TELL

    def is_active(self, instant: datetime) -> bool:
        """Return whether ``instant`` (aware) is within the active hours; True without any."""
        hours = self.active_hours
        zone = parse_zone(self.timezone)
        return hours is None or in_window(instant, start=hours.start, end=hours.end, zone=zone)


def clean_overrides(values: Mapping[str, Any]) -> dict[str, Any]:
    """Validate a partial config and return it as stored: canonical field names and plain JSON values.

    Raises:
        InvalidValueError: a field is unknown, of the wrong type or out of bounds.
    """
    config = Config.from_dict(values)
    return config.model_dump(mode="json", include=config.model_fields_set)


def effective_config(defaults: Mapping[str, Any], overrides: Mapping[str, Any]) -> Config:
    """Merge workspace defaults and a thread's overrides field by field.

    Defaults that are overridden are not validated.

    Raises:
        InvalidValueError: a field in effect is unknown, of the wrong type or out of bounds.
    """
    own = clean_overrides(overrides)
    shared = {name: value for name, value in defaults.items() if name not in own}
    return Config.from_dict({**clean_overrides(shared), **own})


def allowed_part(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[InvalidValueError]]:
    """Split a stored config into its valid fields and the errors of the others.

    Another version may have written fields or values that this one does not accept.
    """
    left: dict[str, Any] = dict(values)
    refused: list[InvalidValueError] = []
    while True:
        try:
            return clean_overrides(left), refused
        except InvalidValueError as error:
            refused.append(error)
            del left[error.field.partition(".")[0]]


def explain(error: ValidationError) -> InvalidValueError:
    """Convert a pydantic error into one whose message names the field, its value and what is allowed."""
    first = error.errors(include_url=False)[0]
    names = [str(part)[:80] for part in first["loc"]]
    if not names:
        return InvalidValueError("config", "config: not an object; allowed: an object of fields")
    if first["type"] == "extra_forbidden":
        dotted = ".".join(names)
        known = ", ".join(ActiveHours.model_fields if names[0] == "active_hours" else Config.model_fields)
        return InvalidValueError(dotted, f"{dotted}: unknown field; allowed: {known}")
    dotted = ".".join(names[:2]) if names[0] == "active_hours" else names[0]
    if first["type"] == "missing":
        return InvalidValueError(dotted, f"{dotted}: missing; allowed: {ALLOWED[dotted]}")
    return InvalidValueError(
        dotted, f"{dotted}: {as_json(first['input'], 80)} is not allowed; allowed: {ALLOWED[dotted]}"
    )
