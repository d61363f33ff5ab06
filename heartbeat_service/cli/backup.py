"""``heartbeat backup``: copy the workspace while it is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heartbeat.backup import take
from heartbeat.settings import load_settings
from heartbeat.text import count, utc
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import print_json, say
from heartbeat_service.cli.workspace import utc_now

app = single_command()


@app.command()
def backup(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where backups go: each gets a folder named by its time.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Copy the workspace to a new folder in DIR, also while it is in use. It holds secrets: keep it safe."""
    made = take(load_settings(), folder, utc_now)
    manifest = made.manifest
    if as_json:
        print_json(
            {
                "path": str(made.path),
                "made_at": utc(manifest.made_at),
                "heartbeat": manifest.heartbeat,
                "schema": manifest.database_schema,
                "files": len(manifest.files),
                "bytes": manifest.size,
            }
        )
        return
    say(f"The backup is {made.path}, with {count(len(manifest.files), 'file')} ({manifest.size:,} bytes).")
    say("It holds secrets and what your agent has read: keep it where only you can read it.")
