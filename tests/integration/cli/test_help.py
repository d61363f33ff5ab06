"""The help of every command."""

from __future__ import annotations

from importlib import import_module

import pytest
import typer

from heartbeat_service.cli.commands import COMMANDS, module_of
from tests.integration.cli.conftest import Cli


@pytest.mark.parametrize("command", ["", *sorted(COMMANDS), "threads remove", "forum import"])
def test_a_flag_is_shown_without_a_type(cli: Cli, command: str) -> None:
    said = cli.fine(*command.split(), "--help")
    assert "--help" in said
    assert "bool" not in said


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_what_the_list_says_is_what_the_command_says(command: str) -> None:
    own = typer.main.get_command(import_module(module_of(command)).app).help
    assert own is not None
    assert COMMANDS[command] == own.split("\n\n")[0]
