"""Backups on a disk that is too small, and by an account that may not read the workspace; both need root."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from heartbeat.backup import take
from heartbeat.backup.manifest import find_backup
from heartbeat.errors import NotFoundError
from tests.acceptance.heartbeat_service.test_disk import disk, fill
from tests.support.paths import ROOT
from tests.support.world import START, World

__all__ = ["disk"]


def test_a_disk_that_is_too_small_holds_no_half_backup(full: World, disk: Path) -> None:
    filler = fill(disk)
    filler.write_bytes(bytes(filler.stat().st_size - 100_000))
    with pytest.raises(OSError, match="No space left on device") as raised:
        take(full.settings, disk / "backups", lambda: START)
    assert raised.value.filename == str(disk / "backups")
    with pytest.raises(NotFoundError):
        find_backup(disk / "backups")
    assert [path.name for path in (disk / "backups").iterdir()] == [".backup.lock"]
    filler.unlink()
    made = take(full.settings, disk / "backups", lambda: START)
    assert find_backup(disk / "backups") == made.path


OTHER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path

from heartbeat.backup import take
from heartbeat.errors import HeartbeatError
from heartbeat.settings import load_settings

os.seteuid(65534)
try:
    take(load_settings(home=Path(sys.argv[1])), Path(sys.argv[2]), lambda: datetime.now(UTC))
except HeartbeatError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may become another account")
def test_another_account_is_told_so(full: World) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OTHER, str(full.settings.home), str(full.folder / "backups")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = f"this account may not read {full.settings.database_path}; make the backup as the account that"
    assert (done.stdout[: len(said)], done.stderr) == (said, "")
    assert not (full.folder / "backups").exists()
