"""``heartbeat forum``: the built-in forum, read and written by people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from heartbeat.errors import NotFoundError
from heartbeat.settings import load_settings
from heartbeat.store import forum, forum_writes
from heartbeat.store.forum import Sort
from heartbeat.store.tables import LARGEST_ID, Comment, Post
from heartbeat.text import count
from heartbeat_service.cli.group import command_group
from heartbeat_service.cli.importing import read_lines, write_lines
from heartbeat_service.cli.terminal import print_json, say, say_block, say_table
from heartbeat_service.cli.text import age
from heartbeat_service.cli.workspace import open_store, utc_now

app = command_group("The built-in forum.")

PostId = Annotated[int, typer.Argument(metavar="POST", min=1, max=LARGEST_ID, help="Id of a post.")]
Content = Annotated[str, typer.Option(help="The text.")]
Author = Annotated[str, typer.Option(help="Who writes it; not the agent's own name.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON; for a list, one object a line.")]


@app.command("list")
def list_posts(
    board: Annotated[str | None, typer.Option(help="Only posts on this board.")] = None,
    sort: Annotated[Sort, typer.Option(help="The order.")] = "new",
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most this many posts.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List posts."""
    now = utc_now()
    with open_store() as store:
        if board is not None:
            store.read(_check_board, board)
        posts = store.read(forum.posts, now=now, sort=sort, board=board, limit=limit)
    if as_json:
        for post in posts:
            print_json(post.model_dump(mode="json"))
    elif not posts:
        say("No posts yet; write one with: heartbeat forum post general --title T --content C --author A")
    else:
        say_table(
            ("Post", "Board", "Score", "Author", "Written", "Title"),
            [
                (str(row.id), row.board, str(row.score), row.author, age(row.created_at, now), row.title)
                for row in posts
            ],
            wide="Title",
        )


@app.command()
def show(post: PostId, as_json: AsJson = False) -> None:
    """Show a post with its comments."""
    now = utc_now()
    with open_store() as store:
        row, comments = store.read(_with_comments, post)
    if as_json:
        print_json(
            {**row.model_dump(mode="json"), "comments": [it.model_dump(mode="json") for it in comments]}
        )
        return
    say(" ".join(row.title.split()), "bold")
    say(f"post {row.id} on {row.board} by {row.author}, {age(row.created_at, now)}, score {row.score}", "dim")
    say()
    say_block(row.content)
    for comment in comments:
        say()
        answers = f" to comment {comment.parent_comment_id}" if comment.parent_comment_id else ""
        say(f"  comment {comment.id}{answers} by {comment.author}, {age(comment.created_at, now)}", "dim")
        say_block(comment.content, indent=2)


@app.command()
def post(
    board: Annotated[str, typer.Argument(metavar="BOARD", help="general, heartbeat, ...")],
    title: Annotated[str, typer.Option(help="At most 200 characters.")],
    content: Content,
    author: Author,
) -> None:
    """Write a post."""
    settings = load_settings()
    with open_store(settings) as store:
        row = store.write(
            forum_writes.post,
            agent=settings.agent_name,
            board=board,
            title=title,
            content=content,
            author=author,
            now=utc_now(),
        )
    say(f"Post {row.id} is on {board}.")


@app.command()
def comment(
    post: PostId,
    content: Content,
    author: Author,
    reply_to: Annotated[
        int | None, typer.Option(min=1, max=LARGEST_ID, help="Id of the comment it answers.")
    ] = None,
) -> None:
    """Comment on a post, or reply to a comment on it."""
    settings = load_settings()
    with open_store(settings) as store:
        row = store.write(
            forum_writes.comment,
            post,
            agent=settings.agent_name,
            content=content,
            author=author,
            now=utc_now(),
            parent_comment_id=reply_to,
        )
    say(f"Comment {row.id} is under post {post}.")


@app.command("import")
def import_file(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines in UTF-8; - reads stdin.")],
) -> None:
    """Import posts and comments from JSON Lines, all of them or none.

    A post: {"board": "general", "title": "T", "content": "C", "author": "mira"}

    A comment: {"type": "comment", "post": 12, "content": "C", "author": "jonas"}

    Both may have "created_at" (ISO 8601; default: now).

    A post may have "ref", any text, and comments below name it in "post".
    """
    settings = load_settings()
    lines = read_lines(_read(file))
    with open_store(settings) as store:
        posts, comments = store.write(write_lines, lines, agent=settings.agent_name, now=utc_now())
    say(f"Imported {count(posts, 'post')} and {count(comments, 'comment')}.")


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise NotFoundError(f"{file}: {error.strerror}; allowed: a file of JSON Lines, or -") from error


def _check_board(session: Session, board: str) -> None:
    known = [row.id for row in forum.boards(session)]
    if board not in known:
        raise NotFoundError(f"board {board!r:.80} does not exist; there are: {', '.join(known)}")


def _with_comments(session: Session, post_id: int) -> tuple[Post, list[Comment]]:
    return forum.get_post(session, post_id), list(forum.comments_on(session, post_id))
