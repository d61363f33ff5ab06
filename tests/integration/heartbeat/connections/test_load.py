"""Connections of file, database and settings, each loaded by itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heartbeat.connections import Connection, Connections, editing, load
from heartbeat.connections.file import Tables, read_tables
from heartbeat.errors import ConflictError, InvalidValueError
from heartbeat.settings import load_settings
from heartbeat.store import connections as rows
from heartbeat.store.tables import TargetHealth
from heartbeat.vocabulary import ConnectionOrigin, ConnectionState
from tests.support.world import World


@dataclass
class Yard:
    """A workspace with its connections.toml."""

    world: World

    def __post_init__(self) -> None:
        self.file = self.world.folder / "connections.toml"
        self.connections = self.loaded()

    def loaded(self, **given: Any) -> Connections:
        made = load_settings(
            home=self.world.settings.home, instructions=self.world.settings.instructions, **given
        )
        return Connections.load(made, self.world.store, clock=self.world.clock)

    def write(self, text: str) -> None:
        self.file.write_text(text)

    def row(self, name: str, kind: str = "apprise", **values: Any) -> None:
        self.world.store.write(rows.add, name, kind, values, self.world.clock())

    def one(self, name: str) -> Connection:
        return next(each for each in self.connections.all if each.name == name)

    def states(self) -> dict[str, str]:
        return {each.name: each.state for each in self.connections.all}


@pytest.fixture
def yard(world: World) -> Yard:
    return Yard(world)


def test_nothing_is_configured(yard: Yard) -> None:
    assert yard.connections.all == []
    assert yard.connections.problem is None
    assert yard.connections.owner_targets() == []


def test_file_database_and_settings(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC", "alerts-4711")
    yard.write('[phone]\nkind = "apprise"\nurl = "ntfy://localhost/${TOPIC}"\n')
    yard.row("slack", url="slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", reach="public")
    loaded = yard.loaded(notify="ntfy://localhost/a, json://localhost/b")
    assert [(each.name, each.origin, each.reach, each.state) for each in loaded.all] == [
        ("notify-1", "setting", "owner", "ok"),
        ("notify-2", "setting", "owner", "ok"),
        ("phone", "file", "owner", "ok"),
        ("slack", "row", "public", "ok"),
    ]
    assert sorted(loaded.targets()) == ["notify-1", "notify-2", "phone", "slack"]
    assert loaded.owner_targets() == ["notify-1", "notify-2", "phone"]
    assert loaded.get("slack").values == {"reach": "public", "repeat": None}
    shown = repr(loaded.all)
    assert "alerts-4711" not in shown
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in shown


FAULTY = """
top = "ntfy://localhost/a"
[good]
kind = "apprise"
url = "ntfy://localhost/a"
[kindless]
url = "ntfy://localhost/a"
[oddkind]
kind = "carrier-pigeon"
[hook]
kind = "webhook"
url = "http://localhost"
[oddkey]
kind = "apprise"
url = "ntfy://localhost/a"
colour = "red"
[unset]
kind = "apprise"
url = "ntfy://${HB_NOT_SET}/a"
[missing]
kind = "apprise"
url = "file:none.url"
[forum]
kind = "apprise"
url = "ntfy://localhost/a"
[notify-1]
kind = "apprise"
url = "ntfy://localhost/a"
["Über"]
kind = "apprise"
url = "ntfy://localhost/a"
[inside]
kind = "folder"
path = "home"
"""


def test_a_faulty_one_concerns_no_other(yard: Yard) -> None:
    yard.write(FAULTY)
    problems = {each.name: each.problem for each in yard.connections.all}
    assert problems.pop("good") is None
    kinds = "apprise, calendar, check, feed, folder, mail, page"
    assert problems == {
        "top": "top: is no table; allowed: a line [NAME] and its keys below it",
        "kindless": f"kind: it is missing; allowed: {kinds}",
        "oddkind": f"kind: 'carrier-pigeon' is not allowed; allowed: {kinds}",
        "hook": f"kind: 'webhook' is not allowed; allowed: {kinds}",
        "oddkey": "colour: this kind has no such key; allowed: url, reach, repeat",
        "unset": "url: the environment variable HB_NOT_SET is not set; set it",
        "missing": f"url: {yard.world.folder / 'none.url'} cannot be read: No such file or directory",
        "forum": 'name: "forum" is taken by a built-in target or source, a plug-in or a setting; take another',
        "notify-1": 'name: "notify-1" is taken by a built-in target or source, a plug-in or a setting; take another',
        "Über": "name: 'Über' is not allowed; allowed: 1 to 64 of a-z, 0-9, _ and -",
        "inside": "path: home is in HEARTBEAT_HOME; allowed: a folder of your own",
    }
    assert list(yard.connections.targets()) == ["good"]


def test_a_row_is_hidden_by_a_table_of_its_name(yard: Yard) -> None:
    yard.row("phone", url="ntfy://localhost/of-the-row")
    assert yard.connections.get("phone").origin == ConnectionOrigin.ROW
    yard.write('[phone]\nkind = "apprise"\nurl = "ntfy://localhost/of-the-file"\n')
    assert yard.connections.get("phone").origin == ConnectionOrigin.FILE
    [file, row] = yard.connections.all
    assert (file.hidden, row.hidden, row.target) == (False, True, None)


def test_a_file_that_is_no_toml_lets_no_row_take_the_place_of_its_tables(yard: Yard) -> None:
    yard.row("phone", url="ntfy://localhost/of-the-row")
    yard.row("other", url="ntfy://localhost/other")
    yard.write('[phone]\nkind = "apprise"\nurl = ntfy://localhost/a\n[mail]\n')
    assert "is no TOML" in str(yard.connections.problem)
    assert sorted(yard.connections.targets()) == ["other"]
    assert yard.states() == {"mail": "faulty", "phone": "faulty", "other": "ok"}
    assert yard.connections.get("phone").state == ConnectionState.FAULTY


@pytest.mark.parametrize(
    "table",
    [
        'phone.kind = "apprise"',
        'phone = { kind = "apprise", url = "ntfy://localhost/a" }',
        '"phone" = { kind = "apprise" }',
        "'phone'.kind = \"apprise\"",
        '"ph\\u006fne".kind = "apprise"',
        "[ 'phone' ]",
        "[[phone]]",
        "[phone",
        "[phone.more]",
    ],
)
def test_no_spelling_of_a_table_in_a_broken_file_lets_a_row_take_its_place(yard: Yard, table: str) -> None:
    yard.row("phone", url="ntfy://localhost/of-the-row")
    yard.row("phone-2", url="ntfy://localhost/other")
    yard.write(f"broken =\n{table}\n")
    assert "phone" not in yard.connections.targets()
    assert yard.one("phone").problem == yard.connections.problem
    assert "\\" in table or "phone-2" in yard.connections.targets()


def test_a_file_that_cannot_be_read_lets_no_row_be_used(yard: Yard) -> None:
    yard.row("phone", url="ntfy://localhost/of-the-row")
    yard.file.write_bytes(b"\xff\xfe")
    assert yard.connections.targets() == {}
    assert "is no text" in str(yard.one("phone").problem)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_a_secret_in_a_file_that_others_may_read_is_not_used(yard: Yard) -> None:
    secret = yard.world.folder / "phone.url"
    secret.write_text("ntfy://localhost/alerts-4711\n")
    secret.chmod(0o644)
    yard.write('[phone]\nkind = "apprise"\nurl = "file:phone.url"\n')
    assert yard.one("phone").problem == f"url: others may read {secret}; run: chmod 600 {secret}"
    secret.chmod(0o600)
    assert yard.one("phone").state == ConnectionState.OK


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(yard: Yard) -> None:
    pipe = yard.world.folder / "phone.url"
    os.mkfifo(pipe, 0o600)
    yard.write('[phone]\nkind = "apprise"\nurl = "file:phone.url"\n')
    assert (
        yard.one("phone").problem
        == f"url: {pipe} cannot be read: it is no file but a device, a pipe or a socket"
    )
    yard.row("kept", secrets="kept.json")
    yard.connections.secrets.folder.mkdir(parents=True)
    os.mkfifo(yard.connections.secrets.path("kept.json"), 0o600)
    assert "cannot be read" in str(yard.one("kept").problem)
    yard.file.unlink()
    os.mkfifo(yard.file)
    assert (
        yard.connections.problem
        == f"{yard.file} cannot be read: it is no file but a device, a pipe or a socket"
    )


def test_changes_are_seen_at_the_next_call(yard: Yard) -> None:
    assert yard.connections.targets() == {}
    yard.write('[phone]\nkind = "apprise"\nurl = "ntfy://localhost/a"\n')
    assert list(yard.connections.targets()) == ["phone"]
    yard.row("slack", url="ntfy://localhost/b")
    assert sorted(yard.connections.targets()) == ["phone", "slack"]
    yard.world.store.write(rows.remove, "slack", yard.world.clock(), used=True)
    yard.file.unlink()
    assert yard.connections.targets() == {}


def test_only_the_file_may_lead_anywhere(yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    named = tmp_path_factory.mktemp("named")
    values: dict[str, tuple[str, dict[str, Any]]] = {
        "generic": ("apprise", {"url": "json://localhost"}),
        "native": ("apprise", {"url": "jsons://localhost"}),
        "local": ("apprise", {"url": "syslog://"}),
        "keyed": (
            "apprise",
            {"url": "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz?template=/etc/passwd"},
        ),
        "reader": ("apprise", {"url": "vapid://mailto@example.org/x?keyfile=/etc/passwd"}),
        "outside": ("folder", {"path": str(outside)}),
        "climbing": ("folder", {"path": "../outside"}),
        "writing": ("folder", {"path": ".", "write": True}),
        "open": ("folder", {"path": ".", "private": False}),
        "variable": ("apprise", {"url": "ntfy://${HOME}/a"}),
        "reference": ("apprise", {"url": "file:/etc/passwd"}),
    }
    for name, (kind, keys) in values.items():
        yard.row(name, kind, **keys)
    yard.row("inside", "folder", path="notes")
    yard.row("named", "folder", path=str(named))
    yard.connections = yard.loaded(folders=(named,))
    states = yard.states()
    assert (states.pop("inside"), states.pop("named")) == ("ok", "ok")
    assert states == dict.fromkeys(values, "faulty")
    assert yard.one("writing").problem == (
        "write: write = true is allowed in connections.toml only; write it there"
    )


@pytest.mark.parametrize(
    "query",
    [
        "keyfile=/etc/passwd",
        "KeyFile=/etc/passwd",
        "%20keyfile=/etc/passwd",
        "keyfile+=/etc/passwd",
        "key%66ile%09=/etc/passwd",
        "ttl=60;subfile=/etc/passwd",
        "%20keyfile=/etc/passwd;subfile=/etc/passwd",
        "ttl=60&;subfile=/etc/passwd",
    ],
)
def test_no_spelling_of_an_address_makes_a_file_be_read(yard: Yard, query: str) -> None:
    with pytest.raises(InvalidValueError, match="names a file of this machine"):
        editing.add(
            yard.connections, "push", "apprise", {"url": f"vapid://me@example.org/you@example.org?{query}"}
        )


@pytest.mark.parametrize("origin", [ConnectionOrigin.FILE, ConnectionOrigin.ROW])
def test_what_apprise_raises_is_never_shown(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, origin: ConnectionOrigin
) -> None:
    def fail(_: Any, **__: Any) -> str:
        raise KeyError("alerts-4711")

    monkeypatch.setattr("apprise.plugins.ntfy.NotifyNtfy.url", fail)
    monkeypatch.setattr("apprise.plugins.ntfy.NotifyNtfy.parse_url", fail)
    maker = yard.connections.maker
    with pytest.raises(InvalidValueError) as caught:
        maker.spec("apprise", {"url": "ntfy://localhost/alerts-4711"}, origin)
    assert "4711" not in f"{caught.value}{caught.value.__cause__}"
    assert maker.connection("a", "apprise", {"url": "ntfy://localhost/a"}, origin).problem is not None


def test_links_in_the_workspace_lead_nowhere_outside(
    yard: Yard, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (yard.world.folder / "notes").symlink_to(tmp_path_factory.mktemp("outside"))
    yard.row("notes", "folder", path="notes")
    assert "a folder outside the workspace" in str(yard.one("notes").problem)


def test_a_folder_that_becomes_a_link_is_not_used_any_more(
    yard: Yard, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (yard.world.folder / "notes").mkdir()
    yard.row("notes", "folder", path="notes")
    assert yard.one("notes").state == ConnectionState.OK
    (yard.world.folder / "notes").rmdir()
    (yard.world.folder / "notes").symlink_to(tmp_path_factory.mktemp("outside"))
    assert "a folder outside the workspace" in str(yard.one("notes").problem)
    (yard.world.folder / "notes").unlink()
    assert yard.one("notes").state == ConnectionState.OK


def test_how_the_last_tries_ended(yard: Yard) -> None:
    yard.write('[phone]\nkind = "apprise"\nurl = "ntfy://localhost/a"\n')
    health = TargetHealth(target="phone", misses=1, said="ntfy did not take it.", last_try=yard.world.clock())
    yard.world.store.write(lambda session: session.add(health))
    one = yard.one("phone")
    assert (one.state, one.problem) == (ConnectionState.FAILING, "ntfy did not take it.")
    assert list(yard.connections.targets()) == ["phone"], "it is still tried"


def test_a_file_elsewhere(yard: Yard, tmp_path: Path) -> None:
    elsewhere = tmp_path / "etc" / "doors.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text('[notes]\nkind = "folder"\npath = "notes"\n')
    [notes] = yard.loaded(connections=elsewhere).all
    assert (notes.leads_to, notes.private) == ("notes", True)


WORDS = st.sampled_from(
    ["apprise", "folder", "webhook", "file:~nobody/x", "file:a\0b", "~nobody", "${HOME}", "ntfy://"]
)
PLAIN = st.one_of(WORDS, st.text(max_size=30), st.integers(), st.floats(), st.booleans(), st.none())
ANY = st.one_of(PLAIN, st.lists(PLAIN, max_size=2), st.dictionaries(st.text(max_size=5), PLAIN, max_size=2))
KEYS = st.sampled_from(["kind", "url", "reach", "repeat", "path", "glob", "write", "private", "secret", "x"])


@given(st.dictionaries(KEYS, ANY), st.text(max_size=10), st.sampled_from(ConnectionOrigin))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_table_breaks_the_others(
    yard: Yard, values: dict[str, Any], name: str, origin: ConnectionOrigin
) -> None:
    rest = {key: value for key, value in values.items() if key != "kind"}
    made = yard.connections.maker.connection(name, values.get("kind"), rest, origin)
    assert (made.state == ConnectionState.FAULTY) == (made.problem is not None)


def test_paths_that_no_file_can_have(yard: Yard) -> None:
    yard.write(
        '[a]\nkind = "apprise"\nurl = "file:~nobodyatall/x"\n[b]\nkind = "apprise"\nurl = "file:a\\u0000b"\n'
        '[c]\nkind = "folder"\npath = "~nobodyatall/x"\n[d]\nkind = "folder"\npath = "notes"\n'
    )
    assert yard.states() == {"a": "faulty", "b": "faulty", "c": "faulty", "d": "ok"}
    assert yard.states() == {"a": "faulty", "b": "faulty", "c": "faulty", "d": "ok"}, "nor at the next look"


def test_two_people_change_one_at_once(yard: Yard) -> None:
    editing.add(yard.connections, "phone", "apprise", {"url": "ntfy://localhost/a"})
    since = yard.world.clock()
    yard.world.clock.move(seconds=1)
    editing.change(yard.connections, "phone", {"repeat": True})
    with pytest.raises(ConflictError, match="changed by somebody else meanwhile"):
        yard.world.store.write(rows.change, "phone", {}, yard.world.clock(), since=since)
    with pytest.raises(ConflictError, match="already"):
        yard.world.store.write(rows.add, "phone", "apprise", {}, yard.world.clock())
    assert len(list(yard.connections.secrets.folder.iterdir())) == 1


def test_a_file_written_while_it_is_read_is_read_again(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    written = iter(['[phone]\nkind = "apprise"\nurl = "ntfy://localhost/a"\n'])

    def read_slowly(path: Path) -> Tables:
        found = read_tables(path)
        for text in written:
            yard.write(text)
        return found

    monkeypatch.setattr(load, "read_tables", read_slowly)
    yard.write("")
    assert yard.states() == {"phone": "ok"}
    assert yard.states() == {"phone": "ok"}
