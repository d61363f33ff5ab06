"""HOME and the databases are kept from the other accounts of the machine; nothing else is touched."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkpoints import open_saver
from heartbeat import store
from heartbeat.connections.secrets import Secrets
from heartbeat.errors import InvalidValueError
from heartbeat.instructions import write_document
from heartbeat.private import exposed, is_own
from heartbeat.settings import Settings, load_settings
from heartbeat.store import Store, timer
from heartbeat.store.migrate import migrate

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")


@pytest.fixture(autouse=True)
def _usual_umask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("HOME", str(tmp_path / "account"))
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))[2:]


def settings_in(home: Path, **more: Any) -> Settings:
    return load_settings(home=home, **{"instructions": home.parent / "workspace" / "HEARTBEAT.md", **more})


def used(settings: Settings) -> dict[str, str]:
    """Use the databases, and return the modes of all files of HOME meanwhile."""
    store = Store.from_settings(settings)
    store.write(timer.state)
    with open_saver(settings.checkpoints_path):
        found = {path.name: mode(path) for path in settings.home.iterdir() if path.is_file()}
    store.close()
    return {name: value for name, value in found.items() if not name.endswith(".lock")}


def test_a_new_home(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "a" / "b" / "home")
    found = used(settings)
    assert {
        "heartbeat.db",
        "heartbeat.db-wal",
        "heartbeat.db-shm",
        "checkpoints.db",
        "checkpoints.db-wal",
    } <= set(found)
    assert set(found.values()) == {"600"}
    assert (mode(settings.home), mode(settings.home.parent), mode(tmp_path / "a")) == ("700", "755", "755")
    assert exposed(settings) is None


@pytest.mark.parametrize("name", [".heartbeat", "data"])
@pytest.mark.parametrize(
    ("before", "after"), [(0o755, "700"), (0o2775, "2700"), (0o777, "700"), (0o711, "700")]
)
def test_a_home_that_was_there(tmp_path: Path, name: str, before: int, after: str) -> None:
    settings = settings_in(tmp_path / name)
    used(settings)
    (settings.home / "prompts").mkdir()
    Secrets(settings.home / "secrets").keep("phone", {"url": "ntfy://localhost/a"})
    for file in settings.home.glob("*.db*"):
        file.chmod(0o644)
    settings.home.chmod(before)
    assert (exposed(settings) is None) is (before == 0o500 and False)
    assert set(used(settings).values()) == {"600"}
    assert mode(settings.home) == after
    assert exposed(settings) is None


def test_locks_are_born_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "migrate", migrate)  # a copy of a migrated database needs no lock
    settings = settings_in(tmp_path / "home")
    settings.home.mkdir()
    settings.home.joinpath("kept").touch()
    os.umask(0)
    Store.from_settings(settings).close()
    write_document(tmp_path / "HEARTBEAT.md", "Look around.\n", home=settings.home)
    locks = {path.name: mode(path) for path in settings.home.glob("*.lock")}
    assert locks == {"heartbeat.db.lock": "600", "instructions.lock": "600"}


def test_secrets_are_born_closed(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "secrets"
    secrets = Secrets(folder)
    made = secrets.keep("phone", {"url": "ntfy://localhost/a"})
    assert (mode(folder), mode(secrets.path(made))) == ("700", "600")
    assert secrets.read(made) == {"url": "ntfy://localhost/a"}
    folder.chmod(0o755)
    secrets.keep("other", {"url": "ntfy://localhost/b"})
    assert mode(folder) == "700"
    secrets.forget(made)
    secrets.forget(made)
    with pytest.raises(InvalidValueError, match="cannot be read"):
        secrets.read(made)


def test_the_settings_own_saver_keeps_it_private_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / ".heartbeat"
    home.mkdir()
    monkeypatch.setenv("HEARTBEAT_HOME", str(home))
    with open_saver():
        assert (mode(home), mode(home / "checkpoints.db")) == ("700", "600")


@pytest.mark.parametrize(
    "kind", ["working folder", "account", "above the account", "workspace", "shared", "link"]
)
def test_folders_of_others_keep_their_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    (folder / "below").rmdir()
    settings = settings_in(folder)
    match kind:
        case "working folder":
            monkeypatch.chdir(folder)
            settings = settings_in(Path(), instructions=tmp_path / "other" / "HEARTBEAT.md")
        case "account":
            monkeypatch.setenv("HOME", str(folder))
        case "above the account":
            monkeypatch.setenv("HOME", str(folder / "ann"))
        case "workspace":
            settings = settings_in(folder, instructions=folder / "HEARTBEAT.md")
        case "shared":
            (folder / "index.html").write_text("of a web server")
        case "link":
            (folder / "index.html").write_text("of a web server")
            (tmp_path / ".heartbeat").symlink_to(folder)
            settings = settings_in(tmp_path / ".heartbeat")
    for _ in range(2):
        found = used(settings)
        assert {value for name, value in found.items() if ".db" in name} == {"600"}
        assert mode(folder) == "755"
        # Nobody reads the databases there, so there is nothing to warn of.
        assert exposed(settings) is None


def test_folders_of_the_system_are_never_ours(tmp_path: Path) -> None:
    assert not is_own(Path("/"), settings_in(tmp_path / "home"))
    for_all = tmp_path / "tmp"
    for_all.mkdir()
    for_all.chmod(0o1777)
    used(settings_in(for_all))
    assert mode(for_all) == "1777"


def test_a_database_elsewhere_is_made_private_and_kept_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "shared" / "agent.db"
    place.parent.mkdir()
    settings = settings_in(tmp_path / "home", database_url=f"sqlite:///{place}")
    used(settings)
    assert (mode(place), mode(place.parent)) == ("600", "755")
    place.chmod(0o640)
    used(settings)
    assert mode(place) == "640"


def test_what_cannot_be_changed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path / ".heartbeat")
    used(settings)
    settings.home.chmod(0o755)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refused)
    used(settings)
    assert exposed(settings) == settings.home.resolve()
