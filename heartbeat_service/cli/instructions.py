"""``heartbeat instructions``: show how HEARTBEAT.md is parsed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heartbeat import rules
from heartbeat.errors import NotFoundError
from heartbeat.instructions import Document, Instructions, Remark, mask_secrets, parse, read_document
from heartbeat.settings import load_settings
from heartbeat.text import count
from heartbeat.vocabulary import SectionKind
from heartbeat_service.cli.failures import FAILED
from heartbeat_service.cli.group import command_group
from heartbeat_service.cli.terminal import print_json, say, say_row
from heartbeat_service.cli.text import interval

app = command_group("How HEARTBEAT.md is understood.")


@app.callback()
def _group() -> None:
    pass


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="Default: the workspace's HEARTBEAT.md.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show sections, tasks and problems; exit 1 when there are problems."""
    settings = load_settings()
    path = file or settings.instructions
    document = read_document(path, settings.home)
    if document is None:
        raise NotFoundError(f"there is no {path}; make one with: heartbeat init")
    read = parse(mask_secrets(document.content))
    if as_json:
        print_json({**_facts(document), **read.model_dump(mode="json", exclude={"content"})}, indent=2)
    else:
        _show(document, read)
    if read.problems:
        raise typer.Exit(FAILED)


def _facts(document: Document) -> dict[str, object]:
    return document.model_dump(mode="json", include={"path", "sha256", "last_modified"})


def _show(document: Document, read: Instructions) -> None:
    say(f"{document.path} asks for nothing, so beats stay silent." if read.empty else f"{document.path}")
    for section in read.sections:
        done = sum(item.done for item in section.items)
        ticked = f", {done} done" if done else ""
        title = section.title or "(no heading)"
        say_row(
            f"line {section.line}",
            f"{title} ({section.kind}): {count(len(section.items), 'item')}{ticked}",
            width=8,
        )
    for task in read.tasks:
        say_row(
            f"line {task.line}", f"task {task.name}, every {interval(task.interval)}: {task.prompt}", width=8
        )
    known = [item for item in read.section(SectionKind.RULES) if not item.done and rules.read_rule(item.text)]
    if read.section(SectionKind.RULES):
        say(
            f"Without a model, {len(known)} of {count(len(read.section(SectionKind.RULES)), 'rule')} can be followed "
            "(where the thread has fallback: rules)."
        )
    _remarks("problem", read.problems, "bold red")
    _remarks("warning", read.warnings, "yellow")
    if not read.problems:
        say("No problems.", "green")


def _remarks(kind: str, remarks: tuple[Remark, ...], style: str) -> None:
    for remark in remarks:
        say_row(kind, f"line {remark.line}: {remark.message}", width=8, style=style)
