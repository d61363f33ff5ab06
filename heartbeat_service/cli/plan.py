"""``heartbeat plan``: how HEARTBEAT.md is read, and corrections of it."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from heartbeat.errors import InvalidValueError
from heartbeat.instructions import Condition, write_document
from heartbeat.plan.lines import find_line
from heartbeat.plan.rule import MESSAGE, PlacedBody
from heartbeat.plan.said import line_id
from heartbeat.plan.shipped import read_shipped, shipped_path, write_shipped
from heartbeat.plan.view import QuietView, RuleView
from heartbeat.plan.words import Counts, LineRole
from heartbeat.settings import load_settings
from heartbeat.store import plan_readings, threads
from heartbeat.text import count, sentence
from heartbeat_service.cli.failures import FAILED, complain
from heartbeat_service.cli.group import command_group
from heartbeat_service.cli.plan_now import show_now
from heartbeat_service.cli.plan_rules import given_rules
from heartbeat_service.cli.plan_shown import show_lines, show_plan, show_said, who_decides
from heartbeat_service.cli.terminal import console, print_json, say
from heartbeat_service.cli.workspace import content_of, open_store
from heartbeat_service.plan import PlanOf, plan_of, read_now, uncorrect
from heartbeat_service.plan import confirm as keep_reading
from heartbeat_service.plan import correct as keep_correction
from nodes.line_reader import Ended, Progress, ignore
from nodes.said import lift as lift_order
from nodes.said import put_back
from nodes.services import Services

app = command_group("How HEARTBEAT.md is read, line by line, and corrections of it.")
Thread = Annotated[
    str | None, typer.Option(help="Of this thread; else of the workspace, which knows all there is.")
]


@app.callback(invoke_without_command=True)
def plan(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Option("--file", help="A text in place of the workspace's HEARTBEAT.md.")
    ] = None,
    thread: Thread = None,
    now: Annotated[
        bool,
        typer.Option(
            "--now", help="What a beat of the thread would do now; nothing is read, judged or changed."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Read the lines that are not read yet, and show what each asks for, and what it lacks.

    Lines that corrections decide about need no model. Exit 1 when lines are unread since the model could not be
    asked; what is known is shown all the same.
    """
    if context.invoked_subcommand is not None:
        return
    if now:
        if file is not None:
            raise InvalidValueError(
                "--file", "--file: not with --now, which is about the saved text of a thread"
            )
        show_now(thread, as_json=as_json)
        return
    settings = load_settings()
    text = None if file is None else content_of(file, settings.home)
    with open_store(settings) as store:
        services = Services.from_settings(settings, store=store)
        with _progress(shown=not as_json) as on_progress:
            ended = asyncio.run(
                read_now(services, thread, text=text, on_progress=on_progress, on_wait=_say_who_reads)
            )
        found = plan_of(services, thread, text=text).view
        took = store.read(plan_readings.spent)
        missing = _missing(services, thread) if text is None else None
    if as_json:
        print_json(found.model_dump(mode="json"), indent=2)
    else:
        show_plan(found, missing)
        if (deciding := who_decides(found)) is not None:
            say(sentence(f"No model was asked, since all lines are decided by {deciding}"))
        if took.calls:
            tokens = f"{took.prompt_tokens:,} tokens in prompts and {took.completion_tokens:,} in answers"
            say(
                f"Reading took {count(took.calls, 'call')} of the model so far: {tokens}, of no thread's budget."
            )
    if ended == Ended.DOWN and found.reading.read < found.reading.of:
        raise typer.Exit(FAILED)


def _missing(services: Services, thread: str | None) -> Path | None:
    """Return the path of HEARTBEAT.md where the text is to be there and is not; None elsewhere."""
    if thread is not None and services.store.read(threads.get, thread).instructions is not None:
        return None
    path = services.settings.instructions
    return None if path.exists() else path


@app.command()
def correct(
    line: Annotated[
        str, typer.Argument(metavar="LINE", help="Its number or id; of message 12 of yours: message-12.")
    ],
    do: Annotated[str | None, typer.Option(help="What: tell, post, comment, note, silent, …")] = None,
    when: Annotated[str | None, typer.Option(help="new, item, addressed, due, task or always.")] = None,
    number: Annotated[
        int | None, typer.Option("--count", min=1, max=1_000, help="How many new ones.")
    ] = None,
    counts: Annotated[
        Counts | None, typer.Option(help="Which new ones of the forum. [default: posts]")
    ] = None,
    question: Annotated[str | None, typer.Option(help="Asked about one thing; yes: it is meant.")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Also for what was seen before.")] = False,
    within: Annotated[str | None, typer.Option(help="How long before it is due: 45m, 2h, 1d.")] = None,
    task: Annotated[str | None, typer.Option(help="The name of the task.")] = None,
    about: Annotated[str | None, typer.Option(help="mail,calendar,…")] = None,
    places: Annotated[str | None, typer.Option("--place", help="Boards and connections it is about.")] = None,
    where: Annotated[str | None, typer.Option(help="The board or connection that it goes to.")] = None,
    days: Annotated[str | None, typer.Option(help="mon,tue,…")] = None,
    start: Annotated[str | None, typer.Option("--from", help="From this time of day on: 22:30.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Up to this time of day: 06:30.")] = None,
    at: Annotated[str | None, typer.Option(help="At these times of day: 07:30,19:00.")] = None,
    every_hours: Annotated[int | None, typer.Option(min=1, max=12, help="1, 2, 3, 4, 6, 8 or 12.")] = None,
    limit: Annotated[str | None, typer.Option(help="once, day, week, month or item: at most.")] = None,
    unless: Annotated[list[str] | None, typer.Option(help="A question; yes: not this one.")] = None,
    not_days: Annotated[str | None, typer.Option(help="Days on which it does not hold.")] = None,
    how: Annotated[str | None, typer.Option(help="What the text has to say.")] = None,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="A JSON list of rules in place of the options; - for stdin."),
    ] = None,
    nothing: Annotated[LineRole | None, typer.Option(help="It asks for nothing: what it is instead.")] = None,
    back: Annotated[
        bool, typer.Option("--back", help="Take the correction back; one whose line is gone, too, by its id.")
    ] = False,
    thread: Thread = None,
    by: Annotated[str | None, typer.Option(help="Who says so. [default: this account]")] = None,
) -> None:
    """Say what a line asks for, in place of what was read from it."""
    options = {
        "do": do,
        "when": when,
        "count": number,
        "counts": counts,
        "question": question,
        "open": is_open or None,
        "within": within,
        "task": task,
        "about": about,
        "place": places,
        "where": where,
        "days": days,
        "from": start,
        "to": end,
        "at": at,
        "every-hours": every_hours,
        "limit": limit,
        "unless": unless,
        "not-days": not_days,
        "how": how,
    }
    given = {name: value for name, value in options.items() if value not in (None, [])}
    made = _made(given, rules, nothing, back=back)
    _keep(line, made, nothing, back=back, thread=thread, by=by or getpass.getuser())


@app.command()
def confirm(
    lines: Annotated[list[str], typer.Argument(metavar="LINE...", help="Their numbers or ids.")],
    thread: Thread = None,
    by: Annotated[str | None, typer.Option(help="Who says so. [default: this account]")] = None,
) -> None:
    """Say that lines are read right: what was read is kept as a correction, whatever model reads them later."""
    settings = load_settings()
    with open_store(settings) as store:
        services = Services.from_settings(settings, store=store)
        found = plan_of(services, thread)
        named = list(dict.fromkeys(find_line(found.lines, line).id for line in lines))
        for line_id in named:
            condition = Condition.is_still(found.digest)
            found = keep_reading(
                services, line_id, by=by or getpass.getuser(), thread_id=thread, condition=condition
            )
    for line_id in named:
        show_lines(found.view, line_id)


@app.command()
def lift(
    message: Annotated[
        str, typer.Argument(metavar="MESSAGE", help="The number of a message, as the plan shows it.")
    ],
    thread: Annotated[str, typer.Option(help="The thread in whose conversation it was said.")],
    back: Annotated[bool, typer.Option("--back", help="Let it hold again.")] = False,
    by: Annotated[str | None, typer.Option(help="Who says so. [default: this account]")] = None,
) -> None:
    """End what a message of yours asks for, such as silence."""
    number = _number(message)
    settings = load_settings()
    with open_store(settings) as store:
        services = Services.from_settings(settings, store=store)
        if back:
            put_back(services, thread, number)
        else:
            lift_order(services, thread, number, by=by or getpass.getuser())
        found = plan_of(services, thread).view
    show_said(found, line_id(number))
    shown = next((each for each in found.said if each.message == number), None)
    if shown is None:
        say(f"Message {number} is more than a week old and orders nothing any more.")
    elif back and shown.rules:
        over = all(rule.over for rule in shown.rules)
        say(
            f"Message {number} is not lifted any more, but has ended all the same."
            if over
            else f"Message {number} holds again."
        )


def _number(message: str) -> int:
    number = message.removeprefix(MESSAGE)
    if not (number.isascii() and number.isdecimal() and 1 <= int(number) < 2**63):
        raise InvalidValueError(
            "MESSAGE", f"MESSAGE: {message!r:.40} is not allowed; allowed: the number of a message"
        )
    return int(number)


@app.command()
def export(
    thread: Thread = None,
    out: Annotated[
        Path | None, typer.Option(help="Default: HEARTBEAT.plan.json beside HEARTBEAT.md.")
    ] = None,
) -> None:
    """Write the corrections into a file that a workspace can ship beside its HEARTBEAT.md.

    With --thread also those of the thread, and then into a file of another name: what stands in HEARTBEAT.plan.json
    counts for all threads.
    """
    settings = load_settings()
    shipped = shipped_path(settings.instructions)
    if thread is not None and (out is None or out.resolve() == shipped.resolve()):
        raise InvalidValueError(
            "--out",
            f"--out: {out or 'missing'}; what stands in {shipped.name} counts for all threads, so the corrections of "
            f"{thread} are not written there; allowed with --thread: another file",
        )
    with open_store(settings) as store:
        found = plan_of(Services.from_settings(settings, store=store), thread)
    path = out or shipped
    if faults := read_shipped(path).faults:
        raise InvalidValueError(
            "--out",
            f"{path} is there and has a fault, so that it would be lost: {faults[0]} Mend or remove it first",
        )
    ids = {line.id for line in found.lines}
    number = len({each.line_id for each in found.corrections if each.line_id in ids})
    write_document(path, write_shipped(found.lines, found.corrections), home=settings.home)
    say(f"{path}: {count(number, 'corrected line')}.")


def _made(
    given: Mapping[str, Any], file: Path | None, nothing: LineRole | None, *, back: bool
) -> tuple[PlacedBody, ...]:
    """Return the rules that a correction gives; none where it gives a role, or is taken back."""
    if sum([bool(given), file is not None, nothing is not None, back]) != 1:
        raise InvalidValueError(
            "options",
            "options: allowed is one of the four: --do with --when and more, --rules FILE, --nothing ROLE, --back",
        )
    return () if nothing is not None or back else given_rules(given, file)


def _keep(
    line: str,
    made: tuple[PlacedBody, ...],
    nothing: LineRole | None,
    *,
    back: bool,
    thread: str | None,
    by: str,
) -> None:
    """Keep a correction, or take it back, and print what holds for the line then."""
    settings = load_settings()
    with open_store(settings) as store:
        services = Services.from_settings(settings, store=store)
        seen = plan_of(services, thread)
        dropped = {each.line_id for each in seen.view.dropped if each.can_take_back}
        named = line if back and line in dropped else find_line([*seen.lines, *seen.messages], line).id
        condition = Condition.is_still(seen.digest)
        if back:
            found = uncorrect(services, named, thread_id=thread, condition=condition)
        else:
            found = keep_correction(
                services, named, rules=made, role=nothing, by=by, thread_id=thread, condition=condition
            )
    if named in dropped:
        say("The correction is dismissed; its line was gone already.")
        return
    if (other := _corrector(seen, named)) not in {None, by}:
        say(f"This replaces what {other} said.", "yellow")
    show_said(found.view, named)
    show_lines(found.view, named)


def _corrector(seen: PlanOf, line_id: str) -> str | None:
    """Return who had corrected a line in this plan, None if nobody had."""
    every: list[RuleView | QuietView] = [*seen.view.rules, *seen.view.quiet]
    return next((each.by for each in every if each.line_id == line_id and each.can_take_back), None)


def _say_who_reads(until: datetime) -> None:
    """Say on stderr that another process reads, and how long that can keep this one at most."""
    complain(
        f"another process reads the lines; this one waits for it, until {until.astimezone():%H:%M:%S} at most "
        "where that process was killed"
    )


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[Progress], None]]:
    """Show a bar on a terminal while lines are read."""
    out = console()
    if not shown or not out.is_terminal:
        yield ignore
        return
    columns = (TextColumn("reading lines"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, console=out, transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(progress: Progress) -> None:
            bar.update(task, completed=progress.read, total=progress.of)

        yield tell
