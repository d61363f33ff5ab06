"""Factories of Typer apps: a group of commands, which shows its help when called alone, and a single command."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption


class _PlainFlags:
    """Omits the type of flags in the help, since they take no value."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, with an empty metavar for flags."""
        found: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for each in found:
            if isinstance(each, TyperOption) and each.is_bool_flag and each.metavar is None:
                each.metavar = ""
        return found


class Command(_PlainFlags, TyperCommand):
    """One command."""


class Group(_PlainFlags, TyperGroup):
    """Shows its help, without an error, when no command is given, unless its callback does something then."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Replace missing arguments by ``--help``."""
        given = args if args or self.invoke_without_command else ["--help"]
        parsed: list[str] = super().parse_args(ctx, given)
        return parsed


class _Typer(typer.Typer):
    def command(self, *names: Any, **more: Any) -> Any:
        """Register a function as a `Command`."""
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
    """Return an app for one command without a group."""
    return _Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
