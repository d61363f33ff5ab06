"""HOME/token: made once, closed to others, and refused where it is not."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from heartbeat.settings import load_settings
from heartbeat.token_file import SHORTEST, TokenFile, TokenFileError, make_token


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "home" / "token")


def test_it_is_made_once_and_closed_to_others(file: TokenFile) -> None:
    assert file.read() is None
    made = file.ensure()
    assert len(made) >= SHORTEST
    assert (file.read(), file.ensure()) == (made, made)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert list(file.path.parent.iterdir()) == [file.path]


def test_those_who_make_it_together_agree(file: TokenFile) -> None:
    ready, found = threading.Barrier(8), []

    def make() -> None:
        ready.wait()
        found.append(file.ensure())

    threads = [threading.Thread(target=make) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [file.read()] * 8


def test_it_is_made_where_there_are_no_hard_links(file: TokenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "not supported")

    monkeypatch.setattr(os, "link", refuse)
    made = file.ensure()
    assert (made, stat.S_IMODE(file.path.stat().st_mode)) == (file.read(), 0o600)


def test_a_new_one_replaces_it(file: TokenFile) -> None:
    before = file.ensure()
    made = file.renew()
    assert made != before
    assert file.read() == made
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def _open(path: Path) -> None:
    path.chmod(0o640)


def _empty(path: Path) -> None:
    path.write_text("\n")


def _short(path: Path) -> None:
    path.write_text("hunter2-hunter2")


def _lines(path: Path) -> None:
    path.write_text(f"{'a' * 20}\n{'b' * 20}\n")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir(0o700)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_open, "other accounts of this machine may read"),
        (_empty, "is empty"),
        (_short, "holds no token of at least 32"),
        (_lines, "holds no token of at least 32"),
        (_pipe, "is no regular file"),
        (_folder, "is no regular file"),
    ],
)
def test_one_that_cannot_be_trusted_is_refused(
    file: TokenFile, spoil: Callable[[Path], None], said: str
) -> None:
    file.ensure()
    spoil(file.path)
    for ask in (file.read, file.ensure):
        with pytest.raises(TokenFileError, match=said) as refused:
            ask()
        assert "heartbeat token --new" in refused.value.mend
    if spoil is not _folder:
        assert file.renew() == file.read()


def test_one_of_another_account_is_refused(file: TokenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.ensure()
    owner = file.path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert file.read() is not None  # the folder's owner could replace it anyway
    monkeypatch.setattr(TokenFile, "_folder_owner", lambda _: owner + 1)
    with pytest.raises(TokenFileError, match="belongs to another account"):
        file.read()


def test_none_is_made_where_the_token_is_set(tmp_path: Path) -> None:
    make_token(load_settings(home=tmp_path / "home", api_token="a-long-random-token"))
    assert not (tmp_path / "home").exists()
    make_token(load_settings(home=tmp_path / "home"))
    assert (tmp_path / "home" / "token").exists()
