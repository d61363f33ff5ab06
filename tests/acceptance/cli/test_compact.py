"""`heartbeat compact` beside a process that has the databases open."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner, Result

from heartbeat.settings import load_settings
from heartbeat_service.cli.app import app
from tests.support.paths import ROOT

HOLDS = """
import sys
from checkpoints import open_saver
from heartbeat.settings import load_settings
from heartbeat.store import Store, threads
settings = load_settings()
store = Store.from_settings(settings)
with open_saver(settings.checkpoints_path) as saver:
    store.read(threads.count)
    list(saver.list(None))
    print("open", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held() -> Iterator[None]:
    """Let another process have both databases open."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield
        finally:
            process.stdin.close()


def compact() -> Result:
    return CliRunner().invoke(app, ["compact"])


def test_a_file_that_is_in_use_keeps_its_size(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["init"]).exit_code == 0
    settings = load_settings()
    with held():
        beside = compact()
    assert beside.exit_code == 0, beside.output
    assert (
        "Deleted: 0 checkpoints, 0 beats, 0 deliveries, 0 events, 0 texts, 0 items, 0 verdicts."
        in beside.stdout
    )
    for path in (settings.database_path, settings.checkpoints_path):
        assert f"{path} is in use and keeps its size; what was deleted makes room in it." in beside.stdout
    assert "stop heartbeat serve and whatever else has it open, then: heartbeat compact" in beside.stdout
    alone = compact()
    assert alone.exit_code == 0, alone.output
    assert "in use" not in alone.stdout
    assert f"{settings.checkpoints_path}: " in alone.stdout


def test_without_a_workspace_nothing_is_made() -> None:
    result = compact()
    assert result.exit_code != 0
    assert "there is no workspace here" in result.stderr
    assert not load_settings().database_path.exists()
