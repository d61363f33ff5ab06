"""The values of settings: what each kind of text in an environment variable may be, and how it is read.

The checks raise ValueError; `heartbeat.settings` says which variable it is and what is allowed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from heartbeat.address import parse_address
from heartbeat.folding import fold
from heartbeat.hosts import origin_of, parse_allowed_host, parse_listen_host
from heartbeat.names import OWNER, looks_like

MIN_TOKEN_LENGTH = 12
"""Minimum characters of the API token; shorter ones are too easy to guess."""


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("not an http address")
    return value


def _ollama_url(value: object) -> object:
    return parse_address(value) if isinstance(value, str) else value


def _key(value: SecretStr) -> SecretStr:
    # HTTP headers allow only visible ASCII.
    if not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError("no key")
    return value


def _secret_http(value: SecretStr) -> SecretStr:
    _http(value.get_secret_value())
    return value


def _page(value: str) -> str:
    address = urlsplit(_http(value))
    if not address.hostname or "@" in address.netloc or "?" in value or "#" in value:
        raise ValueError("no address that a page can be added to")
    return value.rstrip("/")


def names_a_file(text: str) -> bool:
    """Return whether SQLite stores a database of this name in a file: not ``:memory:`` nor a ``file:`` URI."""
    name = text.strip()
    return (
        bool(name) and ":memory:" not in name and "mode=memory" not in name and not name.startswith("file:")
    )


def _sqlite(value: str) -> str:
    path = value.removeprefix("sqlite:///")
    if value and (path == value or "?" in path or not names_a_file(path)):
        raise ValueError("not the address of an SQLite file")
    return value


def _path(value: Path) -> Path:
    if not names_a_file(str(value)) or re.match(r"[a-z0-9+]+:/", str(value)):
        raise ValueError("not a path")
    return value


def _none_or(least: int) -> Callable[[int], int]:
    def check(value: int) -> int:
        if 0 < value < least:
            raise ValueError("too few")
        return value

    return check


def _agent_name(value: str) -> str:
    # Stored authors are compared without normalisation, so the name is normalised here.
    name = unicodedata.normalize("NFC", value)
    if not fold(name) or looks_like(name, OWNER):
        raise ValueError("nobody's name, or the owner's")
    return name


def _token(value: SecretStr) -> SecretStr:
    # Surrounding white space in a header is not transmitted, so it cannot be part of the token.
    token = value.get_secret_value().strip()
    if len(token) < MIN_TOKEN_LENGTH or not token.isprintable():
        raise ValueError("too short, or no text that a header can hold")
    return SecretStr(token)


def _split(value: object) -> object:
    return (
        tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value
    )


def _words(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _level(value: object) -> object:
    upper = value.strip().upper() if isinstance(value, str) else ""
    # The message about an unknown level quotes the value as given.
    return upper if upper in {"DEBUG", "INFO", "WARNING", "ERROR"} else value


def _plugins(value: object) -> object:
    # The message about an invalid list quotes the value as given.
    word = value.strip() if isinstance(value, str) else value
    listed = isinstance(word, str) and word not in ("all", "none") and _PLUGIN_NAMES.fullmatch(word)
    return _split(word) if listed else word


_PLUGIN_NAMES = re.compile(r"[a-z0-9_-]{1,64}(\s*,\s*[a-z0-9_-]{1,64})*")
PluginName = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(parse_allowed_host)], ...], NoDecode, BeforeValidator(_words)
]
Origins = Annotated[tuple[Annotated[str, AfterValidator(origin_of)], ...], NoDecode, BeforeValidator(_words)]
Folders = Annotated[
    tuple[Annotated[Path, AfterValidator(Path.expanduser)], ...], NoDecode, BeforeValidator(_split)
]
OllamaUrl = Annotated[str, BeforeValidator(_ollama_url)]
Key = Annotated[SecretStr, AfterValidator(_key)]
"""A key or login that a header can hold."""
SecretUrl = Annotated[SecretStr, AfterValidator(_secret_http)]
PageUrl = Annotated[str, AfterValidator(_page)]
DatabaseUrl = Annotated[str, AfterValidator(_sqlite)]
FilePath = Annotated[Path, AfterValidator(_path)]
BeatDays = Annotated[int, AfterValidator(_none_or(2)), Field(ge=0, le=36_500)]
DeliveryDays = Annotated[int, AfterValidator(_none_or(31)), Field(ge=0, le=36_500)]
InboxDays = Annotated[int, AfterValidator(_none_or(8)), Field(ge=0, le=36_500)]
EventCount = Annotated[int, AfterValidator(_none_or(1_000)), Field(ge=0, le=10_000_000)]
AgentName = Annotated[str, AfterValidator(_agent_name)]
Token = Annotated[SecretStr, AfterValidator(_token)]
ListenHost = Annotated[str, AfterValidator(parse_listen_host)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"] | None, BeforeValidator(_level)]
Plugins = Annotated[
    Literal["all", "none"] | Annotated[tuple[PluginName, ...], Field(min_length=1)],
    NoDecode,
    BeforeValidator(_plugins),
]
