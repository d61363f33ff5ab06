"""``heartbeat beat``: run one beat of a thread now."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from checkpoints import GroupCommitSaver, open_saver
from graph.heartbeat import compile_graph
from heartbeat.settings import load_settings
from heartbeat.store import Refusal, threads, views
from heartbeat.store.views import BeatView
from heartbeat.threads import langgraph_thread_id
from heartbeat.vocabulary import BeatStatus
from heartbeat_service.cli import verdict
from heartbeat_service.cli.delivering import deliver
from heartbeat_service.cli.failures import complain
from heartbeat_service.cli.group import single_command
from heartbeat_service.cli.steps import Steps, show_end, waiting
from heartbeat_service.cli.streams import outlasting
from heartbeat_service.cli.terminal import print_json
from heartbeat_service.cli.workspace import open_store, utc_now
from heartbeat_service.fetcher import Fetcher
from heartbeat_service.runner import Runner, ignore
from heartbeat_service.thread_state import pending_approvals
from nodes.services import Services

app = single_command()
_STEPS = 10
"""Steps in which one call deletes old checkpoints; the last beat alone needs one."""


@app.command()
def beat(
    thread: Annotated[str, typer.Argument(metavar="THREAD", help="Id of a thread.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide, and do nothing.")] = False,
    look: Annotated[bool, typer.Option(" /--no-look", help="Do not look at connections first.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Only the beat, as one JSON object.")] = False,
) -> None:
    """Run one beat now, and show its steps as they finish; exit 1 when it failed."""
    settings = load_settings()
    with open_store(settings) as store:
        config = store.read(_config, thread)
        services = Services.from_settings(settings, store=store)
        # A started beat is finished even if its output cannot be written any more.
        with outlasting(), waiting(as_json=as_json):
            ended = _run(services, thread, look=look, dry_run=dry_run, as_json=as_json)
        beat_id = ended.beat_id if isinstance(ended, Refusal) else ended.id
        detail = None if beat_id is None else store.read(views.beat_detail, beat_id)
        pending = store.read(pending_approvals, thread, config, utc_now())
    if isinstance(ended, Refusal) and not as_json:
        verdict.show_refusal(thread, ended)
    elif detail is not None:
        show_end(detail, settings, config.model or settings.model, pending=pending, as_json=as_json)
    elif isinstance(ended, Refusal):
        print_json(_without_row(thread, ended))


def _config(session: Any, thread: str) -> Any:
    return threads.config(session, threads.get(session, thread))


def _run(services: Services, thread: str, *, look: bool, dry_run: bool, as_json: bool) -> BeatView | Refusal:
    try:
        return asyncio.run(_beat(services, thread, look=look, dry_run=dry_run, as_json=as_json))
    except KeyboardInterrupt:
        seconds = services.settings.lease_seconds
        complain(f"interrupted; after {seconds:g} s the next beat of {thread} first finishes this one")
        raise


async def _beat(
    services: Services, thread: str, *, look: bool, dry_run: bool, as_json: bool
) -> BeatView | Refusal:
    if look:
        for each in await Fetcher(services).look_named(only_due=True):
            if each.failed is not None:
                complain(f"connection {each.name} could not be looked at: {each.failed}")
    async with open_saver(services.settings.checkpoints_path) as saver:
        runner = Runner(services, compile_graph(saver), look=look)
        ended = await runner.beat(thread, dry_run=dry_run, on_step=ignore if as_json else Steps())
        await asyncio.to_thread(_prune, saver, thread, services.settings.checkpoints_kept)
    if not isinstance(ended, Refusal):
        await deliver(services, ended.id, shown=not as_json)
    return ended


def _prune(saver: GroupCommitSaver, thread: str, kept: int) -> None:
    """Delete old checkpoints of the thread; of many that are left, some of them by each beat."""
    for _ in range(_STEPS):
        if not saver.prune_runs(langgraph_thread_id(thread), kept):
            return


def _without_row(thread: str, refusal: Refusal) -> dict[str, Any]:
    return {
        "id": None,
        "thread_id": thread,
        "status": BeatStatus.SKIPPED.value,
        "reason": refusal.gate,
        "summary": refusal.summary,
        "success": True,
    }
