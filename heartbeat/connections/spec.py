"""What the specs of all kinds of connections have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from heartbeat.connections.guides import Guide
from heartbeat.connections.looking import look_once
from heartbeat.errors import InvalidValueError
from heartbeat.fetching import Fetch
from heartbeat.plan.shipped import shipped_path
from heartbeat.private import SQLITE_SUFFIXES
from heartbeat.schedule.interval import parse_interval
from heartbeat.settings import Settings
from heartbeat.targets import Target
from heartbeat.vocabulary import Reach


@dataclass(frozen=True)
class Site:
    """Where connections are: relative paths count from ``folder``, which is that of connections.toml.

    Connections that are not in connections.toml may lead only into ``workspace``, the folder of HEARTBEAT.md, and
    into ``folders``; no connection leads into ``home``, but for ``HOME/demo`` with the files of the example, and none
    writes to it or to ``spared``: HEARTBEAT.md and its corrections, connections.toml, the files of secrets that it
    names, the folder of prompts, and the databases.
    """

    folder: Path
    workspace: Path
    folders: tuple[Path, ...]
    home: Path
    spared: tuple[Path, ...]
    clock: Callable[[], datetime]

    @classmethod
    def from_settings(cls, settings: Settings, clock: Callable[[], datetime]) -> Site:
        """Return the site of the settings."""
        return cls(
            folder=settings.connections_path.parent,
            workspace=settings.instructions.parent,
            folders=settings.folders,
            home=settings.home,
            spared=(
                settings.instructions,
                shipped_path(settings.instructions),
                settings.connections_path,
                settings.prompts_path,
                *(
                    path.with_name(path.name + ending)
                    for path in (settings.database_path, settings.checkpoints_path)
                    for ending in (*SQLITE_SUFFIXES, ".lock")
                ),
            ),
            clock=clock,
        )

    def is_example(self, path: Path) -> bool:
        """Return whether a path with links resolved belongs to the example that ``heartbeat demo`` has made."""
        return path.is_relative_to(demo_folder(self.home).resolve())

    def is_own(self, path: Path) -> bool:
        """Return whether a path with links resolved lies where Heartbeat keeps its data."""
        return path.is_relative_to(self.home.resolve()) and not self.is_example(path)


def demo_folder(home: Path) -> Path:
    """Return the folder of the files of the example."""
    return home / "demo"


class FileOnly(NamedTuple):
    """A value that only connections.toml may give: its key, and what it is."""

    key: str
    what: str


_LONGEST_EVERY = 604_800
_LONGEST_SINCE = 3_660 * 86_400
"""Ten years, in seconds."""


def parse_every(value: object) -> int:
    """Return how often to look in seconds; see `LOOKED_AT` for what is allowed.

    Raises:
        ValueError: it is not allowed.
    """
    return parse_interval(value, maximum=_LONGEST_EVERY)


def _since(value: str) -> str:
    if value not in {"now", "all"}:
        parse_interval(value, maximum=_LONGEST_SINCE)
    return value


class Spec(BaseModel):
    """The validated keys of one connection, besides its kind.

    ``secret_keys`` are kept apart and shown to nobody; they belong to the values of ``bound_keys``, and are asked for
    again where one of these changes. ``fixed_keys`` never change; ``file_keys`` are given in connections.toml alone,
    whatever their value. ``address_keys`` are addresses of the web, which are shown and may hold no secret. Exactly
    one of ``one_of`` is given. ``allowed`` says of each key what it may be, and
    ``guides`` where an owner finds it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    secret_keys: ClassVar[frozenset[str]] = frozenset()
    bound_keys: ClassVar[frozenset[str]] = frozenset()
    fixed_keys: ClassVar[frozenset[str]] = frozenset()
    file_keys: ClassVar[frozenset[str]] = frozenset()
    address_keys: ClassVar[frozenset[str]] = frozenset()
    one_of: ClassVar[tuple[str, ...]] = ()
    guides: ClassVar[Sequence[Guide]] = ()
    allowed: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Return the spec with these keys.

        Raises:
            InvalidValueError: a key is unknown, missing or not allowed; the message shows no secret.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise _explain(cls, error) from None

    @classmethod
    def missing(cls) -> str | None:
        """Return what has to be installed for this kind and how, None if nothing."""
        return None

    @abstractmethod
    def reaches(self) -> Reach:
        """Return who sees what the target is given."""

    @abstractmethod
    def leads_to(self) -> str:
        """Return where it leads in a word or two, without secrets."""

    @abstractmethod
    def address(self, site: Site) -> str:
        """Return what tells where it leads from everywhere else; it may hold secrets."""

    def is_private(self) -> bool:
        """Return whether only the owner may see what it brings."""
        return False

    def shown(self) -> dict[str, Any]:
        """Return the keys and values without secrets, as plain JSON values."""
        return self.model_dump(mode="json", exclude=set(self.secret_keys))

    def check(self, site: Site) -> None:
        """Check what needs more than the keys.

        Raises:
            InvalidValueError: a value is not allowed here.
        """

    def file_only(self, site: Site) -> FileOnly | None:
        """Return the first value that only connections.toml may give, or None."""
        return None

    def trial(self, site: Site) -> str | None:
        """Return what a look shows, in one sentence; None where only sending something shows whether it works.

        Raises:
            InvalidValueError: it does not work.
        """
        return None

    def looks_every(self) -> int | None:
        """Return the seconds between two looks; None if it is not looked at."""
        return None

    def fetch(self, name: str, site: Site) -> Fetch | None:
        """Return how it is looked at; None if it is not.

        Raises:
            InvalidValueError: the library for it is not installed, or it cannot be made.
        """
        return None

    @abstractmethod
    def target(self, name: str, site: Site) -> Target | None:
        """Return the target that the connection offers, or None.

        Raises:
            InvalidValueError: the target cannot be made.
        """


LOOKED_AT: Mapping[str, str] = {
    "every": "60 to 604800 seconds, or text like 5m, 30m, 2h, 1d",
    "since": "now, all, or a span like 7d, at most 3660d: what the first look takes",
    "private": "true or false",
}
"""What the keys of kinds that are looked at may be."""


class LookedAt(Spec):
    """The keys of kinds that are looked at.

    The first look takes what is not older than ``since``: nothing but what is current for ``now``, everything for
    ``all``, or what is not older than a span such as ``7d``.
    """

    every: Annotated[int, BeforeValidator(parse_every)] = 1_800
    since: Annotated[str, AfterValidator(_since)] = "now"
    private: bool = False

    def trial(self, site: Site) -> str | None:
        """Look once, and return what is there."""
        fetch = self.fetch("", site)
        return None if fetch is None else look_once(fetch, site.clock())

    def looks_every(self) -> int | None:
        """Return the seconds between two looks."""
        return self.every

    def is_private(self) -> bool:
        """Return what the key ``private`` says."""
        return self.private

    def oldest(self, now: datetime) -> datetime | None:
        """Return how old an item may be that the first look takes, None for any age."""
        if self.since == "all":
            return None
        return (
            now
            if self.since == "now"
            else now - timedelta(seconds=parse_interval(self.since, maximum=_LONGEST_SINCE))
        )


def _explain(spec: type[Spec], error: ValidationError) -> InvalidValueError:
    first = error.errors(include_url=False)[0]
    raised = first.get("ctx", {}).get("error")
    if isinstance(raised, InvalidValueError):
        return raised
    key = str(first["loc"][0]) if first["loc"] else ""
    if key not in spec.allowed:
        return InvalidValueError(
            key, f"{key:.80}: this kind has no such key; allowed: {', '.join(spec.allowed)}"
        )
    if first["type"] == "missing":
        return InvalidValueError(key, f"{key}: it is missing; allowed: {spec.allowed[key]}")
    value = "this value" if key in spec.secret_keys else f"{first['input']!r:.80}"
    return InvalidValueError(key, f"{key}: {value} is not allowed; allowed: {spec.allowed[key]}")
