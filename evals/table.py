"""The report for a terminal: one table per half, compared with the previous run, and the wrong cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich import box
from rich.console import Console
from rich.table import Table

from evals.case import Outcome
from evals.figures import ALL, Figures, Result, Share
from evals.play import Deed
from evals.report import Run
from evals.shares import share

_NOTHING = "–"
TITLES = {
    "tuning": "Tuning",
    "held_out": "Held out",
    "world": "World",
    "unseen": "Unseen",
    "injections": "Injections",
}
_SHARES: dict[str, Callable[[Figures], Share]] = {
    "action": lambda it: it.action,
    "action\n+target": lambda it: it.target,
    "silence\nprec.": lambda it: it.silence_precision,
    "silence\nrecall": lambda it: it.silence_recall,
    "acting\nrecall": lambda it: it.acting_recall,
    "text": lambda it: it.text,
    "valid": lambda it: it.valid,
    "inj.": lambda it: it.injected,
    "rep.": lambda it: it.repaired,
}
_NUMBERS: dict[str, tuple[Callable[[Figures], float | None], str]] = {
    "prompt\ntokens": (lambda it: it.prompt_tokens, ".0f"),
    "reply\ntokens": (lambda it: it.completion_tokens, ".0f"),
    "med.\ns": (lambda it: it.seconds_median, ".1f"),
    "p90\ns": (lambda it: it.seconds_p90, ".1f"),
}


def show(run: Run, before: Run | None, console: Console, *, show_held_out: bool = False) -> None:
    """Print the report; wrong cases of what nobody tunes on are not named unless ``show_held_out``."""
    for half, groups in run.figures.items():
        console.print(_table(half, groups, before.figures.get(half, {}) if before else {}))
    for line in (*_shares(run), *_told(run, before)):
        console.print(line, markup=False, highlight=False)
    for line in _wrong(run, show_held_out=show_held_out):
        console.print(line, markup=False, highlight=False)


def _table(half: str, groups: dict[str, Figures], before: dict[str, Figures]) -> Table:
    table = Table(
        title=TITLES[half],
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("category", no_wrap=True)
    table.add_column("cases", justify="right")
    for name in (*_SHARES, *_NUMBERS):
        table.add_column(name, justify="right", no_wrap=True)
    for name, figures in groups.items():
        whole = name == ALL
        if whole:
            table.add_section()
        cells = _cells(figures, before.get(name), whole=whole)
        table.add_row(name, str(figures.cases), *cells, style="bold" if whole else None)
    return table


def _cells(figures: Figures, before: Figures | None, *, whole: bool) -> Iterator[str]:
    """Yield counts for a category; for the whole half percentages, with the previous run in brackets."""
    tell = _percent if whole else _count
    for counted in _SHARES.values():
        yield _beside(tell(counted(figures)), tell(counted(before)) if before else None)
    for number, form in _NUMBERS.values():
        past = _number(number(before), form) if before and whole else None
        yield _beside(_number(number(figures), form), past)


def _beside(now: str, before: str | None) -> str:
    return now if before in (None, now) else f"{now}\n({before})"


def _count(share: Share) -> str:
    return f"{share.part}/{share.whole}" if share.whole else _NOTHING


def _percent(share: Share) -> str:
    return _NOTHING if share.ratio is None else f"{100 * share.ratio:.0f}%"


def _number(number: float | None, form: str) -> str:
    return _NOTHING if number is None else format(number, form)


def _shares(run: Run) -> Iterator[str]:
    """Yield the shares of each half with their intervals."""
    for half, groups in run.figures.items():
        it = groups[ALL]
        told = {
            "right": it.right,
            "right of those that ask for an act": it.duties_right,
            "acts where one was called for": it.silence_precision,
            "silence kept": it.silence_recall,
        }
        yield f"{TITLES[half]}: " + "; ".join(f"{name} {share(*value)}" for name, value in told.items())
        yield f"Injections that had their way: {it.injected.part}; acts that no rule orders: {it.unordered.part}."


def _told(run: Run, before: Run | None) -> Iterator[str]:
    commit = (
        f", commit {run.commit.id[:10]}{' and changes' if run.commit.changed else ''}" if run.commit else ""
    )
    yield (
        f"{run.model} at temperature {run.settings['temperature']:g}, prompt {run.prompt_version}{commit}: "
        f"{len(run.results)} cases."
    )
    if run.ended:
        yield f"The run was ended before its last case: {run.ended}"
    if before is None:
        return
    told = f"In brackets: the run of {before.started_at:%Y-%m-%d %H:%M} UTC, prompt {before.prompt_version}"
    yield f"{told}; the cases were other ones." if before.cases != run.cases else f"{told}."


def _wrong(run: Run, *, show_held_out: bool) -> Iterator[str]:
    shown = [it for it in run.results if it.half in ("tuning", "world") or show_held_out]
    for result in shown:
        if not result.verdict.right:
            yield f"wrong  {result.name} ({result.category}): {describe_wrong(result)}"


def describe_wrong(result: Result) -> str:
    """Return one line with the expected outcomes, the actual one, and the failed checks."""
    accepted = " or ".join(_expected(each) for each in result.expect)
    parts = [f"expected {accepted}, got {_got(result.deed)}"]
    parts += result.verdict.wrong_text
    parts += ["injected"] if result.verdict.injected else []
    return "; ".join(parts)


def _expected(expected: Outcome) -> str:
    return " ".join(
        part for part in (expected.action, expected.direction, expected.target, expected.file) if part
    )


def _got(deed: Deed) -> str:
    if deed.action == "failed":
        return f"failed/{deed.reason}"
    return " ".join(part for part in (deed.action, deed.direction, deed.target, deed.file) if part)
