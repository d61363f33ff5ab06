"""The help of every command."""

from __future__ import annotations

import pytest

from heartbeat_service.cli.app import COMMANDS
from tests.integration.cli.conftest import Cli


@pytest.mark.parametrize("command", ["", *sorted(COMMANDS), "threads remove", "forum import"])
def test_a_flag_is_shown_without_a_type(cli: Cli, command: str) -> None:
    said = cli.fine(*command.split(), "--help")
    assert "--help" in said
    assert "bool" not in said
