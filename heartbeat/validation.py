"""Validation of a decision, independent of the model and of grammar-constrained decoding."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from heartbeat.capabilities import ActionType, Capabilities, Direction, Shown
from heartbeat.daemon import run_in_daemon_thread
from heartbeat.draft import FILE_LIMIT, Draft, Offer, Seen
from heartbeat.errors import PluginError
from heartbeat.text import as_json, clean, inert, is_blank, legible, truncate
from heartbeat.vocabulary import NO_ACTION, ActionKind, NoteMode

REPLY_LIMIT = 200_000
"""Maximum characters of a reply; the longest allowed decision is far shorter, even fully escaped."""
DEPTH_LIMIT = 20
"""Maximum nesting of a reply; a decision is flat, and stores and serialisers have their own limits."""
CHECK_LIMIT = 10.0
"""Seconds that the check of a target-specific action may take."""
_INTEGER_BITS = 64


@dataclass(frozen=True)
class Verdict:
    """The result of validation: a draft, a decision not to act, or problems for the model to correct."""

    draft: Draft | None = None
    silent: bool = False
    duplicate: bool = False
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def parse_reply(text: str) -> tuple[Any, str | None]:
    """Return the storable object of a JSON reply and None, or None and the problem."""
    if not text.strip():
        return None, "the reply is empty; answer with one JSON object"
    if len(text) > REPLY_LIMIT:
        return None, f"the reply has {len(text)} characters; answer with one short JSON object"
    try:
        value = storable(json.loads(text))
    except RecursionError:
        return None, "the reply is nested too deeply; answer with one flat JSON object"
    except ValueError:
        return None, "the reply is not JSON; answer with one JSON object and nothing else"
    if not isinstance(value, dict):
        return None, f"the reply is a JSON {_json_type(value)}; answer with one JSON object"
    return value, None


def storable(value: Any, depth: int = 0) -> Any:
    """Convert a JSON value to one that JSON, MessagePack and SQLite can all store.

    Raises:
        RecursionError: the value is nested too deeply.
        ValueError: the value has NaN or infinity, which JSON does not allow.
    """
    if depth > DEPTH_LIMIT:
        raise RecursionError
    match value:
        case str():
            return legible(value)
        case dict():
            return {legible(str(key)): storable(each, depth + 1) for key, each in value.items()}
        case list():
            return [storable(each, depth + 1) for each in value]
        case float() if not math.isfinite(value):
            raise ValueError("not a finite number")
        case int() if value.bit_length() >= _INTEGER_BITS:
            return str(value)
        case _:
            return value


def validate(decision: Mapping[str, Any], offer: Offer, capabilities: Capabilities) -> Verdict:
    """Check one decision against what was offered.

    Lengths are checked before markup is escaped. Content that is too long is truncated with a remark; everything
    else that is wrong becomes a problem for the model to correct.
    """
    action = decision.get("action")
    if action == NO_ACTION:
        return Verdict(silent=True)
    if not isinstance(action, str) or action not in offer.kinds:
        allowed = ", ".join((*offer.kinds, NO_ACTION))
        return Verdict(problems=(f"action: {_quote(action)} is not allowed; allowed: {allowed}",))
    check = _Check(decision, offer, capabilities)
    draft: Draft | None
    match action:
        case ActionKind.POST:
            draft = check.post()
        case ActionKind.COMMENT:
            draft = check.comment()
        case ActionKind.VOTE:
            draft = check.vote()
        case ActionKind.TELL:
            draft = check.tell()
        case ActionKind.NOTE:
            draft = check.note()
        case _:
            draft = check.own_kind(capabilities.action(action))
    if check.problems:
        return Verdict(problems=tuple(check.problems), remarks=tuple(check.remarks))
    return Verdict(draft=draft, duplicate=check.duplicate, remarks=tuple(check.remarks))


class _Check:
    def __init__(self, decision: Mapping[str, Any], offer: Offer, capabilities: Capabilities) -> None:
        self.decision = decision
        self.offer = offer
        self.capabilities = capabilities
        self.problems: list[str] = []
        self.remarks: list[str] = []
        self.duplicate = False

    def post(self) -> Draft:
        boards = self.offer.boards
        board = self._one_of("board", boards, default=boards[0]) if boards else None
        title = self._title() if self.capabilities.title_required else self._optional_title()
        return Draft(kind=ActionKind.POST.value, board=board, title=title, content=self._content())

    def comment(self) -> Draft:
        post_id, comment_id = self._item()
        return Draft(
            kind=ActionKind.COMMENT.value, post_id=post_id, comment_id=comment_id, content=self._content()
        )

    def vote(self) -> Draft:
        post_id, comment_id = self._item()
        shown = self._shown_item(post_id, comment_id)
        directions = self.capabilities.votes.get("comment" if comment_id else "post", ())
        direction = cast(Direction | None, self._one_of("vote_direction", directions))
        if shown and shown.own:
            self.problems.append("vote: this item is your own; vote on another one or choose none")
        self.duplicate = bool(shown and direction and shown.own_vote == direction)
        return Draft(
            kind=ActionKind.VOTE.value, post_id=post_id, comment_id=comment_id, vote_direction=direction
        )

    def tell(self) -> Draft:
        about = self._about()
        return Draft(kind=ActionKind.TELL.value, text=self._cut("text", multiline=True), **_seen(about))

    def note(self) -> Draft:
        about = self._about()
        mode = self._one_of("mode", tuple(NoteMode), default=NoteMode.APPEND)
        return Draft(
            kind=ActionKind.NOTE.value,
            file=self._file(),
            mode=NoteMode(mode) if mode else None,
            text=self._cut("text", multiline=False),
            **_seen(about),
        )

    def own_kind(self, action: ActionType | None) -> Draft | None:
        if action is None:
            self.problems.append(f"action: {_quote(self.decision.get('action'))} is not known; choose none")
            return None
        post_id, comment_id = self._item_for(action)
        given = self._given(action)
        try:
            fields = action.fields.model_validate(given)
            plain = _plain_fields(fields.model_dump(mode="json"))
        except ValidationError as error:
            self.problems += [_field_problem(action, each) for each in error.errors(include_url=False)]
            return None
        except Exception as error:
            raise PluginError(f"action {action.kind}: {type(error).__name__}: {error}") from error
        if not self.problems:
            self.problems += _run_check(action, fields, self._shown_item(post_id, comment_id))
        return Draft(kind=action.kind, post_id=post_id, comment_id=comment_id, fields=plain)

    def _given(self, action: ActionType) -> dict[str, Any]:
        """Return the fields that are set, with control characters removed from texts."""
        given: dict[str, Any] = {}
        for name in action.fields.model_fields:
            value = self.decision.get(action.named(name))
            if isinstance(value, str):
                value = clean(value, multiline=True)
            if value is not None and value != "":
                given[name] = value
        return given

    def _item_for(self, action: ActionType) -> tuple[str | None, str | None]:
        match action.on:
            case "nothing":
                return None, None
            case "post":
                post_id = self._id("post_id", self.offer.posts)
                if post_id is None and not self.problems:
                    self.problems.append(f"post_id: missing; allowed: {', '.join(self.offer.posts)}")
                return post_id, None
            case "comment":
                comment_id = self._id("comment_id", self.offer.comments)
                if comment_id is None:
                    if not self.problems:
                        self.problems.append(
                            f"comment_id: missing; allowed: {', '.join(self.offer.comments)}"
                        )
                    return None, None
                return self.offer.comments[comment_id].post_id, comment_id
            case "item":
                return self._item()

    def _item(self) -> tuple[str | None, str | None]:
        comment_id = self._id("comment_id", self.offer.comments)
        post_id = self._id("post_id", self.offer.posts)
        if comment_id is not None:
            owner = self.offer.comments[comment_id].post_id
            if post_id is not None and owner is not None and post_id != owner:
                self.problems.append(
                    f"comment_id: comment {comment_id} stands under post {owner}, not under post {post_id}"
                )
            return owner or post_id, comment_id
        if post_id is None and not self.problems:
            field, known = (
                ("post_id", self.offer.posts) if self.offer.posts else ("comment_id", self.offer.comments)
            )
            self.problems.append(f"{field}: missing; allowed: {', '.join(known)}")
        return post_id, None

    def _shown_item(self, post_id: str | None, comment_id: str | None) -> Shown | None:
        if comment_id is not None:
            return self.offer.comments.get(comment_id)
        return None if post_id is None else self.offer.posts.get(post_id)

    def _id(self, field: str, known: Mapping[str, Shown]) -> str | None:
        value = self.decision.get(field)
        if value is None or value == "":
            return None
        is_text = isinstance(value, str | int) and not isinstance(value, bool)
        text = str(value).strip() if is_text else None
        if text not in known:
            self.problems.append(
                f"{field}: {_quote(value)} was not shown; allowed: {', '.join(known) or 'null'}"
            )
            return None
        return text

    def _about(self) -> Seen | None:
        value = self.decision.get("about")
        if value is None or value == "":
            return None
        text = str(value).strip().strip("[]").replace(":", " ", 1) if isinstance(value, str | int) else ""
        seen = self.offer.about
        named = [each for name, each in seen.items() if text in (name, each.key.replace(":", " ", 1))]
        named = named or [each for name, each in seen.items() if text == name.partition(" ")[2]]
        if len(named) != 1:
            self.problems.append(
                f"about: {_quote(value)} was not shown; allowed: {', '.join(seen) or 'null'}"
            )
            return None
        return named[0]

    def _file(self) -> str | None:
        value = self.decision.get("file")
        text = clean(value, multiline=False) if isinstance(value, str) else ""
        parts = text.split("/")
        is_inside = "\\" not in text and not {"", ".", ".."} & set(parts)
        if value is None or not is_inside or len(text) > FILE_LIMIT:
            problem = "missing" if value is None else f"{_quote(value)} is not allowed"
            self.problems.append(
                f"file: {problem}; allowed: the path of a file in the folder, such as todo.md, of 1 to "
                f"{FILE_LIMIT} characters"
            )
            return None
        return text

    def _one_of(self, field: str, allowed: tuple[str, ...], default: str | None = None) -> str | None:
        value = self.decision.get(field)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or value not in allowed:
            problem = "missing" if value is None else f"{_quote(value)} is not allowed"
            self.problems.append(f"{field}: {problem}; allowed: {', '.join(allowed)}")
            return None
        return value

    def _title(self) -> str | None:
        limit = self.capabilities.title_limit
        text = self._text("title", limit)
        if text is not None and len(text) > limit:
            self.problems.append(f"title: {len(text)} characters; allowed: 1 to {limit}")
        return None if text is None else inert(text)

    def _optional_title(self) -> str | None:
        value = self.decision.get("title")
        if value is None or (isinstance(value, str) and is_blank(clean(value, multiline=False))):
            return None
        text = self._cut("title", multiline=False)
        return None if text is None else inert(text)

    def _content(self) -> str | None:
        text = self._cut("content", multiline=True)
        return None if text is None else inert(text)

    def _cut(self, field: str, *, multiline: bool) -> str | None:
        """Return a text, cut to its limit with a remark."""
        can = self.capabilities
        limit = {"content": can.content_limit, "title": can.title_limit}.get(field, can.text_limit)
        text = self._text(field, limit, multiline=multiline)
        if text is not None and len(text) > limit:
            self.remarks.append(f"{field}: cut from {len(text)} to {limit} characters")
            text = truncate(text, limit)
        return text

    def _text(self, field: str, limit: int, *, multiline: bool = False) -> str | None:
        value = self.decision.get(field)
        text = clean(value, multiline=multiline) if isinstance(value, str) else ""
        if is_blank(text):
            problem = (
                "missing" if value is None else "blank" if isinstance(value, str) else f"{_quote(value)}"
            )
            self.problems.append(f"{field}: {problem}; allowed: text of 1 to {limit} characters")
            return None
        return text


def _seen(about: Seen | None) -> dict[str, Any]:
    """Return the fields of a draft about an item; an order of the owner may ask for several different texts."""
    if about is None:
        return {}
    return {"about": about.key, "about_digest": None if about.from_owner else about.digest}


def _field_problem(action: ActionType, error: ErrorDetails) -> str:
    """Return an error of a field as a problem that the model can correct."""
    name = str(error["loc"][0]) if error["loc"] else ""
    if name not in action.fields.model_fields:
        return f"{action.kind}: {error['msg'].removeprefix('Value error, ')}"
    called = action.named(name)
    if error["type"] == "missing":
        return f"{called}: missing; it is needed for {action.kind}"
    problem = error["msg"].removeprefix("Value error, ")
    return f"{called}: {_quote(error['input'])} is not allowed; {problem[:1].lower()}{problem[1:]}"


def _run_check(action: ActionType, fields: BaseModel, shown: Shown | None) -> list[str]:
    """Run the action's own check and return its problems, one sentence each.

    Raises:
        PluginError: the check failed, timed out or returned something else than a list of texts.
    """
    answer = run_in_daemon_thread(partial(action.check, fields, shown), f"check-{action.kind}")
    try:
        answered: object = answer.result(timeout=CHECK_LIMIT)
    except FutureTimeoutError:
        raise PluginError(f"action {action.kind}: no answer of its check within {CHECK_LIMIT:g} s") from None
    except Exception as error:
        raise PluginError(
            f"action {action.kind}: its check failed: {type(error).__name__}: {error}"
        ) from error
    given = answered if isinstance(answered, list | tuple) else [None]
    found = [each for each in given if isinstance(each, str) and not is_blank(each)]
    if len(found) < len(given):
        raise PluginError(f"action {action.kind}: its check gave no sentences; allowed: a list of texts")
    return [f"{action.kind}: {clean(each, multiline=False)[:300]}" for each in found]


def _plain_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields as plain JSON, with ``<`` and ``>`` escaped in texts."""
    plain: dict[str, Any] = json.loads(json.dumps(fields, allow_nan=False))
    return {name: inert(value) if isinstance(value, str) else value for name, value in plain.items()}


def _json_type(value: object) -> str:
    names = {list: "array", str: "string", int: "number", float: "number", bool: "boolean"}
    return names.get(type(value), "null")


def _quote(value: object) -> str:
    return as_json(value, 60, ascii_only=True)
