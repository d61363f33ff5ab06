"""``heartbeat restore``: put a backup in the place of a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heartbeat.backup import Report, restore
from heartbeat.settings import load_settings
from heartbeat.store.restored import Restored
from heartbeat.text import count, utc
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import print_json, say, say_steps
from heartbeat_service.cli.workspace import utc_now

app = single_command()


@app.command("restore")
def restore_backup(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A backup, or a folder of backups: the newest is taken.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Keep the workspace that is there beside the restored one.")
    ] = False,
    keep_marks: Annotated[
        bool, typer.Option("--keep-marks", help="Look again at what was new at the time of the backup.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Restore a backup into an empty workspace, with the timer stopped; nothing that may have left leaves again."""
    report = restore(load_settings(), folder, utc_now(), replace_old=replace, keep_marks=keep_marks)
    if as_json:
        print_json(_as_json(report))
        return
    tell(report, keep_marks=keep_marks)


def _as_json(report: Report) -> dict[str, object]:
    return {
        "path": str(report.backup),
        "made_at": utc(report.manifest.made_at),
        "heartbeat": report.manifest.heartbeat,
        "threads": report.restored.threads,
        "threads_going_on": report.restored.going_on,
        "closed_beats": report.restored.beats,
        "unknown_deliveries": report.restored.deliveries,
        "standing_approvals": report.restored.standing,
        "kept": [str(path) for path in report.kept],
    }


def _going_on(done: Restored) -> str:
    if done.going_on == done.threads:
        return f"{count(done.threads, 'thread')} will go on from now"
    off = done.threads - done.going_on
    others = f"{off} {'is' if off == 1 else 'are'} switched off, paused or faulty"
    if not done.going_on:
        return f"no thread will go on: {others}"
    return f"{done.going_on} of {done.threads} threads will go on from now, {others}"


def tell(report: Report, *, keep_marks: bool) -> None:
    """Say what a restore did, and what comes next."""
    made, done = report.manifest, report.restored
    if report.undone:
        say("An earlier restore had been cut off; it was undone first.", "yellow")
    say(
        f"Restored {report.backup}, made at {utc(made.made_at.replace(microsecond=0))} by Heartbeat {made.heartbeat}."
    )
    say(f"The timer is stopped; {_going_on(done)}.")
    if done.beats:
        closed = "it is closed, since it" if done.beats == 1 else "they are closed, since they"
        say(f"{count(done.beats, 'beat')} ran or waited for you then; {closed} may have acted.")
    if done.deliveries:
        lost, them = (
            ("1 delivery", "it") if done.deliveries == 1 else (f"{done.deliveries} deliveries", "them")
        )
        say(f"{lost} may have arrived since, so only you can send {them} again.")
    if keep_marks:
        say("What was new at the time of the backup will be looked at.")
    else:
        say("What is in the forum and in conversations counts as looked at.")
    if done.standing:
        stand = "stands as it did" if done.standing == 1 else "stand as they did"
        say(
            f"{count(done.standing, 'standing approval')} {stand} then, also if you revoked it since.",
            "yellow",
        )
    if report.kept:
        say("What was there is kept as:")
        for path in report.kept:
            say(f"  {path}")
    steps = [("heartbeat doctor", "see whether anything is missing here, such as a variable or a folder")]
    if done.deliveries:
        steps.append(("heartbeat deliveries --status unknown", "say of each whether it arrived"))
    say_steps(
        "Next:",
        [*steps, ("heartbeat start", "let scheduled beats run"), ("heartbeat serve", "beat and serve")],
    )
