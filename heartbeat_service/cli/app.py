"""The root of the command line: the commands and their modules."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Sequence
from copy import copy
from importlib import import_module
from typing import Annotated, Any, cast

import typer

import heartbeat
from heartbeat_service.cli import collector
from heartbeat_service.cli.commands import COMMANDS, module_of
from heartbeat_service.cli.failures import guarded
from heartbeat_service.cli.group import Command, Group


class _Commands(UserDict[str, str]):
    """Maps commands to Typer's objects; each is imported when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        if name not in self.data:
            raise KeyError(name)
        command = typer.main.get_command(import_module(module_of(name)).app)
        command.name = name
        collector.resume()
        return command


class Root(Group):
    """Imports commands when they are called, and turns every error into one line and an exit code."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast("dict[str, Any]", _Commands(COMMANDS))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help with all commands, without importing them."""
        listed = copy(self)
        listed.commands = {name: Command(name, help=about) for name, about in COMMANDS.items()}
        Group.format_help(listed, ctx, formatter)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run one command and exit the process with its exit code."""
        guarded(
            lambda: super(Root, self).main(
                args, "heartbeat", complete_var, False, windows_expand_args, **extra
            )
        )


app = typer.Typer(cls=Root, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"heartbeat {heartbeat.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """An agent that wakes up by itself, reads HEARTBEAT.md, and acts or stays silent."""


def main() -> None:
    """Run the command line."""
    collector.pause()
    app()
