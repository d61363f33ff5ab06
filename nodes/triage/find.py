"""Finds what a beat has to do: the lines are read by the model, what can be counted or compared is not.

Lines are read one at a time and without the feed, so nothing that other people write changes what is asked for. How
many posts are new, who is spoken to, what was answered, the weekday and the hour are facts. The model is asked about
items only where a line is about items of a kind: which of them it is, and, of that one alone, whether it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from heartbeat.capabilities import Direction, ItemKind
from heartbeat.feed import OWNER, Feed, Item
from heartbeat.instructions import mask_secrets
from heartbeat.instructions.duty import Duty, closed
from heartbeat.instructions.lines import LENGTH_LIMIT, Line, flat_lines
from heartbeat.memory import Memory
from heartbeat.validation import clean, inert
from nodes.prompts.answers import (
    AboutAnswer,
    AsksAnswer,
    ChooseAnswer,
    HoursAnswer,
    LabelAnswer,
    MatchAnswer,
    WantedAnswer,
    WhatAnswer,
)
from nodes.triage.asker import Asker

CHOICE_LIMIT = 30
"""Items among which is chosen, the newest."""
CHOICE_SIZE = 5_000
"""Bytes of these items in one question, about 1,700 tokens in any language."""
_SHOWN = 240
"""Characters of an item where it is one of many."""

Kind = Literal["post", "comment", "vote"]


@dataclass(frozen=True)
class Finding:
    """What is to be done, or why nothing is.

    ``kind`` is none for silence. ``line`` is what asks for it, ``item`` what it is about, ``boards`` where a post may
    go; empty for any.
    """

    why: str
    kind: Kind | None = None
    line: str = ""
    item: Item | None = None
    direction: Direction | None = None
    boards: tuple[str, ...] = ()
    fresh: bool = False
    """Whether it is about the new posts."""


@dataclass(frozen=True)
class Scene:
    """What is known: instructions without tasks, what due tasks ask for, feed, memory, local time, possible kinds."""

    body: str
    tasks: Sequence[str]
    feed: Feed
    memory: Memory
    local: datetime
    agent: str
    kinds: Sequence[str]
    boards: Sequence[str]
    sources: Sequence[str]
    """Those whose items the target can answer and vote on."""
    votes: Mapping[ItemKind, Sequence[Direction]]
    """What it can be told about an item of a kind."""

    @property
    def lines(self) -> list[Line]:
        """What is to be read: due tasks as lines, then the lines of the instructions."""
        tasks = [Line(text=_flat(task), task=True) for task in self.tasks]
        return [*tasks, *flat_lines(mask_secrets(self.body))]

    @property
    def items(self) -> list[Item]:
        """Posts and comments of other people, newest first."""
        return [item for item in self.feed.walk() if item.kind != "message" and not item.own]

    @property
    def answerable(self) -> list[Item]:
        """Those that can be commented on."""
        items = self.items if "comment" in self.kinds else []
        return [item for item in items if item.source in self.sources]

    def votable(self, direction: Direction) -> list[Item]:
        """Those that can be voted on so, and that the agent has not voted on."""
        items = self.items if "vote" in self.kinds else []
        return [
            item
            for item in items
            if item.source in self.sources
            and item.kind != "message"
            and direction in self.votes.get(item.kind, ())
            and not item.own_vote
        ]


async def find(scene: Scene, asker: Asker) -> Finding:
    """Return what is to be done.

    Raises:
        ModelError: the model gave no answer.
    """
    ordered = await _from_owner(scene, asker)
    if ordered:
        return ordered
    duties = await _duties(scene, asker)
    quiet = closed(duties, scene.local)
    if quiet:
        return Finding(f"Now is a time of silence: {_short(quiet.line)}")
    for duty in duties:
        if duty.label == "stop" and duty.hours is None:
            item = await _choose(duty.line, _new(scene, "post"), scene, asker)
            if item:
                return Finding(f"{_name(item)} asks for silence: {_short(duty.line)}")
    for duty in duties:
        if duty.hours is None or duty.hours.hold(scene.local):
            found = await _fulfil(duty, scene, asker)
            if found:
                return found
    return Finding("Nothing that the instructions wait for has come.")


async def _duties(scene: Scene, asker: Asker) -> list[Duty]:
    return [await _duty(line, asker) for line in scene.lines]


async def _duty(line: Line, asker: Asker) -> Duty:
    read = await asker.read("label", line.text, LabelAnswer)
    if read.label == "post" and (read.number or 0) > 1 and not read.time:
        # "Four or more: write a post" waits for four, though the line does not say of what.
        read = read.model_copy(update={"label": "count"})
    if read.label == "post" and not line.task:
        # Nothing else would stop it: a title that is taken for an order would post at every chance.
        asks = await asker.read("asks", line.text, AsksAnswer)
        if asks.asks == "no":
            return Duty(line=line.text, label="silence")
    hours = (await asker.read("hours", line.text, HoursAnswer)).hours() if read.time else None
    return Duty(
        line=line.text,
        label=read.label,
        number=read.number,
        hours=hours,
        seen=line.task or line.box,
        once=not line.task,
    )


async def _from_owner(scene: Scene, asker: Asker) -> Finding | None:
    """Return what the owner's messages ask for, the newest first; silence lasts until the owner writes again."""
    messages = [it for it in scene.feed.items if it.kind == "message" and it.author == OWNER and not it.own]
    messages.sort(key=lambda it: it.position, reverse=True)
    for message in messages:
        line = _flat(message.content, LENGTH_LIMIT)
        wants = (await asker.read("wanted", line, WantedAnswer)).wants
        today = message.created_at.astimezone(scene.local.tzinfo).date() == scene.local.date()
        if message is messages[0] and (wants == "hush" or (wants == "hush_today" and today)):
            return Finding(f"The owner asked for silence: {_short(message.content)}")
        if not message.new or wants in ("talk", "hush", "hush_today"):
            continue
        found = await _obey(line, wants, scene, asker)
        if found:
            return found
    return None


async def _obey(line: str, wants: str, scene: Scene, asker: Asker) -> Finding | None:
    why = f"The owner asks for it: {_short(line)}"
    if wants == "post":
        return _post(line, why, scene)
    if wants == "comment":
        item = await _choose(line, scene.answerable, scene, asker)
        return Finding(why, "comment", line, item) if item else None
    direction: Direction = "up" if wants == "vote_up" else "down"
    item = await _choose(line, scene.votable(direction), scene, asker)
    return Finding(why, "vote", line, item, direction) if item else None


async def _fulfil(duty: Duty, scene: Scene, asker: Asker) -> Finding | None:
    why = f"Asked for by: {_short(duty.line)}"
    if duty.label == "count":
        return await _count(duty, why, scene)
    if duty.label == "post":
        done = duty.once and await _was_done(duty, scene, asker)
        return None if done else _post(duty.line, why, scene)
    named = f"@{scene.agent}".lower() in duty.line.lower()
    if duty.label == "answer" or (duty.label == "comment" and named):
        spoken = [it for it in scene.answerable if it.new and (it.mention or (it.reply and not named))]
        item = await _choose(duty.line, _unanswered(spoken, scene), scene, asker)
        return Finding(why, "comment", duty.line, item) if item else None
    if duty.label == "comment":
        items = _on_board(duty.line, [it for it in scene.answerable if it.new or duty.seen], scene)
        item = await _choose(duty.line, _unanswered(items, scene), scene, asker)
        return Finding(why, "comment", duty.line, item) if item else None
    if duty.label in ("up", "down"):
        direction: Direction = "up" if duty.label == "up" else "down"
        items = [it for it in scene.votable(direction) if it.new or duty.seen]
        item = await _choose(duty.line, _on_board(duty.line, items, scene), scene, asker)
        return Finding(why, "vote", duty.line, item, direction) if item else None
    return None


async def _count(duty: Duty, why: str, scene: Scene) -> Finding | None:
    count = scene.feed.count_new("post")
    if duty.number is None or duty.number < 1 or count < duty.number:
        return None
    found = _post(duty.line, f"{count} posts are new. {why}", scene)
    return found and Finding(found.why, "post", duty.line, boards=found.boards, fresh=True)


def _post(line: str, why: str, scene: Scene) -> Finding | None:
    boards = _boards(line, scene)
    return Finding(why, "post", line, boards=boards[-1:]) if "post" in scene.kinds else None


async def _was_done(duty: Duty, scene: Scene, asker: Asker) -> bool:
    """Whether an earlier beat did it; one that names days or hours, on this day.

    What an action followed is on record. Of one that tells no line, a model is asked, and believed only where line
    and text share a word.
    """

    def counts(at: datetime) -> bool:
        return not duty.hours or at.astimezone(scene.local.tzinfo).date() == scene.local.date()

    last = scene.memory.last_followed(duty.line)
    if last and counts(last):
        return True
    for action in reversed(scene.memory.recent):
        if action.kind != "post" or action.duty or not counts(action.at):
            continue
        if not _words(action.text) & _words(duty.line):
            continue
        if await _matches(duty.line, "", f"Post: {_theirs(action.text)}", asker):
            return True
    return False


def _words(text: str) -> set[str]:
    """Return the beginnings of the longer words of a text."""
    return {word[:6].lower() for word in re.findall(r"\w{4,}", text)}


def _unanswered(items: Sequence[Item], scene: Scene) -> list[Item]:
    """Leave out what the agent has commented on already."""
    done = {action.target_id for action in scene.memory.recent if action.kind == "comment"}
    done |= {f"post:{it.post_id}" for it in scene.feed.walk() if it.own and it.kind == "comment"}
    return [it for it in items if f"{it.kind}:{it.id}" not in done or (it.new and it.mention)]


async def _choose(line: str, items: Sequence[Item], scene: Scene, asker: Asker) -> Item | None:
    """Return the item that a line is about: chosen among all, then looked at alone."""
    titles = {it.id: it.title for it in scene.feed.walk() if it.kind == "post"}
    possible, shown = _newest([(item, _listed(item, titles)) for item in items])
    if len(possible) > 1:
        numbered = [f"{number}. {text}" for number, text in enumerate(shown, 1)]
        asked = "\n".join([*numbered, f"Rule: {line}"])
        answer = await asker.ask("choose", asked, ChooseAnswer, ChooseAnswer.of(len(possible)))
        number = int(answer.number)
        possible = possible[number - 1 : number] if 0 < number <= len(possible) else []
    if not possible:
        return None
    item = possible[0]
    if item.mention and await _wants_mentions(line, scene, asker):
        return item
    spoken = "; it mentions the agent" if item.mention else "; it answers the agent" if item.reply else ""
    return item if await _matches(line, item.title, _alone(item), asker, spoken) else None


async def _wants_mentions(line: str, scene: Scene, asker: Asker) -> bool:
    """Whether a line is about whatever mentions the agent: that is known, and no matter of opinion."""
    about = (await asker.read("about", line, AboutAnswer)).about.lower()
    return "mention" in about or f"@{scene.agent}".lower() in about


async def _matches(line: str, title: str, item: str, asker: Asker, known: str = "") -> bool:
    """Whether an item is of the kind a line is about; ``known`` is what is known of the item without a model.

    What each is, is asked apart: in one go a small model sees in the item what the line names.
    """
    what = _theirs((await asker.read("what", item, WhatAnswer)).what.rstrip("."))
    about = _flat((await asker.read("about", line, AboutAnswer)).about.rstrip("."), _SHOWN)
    named = f'"{_theirs(title, 80)}", ' if title else ""
    asked = f"Item: {named}{what}{known}\nWanted: {about}"
    return (await asker.read("match", asked, MatchAnswer)).match == "yes"


def _newest(listed: Sequence[tuple[Item, str]]) -> tuple[list[Item], list[str]]:
    """Return the newest items and their texts, as many as a question holds, the oldest of them first."""
    kept: list[tuple[Item, str]] = []
    size = 0
    for item, text in sorted(listed, key=lambda pair: pair[0].created_at, reverse=True)[:CHOICE_LIMIT]:
        size += len(text.encode())
        if size > CHOICE_SIZE and kept:
            break
        kept.insert(0, (item, text))
    return [item for item, _ in kept], [text for _, text in kept]


def _new(scene: Scene, kind: str) -> list[Item]:
    return [item for item in scene.items if item.new and item.kind == kind]


def _boards(line: str, scene: Scene) -> tuple[str, ...]:
    """Return the boards that a line names, in the order of the line."""
    found = [(match.start(), board) for board in scene.boards if (match := _word(board).search(line))]
    return tuple(board for _, board in sorted(found))


def _on_board(line: str, items: Sequence[Item], scene: Scene) -> list[Item]:
    """Return the items on the boards that a line names as boards; all where it names none."""
    boards = {board for board in scene.boards if re.search(rf"(?i)\bboard\W+{re.escape(board)}\b", line)}
    on = {item.id: item.board for item in scene.feed.walk() if item.kind == "post"}
    where = [(item, item.board or on.get(item.post_id or "")) for item in items]
    return [item for item, board in where if not boards or board in boards]


def _word(board: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(board)}(?![\w-])", re.IGNORECASE)


def _listed(item: Item, titles: Mapping[str, str]) -> str:
    """Return an item as one of many, in the form of the examples."""
    author, title, content = _theirs(item.author), _theirs(item.title), _theirs(item.content)
    if item.kind == "post":
        return f'Post on board {_theirs(item.board or "")} by {author}: "{title}" -- {content}'
    return f'Comment by {author} under "{_theirs(titles.get(item.post_id or "", ""), 60)}": {content}'


def _alone(item: Item) -> str:
    """Return an item by itself, in the form of the examples."""
    content = _theirs(item.content, 4 * _SHOWN)
    if item.kind == "post":
        return f'Post on board {_theirs(item.board or "")}: "{_theirs(item.title)}" -- {content}'
    return f"Comment: {content}"


def _name(item: Item) -> str:
    return f"{item.kind.capitalize()} {item.id}"


def _short(text: str) -> str:
    return _flat(text, 120)


def _flat(text: str, limit: int = 100_000) -> str:
    """Return the beginning of a text on one line; secrets are looked for while it still has its lines."""
    text = clean(mask_secrets(text), multiline=False)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _theirs(text: str, limit: int = _SHOWN) -> str:
    """Return what other people wrote, so that it can pose neither as another line nor as a mark of the model's."""
    return inert(_flat(text, limit))
