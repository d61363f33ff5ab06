"""A group of commands that shows its help when it is called alone."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup


class Group(TyperGroup):
    """Shows its help, without an error, when no command is given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Ask for the help in place of nothing."""
        parsed: list[str] = super().parse_args(ctx, args or ["--help"])
        return parsed


def command_group(about: str) -> typer.Typer:
    """Return an empty group."""
    return typer.Typer(
        cls=Group,
        help=about,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
    )


def single_command() -> typer.Typer:
    """Return the place of one command that is no group."""
    return typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
