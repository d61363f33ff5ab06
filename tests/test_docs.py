"""What a user can set, see or call is in docs/, and the Python shown there runs."""

from __future__ import annotations

import json
import re
import runpy
import shlex
from datetime import datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from heartbeat.config import Config
from heartbeat.criteria import Criterion
from heartbeat.plugins import CRITERIA, SOURCES, TARGETS
from heartbeat.settings import Settings
from heartbeat.sources import ContextSource
from heartbeat.store.door import SENTENCES
from heartbeat.targets import Target
from nodes.prompts import NAMES, REQUIRED, VARIABLES
from service.cli.app import COMMANDS, app
from tests.support.world import World

DOCS = Path(__file__).parent.parent / "docs"


def text(name: str) -> str:
    return (DOCS / f"{name}.md").read_text()


@pytest.mark.parametrize("field", sorted(Config.model_fields))
def test_every_field_of_a_thread_is_documented(field: str) -> None:
    assert f"| `{field}`" in text("configuration")


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_every_setting_is_documented(field: str) -> None:
    assert f"| `HEARTBEAT_{field.upper()}`" in text("configuration")


@pytest.mark.parametrize("gate", sorted(SENTENCES))
def test_every_door_gate_is_documented(gate: str) -> None:
    assert f"`{gate}`" in text("concepts")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_documented(command: str) -> None:
    assert f"| `heartbeat {command}" in text("cli")


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in DOCS.glob("*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    folder = (DOCS.parent / page).parent
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (DOCS.parent / page).read_text())
    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


def test_python_in_the_docs_runs(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", world.ollama.url)
    monkeypatch.setenv("HEARTBEAT_HOME", str(world.settings.home))
    code = re.findall(r"```python\n(.*?)```", text("python"), re.DOTALL)
    assert len(code) >= 4
    shown = world.folder / "shown.py"
    shown.write_text("\n".join(code))
    runpy.run_path(str(shown), run_name="__main__")
    said = capsys.readouterr().out
    assert "none None Quiet." in said
    assert "beat.started {'trigger': 'manual', 'slot': None}" in said
    assert any("Frost tonight." in prompt for prompt in world.ollama.prompts)


def test_the_recipe_for_a_time_of_day_gives_that_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    block = text("timer").split("### Once a day at 9")[1].split("```")[1]
    for line in block.strip().splitlines():
        done = CliRunner().invoke(app, shlex.split(line)[1:])
        assert done.exit_code == 0, done.output
    asked = ["schedule", "briefing", "--json", "-n", "400", "--from", "2026-01-01T12:00:00Z"]
    slots = json.loads(CliRunner().invoke(app, asked).stdout)["slots"]
    zone = ZoneInfo("Europe/Berlin")
    local = [datetime.fromisoformat(slot).astimezone(zone) for slot in slots]
    first = local[0].date()
    assert [each.date() for each in local] == [first + timedelta(days=day) for day in range(400)]
    assert all(time(9) <= each.time() < time(9, 5) for each in local)


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_of_a_template_is_documented(name: str) -> None:
    section = text("prompts").split(f"### {name}.txt\n")[1].split("\n#")[0]
    for variable in VARIABLES[name]:
        bold = variable in REQUIRED[name]
        assert (f"**`{variable}`**" if bold else f"`{variable}`") in section
        assert bold or f"**`{variable}`**" not in section


@pytest.mark.parametrize(
    ("group", "port"), [(TARGETS, Target), (SOURCES, ContextSource), (CRITERIA, Criterion)]
)
def test_every_port_is_documented(group: str, port: type) -> None:
    section = text("plugins").split(f"Group `{group}`; port: `")[1].split("\n##")[0]
    module = import_module(section.split("`")[0].rpartition(".")[0])
    assert getattr(module, section.split("`")[0].rpartition(".")[2]) is port
    members = {name for name in vars(port) if not name.startswith("_")}
    assert {row.split("(")[0] for row in re.findall(r"^\| `([^`]*)`", section, re.MULTILINE)} == members
