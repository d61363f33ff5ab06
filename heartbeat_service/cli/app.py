"""The root of the command line: the commands and their modules."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

import heartbeat
from heartbeat_service.cli.failures import guarded
from heartbeat_service.cli.group import Group

COMMANDS: dict[str, str] = {
    "init": "heartbeat_service.cli.init",
    "demo": "heartbeat_service.cli.demo",
    "serve": "heartbeat_service.cli.serve",
    "login": "heartbeat_service.cli.login",
    "token": "heartbeat_service.cli.token",
    "start": "heartbeat_service.cli.start",
    "stop": "heartbeat_service.cli.stop",
    "beat": "heartbeat_service.cli.beat",
    "approve": "heartbeat_service.cli.approve",
    "reject": "heartbeat_service.cli.reject",
    "approvals": "heartbeat_service.cli.approvals",
    "threads": "heartbeat_service.cli.threads",
    "history": "heartbeat_service.cli.history",
    "tell": "heartbeat_service.cli.tell",
    "told": "heartbeat_service.cli.told",
    "deliveries": "heartbeat_service.cli.deliveries",
    "schedule": "heartbeat_service.cli.schedule",
    "connections": "heartbeat_service.cli.connections",
    "look": "heartbeat_service.cli.look",
    "inbox": "heartbeat_service.cli.inbox",
    "done": "heartbeat_service.cli.done",
    "snooze": "heartbeat_service.cli.snooze",
    "forum": "heartbeat_service.cli.forum",
    "plan": "heartbeat_service.cli.plan",
    "eval": "heartbeat_service.cli.eval",
    "instructions": "heartbeat_service.cli.instructions",
    "prompts": "heartbeat_service.cli.prompts",
    "graph": "heartbeat_service.cli.graph",
    "doctor": "heartbeat_service.cli.doctor",
    "backup": "heartbeat_service.cli.backup",
    "restore": "heartbeat_service.cli.restore",
}
"""Maps commands to modules; each module has a Typer ``app`` and is imported when the command is called."""


class _Commands(UserDict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        command = typer.main.get_command(import_module(self.data[name]).app)
        command.name = name
        return command


class Root(Group):
    """Imports commands when they are called, and turns every error into one line and an exit code."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()
        # Stored in `data`, since the mapping holds module names and returns commands.
        self.commands.data.update(COMMANDS)

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
    app()
