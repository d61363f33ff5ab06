"""Commands of checks: stopped at their time limit with their children, without Heartbeat's secrets."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from heartbeat.connections.command import OUTPUT_LIMIT, Ended, run_command
from heartbeat.fetching import FetchError
from tests.integration.heartbeat.connections.test_check import Checked
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.world import World

CHILDREN = """import subprocess, sys, time, pathlib
child = [sys.executable, "-c", "import time; time.sleep(600)"]
found = [subprocess.Popen(child).pid for _ in range(3)]
pathlib.Path("pids").write_text(" ".join(map(str, found)))
{then}
"""


def run(folder: Path, code: str, seconds: float = 30) -> Ended:
    return run_command([sys.executable, "-c", code], folder, seconds)


def are_gone(folder: Path) -> bool:
    """Return whether the children have ended, waiting a moment for the system to end them."""
    pids = [int(each) for each in (folder / "pids").read_text().split()]
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not any(is_running(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def is_running(pid: int) -> bool:
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        # An orphan that nobody has waited for is no process that runs.
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_it_is_stopped_at_its_time_limit_with_its_children(tmp_path: Path) -> None:
    begun = time.monotonic()
    ended = run(tmp_path, CHILDREN.format(then='print("begun", flush=True); time.sleep(600)'), 3)
    assert time.monotonic() - begun < 20
    assert ended == Ended(None, "begun")
    assert are_gone(tmp_path)


def test_children_that_it_leaves_behind_are_stopped(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert run(tmp_path, CHILDREN.format(then="sys.exit(2)")).code == 2
    assert time.monotonic() - begun < 20
    assert are_gone(tmp_path)


def test_of_an_endless_output_the_end_is_kept(tmp_path: Path) -> None:
    code = "import sys\nfor _ in range(100): sys.stdout.write('x' * 1_000_000)\nprint('the end'); sys.exit(1)"
    ended = run(tmp_path, code)
    assert ended.code == 1
    assert ended.output.endswith("the end")
    assert len(ended.output) <= OUTPUT_LIMIT


def test_it_gets_no_settings_of_heartbeat_and_no_input(tmp_path: Path) -> None:
    code = "import os, sys; print(sorted(os.environ), repr(sys.stdin.read()), os.getcwd())"
    environment = {"HEARTBEAT_TOKEN": "hush", "HEARTBEAT_SMTP": "hush", "MINE": "1"}
    ended = run_command([sys.executable, "-c", code], tmp_path, 30, environment=environment)
    assert ended.code == 0
    assert "HEARTBEAT" not in ended.output
    assert "'MINE'" in ended.output
    assert ended.output.endswith(f"'' {tmp_path.resolve()}")


def test_no_shell_reads_it(tmp_path: Path) -> None:
    code = "import sys; print(sys.argv[1:])"
    ended = run_command(
        [sys.executable, "-c", code, "$(touch owned)", "; touch owned", "`touch owned`"], tmp_path, 30
    )
    assert ended.output == "['$(touch owned)', '; touch owned', '`touch owned`']"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["/no/such/program", ".", "nul\x00"], ids=range(3))
def test_what_cannot_be_started_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(FetchError, match=r"cannot be started: .*; check command in connections\.toml"):
        run_command([name], tmp_path, 1)


def test_it_is_looked_at_as_a_check(world: World) -> None:
    site = Checked(world)
    site.connect(f'command = ["{sys.executable}", "-c", "import sys; print(\'no disk\'); sys.exit(3)"]')
    assert site.news() == ["site is down"]
    said = f"{sys.executable} ended with exit code 3. Its output ends with:\nno disk"
    assert (site.rows()[0].content or "").endswith(f"Expected: exit code 0.\n{said}")
    site.connect(f"command = \"{sys.executable} -c 'import sys; sys.exit(3)'\"\nexpect = 3")
    assert site.news() == [], "another command is another check, which is up at its first look"
    assert [row.gone_at is not None for row in site.rows()] == [True]
    site.connect('command = "true; rm -rf /"')
    assert (look(world)["site"].failed or "").startswith("The command true; cannot be started: No such file")
