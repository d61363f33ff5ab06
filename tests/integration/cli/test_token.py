"""The token on the command line: made by init, told by token, handed over by login, changed by token --new."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest

from heartbeat.connections import Connections
from heartbeat.settings import load_settings
from heartbeat.store import Store, connections
from heartbeat.token_file import TokenFile
from heartbeat_service.announcing import NONCE, PROOF, AddressFile, announce, proof_of
from heartbeat_service.cli.serve import way_in
from heartbeat_service.doctor import examine
from nodes.services import utc_now
from tests.integration.cli.conftest import Cli
from tests.support.web import Answer, web_server


def token() -> str | None:
    return TokenFile.of(load_settings()).read()


def test_init_makes_it_and_keeps_it(cli: Cli) -> None:
    cli.fine("init")
    made = token()
    assert made is not None
    assert made not in cli.fine("init")
    assert token() == made
    assert stat.S_IMODE((load_settings().home / "token").stat().st_mode) == 0o600


@contextmanager
def answering(prove: Callable[[str], str]) -> Iterator[str]:
    """Listen on a port, and answer a nonce with what ``prove`` returns."""
    with web_server() as server:
        server.answer = lambda asked: Answer(
            200, b'{"ok": true}', {PROOF: prove(asked.headers.get(NONCE.lower(), ""))}
        )
        yield server.url


def test_login_prints_the_link_of_the_service_that_answers(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda nonce: proof_of("known", nonce)) as url:
        file = AddressFile.of(load_settings())
        with file.holding(announce(url, "known")):
            assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
            assert cli.fine("login").strip() == f"{url}/#token={token()}"
            monkeypatch.setenv("HEARTBEAT_API_TOKEN", "pässwörter ✓ #1")
            link = cli.fine("login").strip()
            assert unquote(link.partition("#token=")[2]) == "pässwörter ✓ #1"
        assert not file.path.exists()
    monkeypatch.setenv("HEARTBEAT_PUBLIC_URL", "https://hb.example/panel/")
    assert cli.fine("login").startswith("https://hb.example/panel/#token=")


def test_login_gives_the_token_to_nobody_else(cli: Cli) -> None:
    """Another program listens where the service was killed."""
    said = cli.refused("login")
    assert said.startswith("heartbeat serve does not answer; start it")
    assert f"paste the token of {load_settings().home / 'token'}" in said
    file = AddressFile.of(load_settings())
    with answering(lambda nonce: proof_of("guessed", nonce)) as url, file.holding(announce(url, "known")):
        said = cli.refused("login")
    assert said.startswith(f"heartbeat serve does not answer at {url}; start it")
    assert str(token()) not in said


def test_the_address_of_a_service_that_listens_everywhere_is_that_of_this_machine(tmp_path: Path) -> None:
    assert announce("http://0.0.0.0:8765", "").url == "http://127.0.0.1:8765"
    assert announce("http://[::]:8765", "").url == "http://[::1]:8765"
    file = AddressFile(tmp_path / "address")
    with file.holding(announce("http://a:1", "1")), file.holding(announce("http://b:2", "2")):
        assert file.read() == announce("http://b:2", "2")
    file.path.write_text("{")
    assert file.read() is None


def test_token_says_where_it_is_and_shows_it_never(cli: Cli) -> None:
    said = cli.fine("token")
    assert str(load_settings().home / "token") in said
    before = token()
    assert before is not None
    assert before not in said
    changed = cli.fine("token", "--new")
    after = token()
    assert after not in {None, before}
    assert str(after) not in changed


def test_a_token_of_the_environment_goes_first(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_API_TOKEN", "a-long-random-token")
    assert "that of HEARTBEAT_API_TOKEN" in cli.fine("token")
    assert "change it there" in cli.refused("token", "--new")
    assert token() is None


def test_adding_something_private_makes_it_and_says_so(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    assert "token" not in cli.fine("connections", "add", "news", "feed", "path=news.xml")
    assert token() is None
    assert "heartbeat login" in cli.fine("connections", "add", "notes", "folder", "path=notes")
    assert token() is not None


def test_the_demo_has_nothing_private(cli: Cli, store: Store) -> None:
    cli.fine("demo", "--quiet")
    assert store.read(connections.every)
    assert not Connections.load(load_settings(), store).has_private


def test_serve_shows_the_link_on_a_terminal_only() -> None:
    settings = load_settings()
    (shown,) = way_in(settings, "http://127.0.0.1:1", on_terminal=True)
    assert shown == f"Open the panel: http://127.0.0.1:1/#token={token()}"
    (logged,) = way_in(settings, "http://127.0.0.1:1", on_terminal=False)
    assert str(token()) not in logged
    assert "heartbeat login" in logged
    settings.home.joinpath("token").chmod(0o644)
    (refused,) = way_in(settings, "http://127.0.0.1:1", on_terminal=True)
    assert "chmod 600" in refused
    assert list(way_in(load_settings(api_token="a-long-random-token"), "", on_terminal=True)) == []


def test_the_doctor_names_a_file_that_cannot_be_used(cli: Cli) -> None:
    cli.fine("init")
    path = load_settings().home / "token"
    path.chmod(0o640)
    found = {each.check: each for each in asyncio.run(examine(clock=utc_now))}["token"]
    assert found.level == "warning"
    assert "may read" in found.said
    assert f"chmod 600 {path}" in str(found.remedy)
    path.chmod(0o600)
    path.write_text("short")
    found = {each.check: each for each in asyncio.run(examine(clock=utc_now))}["token"]
    assert (found.level, found.remedy) == ("warning", "make a new one with: heartbeat token --new")
