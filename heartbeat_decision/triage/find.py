"""Finds what a beat has to do: the lines are read by the model, what can be counted or compared is not.

Lines are read one at a time and without the feed, so nothing that other people write changes what is asked for. How
many posts are new, who is spoken to, what was answered, the weekday and the hour are facts. The model is asked about
items only where a line is about items of a kind: which of them it is, and, of that one alone, whether it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from heartbeat.capabilities import Direction
from heartbeat.feed import Feed, Item
from heartbeat.instructions.duty import SILENT, Duty, Hours, closed, other_hours
from heartbeat.instructions.line import LENGTH_LIMIT, Line, plain_title
from heartbeat.names import mentions
from heartbeat_decision.prompts.answers import (
    AsksAnswer,
    BoundAnswer,
    BriefAnswer,
    ForbidsAnswer,
    HoursAnswer,
    LabelAnswer,
    NamedAnswer,
    SecretAnswer,
    SumsAnswer,
    TitleAnswer,
    WantedAnswer,
)
from heartbeat_decision.triage.asker import Asker
from heartbeat_decision.triage.choose import choose, matches
from heartbeat_decision.triage.material import material
from heartbeat_decision.triage.scene import Finding, Scene
from heartbeat_decision.triage.sentences import heard
from heartbeat_decision.triage.words import flat, name, short

CHECKED = ("post", "comment", "up", "down", "stop")
"""Labels of lines that are asked about once more: whether the line really asks for something. A `count` of one is
too.

Not of those that answer: "only from nine to five", "else be silent" and the like had too many of them refused.
"""
BRIEF_LIMIT = 300
"""Characters of a line that is told in fewer words; a longer one is a text to be passed on more often than not."""


async def find(scene: Scene, asker: Asker) -> Finding:
    """Return what is to be done, and what the writer of its text has to know.

    Raises:
        ModelError: the model gave no answer.
    """
    found = await _from_owner(scene, asker)
    if found and not found.writes:
        return found
    duties = await _duties(scene, asker)
    found = found or await _due(duties, scene, asker)
    if not found.writes:
        return found
    feed = scene.feed.about(found.item) if found.item else await _summed_up(found, duties, scene, asker)
    # Tasks are the first lines, and what one asks for is no word on how to write.
    own = duties[len(scene.tasks) :]
    about = [duty for duty in own if duty.label == "silence" and not (duty.hours and duty.hours.named)]
    manner = [await _manner(duty, asker) for duty in about]
    return replace(
        found,
        brief=await _brief(found.line, asker),
        manner=tuple(filter(None, manner)),
        material=await material(feed, asker),
    )


async def _manner(duty: Duty, asker: Asker) -> str | None:
    """Return what the writer is shown of a line that asks for nothing, with what forbids it; ``None`` of a secret.

    What the writer does not know, nobody can talk it into telling.
    """
    forbidding = await _forbidding(duty.above, asker)

    def with_title(text: str) -> str:
        # Alone, "use emojis" under "Never" is a word on how to write; an item in one with a colon has it before it.
        return f"{forbidding} {text}" if forbidding and f" {forbidding} " not in f" {text}" else text

    # "The code is 4711. Keep it to yourself." is told by the whole only.
    paragraph = with_title(duty.paragraph or duty.line)
    secret = (await asker.read("secret", paragraph, SecretAnswer)).secret == "yes"  # noqa: S105 - an answer
    return None if secret else with_title(duty.line)


async def _due(duties: Sequence[Duty], scene: Scene, asker: Asker) -> Finding:
    quiet = closed(duties, scene.local)
    if quiet:
        return Finding(f"Now is a time of silence: {short(quiet.line)}")
    for duty in duties:
        if duty.label == "stop" and not (duty.hours and duty.hours.named):
            item = await choose(duty.line, _new(scene, "post"), scene, asker, acts=False)
            if item:
                return Finding(f"{name(item)} asks for silence: {short(duty.line)}")
    for number, duty in enumerate(duties, 1):
        if duty.hours is None or duty.hours.hold(scene.local):
            found = await _fulfil(duty, scene, asker)
            if found:
                # Tasks are the first lines.
                tasks = tuple(task.name for task in scene.tasks[:number])
                return replace(found, written=duty.written, tasks=tasks)
    return Finding("Nothing that the instructions wait for has come.")


async def _summed_up(found: Finding, duties: Sequence[Duty], scene: Scene, asker: Asker) -> Feed:
    """Return the feed that a post is about; empty where it brings something of its own."""
    counts = any(duty.label == "count" and duty.line == found.line for duty in duties)
    if counts or (await asker.read("sums", found.line, SumsAnswer)).sums == "yes":
        return scene.feed.to_sum_up()
    return Feed()


async def _brief(line: str, asker: Asker) -> str:
    """Return what the text has to do; of a long line all of it, since its facts do not fit into fewer words."""
    return line if len(line) > BRIEF_LIMIT else (await asker.read("brief", line, BriefAnswer)).brief


async def _duties(scene: Scene, asker: Asker) -> list[Duty]:
    duties: list[Duty] = []
    titles = {title for line in scene.lines for title in line.before}
    for line in scene.lines:
        if (title := plain_title(line.text)) in titles and await _limits([title], asker):
            # "On Mondays:" says nothing of the other days, but with what is below it.
            duties.append(Duty(line=line.text, above=line.above, paragraph=line.paragraph, label="silence"))
            continue
        # What a due task names is its own matter.
        earlier = duties[len(scene.tasks) :]
        duty = await _duty(line, earlier, asker)
        if duty.label not in SILENT and (limits := await _limits(line.before, asker)):
            # Alone, "post the menu" under "On Mondays" would be for every day.
            limited = line.model_copy(update={"text": " ".join([*limits, line.text])})
            duty = await _duty(limited, earlier, asker)
        duties.append(duty.model_copy(update={"written": line.text}))
    return duties


async def _limits(titles: Sequence[str], asker: Asker) -> list[str]:
    """Return those of the titles that name a time or a condition."""
    return [title for title in titles if (await asker.read("title", title, TitleAnswer)).limits]


async def _duty(line: Line, earlier: Sequence[Duty], asker: Asker) -> Duty:
    read = await asker.read("label", line.text, LabelAnswer)
    label = read.label
    if label == "post" and (read.number or 0) > 1 and not read.time:
        # "Four or more: write a post" waits for four, though the line does not say of what.
        label = "count"
    # "Do only the first one that fits" is labelled so; hardly anybody wants each single post summed up.
    doubtful = label in CHECKED or (label == "count" and read.number == 1)
    if doubtful and not line.task and (await asker.read("asks", line.text, AsksAnswer)).asks == "no":
        # A title, or a word on how to write, is taken for an order now and then.
        label = "silence"
    if label not in SILENT and await _forbidding(line.above, asker):
        # Alone, "vote on photos" under "Never" is an order.
        return Duty(line=line.text, above=line.above, paragraph=line.paragraph, label="silence")
    number = read.number
    if label == "count" and number:
        number += (await asker.read("bound", line.text, BoundAnswer)).bound == "more than"
    hours = await _hours(line.text, earlier, asker, silent=label in SILENT) if read.time else None
    return Duty(
        line=line.text,
        above=line.above,
        paragraph=line.paragraph,
        label=label,
        number=number,
        hours=hours,
        seen=line.task or line.box,
        once=not line.task,
    )


async def _forbidding(above: Sequence[str], asker: Asker) -> str | None:
    """Return what of all that stands above a line forbids what is below it."""
    for title in above:
        if (await asker.read("forbids", title, ForbidsAnswer)).forbids == "yes":
            return title
    return None


async def _hours(line: str, earlier: Sequence[Duty], asker: Asker, *, silent: bool) -> Hours:
    """Return the days and hours that a line names; small models add working days to hours, so both are doubted."""
    read = await asker.read("hours", line, HoursAnswer)
    if read.act == "other" and not read.names_any:
        return other_hours(earlier, silent=silent)
    hours_only = read.both and (await asker.read("named", line, NamedAnswer)).named == "no"
    return read.hours(line, without_days=hours_only)


async def _from_owner(scene: Scene, asker: Asker) -> Finding | None:
    """Return what the owner's messages ask for, the newest first; silence lasts until the owner writes again."""
    messages = [it for it in scene.feed.items if it.from_owner]
    messages.sort(key=lambda it: it.position, reverse=True)
    for message in messages:
        line = flat(message.content, LENGTH_LIMIT)
        wants = (await asker.read("wanted", line, WantedAnswer)).wants
        today = message.created_at.astimezone(scene.local.tzinfo).date() == scene.local.date()
        if message is messages[0] and (wants == "hush" or (wants == "hush_today" and today)):
            return Finding(f"The owner asked for silence: {short(message.content)}")
        if not message.new or wants in ("talk", "hush", "hush_today"):
            continue
        found = await _obey(line, wants, scene, asker)
        if found:
            return replace(found, spent=(message.key,))
    return None


async def _obey(line: str, wants: str, scene: Scene, asker: Asker) -> Finding | None:
    why = f"The owner asks for it: {short(line)}"
    if wants == "post":
        return _post(line, why, scene)
    if wants == "comment":
        item = await choose(line, scene.answerable, scene, asker)
        return Finding(why, "comment", line, item) if item else None
    direction: Direction = "up" if wants == "vote_up" else "down"
    item = await choose(line, scene.votable(direction), scene, asker)
    return Finding(why, "vote", line, item, direction) if item else None


async def _fulfil(duty: Duty, scene: Scene, asker: Asker) -> Finding | None:
    why = f"Asked for by: {short(duty.line)}"
    if duty.label == "count":
        return await _count(duty, why, scene)
    if duty.label == "post":
        done = duty.once and await _was_done(duty, scene, asker)
        return None if done else _post(duty.line, why, scene)
    named = mentions(duty.line, scene.agent)
    if duty.label == "answer" or (duty.label == "comment" and named):
        spoken = [it for it in scene.answerable if it.new and (it.mention or (it.reply and not named))]
        spoken = sorted(_unanswered(spoken, scene), key=lambda it: (it.created_at, it.position))
        item = await heard(duty.line, spoken, asker)
        return Finding(why, "comment", duty.line, item) if item else None
    if duty.label == "comment":
        items = _on_board(duty.line, [it for it in scene.answerable if it.new or duty.seen], scene)
        item = await choose(duty.line, _unanswered(items, scene), scene, asker)
        return Finding(why, "comment", duty.line, item) if item else None
    if duty.label in ("up", "down"):
        direction: Direction = "up" if duty.label == "up" else "down"
        items = [it for it in scene.votable(direction) if it.new or duty.seen]
        item = await choose(duty.line, _on_board(duty.line, items, scene), scene, asker)
        return Finding(why, "vote", duty.line, item, direction) if item else None
    return None


async def _count(duty: Duty, why: str, scene: Scene) -> Finding | None:
    posts = scene.feed.uncounted("post")
    if duty.number is None or duty.number < 1 or len(posts) < duty.number:
        return None
    found = _post(duty.line, f"{len(posts)} posts are new. {why}", scene)
    return found and replace(found, spent=tuple(post.key for post in posts))


def _post(line: str, why: str, scene: Scene) -> Finding | None:
    boards = _boards(line, scene)
    return Finding(why, "post", line, boards=boards[-1:]) if "post" in scene.kinds else None


async def _was_done(duty: Duty, scene: Scene, asker: Asker) -> bool:
    """Whether an earlier beat did it; one that names days or hours, on this day.

    What an action followed is on record. Of one that tells no line, a model is asked, and believed only where line
    and text share a word.
    """

    def counts(at: datetime) -> bool:
        local = at.astimezone(scene.local.tzinfo)
        return not duty.hours or duty.hours.day_of(local) == duty.hours.day_of(scene.local)

    # An earlier version, and an order in the thread, are followed by the whole paragraph.
    followed = (scene.memory.last_followed(line) for line in (duty.written, duty.paragraph))
    if any(at and counts(at) for at in followed):
        return True
    for action in reversed(scene.memory.recent):
        if action.kind != "post" or action.duty or not counts(action.at):
            continue
        if not _words(action.text) & _words(duty.line):
            continue
        made = Item(
            source="",
            kind="post",
            id="",
            position=0,
            author=scene.agent,
            title=action.text,
            created_at=action.at,
            own=True,
        )
        if await matches(duty.line, made, scene, asker):
            return True
    return False


def _words(text: str) -> set[str]:
    """Return the beginnings of the longer words of a text."""
    return {word[:6].lower() for word in re.findall(r"\w{4,}", text)}


def _unanswered(items: Sequence[Item], scene: Scene) -> list[Item]:
    """Leave out what the agent has commented on already, also in another thread where it is not spoken to."""
    under = {f"post:{it.post_id}" for it in scene.feed.walk() if it.own and it.kind == "comment"}
    left = [it for it in items if not scene.memory.has_done("comment", it.target_id)]
    return [it for it in left if it.target_id not in under or (it.new and it.mention)]


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
