"""``heartbeat doctor``: check everything a beat needs, and show remedies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from heartbeat.text import count
from heartbeat_service.cli.failures import FAILED
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.terminal import print_json, say, say_row
from heartbeat_service.cli.workspace import utc_now
from heartbeat_service.doctor import Finding, Level, examine
from heartbeat_service.doctor.variables import read_settings

app = single_command()
_STYLES: dict[Level, str] = {"ok": "green", "warning": "yellow", "problem": "bold red"}
_WIDTH = 7


@app.command()
def doctor(
    ask: Annotated[
        bool, typer.Option("--ask", help="Also ask each model one tiny question; this loads it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check everything a beat needs, and say what to do; exit 1 when something stops beats.

    Nothing is changed.
    """
    findings = asyncio.run(_examine(ask))
    problems, warnings = (_number(findings, level) for level in ("problem", "warning"))
    if as_json:
        each = [asdict(finding) for finding in findings]
        print_json(
            {"ok": not problems, "problems": problems, "warnings": warnings, "findings": each}, indent=2
        )
    else:
        _show(findings)
        say()
        say(_sum(problems, warnings), "bold red" if problems else "yellow" if warnings else "green")
    if problems:
        raise typer.Exit(FAILED)


async def _examine(ask: bool) -> list[Finding]:
    if not ask:
        return await examine(clock=utc_now)
    from heartbeat_decision.model import OllamaModel

    settings, _ = read_settings()
    return await examine(clock=utc_now, model=OllamaModel.from_settings(settings) if settings else None)


def _show(findings: Sequence[Finding]) -> None:
    for finding in findings:
        style = _STYLES[finding.level]
        say_row(finding.level, f"{finding.check}: {finding.said}", width=_WIDTH, style=style)
        if finding.remedy:
            say_row("", f"remedy: {finding.remedy}", width=_WIDTH)


def _number(findings: Sequence[Finding], level: str) -> int:
    return sum(finding.level == level for finding in findings)


def _sum(problems: int, warnings: int) -> str:
    if not problems and not warnings:
        return "All is well."
    told = f"{count(problems, 'problem')}, {count(warnings, 'warning')}."
    return told if problems else f"Beats can run. {told}"
