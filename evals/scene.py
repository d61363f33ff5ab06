"""Fill a real store with a case, through the store's own functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from evals.bringing import bring, config_of, write_connections
from evals.case import Case, Comment, Message, Post
from evals.earlier import histories
from evals.written import AGENT
from heartbeat.capabilities import Direction, ItemKind
from heartbeat.memory import Memory, RecentAction
from heartbeat.names import OWNER
from heartbeat.plan import Do, LineRole, Plan, Rule
from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import plan_lines
from heartbeat.plan.rule import PlacedBody
from heartbeat.plan.said import line_id
from heartbeat.settings import Settings, load_settings
from heartbeat.store import Claim, Outcome, Store, beats, corrections, forum, messages, threads
from heartbeat.vocabulary import ActionKind, BeatStatus, Trigger

Written = TypeVar("Written", Post, Message)
THREAD = "case"
_BEFORE = timedelta(days=30)
"""Time between the creation of a case's thread and boards, and its oldest item."""
_DIRECTIONS: dict[Direction, int] = {"up": 1, "down": -1}


@dataclass
class Scene:
    """A workspace with one case.

    ``labels`` maps the feed's ids, such as ``post:3`` or ``home.mail:3``, to the case's labels, ``said`` the numbers
    of messages in the case, from 1, to those of the thread.
    """

    case: Case
    settings: Settings
    store: Store
    labels: dict[str, str] = field(default_factory=dict)
    said: dict[int, int] = field(default_factory=dict)

    def ids(self) -> dict[str, str]:
        """Return the map from the case's labels to the feed's ids."""
        return {label: item for item, label in self.labels.items()}


@contextmanager
def open_scene(case: Case, folder: Path, *, model_timeout: float = 120, **more: Any) -> Iterator[Scene]:
    """Create the workspace of a case in an empty folder, independent of the environment's workspace.

    ``more`` are further settings; for what is not among them the environment counts.
    """
    settings = load_settings(
        **more,
        home=folder / "home",
        database_url="",
        instructions=folder / "HEARTBEAT.md",
        agent_name=AGENT,
        plugins="none",
        notify=None,
        webhook_url=None,
        model_timeout=model_timeout,
    )
    write_connections(case, settings)
    store = Store.from_settings(settings)
    try:
        scene = Scene(case, settings, store)
        _fill(scene)
        yield scene
    finally:
        store.close()


def _fill(scene: Scene) -> None:
    case, store = scene.case, scene.store
    ages = [it.age for it in (*case.posts, *case.messages)] + list(case.tasks_done.values())
    ages += [it.age for it in case.memory.recent] + [it.age for it in case.followed]
    ages += [it.age for _, it in case.entries()]
    began = case.now - max(ages, default=timedelta(0)) - _BEFORE
    for board in case.boards:
        store.write(forum.add_board, board, board, began)
    store.write(threads.create, THREAD, began, config={**config_of(case), **case.config})
    store.write(threads.set_instructions, THREAD, case.instructions, began)
    marks: dict[str, int] = {}
    posts = [_add_post(scene, post, marks) for post in _in_order(case.posts)]
    for post, comment in _in_order_of_comments(posts):
        _add_comment(scene, post, comment, marks)
    numbers_of = {id(message): number for number, message in enumerate(case.messages, 1)}
    for message in _in_order(case.messages):
        _add_message(scene, numbers_of[id(message)], message, marks)
    brought, numbers = bring(case, scene.settings, store, _earlier(case))
    scene.labels.update(brought)
    _remember(scene, marks | numbers)


def _in_order(written: Sequence[Written]) -> list[Written]:
    """Return the items from the oldest to the newest, so that newer ones get higher ids."""
    return sorted(written, key=lambda it: (-it.age, it.news))


def _in_order_of_comments(posts: Sequence[Post]) -> list[tuple[Post, Comment]]:
    pairs = [(post, comment) for post in posts for comment in post.comments]
    return sorted(pairs, key=lambda pair: (-pair[1].age, pair[1].news))


def _add_post(scene: Scene, post: Post, marks: dict[str, int]) -> Post:
    at = scene.case.now - post.age
    row = scene.store.write(
        forum.add_post, board=post.board, title=post.title, content=post.content, author=post.author, now=at
    )
    _placed(scene, "post", post, row.id or 0, marks)
    return post


def _add_comment(scene: Scene, post: Post, comment: Comment, marks: dict[str, int]) -> None:
    ids = scene.ids()
    row = scene.store.write(
        forum.add_comment,
        _number(ids[post.id]),
        content=comment.content,
        author=comment.author,
        now=scene.case.now - comment.age,
        parent_comment_id=_number(ids[comment.parent]) if comment.parent else None,
    )
    _placed(scene, "comment", comment, row.id or 0, marks)


def _placed(scene: Scene, kind: ItemKind, item: Post | Comment, number: int, marks: dict[str, int]) -> None:
    scene.labels[f"{kind}:{number}"] = item.id
    if item.seen and not item.own:
        marks[f"forum.{kind}"] = number
    if item.vote:
        at, value = scene.case.now - item.age, _DIRECTIONS[item.vote]
        scene.store.write(forum.vote, kind, number, voter=AGENT, value=value, now=at)


def _add_message(scene: Scene, number: int, message: Message, marks: dict[str, int]) -> None:
    at = scene.case.now - message.age
    row = scene.store.write(messages.add, THREAD, author=message.author, content=message.content, now=at)
    scene.said[number] = row.id or 0
    if message.seen and not message.own:
        marks["thread.message"] = row.id or 0


def _number(item: str) -> int:
    return int(item.partition(":")[2])


def _remember(scene: Scene, marks: dict[str, int]) -> None:
    """Write the row of an earlier beat with the thread's memory."""
    case = scene.case
    recent = [RecentAction(at=case.now - it.age, kind=it.kind, text=it.text) for it in case.memory.recent]
    recent += _followed(scene)
    memory = Memory(
        marks=marks,
        tasks={name: case.now - age for name, age in case.tasks_done.items()},
        recent=tuple(sorted(recent, key=lambda it: it.at)),
        rules=histories(case, scene.settings, scene.store, scene.ids(), marks, THREAD),
        note=case.memory.note,
    )
    if memory == Memory():
        return
    at = _earlier(case)
    claim = scene.store.open_beat(THREAD, Trigger.MANUAL, None, at)
    assert isinstance(claim, Claim)  # noqa: S101 - no gate refuses the first beat of a new thread
    remembered = memory.model_copy(update={"beat": claim.beat_id})
    scene.store.write(
        beats.settle,
        claim,
        Outcome(BeatStatus.NONE, "An earlier beat."),
        at,
        memory=remembered.to_dict(),
        looked_at=at,
    )


def _earlier(case: Case) -> datetime:
    """Return when the earlier beat was that has seen what is seen."""
    seen = [it.age for it in (*case.posts, *case.messages) if it.seen]
    seen += [comment.age for _, comment in case.comments() if comment.seen]
    seen += [entry.age for _, entry in case.entries() if entry.seen]
    return case.now - max(min(seen, default=timedelta(hours=1)), timedelta(minutes=2))


_KINDS = {Do.VOTE_UP: ActionKind.VOTE, Do.VOTE_DOWN: ActionKind.VOTE}


def _followed(scene: Scene) -> Iterator[RecentAction]:
    """Yield what earlier beats did by rules, as a memory holds it: an action for each item."""
    case, ids = scene.case, scene.ids()
    for each in case.followed:
        rule = case.rule_of(each)
        kind = _KINDS.get(Do(rule.do), rule.do)
        keys: list[str | None] = [ids[item].rpartition(".")[2] for item in each.items]
        for key in keys or [None]:
            yield RecentAction(at=case.now - each.age, kind=kind, target_id=key, text=each.text)


def put_gold(scene: Scene) -> None:
    """Let the gold plan of a case stand as a person's corrections of its lines and messages; it must have one."""
    plan = scene.case.gold_plan()
    assert plan is not None  # noqa: S101 - whoever calls this has seen to it
    for line in plan_lines(scene.case.instructions):
        _correct(scene, plan, line.id, line.id, line.text)
    for message, number in scene.said.items():
        written = scene.case.messages[message - 1]
        if written.author == OWNER:
            _correct(scene, plan, line_id(message), line_id(number), written.content)


def _correct(scene: Scene, plan: Plan, in_gold: str, in_thread: str, text: str) -> None:
    """Put in the gold of one line or message, which may have another id in the thread."""
    rules = tuple(_body(rule) for rule in plan.rules if rule.id.rpartition("-")[0] == in_gold)
    role = next((quiet.role for quiet in plan.quiet if quiet.id == in_gold), LineRole.ABOUT)
    correction = Correction(
        line_id=in_thread,
        text=text,
        rules=rules,
        role=None if rules else role,
        by="gold",
        at=scene.case.now - _BEFORE,
        thread=THREAD,
    )
    scene.store.write(corrections.put, correction, scene.case.instructions)


def _body(rule: Rule) -> PlacedBody:
    return PlacedBody(**{name: getattr(rule, name) for name in PlacedBody.model_fields})
