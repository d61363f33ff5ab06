"""``heartbeat connections``: list, add, try and remove ways to the outside."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.text import Text
from sqlmodel import Session

from heartbeat.connections import Connection, Connections, editing
from heartbeat.connections.making import spec_of
from heartbeat.connections.spec import Spec
from heartbeat.connections.trial import try_kept
from heartbeat.errors import InvalidValueError
from heartbeat.plugins import load_plugins
from heartbeat.settings import load_settings
from heartbeat.store import threads
from heartbeat.token_file import make_token
from heartbeat.vocabulary import ConnectionOrigin
from heartbeat_service.cli import connecting
from heartbeat_service.cli.failures import FAILED
from heartbeat_service.cli.fields import read_fields
from heartbeat_service.cli.group import command_group
from heartbeat_service.cli.outflow import policy_of
from heartbeat_service.cli.terminal import outcome, print_json, say, say_table
from heartbeat_service.cli.workspace import open_store, utc_now
from heartbeat_service.connection_view import ConnectionView
from heartbeat_service.unused import remedy, with_source

_NAMED = 20
"""Threads that a question names; any other can be typed too."""

app = command_group(
    "Ways to the outside: mailboxes and other things to look at, ways to tell you something, public voices, folders."
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="1 to 64 of a-z, 0-9, _ and -.")]


@app.command("list")
def list_connections(
    as_json: Annotated[bool, typer.Option("--json", help="JSON, one object a line.")] = False,
) -> None:
    """List all connections, and what is wrong with them."""
    with opened() as connections:
        found, problem = connections.all, connections.problem or connections.exposure
        unused = [(each.name, connections.store.read(remedy, each.name)) for each in found if each.unused]
    if as_json:
        for each in found:
            print_json(ConnectionView.of(each).model_dump(mode="json"))
        return
    if not found:
        say("No connections yet; add one with: heartbeat connections add phone apprise")
    else:
        columns = ("Name", "Kind", "Reach", "From", "State", "About")
        say_table(columns, [_row(each) for each in found], wide="About")
    for name, command in unused:
        say(f"No thread looks at {name}, since it is private; let one: {command}", "yellow")
    if problem is not None:
        say(problem, "yellow")


@app.command()
def add(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="1 to 64 of a-z, 0-9, _ and -; asked for on a terminal."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help="apprise, calendar, check, feed, folder, mail or page."),
    ] = None,
    fields: Annotated[
        list[str],
        typer.Argument(metavar="KEY=VALUE", help="Keys of the kind; the value is JSON or text."),
    ] = [],  # noqa: B006 - typer reads the default and never changes it
) -> None:
    """Add a connection. On a terminal, what it needs is asked for and it is tested before it is saved.

    A secret that is not given is asked for, or read from a line of the input.
    """
    values = read_fields(fields)
    with opened() as connections:
        if is_terminal() and not connecting.is_whole(name, kind, values):
            name, kind = connecting.ask(connections, name, kind, values)
            if not connecting.test_first(connections, name, kind, values):
                say("It is not saved.")
                raise typer.Exit(FAILED)
        spec = spec_of(kind, ConnectionOrigin.ROW)
        if name is None or kind is None:
            raise InvalidValueError("name", "name: it is missing; allowed: 1 to 64 of a-z, 0-9, _ and -")
        for key in sorted(_missing_secrets(spec, values)):
            values[key] = _asked_for(key)
        made = editing.add(connections, name, kind, values)
        if made.private:
            make_token(connections.settings)
        say(f"Connection {name} is there; try it with: heartbeat {_trial(made)} {name}")
        if made.fetch is not None and made.private:
            _let_look(connections, name)
        if made.private and connections.settings.api_token is None:
            say("It is private, so the panel and the HTTP API need the token; log in with: heartbeat login")


@app.command("test")
def try_connection(
    name: Name,
    text: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="What to send; demanded where it is public.")
    ] = None,
) -> None:
    """Try a connection: send a message through it, or look at its folder; exit 1 when it does not work."""
    with opened() as connections:
        result = try_kept(connections, connections.get(name), text)
    say(result.said, "" if result.ok else "yellow")
    if not result.ok:
        raise typer.Exit(FAILED)


@app.command()
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget",
            help="Delete what it has brought too, and every text that was made from it; this cannot be undone.",
        ),
    ] = False,
) -> None:
    """Remove a connection with its secrets; what was on its way to it is cancelled.

    With --forget, exit 1 where that is not finished yet; heartbeat serve goes on, and so does the same command.
    """
    with opened() as connections:
        if not yes and sys.stdin.isatty():
            typer.confirm(_question(name, forget=forget), abort=True)
        forgotten = editing.remove(connections, name, forget=forget)
    say(f"Connection {name} is removed.")
    if forgotten is not None:
        say(forgotten.said, "" if forgotten.is_finished else "yellow")
        if not forgotten.is_finished:
            raise typer.Exit(FAILED)


def _question(name: str, *, forget: bool) -> str:
    if not forget:
        return f"Remove connection {name} and its secrets?"
    return (
        f"Remove connection {name} and its secrets, and forget what it brought? The texts of its items, of all beats "
        "since one looked at it, and of what these told, wrote and posted are deleted; this cannot be undone."
    )


@contextmanager
def opened() -> Iterator[Connections]:
    """Open the connections of the workspace."""
    settings = load_settings()
    with open_store(settings) as store:
        yield Connections.load(settings, store, sources=load_plugins(settings).fetched)


def is_terminal() -> bool:
    """Return whether a person can be asked."""
    return sys.stdin.isatty()


def _trial(made: Connection) -> str:
    return "connections test" if made.fetch is None else "look"


def _let_look(connections: Connections, name: str) -> None:
    """Ask which threads look at a private connection, or say how one does."""
    store, check = connections.store, policy_of(connections).check
    known = [row.id for row in store.read(threads.every, limit=_NAMED + 1)]
    given = ""
    if known and is_terminal():
        named = ", ".join(known[:_NAMED]) + (" or any other" if len(known) > _NAMED else "")
        said = f"It is private. Which threads look at it? ({named}; empty: none)"
        given = typer.prompt(said, default="", show_default=False)
    chosen = [each.strip() for each in given.split(",") if each.strip()]
    for thread in chosen:
        store.read(threads.get, thread)
    for thread in chosen:
        sources = store.read(_sources_with, thread, name)
        store.write(threads.configure, thread, {"sources": sources}, utc_now(), check=check)
        say(f"Thread {thread} looks at it.")
    if not chosen:
        say(f"It is private, and no thread looks at it yet; let one: {store.read(remedy, name)}")


def _sources_with(session: Session, thread: str, name: str) -> list[str]:
    return with_source(threads.effective(session, threads.get(session, thread)).config.sources, name)


def _missing_secrets(spec: type[Spec], values: Mapping[str, Any]) -> set[str]:
    """Return the secrets to ask for: none of those of which another key stands in the place."""
    given = spec.one_of and any(key in values for key in spec.one_of)
    return {key for key in spec.secret_keys - values.keys() if not (given and key in spec.one_of)}


def _asked_for(key: str) -> str:
    if sys.stdin.isatty():
        given: str = typer.prompt(key, hide_input=True)
        return given.strip()
    return sys.stdin.readline().strip()


def _row(connection: Connection) -> tuple[str | Text, ...]:
    about = connection.problem or connection.left_out or connection.leads_to
    state = "hidden" if connection.hidden else connection.state
    return (
        connection.name,
        connection.kind,
        connection.reach or "",
        connection.origin,
        outcome(state),
        about,
    )
