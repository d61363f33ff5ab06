"""Run a case: one beat through the real graph on a model, at the case's instant."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from evals.case import Case
from evals.kept_model import KeptModel
from evals.scene import THREAD, Scene, open_scene, put_gold
from graph.heartbeat import graph
from heartbeat.capabilities import Direction
from heartbeat.decision_mode import DecisionMode
from heartbeat.plan.finding_view import RuleOfBeat
from heartbeat.store import threads, views
from heartbeat.store.views import ActionView, BeatDetail
from heartbeat.vocabulary import ActionKind, BeatStatus, Reason
from heartbeat_decision.model import Model
from nodes.choice import kind_of
from nodes.context import Context
from nodes.plan import load_plan
from nodes.services import Services

_NO_REPLY = (Reason.MODEL_TIMEOUT, Reason.MODEL_ERROR)


class ModelGoneError(Exception):
    """The model cannot be asked any more, so the remaining cases would measure nothing."""


class PlanFrom(StrEnum):
    """Where the plan of a beat comes from: from the ``gold`` of its case, or a model has to ``read`` the lines."""

    GOLD = "gold"
    READ = "read"


@dataclass(frozen=True)
class Asked:
    """The model, its server and its parameters. ``timeout`` is in seconds, for one call.

    Without ``plan`` beats decide as the environment says.
    """

    model: str
    url: str
    temperature: float = 0.0
    timeout: float = 300.0
    plan: PlanFrom | None = None


class Deed(BaseModel):
    """The result of a beat: its action with the target's label, and its cost.

    The target of a tell or a note is what it is about; its text is ``content``.

    ``action`` is ``failed`` if the beat ended without a decision. ``asked`` is whether the model was asked, even
    without a reply. ``seconds`` is the wall time of the beat, or with a plan the time that its calls took when they
    were made. ``line`` is that of the rule that was followed, ``why`` what was found of each rule, and ``ordered``
    whether a rule of the plan asks for such an action; None where nothing was done, or without a plan.
    """

    model_config = ConfigDict(frozen=True)

    action: Literal["post", "comment", "vote", "tell", "note", "none", "failed"]
    target: str | None = None
    direction: Direction | None = None
    file: str | None = None
    title: str | None = None
    content: str | None = None
    status: str = "none"
    reason: str | None = None
    summary: str = ""
    asked: bool = True
    repaired: bool = False
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    prompt: list[Any] = []
    replies: list[str] = []
    problems: list[str] = []
    calls: int = 0
    line: int | None = None
    why: list[str] = []
    ordered: bool | None = None


def play(case: Case, asked: Asked, model: Model) -> Deed:
    """Run a case in a temporary workspace.

    The beat is not a dry run, so that every check that can stop an action applies.

    Raises:
        ModelGoneError: the model server cannot be reached, or does not have the model any more.
    """
    kept = model if isinstance(model, KeptModel) else KeptModel(model)
    kept.given.clear()
    more: dict[str, Any] = {}
    if asked.plan:
        # Lines are read by the model of the workspace, whatever a beat is asked of.
        more = {
            "decision": DecisionMode.PLAN,
            "model": asked.model,
            "reader_model": None,
            "ollama_url": asked.url,
        }
    with (
        tempfile.TemporaryDirectory(prefix="heartbeat-eval-") as folder,
        open_scene(case, Path(folder), model_timeout=asked.timeout, **more) as scene,
    ):
        if asked.plan == PlanFrom.GOLD:
            put_gold(scene)
        began = time.perf_counter()
        beat = run_beat(scene, asked, kept)
        seconds = time.perf_counter() - began
        if beat.reason == Reason.MODEL_UNREACHABLE:
            raise ModelGoneError(beat.summary)
        deed = deed_of(scene, beat, seconds)
        if asked.plan is None:
            return deed.model_copy(update={"calls": len(kept.given)})
        cost = {"calls": len(kept.given), "seconds": round(sum(it.seconds for it in kept.given), 3)}
        return deed.model_copy(update={**cost, **_by_plan(scene, beat, deed)})


def run_beat(scene: Scene, asked: Asked, model: Model) -> BeatDetail:
    """Run the beat of a scene, and return it in full."""
    now = scene.case.now
    services = Services.from_settings(scene.settings, store=scene.store, model=model, clock=lambda: now)
    context = Context(
        model=asked.model, ollama_url=asked.url, temperature=asked.temperature, look=False, services=services
    )
    beat = graph.invoke({"thread": THREAD}, context=context)["beat"]
    return scene.store.read(views.beat_detail, beat["id"])


def deed_of(scene: Scene, beat: BeatDetail, seconds: float) -> Deed:
    """Return the deed of a settled beat."""
    done = beat.actions[0] if beat.actions else None
    fields: dict[str, Any] = {"action": "failed" if beat.status == BeatStatus.FAILED else "none"}
    if done is not None:
        fields = {
            "action": done.kind,
            "target": _target_of(scene, done),
            "direction": done.vote_direction,
            "file": done.file,
            "title": done.title,
            "content": done.content or done.text,
        }
    return Deed(
        **fields,
        status=beat.status,
        reason=beat.reason,
        summary=beat.summary,
        asked=bool(beat.rounds) or beat.reason in _NO_REPLY,
        repaired=len(beat.rounds) > 1,
        prompt_tokens=beat.prompt_tokens,
        completion_tokens=beat.completion_tokens,
        seconds=round(seconds, 3),
        prompt=beat.prompt or [],
        replies=[str(entry.get("reply") or "") for entry in beat.rounds],
        problems=[str(problem) for problem in beat.problems],
    )


def _by_plan(scene: Scene, beat: BeatDetail, deed: Deed) -> dict[str, Any]:
    """Return what a plan says of a deed."""
    chosen = next((rule for rule in beat.rules if rule.chosen), None)
    return {
        "line": None if chosen is None else chosen.line,
        "why": [_found(rule) for rule in beat.rules],
        "ordered": deed.action in _ordered(scene) if beat.actions else None,
    }


def _found(rule: RuleOfBeat) -> str:
    followed = "followed: " if rule.chosen else ""
    return f"{followed}{rule.id} {rule.do}: {rule.state} ({rule.count}, {rule.waiting} to judge)"


def _ordered(scene: Scene) -> set[str]:
    """Return the kinds of actions that the rules of the plan ask for."""
    services = Services.from_settings(scene.settings, store=scene.store, clock=lambda: scene.case.now)
    config = scene.store.read(lambda session: threads.config(session, threads.get(session, THREAD)))
    plan = load_plan(services, THREAD, scene.case.instructions, config).plan
    return {kind_of(rule) for rule in plan.rules}


def _target_of(scene: Scene, done: ActionView) -> str | None:
    if done.kind in {ActionKind.TELL, ActionKind.NOTE}:
        # A message has no label, and an item of the forum is known without its source.
        return scene.labels.get((done.about or "").removeprefix("forum."))
    return done.board if done.target_id is None else scene.labels[done.target_id]
