"""Questions on a terminal about a new connection, and its test before it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from heartbeat.connections import Connection, Connections, editing
from heartbeat.connections.kinds import Key, Kind, all_kinds
from heartbeat.connections.trial import try_out
from heartbeat.errors import InvalidValueError
from heartbeat.text import sentence
from heartbeat.vocabulary import ConnectionKind, Reach
from heartbeat_service.cli.terminal import say, say_row

_HELP: Mapping[ConnectionKind, str] = {
    ConnectionKind.MAIL: "New mails of a mailbox, over IMAP",
    ConnectionKind.CALENDAR: "Appointments, and what is about to begin",
    ConnectionKind.FOLDER: "Notes and lists in Markdown files",
    ConnectionKind.FEED: "News of a site, over RSS or Atom",
    ConnectionKind.PAGE: "What changes on a web page",
    ConnectionKind.CHECK: "Whether a site or a machine answers",
    ConnectionKind.APPRISE: "Your phone, a chat or mail, where you are told something",
}
_OTHER = "another"


def is_whole(name: str | None, kind: str | None, values: Mapping[str, Any]) -> bool:
    """Return whether nothing has to be asked but secrets: name and kind are given, and what the kind demands."""
    found = _kind(kind)
    return name is not None and (found is None or not _missing(found, values, secrets=False))


def ask(
    connections: Connections, name: str | None, kind: str | None, values: dict[str, Any]
) -> tuple[str, str]:
    """Ask for what is missing of a new connection, and add it to ``values``; return its name and kind."""
    chosen = _kind(kind) or _ask_kind()
    if chosen.missing is not None:
        say(chosen.missing, "yellow")
    _ask_service(chosen, values)
    _ask_one_of(chosen, values)
    for key in _missing(chosen, values, secrets=True):
        values[key.key] = _ask_key(key)
    return name or _ask_name(chosen, [each.name for each in connections.all]), chosen.kind


def test_first(connections: Connections, name: str, kind: str, values: dict[str, Any]) -> bool:
    """Test a connection before it is saved; return whether it is to be saved.

    What is not allowed is asked for again, and where the test fails the person says whether to save all the same.

    Raises:
        InvalidValueError: something is not allowed that was not asked for.
    """
    made = _allowed(connections, name, kind, values)
    if made.reach == Reach.PUBLIC:
        say("It is public, so a test is a post; it is saved without one.")
        return True
    say("Testing it.")
    result = try_out(made, connections.maker.site)
    say(result.said, "" if result.ok else "yellow")
    return result.ok or typer.confirm("Save it all the same?", default=False)


def _allowed(connections: Connections, name: str, kind: str, values: dict[str, Any]) -> Connection:
    keys = {each.key: each for each in (_kind(kind) or _ask_kind()).keys}
    while True:
        try:
            return editing.preview(connections, name, kind, values)
        except InvalidValueError as error:
            if error.field not in keys or error.field not in values:
                raise
            say(sentence(str(error)), "yellow")
            values[error.field] = _ask_key(keys[error.field])


def _kind(kind: str | None) -> Kind | None:
    return next((each for each in all_kinds() if each.kind == kind), None)


def _ask_kind() -> Kind:
    kinds = {str(each.kind): each for each in all_kinds()}
    say("What do you want to connect?")
    for name, kind in kinds.items():
        say_row(f"  {name}", _HELP.get(kind.kind, ""), width=12)
    return kinds[_choice("Kind", list(kinds))]


def _ask_service(kind: Kind, values: dict[str, Any]) -> None:
    """Ask for the service, and say where what is asked for next is found there."""
    if not kind.guides or not any(key.secret for key in _missing(kind, values, secrets=True)):
        return
    names = {guide.service.lower(): guide for guide in kind.guides}
    known = ", ".join(guide.service for guide in kind.guides if guide.values or guide.service != _OTHER)
    guide = names.get(_choice(f"Which service is it? {known}, or {_OTHER}", [*names, _OTHER], _OTHER))
    if guide is not None:
        say(f"{guide.said} {guide.url}")
        for key, value in guide.values.items():
            values.setdefault(key, value)


def _ask_one_of(kind: Kind, values: dict[str, Any]) -> None:
    keys = [each for each in kind.keys if each.key in kind.one_of and not each.only_in_file]
    if not keys or any(each in values for each in kind.one_of):
        return
    names = [each.key for each in keys]
    wanted = (
        names[0] if len(names) == 1 else _choice(f"Which do you give: {', '.join(names)}?", names, names[0])
    )
    values[wanted] = _ask_key(next(each for each in keys if each.key == wanted))


def _missing(kind: Kind, values: Mapping[str, Any], *, secrets: bool) -> list[Key]:
    """Return the keys that have to be given and are not; a secret is asked for in any case."""
    is_one_missing = bool(kind.one_of) and not any(each in values for each in kind.one_of)
    return [
        each
        for each in kind.keys
        if each.key not in values
        and (each.required or (is_one_missing and each.key in kind.one_of and not each.only_in_file))
        and (secrets or not each.secret)
    ]


def _ask_key(key: Key) -> str:
    say(sentence(f"{key.key}: {key.allowed}"))
    given: str = typer.prompt(key.key, hide_input=key.secret)
    return given.strip()


def _ask_name(kind: Kind, taken: Sequence[str]) -> str:
    usual = next(each for each in _names(kind.kind) if each not in taken)
    given: str = typer.prompt("Its name, for threads and HEARTBEAT.md", default=usual)
    return given.strip()


def _names(kind: str) -> list[str]:
    return [kind, *(f"{kind}-{number}" for number in range(2, 1_000))]


def _choice(question: str, allowed: Sequence[str], default: str | None = None) -> str:
    while True:
        given = str(typer.prompt(question, default=default)).strip().lower()
        if given in allowed:
            return given
        say(f"{given} is not allowed; allowed: {', '.join(allowed)}.", "yellow")
