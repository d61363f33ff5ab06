"""``heartbeat eval``: how well a model reads the lines that their owner has corrected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from heartbeat.address import FORMS, parse_address
from heartbeat.errors import InvalidValueError
from heartbeat.plan.assemble import Decided
from heartbeat.plan.says import says
from heartbeat.plan.words import DecidedBy
from heartbeat.settings import Settings, load_settings
from heartbeat.text import count, sentence
from heartbeat_decision.model import ModelError
from heartbeat_decision.reading import prompt_version
from heartbeat_service.cli.failures import FAILED, complain
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.plan_shown import ROLES
from heartbeat_service.cli.terminal import console, print_json, say, say_row
from heartbeat_service.cli.workspace import content_of, open_store
from heartbeat_service.escaping import one_line
from heartbeat_service.plan_trial import ReadingTrial, TrialProgress, Tried
from nodes.line_reader import ignore
from nodes.readings import reader_model
from nodes.services import Services

app = single_command()
_WIDTH = 9


class _Ended(StrEnum):
    """How a trial ended: all lines were read, a person stopped it, or the model gave no reply."""

    READ = "read"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class _Outcome:
    """What came of a trial; ``problem`` is why the model gave no reply."""

    trial: ReadingTrial
    ended: _Ended
    problem: str | None = None

    @property
    def tried(self) -> list[Tried]:
        return self.trial.results()


@app.command()
def evaluate(
    file: Annotated[
        Path | None, typer.Option("--file", help="A text in place of the workspace's HEARTBEAT.md.")
    ] = None,
    thread: Annotated[
        str | None, typer.Option(help="The text and the corrections of this thread; else the workspace's.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The model to try. [default: the one that reads HEARTBEAT.md]")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Its server. [default: HEARTBEAT_OLLAMA_URL]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say how many of the lines that you have corrected or confirmed a model reads as you did.

    What beats follow is not changed. Exit 1 when nothing could be compared, or not all that there is.
    """
    settings = load_settings()
    text = None if file is None else content_of(file, settings.home)
    with open_store(settings) as store:
        services = Services.from_settings(settings, store=store)
        trial = ReadingTrial.of(services, *_asked(settings, url, model), thread, text)
        if not trial.said:
            _show_nothing(trial, as_json=as_json)
            raise typer.Exit(FAILED)
        with _progress(shown=not as_json) as on_progress:
            outcome = _run(trial, on_progress)
        if as_json:
            print_json(_json(outcome), indent=2)
        else:
            _show(outcome, settings, thread)
    if outcome.problem is not None:
        complain(outcome.problem)
    if outcome.ended != _Ended.READ:
        raise typer.Exit(FAILED)


def _asked(settings: Settings, url: str | None, model: str | None) -> tuple[str, str]:
    """Return the address of the server and the name of the model to try."""
    name = reader_model(settings) if model is None else model
    if not name or name.split() != [name]:
        raise InvalidValueError(
            "--model", f"--model: {name!r:.80} is not allowed; allowed: the name of a model, without spaces"
        )
    if url is None:
        return settings.ollama_url, name
    try:
        return parse_address(url), name
    except ValueError:
        # The address may hold a password.
        raise InvalidValueError("--url", f"--url: what is given is not allowed; allowed: {FORMS}") from None


def _run(trial: ReadingTrial, on_progress: Callable[[TrialProgress], None]) -> _Outcome:
    """Read the lines, and keep what is there where it is interrupted or the model is away."""
    try:
        asyncio.run(trial.run(on_progress))
    except KeyboardInterrupt:
        return _Outcome(trial, _Ended.STOPPED)
    except ModelError as error:
        return _Outcome(trial, _Ended.FAILED, sentence(f"{trial.model}: {error}"))
    return _Outcome(trial, _Ended.READ)


def _show_nothing(trial: ReadingTrial, *, as_json: bool) -> None:
    """Say that no line was corrected, and what to do; no model is asked."""
    if as_json:
        print_json(_json(_Outcome(trial, _Ended.READ)), indent=2)
        return
    if not trial.plan.lines:
        say("The text has no lines that are read, so there is nothing to compare.")
        return
    say("You have corrected or confirmed no line yet, so there is nothing to compare with.")
    say("See how each line is read: heartbeat plan")
    say("Say that a line is read right: heartbeat plan confirm LINE")
    say("Say what it asks for instead: heartbeat plan correct LINE …")


def _show(outcome: _Outcome, settings: Settings, thread: str | None) -> None:
    trial, tried = outcome.trial, outcome.tried
    compared = [each for each in tried if each.said is not None]
    wrong = [each for each in compared if not _is_right(each)]
    say(_verdict(outcome, len(compared), len(wrong)), "bold green" if not wrong and compared else "bold")
    for each in wrong:
        say()
        _show_line(each)
        _show_readings("you said" if _is_by_person(each) else "file says", each.said, trial)
        _show_readings("it read", each.read, trial, each.problem)
    open_ = [each for each in tried if each.said is None]
    if open_:
        more = f" --thread {thread}" if thread is not None else ""
        say()
        say(f"Not confirmed, so not counted; say if right: heartbeat plan confirm LINE{more}", "yellow")
        for each in open_:
            _show_line(each)
            _show_readings("it read", each.read, trial, each.problem)
            if not each.is_as_planned:
                _show_readings("the plan", each.plan, trial)
    say()
    _show_cost(outcome, len(tried))
    if compared:
        say("The wording of questions and texts is not compared.")
    reader = reader_model(settings)
    if (trial.model, trial.url) != (reader, settings.ollama_url):
        say(f"Nothing is changed: beats follow what {reader} reads, and what you corrected.")


def _verdict(outcome: _Outcome, compared: int, wrong: int) -> str:
    trial, left = outcome.trial, len(outcome.trial.said) - compared
    why = "It was stopped" if outcome.ended == _Ended.STOPPED else "The model gave no reply"
    if not compared:
        return f"{why}, so none of {count(left, 'corrected line')} could be compared with {trial.model}."
    said = sentence(
        f"{trial.model} reads {compared - wrong} of {compared} of your lines as {_meant(outcome.tried)}"
    )
    if not left:
        return said
    return (
        f"{said} {why}, so {count(left, 'more corrected line')} {'is' if left == 1 else 'are'} not counted."
    )


def _meant(tried: Sequence[Tried]) -> str:
    """Return who said what the lines that are compared ask for."""
    by_person = {_is_by_person(each) for each in tried if each.said is not None}
    if by_person == {True}:
        return "you corrected them"
    return "you or HEARTBEAT.plan.json have them" if True in by_person else "HEARTBEAT.plan.json has them"


def _is_by_person(each: Tried) -> bool:
    return each.said is not None and each.said.decided_by == DecidedBy.CORRECTION


def _show_line(each: Tried) -> None:
    say_row(f"line {each.line.number}", Text(one_line(each.line.text), style="dim"), width=_WIDTH)


def _show_readings(
    name: str, decided: Decided | None, trial: ReadingTrial, problem: str | None = None
) -> None:
    for text in _sentences(decided, trial) or [f"nothing: {problem}"]:
        say_row(name, text, width=_WIDTH, style="")
        name = ""


def _show_cost(outcome: _Outcome, lines: int) -> None:
    trial, ask = outcome.trial, outcome.trial.ask
    if not lines:
        if ask.calls:
            say(
                f"{count(ask.calls, 'call')} of the model took {trial.seconds:.0f} s, too few to read a line."
            )
        return
    times = (
        f"{trial.seconds:.0f} s, {trial.seconds / lines:.1f} s a line, and {ask.prompt_seconds:.0f} s of that"
    )
    calls = f"{count(ask.calls, 'call')} of the model, {ask.prompt_tokens:,} tokens in prompts"
    say(
        f"Reading {count(lines, 'line')} took {times} went into prompts: {calls} and {ask.completion_tokens:,} in "
        "answers."
    )


def _is_right(each: Tried) -> bool:
    return each.comparison is not None and each.comparison.whole


def _sentences(decided: Decided | None, trial: ReadingTrial) -> list[str]:
    """Return what a line asks for, one sentence a rule; or what it is instead."""
    if decided is None:
        return []
    if decided.role is not None:
        return [ROLES[decided.role]]
    return [says(rule, trial.plan.view.timezone) for rule in decided.rules]


def _json(outcome: _Outcome) -> dict[str, Any]:
    trial, tried = outcome.trial, outcome.tried
    compared = [each.comparison for each in tried if each.comparison is not None]
    return {
        "model": trial.model,
        "digest": trial.digest or None,
        "words": prompt_version(),
        "thread": trial.plan.view.thread,
        "ended": outcome.ended.value,
        "problem": outcome.problem,
        "corrected": len(trial.said),
        "compared": len(compared),
        "right": sum(each.whole for each in compared),
        "right_act": sum(each.do for each in compared),
        "lines": [_line(each, trial) for each in tried],
        "calls": trial.ask.calls,
        "prompt_tokens": trial.ask.prompt_tokens,
        "completion_tokens": trial.ask.completion_tokens,
        "seconds": round(trial.seconds, 3),
        "prompt_seconds": round(trial.ask.prompt_seconds, 3),
        "seconds_per_line": round(trial.seconds / len(tried), 3) if tried else None,
    }


def _line(each: Tried, trial: ReadingTrial) -> dict[str, Any]:
    compared = each.comparison
    return {
        "line": each.line.number,
        "line_id": each.line.id,
        "text": each.line.text,
        "right": None if compared is None else compared.whole,
        "wrong": [] if compared is None else list(compared.wrong),
        "said": _sentences(each.said, trial),
        "said_by": None if each.said is None else each.said.by,
        "plan": _sentences(each.plan, trial),
        "read": _sentences(each.read, trial),
        "unsure": each.read is not None and each.read.unsure,
        "problem": each.problem,
    }


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[TrialProgress], None]]:
    """Show a bar on a terminal while lines are read."""
    out = console()
    if not shown or not out.is_terminal:
        yield ignore
        return
    columns = (
        TextColumn("reading lines"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[questions]}"),
    )
    with Bar(*columns, console=out, transient=True) as bar:
        task = bar.add_task("", total=None, questions="")

        def tell(progress: TrialProgress) -> None:
            asked = count(progress.questions, "question")
            bar.update(task, completed=progress.read, total=progress.of, questions=asked)

        yield tell
