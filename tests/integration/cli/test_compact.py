"""`heartbeat compact` where the clock may be wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from heartbeat.settings import load_settings
from heartbeat.store import Store, timer
from tests.integration.cli.conftest import Cli


def test_says_in_one_sentence_that_the_clock_may_be_wrong(cli: Cli) -> None:
    cli.fine("init")
    cli.fine("threads", "add", "demo")
    assert cli("compact").stderr == ""
    _tick(datetime.now(UTC) - timedelta(days=3))
    (said,) = cli("compact").stderr.splitlines()
    assert said.startswith(
        "heartbeat: nothing was deleted from the database, since the clock may be wrong: it says "
    )
    assert said.endswith("; if it is right: heartbeat compact --trust-clock")
    assert cli("compact", "--trust-clock").stderr == ""


def test_json_says_that_no_row_was_looked_at(cli: Cli) -> None:
    cli.fine("init")
    last = datetime.now(UTC) - timedelta(days=3)
    _tick(last)
    assert json.loads(cli("compact", "--json").stdout)["silent_since"] == last.isoformat().replace(
        "+00:00", "Z"
    )
    assert json.loads(cli("compact", "--json", "--trust-clock").stdout)["silent_since"] is None


def _tick(at: datetime) -> None:
    opened = Store.from_settings(load_settings())
    try:
        opened.write(timer.tick, at, "here")
    finally:
        opened.close()
