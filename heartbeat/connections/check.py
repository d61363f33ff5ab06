"""A check: whether an address, a port or a command of the owner's works; what is down, or up again, is an item."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from heartbeat.connections.check_fetch import (
    PROBE_LIMIT,
    CheckFetch,
    CommandProbe,
    HttpProbe,
    Probe,
    TcpProbe,
)
from heartbeat.connections.reachable import check_host, check_url
from heartbeat.connections.spec import LOOKED_AT, FileOnly, LookedAt, Site, parse_every
from heartbeat.errors import InvalidValueError
from heartbeat.fetching import Fetch, FetchError
from heartbeat.fetching.http import shown
from heartbeat.targets import Target
from heartbeat.vocabulary import Reach

_STATUSES = range(100, 600)
_CODES = range(256)


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://")) or any(each.isspace() for each in value):
        raise ValueError("no address of the web")
    return value


def _tcp(value: str) -> str:
    split_port(value)
    return value


def split_port(value: str) -> tuple[str, int]:
    """Return host and port of ``host:port``; the host may be an IPv6 address in brackets.

    Raises:
        ValueError: it has another form.
    """
    host, _, port = value.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    is_bare = bare != host or ":" not in host
    if not bare or not is_bare or any(each.isspace() or each in "/@" for each in bare):
        raise ValueError("no host")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise ValueError("no port")
    return bare, int(port)


def _command(value: object) -> object:
    parts = shlex.split(value) if isinstance(value, str) else value
    if not isinstance(parts, list) or not parts or not all(isinstance(each, str) for each in parts):
        raise ValueError("no command")
    if not parts[0].strip() or any("\x00" in each for each in parts):
        raise ValueError("no command")
    return parts


def _expect(value: object) -> object:
    # Forms and the command line know texts only.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        return int(value)
    if isinstance(value, str) and not value.strip():
        raise ValueError("empty")
    return value


class CheckSpec(LookedAt):
    """One of ``http``, ``tcp`` and ``command``, and what is expected of it; it is public.

    A command comes from connections.toml alone. ``lan`` is allowed elsewhere too, since no page is shown.
    """

    allowed: ClassVar[Mapping[str, str]] = {
        "http": "the http or https address that is to answer",
        "tcp": "host:port that is to take connections",
        "command": "a program and its arguments, a list or one text, run without a shell; in connections.toml only",
        "expect": "of http: a status such as 200, or text that the answer holds; of a command: its exit code",
        "lan": "true or false: whether it may be on your own network or this machine",
        **LOOKED_AT,
    }

    address_keys: ClassVar[frozenset[str]] = frozenset({"http"})
    file_keys: ClassVar[frozenset[str]] = frozenset({"command"})
    one_of: ClassVar[tuple[str, ...]] = ("http", "tcp", "command")

    http: Annotated[str, Field(max_length=2_000), AfterValidator(_http)] | None = None
    tcp: Annotated[str, Field(max_length=300), AfterValidator(_tcp)] | None = None
    command: (
        Annotated[
            list[Annotated[str, Field(max_length=4_096)]], BeforeValidator(_command), Field(max_length=100)
        ]
        | None
    ) = None
    expect: Annotated[Annotated[str, Field(max_length=200)] | int | None, BeforeValidator(_expect)] = None
    lan: bool = False
    every: Annotated[int, BeforeValidator(parse_every)] = 300

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        given = [key for key in self.one_of if getattr(self, key) is not None]
        if len(given) != 1:
            raise InvalidValueError(
                "http", f"http: {len(given)} of http, tcp and command are given; allowed: one of them"
            )
        if self.expect is not None and not self._may_be_expected(self.expect):
            raise InvalidValueError(
                "expect", f"expect: {self.expect!r:.80} is not allowed; allowed: {self.allowed['expect']}"
            )
        return self

    def _may_be_expected(self, value: int | str) -> bool:
        if self.http is not None:
            return isinstance(value, str) or value in _STATUSES
        return self.command is not None and isinstance(value, int) and value in _CODES

    def reaches(self) -> Reach:
        """Return the owner, for whom it is looked at."""
        return Reach.OWNER

    def leads_to(self) -> str:
        """Return the address without its query, the port, or the name of the program."""
        if self.command is not None:
            return self.command[0]
        return self.tcp if self.tcp is not None else shown(self.http or "")

    def address(self, site: Site) -> str:
        """Return what is checked, whole."""
        if self.command is not None:
            return shlex.join(self.command)
        return self.http or f"tcp://{self.tcp}"

    def file_only(self, site: Site) -> FileOnly | None:
        """Return the command."""
        return FileOnly("command", "a command") if self.command is not None else None

    def check(self, site: Site) -> None:
        """Check that it does not lead where nothing is looked at."""
        if self.http is not None:
            check_url("http", self.http)
        if self.tcp is not None:
            check_host("tcp", split_port(self.tcp)[0])

    def target(self, name: str, site: Site) -> Target | None:
        """Return None: nothing is sent there."""
        return None

    def fetch(self, name: str, site: Site) -> Fetch:
        """Return how it is looked at."""
        return CheckFetch(name or self.leads_to(), self._probe(site))

    def trial(self, site: Site) -> str:
        """Return whether it is up now.

        Raises:
            InvalidValueError: it cannot be looked at as it is configured.
        """
        probe = self._probe(site)
        try:
            found = probe.look(PROBE_LIMIT)
        except FetchError as error:
            raise InvalidValueError(error.field or self._key(), str(error)) from None
        return f"It is {'up' if found.is_up else 'down'} now: {found.said}"

    def _key(self) -> str:
        return next(key for key in self.one_of if getattr(self, key) is not None)

    def _probe(self, site: Site) -> Probe:
        if self.command is not None:
            code = self.expect if isinstance(self.expect, int) else 0
            return CommandProbe(tuple(self.command), site.folder, code)
        if self.tcp is not None:
            host, port = split_port(self.tcp)
            return TcpProbe(host, port, self.lan)
        return HttpProbe(self.http or "", self.expect, self.lan)
