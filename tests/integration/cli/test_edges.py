"""Numbers and instants at the edge of what can be kept, for all commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
import typer

from heartbeat.store.tables import LARGEST_ID
from heartbeat_service.cli.commands import COMMANDS, module_of
from tests.integration.cli.conftest import Cli


def _functions(app: typer.Typer) -> Iterator[Callable[..., Any]]:
    for each in (*app.registered_commands, app.registered_callback):
        if each is not None and each.callback is not None:
            yield each.callback
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _functions(group.typer_instance)


def test_every_number_of_a_command_has_a_largest_one() -> None:
    numbers: dict[str, int | None] = {}
    for command in COMMANDS:
        for function in _functions(import_module(module_of(command)).app):
            for name, hint in get_type_hints(function, include_extras=True).items():
                kind, *said = get_args(hint) if get_origin(hint) is Annotated else (hint, None)
                if int in (kind, *get_args(kind)):
                    numbers[f"{function.__name__} {name}"] = getattr(said[0], "max", None)
    assert len(numbers) > 10
    assert {name for name, most in numbers.items() if most is None or most > LARGEST_ID} == set()


@pytest.mark.parametrize(
    "edge", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "9999-12-31T00:00Z"]
)
def test_a_snooze_at_the_edge_of_the_calendar(cli: Cli, edge: str) -> None:
    cli.fine("init")
    assert cli.refused("snooze", "1", edge).startswith("until: ")


@pytest.mark.parametrize("command", [["done"], ["snooze"], ["deliveries", "retry"]])
def test_a_number_that_no_database_holds(cli: Cli, command: list[str]) -> None:
    cli.fine("init")
    said = cli.refused(*command, "99999999999999999999999", *(["4h"] if command == ["snooze"] else []))
    assert str(LARGEST_ID) in said
