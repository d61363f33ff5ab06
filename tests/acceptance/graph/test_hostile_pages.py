"""Pages and commands that try to steer, to break out or to break what reads them, from their servers to the beat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from heartbeat.store import inbox
from tests.integration.graph.test_hostile_items import _AS_THEM, HOSTILE, SECRET
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.ollama import decision
from tests.support.web import Answer, WebServer, web_server
from tests.support.world import World

pytestmark = pytest.mark.one_question  # its prompt shows every item

BASE = "<title>Shop</title><p>An old line</p>"
DEEP = f"{'<div>' * 100_000}deep{'</div>' * 100_000}"
MARKUP = [
    DEEP,
    "<aside>" * 100_000,
    "<a b='" * 200_000,
    "<!--" * 200_000,
    "&#" + "9" * 100_000 + ";",
    f"<title>{'T' * 1_000_000}</title>",
    "word " * 1_000_000,
    "<p>x" * 200_000,
    '<meta http-equiv="refresh" content="0; url=file:///etc/passwd"><iframe src="file:///etc/passwd"></iframe>',
]


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as found:
        yield found


def page(body: str) -> Answer:
    data = f"<!doctype html>{body}".encode("utf-8", "surrogatepass")
    return Answer(body=data, headers={"Content-Type": "text/html; charset=utf-8"})


def beat(world: World) -> tuple[Any, str]:
    """Run a beat of a model that is asked and stays silent; return what the beat says and what was asked."""
    world.ollama.says(decision(action="none"))
    found = world.beat()
    return found, world.ollama.calls[-1]["messages"][-1]["content"]


def check(world: World, kind: str, asked: str, found: Any) -> None:
    assert (found["status"], world.posts()) == ("none", [])
    lines = asked.splitlines()
    assert sum("An item beside" in line for line in lines) == 1
    assert SECRET not in asked
    assert not {"\x00", "\x1b", "\x07"} & set(asked)
    shown = [line for line in lines if line.startswith(f"[{kind} ")]
    assert not [line for line in shown if _AS_THEM.match(line)], "nobody writes as them"
    assert len(asked) < 100_000


@pytest.mark.parametrize("wrap", [str, escape], ids=["raw", "escaped"])
@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP], ids=range(len(HOSTILE) + len(MARKUP)))
def test_a_hostile_page_does_nothing_and_hides_nothing(
    world: World, server: WebServer, text: str, wrap: Callable[[str], str]
) -> None:
    world.thread()
    answers = {"/shop": page(BASE), "/beside": page("<p>Nothing</p>")}
    server.answer = lambda asked: answers[asked.path]
    world.settings.connections_path.write_text(
        "".join(
            f'[{name}]\nkind = "page"\nurl = "{server.url}/{name}"\nlan = true\n'
            for name in ("shop", "beside")
        )
    )
    assert {each.failed for each in look(world).values()} == {None}
    said = wrap(text)
    answers = {
        "/shop": page(f"<title>{said}</title><p>An old line<p>A new line<p>{said}</p>"),
        "/beside": page("<p>An item beside</p>"),
    }
    world.clock.move(minutes=30)
    looked = look(world)
    assert looked["beside"].failed is None
    found, asked = beat(world)
    check(world, "page", asked, found)
    for row in world.store.read(inbox.page):
        assert len(row.title) <= 500
        assert len(row.content or "") <= 20_000


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_output_does_nothing_and_hides_nothing(
    world: World, server: WebServer, text: str, tmp_path: Path
) -> None:
    world.thread()
    path = tmp_path / "said.txt"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    server.answer = lambda _: page("<p>Nothing</p>")
    world.settings.connections_path.write_text(
        f'[disk]\nkind = "check"\ncommand = ["sh", "-c", "cat {path}; exit 1"]\n'
        f'[beside]\nkind = "page"\nurl = "{server.url}/"\nlan = true\n'
    )
    assert {each.failed for each in look(world).values()} == {None}
    server.answer = lambda _: page("<p>An item beside</p>")
    world.clock.move(minutes=30)
    look(world)
    found, asked = beat(world)
    check(world, "alert", asked, found)
    assert sum("disk is down" in line for line in asked.splitlines()) == 1
