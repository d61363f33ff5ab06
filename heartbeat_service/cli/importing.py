"""Import posts and comments from JSON Lines, all of them or none.

A post is ``{"board", "title", "content", "author"}``, a comment ``{"type": "comment", "post", "content",
"author"}``. Both may have ``created_at`` (ISO 8601, without a zone in UTC; default: now). A post may have a ``ref``,
any text, which later comments name in ``post``; otherwise ``post`` is the id of an existing post.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session

from heartbeat.errors import HeartbeatError, InvalidValueError
from heartbeat.store import forum, forum_writes
from heartbeat.store.tables import LARGEST_ID

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_ALLOWED = {
    "type": "post or comment",
    "created_at": "ISO 8601, as 2026-01-31T12:00:00Z",
    "post": "the ref of a post above, or the id of a post",
}


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    content: str
    author: str
    created_at: datetime | None = None


class PostLine(_Line):
    """A line with a post."""

    type: Literal["post"] = "post"
    board: str
    title: str
    ref: str | None = None


class CommentLine(_Line):
    """A line with a comment."""

    type: Literal["comment"]
    post: str | Annotated[int, Field(ge=1, le=LARGEST_ID)]


Numbered = tuple[int, PostLine | CommentLine]


def read_lines(data: bytes) -> list[Numbered]:
    """Return the posts and comments with their line numbers; blank lines are skipped.

    Raises:
        InvalidValueError: a line is neither a post nor a comment; the message begins with its number.
    """
    return [(number, _read(number, line)) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]


def write_lines(session: Session, lines: list[Numbered], *, agent: str, now: datetime) -> tuple[int, int]:
    """Write the lines and return the numbers of posts and comments; after an error nothing is written.

    Raises:
        InvalidValueError: a text is too long, the author is the agent, a board or post does not exist, ...
    """
    refs: dict[str, int] = {}
    posts = 0
    for number, line in lines:
        try:
            forum.check_author(line.author, agent)
            at = _instant(line.created_at, now)
            if isinstance(line, PostLine):
                _add_post(session, line, at, refs)
                posts += 1
            else:
                post_id = _post_id(line.post, refs)
                forum.add_comment(session, post_id, content=line.content, author=line.author, now=at)
        except HeartbeatError as error:
            raise refused(number, str(error)) from error
    if lines:
        forum_writes.tell(session, now)
    return posts, len(lines) - posts


def refused(number: int, why: str) -> InvalidValueError:
    """Return the error for a line; it ends the whole import."""
    return InvalidValueError("line", f"line {number}: {why}; nothing was imported")


def _read(number: int, line: bytes) -> PostLine | CommentLine:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        value = json.loads(text)
    except UnicodeDecodeError:
        raise refused(number, "not UTF-8") from None
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise refused(number, f"not JSON: {why}") from None
    if not isinstance(value, dict):
        raise refused(number, "not an object; allowed: one JSON object a line")
    model = CommentLine if value.get("type") == "comment" else PostLine
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise refused(number, _explain(error, model)) from None


def _explain(error: ValidationError, model: type[PostLine] | type[CommentLine]) -> str:
    first: Any = next(iter(error.errors(include_url=False)))
    if not first["loc"]:
        return str(first["msg"])
    name = str(first["loc"][0])
    if first["type"] == "missing":
        return f"{name}: missing; a {_kind(model)} needs {', '.join(_needed(model))}"
    if first["type"] == "extra_forbidden":
        return f"{name}: unknown field; allowed: {', '.join(model.model_fields)}"
    shown = json.dumps(first["input"], default=repr)
    return f"{name}: {shown:.60} is not allowed; allowed: {_ALLOWED.get(name, 'text')}"


def _kind(model: type[PostLine] | type[CommentLine]) -> str:
    return "comment" if model is CommentLine else "post"


def _needed(model: type[PostLine] | type[CommentLine]) -> Iterator[str]:
    return (name for name, field in model.model_fields.items() if field.is_required())


def _instant(given: datetime | None, now: datetime) -> datetime:
    if given is None:
        return now
    at = given if given.tzinfo else given.replace(tzinfo=UTC)
    if not _EARLIEST <= at <= now:
        raise InvalidValueError(
            "created_at", f"created_at: {given.isoformat()} is not allowed; allowed: from 1970 until now"
        )
    return at


def _add_post(session: Session, line: PostLine, at: datetime, refs: dict[str, int]) -> None:
    row = forum.add_post(
        session, board=line.board, title=line.title, content=line.content, author=line.author, now=at
    )
    if line.ref is not None:
        if line.ref in refs:
            raise InvalidValueError("ref", f"ref: {line.ref!r:.60} names an earlier post already")
        refs[line.ref] = row.id or 0


def _post_id(named: str | int, refs: dict[str, int]) -> int:
    if isinstance(named, int):
        return named
    if named in refs:
        return refs[named]
    if named.isascii() and named.isdigit() and 0 < int(named[:20]) <= LARGEST_ID:
        return int(named[:20])
    raise InvalidValueError("post", f"post: {named!r:.60} is not allowed; allowed: {_ALLOWED['post']}")
