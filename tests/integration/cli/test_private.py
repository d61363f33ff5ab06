"""docs/private.md: what it shows is what the commands say."""

from __future__ import annotations

import re
from pathlib import Path

from tests.integration.cli.conftest import Cli
from tests.support.paths import ROOT


def test_the_commands_of_the_page_say_what_it_shows(cli: Cli, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "private.md").read_text()
    [toml] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    [shown] = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    (tmp_path / "diary").mkdir()
    Path("connections.toml").write_text(toml)
    _, refused, made = re.split(r"^\$ heartbeat ", shown, flags=re.M)
    command, said = refused.split("\n", 1)
    assert f"heartbeat: {cli.refused(*command.split())}" == " ".join(said.split())
    command, said = made.split("\n", 1)
    assert " ".join(cli.fine(*command.split()).split()) == " ".join(said.split())
