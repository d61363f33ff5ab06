"""``heartbeat instructions``: check HEARTBEAT.md by its plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heartbeat.errors import NotFoundError
from heartbeat.instructions import read_document
from heartbeat.settings import load_settings
from heartbeat.text import count
from heartbeat_service.cli.failures import FAILED
from heartbeat_service.cli.group import command_group
from heartbeat_service.cli.plan_shown import show_plan
from heartbeat_service.cli.terminal import print_json, say
from heartbeat_service.cli.workspace import open_store
from heartbeat_service.plan import plan_of
from nodes.services import Services

app = command_group("How HEARTBEAT.md is understood.")


@app.callback()
def _group() -> None:
    pass


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="Default: the workspace's HEARTBEAT.md.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show the plan as it is known, without asking a model; exit 1 when something in the text cannot be done."""
    settings = load_settings()
    path = file or settings.instructions
    document = read_document(path, settings.home)
    if document is None:
        raise NotFoundError(f"there is no {path}; make one with: heartbeat init")
    with open_store(settings) as store:
        plan = plan_of(Services.from_settings(settings, store=store), text=document.content).view
    if as_json:
        facts = document.model_dump(mode="json", include={"path", "sha256", "last_modified"})
        print_json({**facts, **plan.model_dump(mode="json")}, indent=2)
    else:
        say(str(path))
        show_plan(plan)
        if plan.unread:
            number = count(len(plan.unread), "line")
            say(f"{number} not read yet may hold more; read them with: heartbeat plan", "yellow")
        elif plan.is_sound:
            say("No problems.", "green")
    if not plan.is_sound:
        raise typer.Exit(FAILED)
