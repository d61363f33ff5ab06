"""Look whether something is up, and tell of the change once two looks in a row have shown it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from heartbeat.connections.command import run_command
from heartbeat.fetching import FetchedItem, FetchError, FetchResult
from heartbeat.fetching.http import Web
from heartbeat.fetching.port import ForbiddenAddressError
from heartbeat.fetching.probe import Answered, probe_http, probe_tcp
from heartbeat.text import clean, first_line, sentence, truncate, utc
from heartbeat.vocabulary import FeedKind

TIME_LIMIT = 60.0
"""Seconds of a look, a margin to end a command included."""
PROBE_LIMIT = 30.0
CONFIRMED = 2
"""Looks in a row that have to show a change."""
KEPT = timedelta(days=7)
"""How long the end of an outage is shown: threads wait no longer with an item."""
_FILE_ONLY = " in connections.toml"


class Probe(Protocol):
    """One look at what is checked; ``expected`` says in a sentence what it is to do."""

    @property
    def expected(self) -> str: ...

    def look(self, seconds: float) -> Answered:
        """Return whether it is up, within so many seconds.

        Raises:
            FetchError: it cannot be looked at as it is configured.
        """
        ...


@dataclass(frozen=True)
class HttpProbe:
    """Asks an address of the web."""

    url: str
    expect: int | str | None
    lan: bool

    @property
    def expected(self) -> str:
        """Return the status or text that is expected."""
        if isinstance(self.expect, int):
            return sentence(f"Expected: status {self.expect}")
        if self.expect is not None:
            return f'Expected: an answer with "{truncate(clean(self.expect, multiline=False), 200)}".'
        return "Expected: an answer with a status below 400."

    def look(self, seconds: float) -> Answered:
        """Return whether it answers as expected; that it cannot be reached is no error but an answer."""
        try:
            return probe_http(Web(lan=self.lan), self.url, self.expect, seconds)
        except ForbiddenAddressError as error:
            raise _of_any_place(error) from None
        except FetchError as error:
            return Answered(False, str(error))


@dataclass(frozen=True)
class TcpProbe:
    """Connects to a port."""

    host: str
    port: int
    lan: bool

    @property
    def expected(self) -> str:
        """Return that it takes connections."""
        return "Expected: it takes connections."

    def look(self, seconds: float) -> Answered:
        """Return whether it takes a connection."""
        try:
            return probe_tcp(self.host, self.port, seconds, lan=self.lan)
        except ForbiddenAddressError as error:
            raise _of_any_place(error) from None


@dataclass(frozen=True)
class CommandProbe:
    """Runs a command in the folder of connections.toml."""

    command: Sequence[str]
    folder: Path
    code: int

    @property
    def expected(self) -> str:
        """Return the exit code."""
        return sentence(f"Expected: exit code {self.code}")

    def look(self, seconds: float) -> Answered:
        """Return whether it ends with the exit code in time."""
        ended = run_command(self.command, self.folder, seconds)
        name = first_line(self.command[0], 200)
        if ended.code is None:
            said = f"{name} did not end within {seconds:g} seconds and was stopped."
        elif ended.code < 0:
            said = sentence(f"{name} was ended by signal {-ended.code}")
        else:
            said = sentence(f"{name} ended with exit code {ended.code}")
        if ended.output and ended.code != self.code:
            said = f"{said} Its output ends with:\n{ended.output}"
        return Answered(ended.code == self.code, said)


def _of_any_place(error: FetchError) -> FetchError:
    """Return an error about an address without the file, since a check may say ``lan`` anywhere."""
    return FetchError(str(error).replace(_FILE_ONLY, ""), field=error.field)


class Alert(BaseModel):
    """What is told of an outage, or of its end: the same as long as it lasts, whatever the looks show meanwhile."""

    model_config = ConfigDict(frozen=True)

    name: str
    at: datetime
    title: str
    content: str


class CheckState(BaseModel):
    """What is kept between looks.

    ``down_since`` is the instant at which an outage began, None while it is up; ``changed`` counts the looks in a row
    that have shown the other state, the first of them at ``changed_at``. ``alert`` is what is shown: the outage, or
    after it that it is over.
    """

    model_config = ConfigDict(frozen=True)

    down_since: datetime | None = None
    changed: int = 0
    changed_at: datetime | None = None
    alert: Alert | None = None

    @classmethod
    def of_memo(cls, memo: Mapping[str, Any]) -> CheckState | None:
        """Return what was kept, None at the first look."""
        try:
            return cls.model_validate(memo["check"])
        except (KeyError, ValidationError):
            return None


@dataclass(frozen=True)
class CheckFetch:
    """Looks at something by a probe; ``name`` is that of the connection."""

    name: str
    probe: Probe
    time_limit: float = TIME_LIMIT

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return the outage that lasts, or the end of the last one, as the one item there is.

        One look that shows another state than the one before tells nothing; only the first look of all does.

        Raises:
            FetchError: it cannot be looked at as it is configured.
        """
        found = self.probe.look(min(PROBE_LIMIT, deadline))
        before = CheckState.of_memo(memo)
        state = self._next(before, found, now)
        shown = [] if state.alert is None else [_item(state.alert)]
        return FetchResult(shown, {"check": state.model_dump(mode="json")}, is_whole=True)

    def _next(self, before: CheckState | None, found: Answered, now: datetime) -> CheckState:
        state = before or CheckState()
        if found.is_up == (state.down_since is None):
            is_over = found.is_up and state.alert is not None and now - state.alert.at > KEPT
            alert = None if is_over else state.alert
            return state.model_copy(update={"changed": 0, "changed_at": None, "alert": alert})
        changed, since = state.changed + 1, state.changed_at or now
        if before is not None and changed < CONFIRMED:
            return state.model_copy(update={"changed": changed, "changed_at": since})
        if found.is_up:
            return CheckState(alert=self._recovery(state.down_since or since, since, found))
        return CheckState(down_since=since, alert=self._outage(since, found, is_first=before is None))

    def _outage(self, since: datetime, found: Answered, *, is_first: bool) -> Alert:
        begun = "It was down at the first look," if is_first else "Down since"
        said = [f"{begun} {_ended(since)}", self.probe.expected, found.said]
        return self._alert("down", since, f"{self.name} is down", said)

    def _recovery(self, since: datetime, until: datetime, found: Answered) -> Alert:
        said = [f"Down from {_said(since)} to {_ended(until)}", self.probe.expected, found.said]
        return self._alert("up", until, f"{self.name} is up again", said)

    def _alert(self, word: str, at: datetime, title: str, said: Sequence[str]) -> Alert:
        return Alert(name=f"{word} {utc(at)}", at=at, title=title, content="\n".join(said))


def _said(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _ended(instant: datetime) -> str:
    return sentence(_said(instant))


def _item(alert: Alert) -> FetchedItem:
    return FetchedItem(
        external_id=alert.name,
        kind=FeedKind.ALERT,
        created_at=alert.at,
        title=alert.title,
        content=alert.content,
    )
