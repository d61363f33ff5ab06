"""Declared capabilities of a target, used by the decision schema, by validation and by the panel."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.action_fields import field_schemas
from heartbeat.config import ACTION_KINDS, OTHER_KINDS
from heartbeat.errors import InvalidValueError
from heartbeat.vocabulary import FORUM_KINDS, NO_ACTION, NOTICE, Reach

Direction = Literal["up", "down"]
ItemKind = Literal["post", "comment"]
DIRECTIONS: tuple[Direction, ...] = ("up", "down")

TITLE_LIMIT = 200
CONTENT_LIMIT = 5_000
TEXT_LIMIT = 1_000
COOLDOWN_LIMIT = 2_592_000
DAILY_LIMIT = 1_000_000
_BOUNDS = {
    "text_limit": (1, 100_000, "numbers"),
    "remembers_keys": (0, 31_536_000, "seconds"),
    "settles_after": (0, 86_400, "seconds"),
    "time_limit": (1, 600, "seconds"),
    "deliver_within": (1, 2_592_000, "seconds"),
}
"""The lowest and highest value of the numbers of a target outside, and their unit."""
_KIND = re.compile(r"[a-z][a-z0-9]{0,31}")
_RESERVED = (*ACTION_KINDS, NOTICE, OTHER_KINDS, NO_ACTION)
_ON_VALUES = ("nothing", "post", "comment", "item")


class Shown(BaseModel):
    """An item that was shown to the model and may be the object of an action."""

    model_config = ConfigDict(frozen=True)

    author: str
    own: bool = False
    own_vote: Direction | None = None
    post_id: str | None = Field(None, description="Of a comment: the post it belongs to.")


def _no_problems(fields: Any, shown: Shown | None) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class ActionType:
    """A target-specific action: its description for the model and its validation.

    ``kind`` is 1 to 32 characters of ``a-z 0-9``; ``about`` is one sentence for the model. ``fields`` is a pydantic
    model of plain values with bounds; a decision names them ``KIND_FIELD``. ``on`` says which kind of shown item
    the action needs. ``check`` is called with the validated fields and that item, and returns one sentence for
    each problem.

    Raises:
        InvalidValueError: an argument is not allowed.
    """

    kind: str
    about: str
    fields: type[BaseModel]
    on: Literal["nothing", "post", "comment", "item"] = "nothing"
    check: Callable[[Any, Shown | None], Sequence[str]] = _no_problems
    properties: Mapping[str, dict[str, Any]] = field(init=False, compare=False, repr=False)
    """JSON schemas of the fields by their names in a decision."""

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or not _KIND.fullmatch(self.kind) or self.kind in _RESERVED:
            allowed = f"1 to 32 of a-z and 0-9, none of {_listed(_RESERVED)}"
            raise InvalidValueError("kind", f"kind: {self.kind!r:.60} is not allowed; allowed: {allowed}")
        if not isinstance(self.about, str) or not 1 <= len(self.about.strip()) <= 300:
            raise InvalidValueError(
                "about", f"about: of {self.kind}: allowed: one sentence of up to 300 characters"
            )
        if self.on not in _ON_VALUES:
            raise InvalidValueError(
                "on", f"on: {self.on!r:.60} is not allowed; allowed: {_listed(_ON_VALUES)}"
            )
        if not (isinstance(self.fields, type) and issubclass(self.fields, BaseModel)):
            raise InvalidValueError("fields", f"fields: of {self.kind}: allowed: a pydantic model")
        schemas = field_schemas(self.fields)
        object.__setattr__(self, "properties", {self.named(name): each for name, each in schemas.items()})

    def named(self, field_name: str) -> str:
        """Return the name of a field in a decision; kinds have no ``_``, so these names are unique."""
        return f"{self.kind}_{field_name}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


@dataclass(frozen=True)
class Capabilities:
    """The action kinds and limits of one target; validation enforces them. Lengths are in characters.

    ``actions`` are the target-specific kinds. ``sources`` names the sources whose items the target can act on; items
    of other sources are only read. ``cooldowns`` maps a kind to seconds, 1 to 2,592,000: after an action of that
    kind by any thread, the target gets no other action of the kind for that time. ``daily_limits`` maps a kind to the
    number of actions that the target takes in 24 hours.

    Of a target outside: ``reach`` says who sees what it gets. ``remembers_keys`` is the number of seconds for which
    it recognises a key that it was given before, 0 for never. ``time_limit`` is the number of seconds that one try
    may take, and ``settles_after`` the number of seconds after a try in which its effect may still appear, at least
    ``time_limit``. ``repeat``: where it is not known whether a try arrived, send it again. ``deliver_within`` is the
    number of seconds after which a delivery is given up.

    Raises:
        InvalidValueError: an argument is unknown or not allowed.
    """

    kinds: tuple[str, ...] = tuple(kind.value for kind in FORUM_KINDS)
    actions: tuple[ActionType, ...] = ()
    boards: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("forum",)
    title_required: bool = True
    title_limit: int = TITLE_LIMIT
    content_limit: int = CONTENT_LIMIT
    votes: Mapping[str, tuple[Direction, ...]] = field(
        default_factory=lambda: {"post": DIRECTIONS, "comment": DIRECTIONS}
    )
    cooldowns: Mapping[str, int] = field(default_factory=dict)
    text_limit: int = TEXT_LIMIT
    reach: Reach = Reach.PUBLIC
    daily_limits: Mapping[str, int] = field(default_factory=dict)
    remembers_keys: int = 0
    settles_after: int = 0
    time_limit: int = 30
    repeat: bool = False
    deliver_within: int = 86_400

    def __new__(cls, *_: Any, **given: Any) -> Self:
        """Refuse unknown arguments with a sentence that lists the allowed ones."""
        for name in given:
            if name not in cls.__match_args__:
                allowed = _listed(cls.__match_args__)
                raise InvalidValueError(name, f"{name}: Capabilities do not have it; allowed: {allowed}")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        kinds = [action.kind for action in self.actions]
        if len(set(kinds)) < len(kinds):
            raise InvalidValueError("actions", f"actions: {_listed(kinds)}: allowed: each kind once")
        known = (*self.kinds, *kinds)
        _check_by_kind("cooldowns", self.cooldowns, known, COOLDOWN_LIMIT, "seconds")
        _check_by_kind("daily_limits", self.daily_limits, known, DAILY_LIMIT, "numbers")
        for name, (lowest, highest, unit) in _BOUNDS.items():
            _check_whole(name, getattr(self, name), lowest, highest, unit)
        if not isinstance(self.repeat, bool):
            raise InvalidValueError(
                "repeat", f"repeat: {self.repeat!r:.60} is not allowed; allowed: True, False"
            )
        if not isinstance(self.reach, Reach):
            raise InvalidValueError(
                "reach", f"reach: {self.reach!r:.60} is not allowed; allowed: Reach.OWNER, Reach.PUBLIC"
            )

    def action(self, kind: str) -> ActionType | None:
        """Return the target-specific action of this kind, if any."""
        return next((action for action in self.actions if action.kind == kind), None)


def _check_by_kind(name: str, given: object, kinds: Sequence[str], highest: int, unit: str) -> None:
    if not isinstance(given, Mapping):
        raise InvalidValueError(name, f"{name}: {given!r:.60} is not allowed; allowed: {unit} by kind")
    for kind, number in given.items():
        if kind not in kinds:
            allowed = _listed(kinds)
            raise InvalidValueError(
                name, f"{name}: {kind!r:.60} is no kind of the target; allowed: {allowed}"
            )
        _check_whole(name, number, 1, highest, unit, f"{kind}: ")


def _check_whole(name: str, number: object, lowest: int, highest: int, unit: str, of: str = "") -> None:
    if type(number) is not int or not lowest <= number <= highest:
        allowed = f"whole {unit} from {lowest} to {highest}"
        raise InvalidValueError(name, f"{name}: {of}{number!r:.60}; allowed: {allowed}")
