"""A workspace in an empty folder, and the command line in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from heartbeat.settings import load_settings
from heartbeat.store import Store
from heartbeat_service.cli.app import app
from nodes.services import services_for

Once = Callable[[str, Callable[[], object]], None]


class Cli:
    """Calls commands as a person does."""

    def __call__(self, *arguments: str, typed: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=typed)

    def fine(self, *arguments: str, typed: str | bytes | None = None) -> str:
        """Return what a command prints that must work."""
        result = self(*arguments, typed=typed)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout

    def json(self, *arguments: str) -> Any:
        """Return the one JSON value a command prints."""
        return json.loads(self.fine(*arguments, "--json"))

    def lines(self, *arguments: str) -> list[Any]:
        """Return the JSON Lines a command prints."""
        return [json.loads(line) for line in self.fine(*arguments, "--json").splitlines()]

    def refused(self, *arguments: str, typed: str | bytes | None = None) -> str:
        """Return the one sentence of a command that was asked wrongly."""
        result = self(*arguments, typed=typed)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("heartbeat: ")
        assert result.stderr.count("\n") == 1
        return result.stderr.removeprefix("heartbeat: ").strip()


@pytest.fixture(autouse=True)
def _in_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    services_for.cache_clear()
    yield
    services_for.cache_clear()


@pytest.fixture
def cli() -> Cli:
    return Cli()


@pytest.fixture(scope="module")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def once(tmp_path: Path, _kept: Path) -> Once:
    """Has a workspace made by commands in the first test of a module that needs it, and copies it for the others.

    The files of connections are then in another folder, so what is new of them begins anew: it is for tests in which
    threads see no connection.
    """

    def begin(name: str, commands: Callable[[], object]) -> None:
        first = _kept / name
        if first.exists():
            shutil.copytree(first, tmp_path, dirs_exist_ok=True)
        else:
            commands()
            shutil.copytree(tmp_path, first)

    return begin


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store.from_settings(load_settings())
    yield opened
    opened.close()
