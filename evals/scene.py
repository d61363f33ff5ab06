"""Fill a real store with a case, through the store's own functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from evals.case import AGENT, Case, Comment, Message, Post
from heartbeat.capabilities import Direction, ItemKind
from heartbeat.memory import Memory, RecentAction
from heartbeat.settings import Settings, load_settings
from heartbeat.store import Claim, Outcome, Store, beats, forum, messages, threads
from heartbeat.vocabulary import BeatStatus, Trigger

Written = TypeVar("Written", Post, Message)
THREAD = "case"
_BEFORE = timedelta(days=30)
"""Time between the creation of a case's thread and boards, and its oldest item."""
_DIRECTIONS: dict[Direction, int] = {"up": 1, "down": -1}


@dataclass
class Scene:
    """A workspace with one case; ``labels`` maps the feed's ids, such as ``post:3``, to the case's labels."""

    case: Case
    settings: Settings
    store: Store
    labels: dict[str, str] = field(default_factory=dict)

    def ids(self) -> dict[str, str]:
        """Return the map from the case's labels to the feed's ids."""
        return {label: item for item, label in self.labels.items()}


@contextmanager
def open_scene(case: Case, folder: Path, *, model_timeout: float = 120) -> Iterator[Scene]:
    """Create the workspace of a case in an empty folder, independent of the environment's workspace."""
    settings = load_settings(
        home=folder,
        database_url="",
        instructions=folder / "HEARTBEAT.md",
        agent_name=AGENT,
        plugins="none",
        notify=None,
        webhook_url=None,
        model_timeout=model_timeout,
    )
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
    ages += [it.age for it in case.memory.recent]
    began = case.now - max(ages, default=timedelta(0)) - _BEFORE
    for board in case.boards:
        store.write(forum.add_board, board, board, began)
    store.write(threads.create, THREAD, began, config=case.config)
    store.write(threads.set_instructions, THREAD, case.instructions, began)
    marks: dict[str, int] = {}
    posts = [_add_post(scene, post, marks) for post in _in_order(case.posts)]
    for post, comment in _in_order_of_comments(posts):
        _add_comment(scene, post, comment, marks)
    for message in _in_order(case.messages):
        _add_message(scene, message, marks)
    _remember(scene, marks)


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


def _add_message(scene: Scene, message: Message, marks: dict[str, int]) -> None:
    at = scene.case.now - message.age
    row = scene.store.write(messages.add, THREAD, author=message.author, content=message.content, now=at)
    if message.seen and not message.own:
        marks["thread.message"] = row.id or 0


def _number(item: str) -> int:
    return int(item.partition(":")[2])


def _remember(scene: Scene, marks: dict[str, int]) -> None:
    """Write the row of an earlier beat with the thread's memory."""
    case = scene.case
    memory = Memory(
        marks=marks,
        tasks={name: case.now - age for name, age in case.tasks_done.items()},
        recent=tuple(
            RecentAction(at=case.now - it.age, kind=it.kind, text=it.text) for it in case.memory.recent
        ),
        note=case.memory.note,
    )
    if memory == Memory():
        return
    seen = [it.age for it in (*case.posts, *case.messages) if it.seen]
    seen += [comment.age for _, comment in case.comments() if comment.seen]
    at = case.now - max(min(seen, default=timedelta(hours=1)), timedelta(minutes=2))
    claim = scene.store.open_beat(THREAD, Trigger.MANUAL, None, at)
    assert isinstance(claim, Claim)  # noqa: S101 - no gate refuses the first beat of a new thread
    remembered = memory.model_copy(update={"beat": claim.beat_id})
    scene.store.write(
        beats.settle, claim, Outcome(BeatStatus.NONE, "An earlier beat."), at, memory=remembered.to_dict()
    )
