"""Keep the secrets of addresses out of what is shown: refuse them, or show ``${NAME}`` in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from heartbeat.connections.references import environment_of, without_references
from heartbeat.errors import InvalidValueError
from heartbeat.fetching import Fetch, FetchedItem, FetchError, FetchResult

_SECRET = re.compile(
    r"(?:.*[-_.\[])?(?:token|secret|password|passwd|passphrase|pwd|pass|sig|signature|auth|credentials?)\]?"
    r"|(?:(?:.*[-_.])?(?:api|access|auth|private|secret|feed)[-_.]?)?key|(?:access|auth|api)token",
    re.IGNORECASE,
)
"""Names of parameters of addresses whose values are secrets."""
_SHORTEST = 8
"""Minimum characters of a value that is looked for in texts; shorter ones are words of the texts themselves."""


def check_address(key: str, value: str) -> None:
    """Check that an address holds no secret itself, since addresses are shown; ``${NAME}`` in it is none.

    Raises:
        InvalidValueError: it holds a user, a password or a token.
    """
    try:
        parts = urlsplit(without_references(value))
    except ValueError:
        return  # the spec says what is wrong with it
    login, _, _ = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    names_one = "${" in urlsplit(value).netloc.rpartition("@")[0]
    what = None
    if password or (user and not names_one):
        what = "a user or a password"
    for name, given in parse_qsl(f"{parts.query}&{parts.fragment}"):
        if given and _SECRET.fullmatch(name):
            what = what or f"a secret ({name:.40})"
    if what is not None:
        raise InvalidValueError(
            key,
            f"{key}: the address holds {what}, and addresses are shown; allowed: an address without it, or "
            'connections.toml with "${NAME}" in its place, which is read from the environment',
        )


@dataclass(frozen=True)
class Veil:
    """What ``${NAME}`` of connections.toml stands for, by its value, and how it is shown instead."""

    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, values: Mapping[str, Any], keys: Iterable[str]) -> Veil:
        """Return the veil over these keys of a table; a host is shown as it is, since links need it."""
        found: dict[str, str] = {}
        for key in keys:
            if not isinstance(values.get(key), str):
                continue
            filled = environment_of(values[key])
            host = _host(values[key])
            for name, value in filled.items():
                if value and f"${{{name}}}" not in host:
                    found |= {value: f"${{{name}}}", quote(value, safe=""): f"${{{name}}}"}
        return cls(dict(sorted(found.items(), key=lambda pair: -len(pair[0]))))

    def address(self, text: str) -> str:
        """Return an address, or a message about one, without what is veiled."""
        for value, name in self.names.items():
            text = text.replace(value, name)
        return text

    def text(self, text: str) -> str:
        """Return a text of others without what is veiled, but for what is as short as a word."""
        for value, name in self.names.items():
            text = text.replace(value, name) if len(value) >= _SHORTEST else text
        return text

    def fetch(self, inner: Fetch | None) -> Fetch | None:
        """Return a fetch whose items and errors are veiled."""
        return inner if inner is None or not self.names else VeiledFetch(inner, self)


@dataclass(frozen=True)
class VeiledFetch:
    """Fetches by another one, and shows nothing that is veiled."""

    inner: Fetch
    veil: Veil

    @property
    def time_limit(self) -> float:
        """Seconds that one fetch may take."""
        return self.inner.time_limit

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return what the other one shows.

        Raises:
            FetchError: it cannot be fetched.
        """
        try:
            found = self.inner.fetch(now, memo, deadline)
        except FetchError as error:
            said = self.veil.address(str(error))
            raise FetchError(said, retry_after=error.retry_after, field=error.field) from None
        return replace(
            found,
            items=[self._veiled(each) for each in found.items],
            problems=[self.veil.address(each) for each in found.problems],
        )

    def _veiled(self, item: FetchedItem) -> FetchedItem:
        text = self.veil.text
        url = item.url
        if url is not None and self.veil.address(_behind_host(url)) != _behind_host(url):
            url = self.veil.address(url.partition("?")[0].partition("#")[0])
        return replace(
            item, title=text(item.title), content=text(item.content), author=text(item.author), url=url
        )


def _host(raw: str) -> str:
    """Return the host and port of an address as it is written, with ``${NAME}`` in it; empty where it has none."""
    return re.split(r"[/?#]", raw.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]


def _behind_host(url: str) -> str:
    return "".join(re.split(r"(?=[/?#])", url.partition("://")[2], maxsplit=1)[1:])
