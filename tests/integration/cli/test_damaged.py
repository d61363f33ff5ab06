"""Cells of the database that another program has written so that they cannot be read: the command names them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from heartbeat.settings import load_settings
from heartbeat.store import history, unreadable
from tests.integration.cli.conftest import Cli

_WRITTEN = "2026-11-02T11:00:00.000000Z"


def sql(query: str, *values: object) -> None:
    with closing(sqlite3.connect(load_settings().database_path)) as other, other:
        other.execute(query, values)


def put(table: str, **cells: object) -> None:
    names, places = ", ".join(f'"{name}"' for name in cells), ", ".join("?" for _ in cells)
    sql(f'INSERT INTO "{table}" ({names}) VALUES ({places})', *cells.values())


@pytest.fixture(autouse=True)
def _rows(cli: Cli) -> None:
    cli.fine("init")
    cli.fine("threads", "add", "two")
    cli.fine("stop")
    at, zero = (
        _WRITTEN,
        dict.fromkeys(("dry_run", "private", "supervised", "fence", "takeovers", "missed"), 0),
    )
    counted = dict.fromkeys(("prompt_tokens", "completion_tokens"), 0)
    lists = dict.fromkeys(("rounds", "problems", "attempts"), "[]")
    beat = {"thread_id": "two", "trigger": "manual", "status": "none", "summary": "", "started_at": at}
    put("beat", **beat, **zero, **counted, **lists)
    put("connection", name="x", kind="feed", values="{}", created_at=at, updated_at=at)
    flags = dict.fromkeys(("private", "by_person", "searching", "repeatable", "fence"), 0)
    sent = {
        "key": "1",
        "target": "x",
        "kind": "post",
        "payload": '{"kind": "post"}',
        "digest": "",
        "tries": "[]",
    }
    put("delivery", **sent, **flags, status="sent", expires_at=at, created_at=at)


@pytest.mark.parametrize(
    ("cell", "value", "command"),
    [
        ("thread.next_due", "yesterday", "threads show two"),
        ("timer.last_tick", "yesterday", "threads list"),
        ("timer.last_tick", "yesterday", "compact"),
        ("delivery.status", "nonsense", "deliveries"),
        ("beat.missed", "many", "history"),
        ("connection.values", "17", "connections list"),
    ],
)
def test_the_command_names_the_cell_that_it_cannot_read(
    cli: Cli, cell: str, value: str, command: str
) -> None:
    table, column = cell.split(".")
    where = " WHERE id = 'two'" if table == "thread" else ""
    sql(f'UPDATE "{table}" SET "{column}" = ?{where}', value)
    done = cli(*command.split())
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(
        f"heartbeat: The database holds a cell that cannot be read: {column} of row "
    )
    assert f"of the table {table} is " in done.stderr
    assert "; allowed: " in done.stderr
    assert done.stderr.endswith(" See: heartbeat doctor.\n")


def test_a_cell_that_is_no_text_is_named_by_its_column(cli: Cli) -> None:
    sql("UPDATE beat SET summary = CAST(x'ff41' AS TEXT)")
    done = cli("history")
    assert done.exit_code == 1
    assert "a cell of the column summary is no text in UTF-8." in done.stderr


def test_an_error_that_no_cell_causes_is_told_as_before(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(history, "search", fails)
    assert cli("history").stderr.startswith("heartbeat: unexpected ValueError: a bug; HEARTBEAT_DEBUG=1 ")


def test_a_search_makes_no_database(tmp_path: Path) -> None:
    assert unreadable.find_in(tmp_path / "none.db") is None
    assert not (tmp_path / "none.db").exists()
