"""The keys of connections that are looked at: what is allowed, and what only connections.toml may say."""

from __future__ import annotations

from typing import Any

import pytest

from heartbeat.connections import editing
from heartbeat.errors import InvalidValueError
from tests.support.world import World

URL = "https://news.example/feed"


def refused(world: World, kind: str, values: dict[str, Any]) -> str:
    with pytest.raises(InvalidValueError) as found:
        editing.add(world.services.connections, "it", kind, values)
    return str(found.value)


@pytest.mark.parametrize("kind", ["feed", "calendar"])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "url: give either url or path"),
        ({"url": URL, "path": "a"}, "url: give either url or path"),
        ({"url": "file:///etc/passwd"}, "url: "),
        ({"url": "ftp://news.example/"}, "url: "),
        ({"url": URL, "every": "5s"}, "every: '5s' is not allowed; allowed: 60 to 604800 seconds"),
        ({"url": URL, "every": "30d"}, "every: '30d' is not allowed; allowed: 60 to 604800 seconds"),
        ({"url": URL, "since": "soon"}, "since: 'soon' is not allowed; allowed: now, all, or a span like 7d"),
        ({"url": URL, "private": "no"}, "private: 'no' is not allowed; allowed: true or false"),
        ({"url": URL, "colour": "red"}, "colour: this kind has no such key; allowed: url, path, lan"),
        ({"url": URL, "lan": True}, "lan: lan = true is allowed in connections.toml only"),
        ({"path": "/etc/passwd"}, "path: a file outside the workspace and HEARTBEAT_FOLDERS is allowed in"),
        ({"path": "../a"}, "path: a file outside the workspace and HEARTBEAT_FOLDERS is allowed in"),
        ({"path": "home/heartbeat.db"}, "path: home/heartbeat.db is in HEARTBEAT_HOME"),
    ],
)
def test_what_is_refused(world: World, kind: str, values: dict[str, Any], said: str) -> None:
    found = refused(world, kind, values)
    assert found.startswith(said)
    assert "\n" not in found


def test_only_the_file_makes_a_private_kind_public(world: World) -> None:
    for kind, values in (("calendar", {"url": URL}), ("folder", {"path": "."})):
        said = refused(world, kind, {**values, "private": False})
        assert said.startswith("private: private = false is allowed in connections.toml only")
    made = editing.add(world.services.connections, "news", "feed", {"url": URL})
    assert not made.private
    kept = editing.add(world.services.connections, "own", "feed", {"url": URL, "private": True})
    assert kept.private


def test_the_file_may_say_all_of_it(world: World) -> None:
    world.settings.connections_path.write_text(
        '[days]\nkind = "calendar"\nurl = "http://10.0.0.5/a.ics"\nlan = true\nprivate = false\nevery = "1h"\n'
        '[notes]\nkind = "folder"\npath = "/"\nprivate = false\nwrite = true\nsince = "7d"\n'
        '[odd]\nkind = "feed"\n'
    )
    found = {each.name: each for each in world.services.connections.all}
    assert {name: each.problem for name, each in found.items()} == {
        "days": None,
        "notes": None,
        "odd": found["odd"].problem,
    }
    assert str(found["odd"].problem).startswith("url: give either url or path")
    assert (found["days"].private, found["days"].every) == (False, 3_600)
