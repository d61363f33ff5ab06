"""What a look at a private connection brings, or fails with, is in no log line."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from heartbeat.fetching import FetchResult
from tests.integration.heartbeat_service.test_fetcher import Odd, look
from tests.support.world import World


@pytest.mark.parametrize(("private", "is_logged"), [("true", False), ("false", True)])
def test_an_unexpected_error_is_logged_without_its_text_where_the_connection_is_private(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    private: str,
    is_logged: bool,
) -> None:
    def fail() -> FetchResult:
        raise ValueError("not to be read: canary")

    (world.folder / "diary").mkdir()
    table = f'[diary]\nkind = "folder"\npath = "{world.folder}/diary"\nprivate = {private}\n'
    Path(world.settings.connections_path).write_text(table)
    monkeypatch.setattr("heartbeat.connections.folder.FolderSpec.fetch", lambda *_: Odd(fail))
    with caplog.at_level(logging.DEBUG, logger="heartbeat"):
        found = look(world)
    assert found["diary"].failed == "ValueError: not to be read: canary."
    assert "connection diary could not be looked at: ValueError" in caplog.text
    assert ("canary" in caplog.text) is is_logged
