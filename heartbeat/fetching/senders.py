"""The senders of a mail, read from its From header by the grammar alone (RFC 5322, without its obsolete forms).

Readers of mail differ in what they make of a header that breaks the grammar, and so do releases of Python. Such a
header names nobody here: it could show one address and hold another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from heartbeat.hosts import normalise_host

_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.\-]{1,64}")
_TOKEN = re.compile(
    r"(?P<space>[ \t\u00a0\u3000]+)"
    r'|"(?P<quoted>(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f]|\t)*+)"'
    r"|<(?P<angle>[^<>\"()\x00-\x1f\x7f]*+)>"
    r"|(?P<address>[^\s<>,;:()\"@\\\[\]]++@[^\s<>,;:()\"@\\\[\]]++)"
    r"|(?P<word>[^\s<>,;:()\"@\\\[\]]++)"
    r"|(?P<comma>,)"
)


class _Part(StrEnum):
    """What a header is made of; the names of the groups of `_TOKEN`, and comments."""

    SPACE = "space"
    QUOTED = "quoted"
    ANGLE = "angle"
    ADDRESS = "address"
    WORD = "word"
    COMMA = "comma"
    ASIDE = "aside"


class Sender(NamedTuple):
    """The name of a sender, with its words still encoded (RFC 2047) and maybe empty, and the address as written."""

    name: str
    address: str


class _NoSenderError(ValueError):
    """A header that breaks the grammar."""


def senders_of(header: str) -> Sequence[Sender]:
    """Return who sent a mail by its From header; nobody where the header breaks the grammar."""
    try:
        return tuple(_sender(part) for part in _split(header))
    except _NoSenderError:
        return ()


def comparable(sender: str) -> str:
    """Return an address or a domain in the form in which two are compared: lower case, the domain in ASCII (IDNA).

    Raises:
        ValueError: it is neither.
    """
    local, at, domain = sender.strip().rpartition("@")
    if local and not _LOCAL.fullmatch(local):
        raise ValueError("no address")
    host = normalise_host(domain)
    if ":" in host or not re.search(r"[a-z]", host):
        raise ValueError("no domain")
    return f"{local.lower()}{at}{host}" if local else host


def _split(header: str) -> list[list[tuple[_Part, str]]]:
    """Return the parts of the header between its commas, as kinds of tokens and their texts."""
    parts: list[list[tuple[_Part, str]]] = [[]]
    at = 0
    while at < len(header):
        if header[at] == "(":
            end = _after_comment(header, at)
            parts[-1].append((_Part.ASIDE, header[at + 1 : end - 1]))
            at = end
            continue
        found = _TOKEN.match(header, at)
        if found is None:
            raise _NoSenderError
        at = found.end()
        kind = _Part(str(found.lastgroup))
        if kind == _Part.COMMA:
            parts.append([])
        elif kind != _Part.SPACE or parts[-1]:
            parts[-1].append((kind, found[kind]))
    return parts


def _after_comment(header: str, begin: int) -> int:
    depth, at = 0, begin
    while at < len(header):
        if header[at] == "\\":
            at += 1
        else:
            depth += {"(": 1, ")": -1}.get(header[at], 0)
        at += 1
        if depth == 0:
            return at
    raise _NoSenderError


def _sender(tokens: Sequence[tuple[_Part, str]]) -> Sender:
    said = [each for each in tokens if each[0] != _Part.ASIDE]
    while said and said[-1][0] == _Part.SPACE:
        said.pop()
    comments = " ".join(text for kind, text in tokens if kind == _Part.ASIDE)
    if not said:
        raise _NoSenderError
    *before, (kind, text) = said
    if kind == _Part.ADDRESS and not before:
        return Sender(comments, _checked(text))
    if kind != _Part.ANGLE or any(each == _Part.ANGLE for each, _ in before):
        raise _NoSenderError
    address = _checked(text)
    named = [each for each in before if each[0] == _Part.ADDRESS]
    # Many programs write the address for the name; another one is there to deceive.
    if any(each.lower() != address.lower() for _, each in named):
        raise _NoSenderError
    return Sender(_name(before) or comments, address)


def _name(tokens: Sequence[tuple[_Part, str]]) -> str:
    return "".join(
        re.sub(r"\\(.)", r"\1", text) if kind == _Part.QUOTED else text for kind, text in tokens
    ).strip()


def _checked(address: str) -> str:
    if address.count("@") != 1:
        raise _NoSenderError
    try:
        comparable(address)
    except ValueError:
        raise _NoSenderError from None
    return address
