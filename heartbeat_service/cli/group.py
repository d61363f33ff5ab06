"""The shapes of commands: a group that shows its help when it is called alone, and one command by itself."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption


class _PlainFlags:
    """Shows a flag in the help without a type: it takes no value."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, with nothing to show as the type of a flag."""
        found: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for each in found:
            if isinstance(each, TyperOption) and each.is_bool_flag and each.metavar is None:
                each.metavar = ""
        return found


class Command(_PlainFlags, TyperCommand):
    """One command."""


class Group(_PlainFlags, TyperGroup):
    """Shows its help, without an error, when no command is given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Ask for the help in place of nothing."""
        parsed: list[str] = super().parse_args(ctx, args or ["--help"])
        return parsed


class _Typer(typer.Typer):
    def command(self, *names: Any, **more: Any) -> Any:
        """Register a command of our shape."""
        return super().command(*names, **{"cls": Command, **more})


def command_group(about: str) -> typer.Typer:
    """Return an empty group."""
    return _Typer(
        cls=Group,
        help=about,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
    )


def single_command() -> typer.Typer:
    """Return the place of one command that is no group."""
    return _Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
