"""What several processes, or a new one, do with one database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.world import World


def test_opening_a_current_database_runs_no_migration(world: World) -> None:
    code = (
        "import sys; from pathlib import Path; from heartbeat.store import Store\n"
        "Store(Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )
    run = [sys.executable, "-c", code, str(world.settings.database_path)]
    assert subprocess.run(run, check=False).returncode == 0


def test_eight_processes_start_at_once_on_an_empty_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime\n"
        "from heartbeat.store import Store, forum\n"
        "from checkpoints import open_saver\n"
        "sys.stdin.readline()\n"
        "home = Path(sys.argv[1])\n"
        "store = Store(home / 'heartbeat.db')\n"
        "row = store.write(forum.add_post, board='general', title='t', content='c', author=sys.argv[2],"
        " now=datetime.now(UTC))\n"
        "with open_saver(home / 'checkpoints.db') as saver: list(saver.list(None))\n"
        "print('up', row.id)"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "home")]
    processes = [
        subprocess.Popen(
            [*command, f"p{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [(process.communicate(timeout=180), process.returncode) for process in processes]
    assert [code for _, code in ends] == [0] * 8, ends
    assert sorted(out.split()[1] for (out, _), _ in ends) == [str(n) for n in range(1, 9)]
