"""Run the evals: ``python -m evals --model qwen2.5-coder:1.5b --url http://127.0.0.1:11434``, or ``make eval``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from evals import report, table
from evals.confusion import draw
from evals.figures import Result
from evals.kept_model import KeptModel
from evals.load import load_cases, with_gold
from evals.play import Asked, ModelGoneError, PlanFrom
from evals.run import run
from heartbeat.decision_mode import DecisionMode
from heartbeat.errors import HeartbeatError
from heartbeat.settings import load_settings
from heartbeat_decision.model import ModelUnreachableError, OllamaModel

_WIDTH = 120
"""Columns of the report when it is written to a file or a pipe."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def evals(
    model: Annotated[str | None, typer.Option(help="Model; default HEARTBEAT_MODEL.")] = None,
    url: Annotated[str | None, typer.Option(help="Ollama server; default HEARTBEAT_OLLAMA_URL.")] = None,
    cases: Annotated[
        str, typer.Option(help="tuning, held_out, all (of both), world, unseen or injections.")
    ] = "all",
    only: Annotated[str | None, typer.Option(help="One category, or one case by name.")] = None,
    temperature: Annotated[float, typer.Option(min=0, max=1, help="Sampling temperature.")] = 0.0,
    timeout: Annotated[float, typer.Option(min=1, max=3600, help="Seconds one call may take.")] = 300.0,
    show_held_out: Annotated[
        bool,
        typer.Option(
            "--show-held-out", help="Name also the held-out and unseen cases that went wrong; not for tuning."
        ),
    ] = False,
    every: Annotated[
        int, typer.Option(min=1, max=100, help="Only every so manieth case, from the first.")
    ] = 1,
    plan: Annotated[
        PlanFrom | None,
        typer.Option(
            help="Follow the gold plans of the cases, or what the model reads, which is the default."
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(help="File in which replies are kept, so that a run goes on where one stopped."),
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder of the runs.")] = report.FOLDER,
) -> None:
    """Measure the decisions of a model on the written cases."""
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    try:
        given = {"model": model, "ollama_url": url}
        settings = load_settings(**{name: value for name, value in given.items() if value is not None})
        if plan is None and settings.decides_by == DecisionMode.PLAN:
            plan = PlanFrom.READ
        asked = Asked(settings.model, settings.ollama_url, temperature, timeout, plan)
        loaded = load_cases(cases, only)
        if plan == PlanFrom.GOLD:
            loaded = with_gold(loaded)
        loaded = loaded[::every]
        with _progress(console) as progress:
            task = progress.add_task("", total=len(loaded))

            def tell(result: Result) -> None:
                progress.update(task, advance=1, description=f"{result.half} {result.category}")

            model_ = KeptModel(OllamaModel.from_settings(settings), answers, keeps=bool(answers or plan))
            done = run(loaded, asked, model_, which=cases, only=only, tell=tell)
        path = report.save(done, runs)
        picture = path.with_suffix(".png")
        draw(done.results, f"{done.model}, {len(done.results)} cases", picture)
    except (HeartbeatError, ModelUnreachableError, ModelGoneError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    table.show(done, report.previous(done, runs), console, show_held_out=show_held_out)
    console.print(f"{path}\n{picture}", markup=False, highlight=False, soft_wrap=True)
    if done.ended:
        raise typer.Exit(1)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


if __name__ == "__main__":
    app(prog_name="python -m evals")
