"""Shared code of ``heartbeat approve`` and ``heartbeat reject``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from checkpoints import open_saver
from graph.heartbeat import compile_graph
from heartbeat.settings import load_settings
from heartbeat.store import views
from heartbeat.store.approvals import Answer
from heartbeat.store.tables import LARGEST_ID
from heartbeat.vocabulary import AnswerOrigin
from heartbeat_service.approval import answer
from heartbeat_service.cli.delivering import deliver
from heartbeat_service.cli.steps import Steps, show_end, waiting
from heartbeat_service.cli.streams import outlasting
from heartbeat_service.cli.workspace import open_store
from heartbeat_service.runner import Runner, ignore
from nodes.services import Services

BeatId = Annotated[
    int,
    typer.Argument(metavar="BEAT", min=1, max=LARGEST_ID, help="Number of a beat that waits for approval."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Only the beat, as one JSON object.")]


def give(beat_id: int, given: Answer, *, as_json: bool) -> None:
    """Store the answer, resume the beat, and show how it ended."""
    settings = load_settings()
    with open_store(settings) as store:
        services = Services.from_settings(settings, store=store)
        with outlasting(), waiting(as_json=as_json):
            asyncio.run(_give(services, beat_id, given, as_json=as_json))
        detail = store.read(views.beat_detail, beat_id)
    show_end(detail, settings, detail.model or settings.model, as_json=as_json)


async def _give(services: Services, beat_id: int, given: Answer, *, as_json: bool) -> None:
    async with open_saver(services.settings.checkpoints_path) as saver:
        runner = Runner(services, compile_graph(saver))
        await answer(runner, beat_id, given, by=AnswerOrigin.CLI, on_step=ignore if as_json else Steps())
    await deliver(services, beat_id, shown=not as_json)
