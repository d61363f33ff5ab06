"""The example plug-in: installed by pip as anybody would, and beats that go through it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from heartbeat.outgoing import Outgoing
from heartbeat.store import Lease, outbox
from heartbeat.testing import check_target
from heartbeat_service.deliverer import targets_outside
from tests.support.delivering import deliver
from tests.support.ollama import decision
from tests.support.paths import ROOT
from tests.support.world import World

pytestmark = pytest.mark.one_question  # its target and criterion are tried by whole decisions

EXAMPLE = ROOT / "examples" / "heartbeat-journal"
FRIDAY = datetime(2026, 11, 6, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example in it; nothing is fetched, and the sources stay as they are."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(EXAMPLE, folder / "source")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index"]
    options = ["--no-deps", "--no-build-isolation", "--target", str(folder / "site"), str(folder / "source")]
    subprocess.run([*command, *options], check=True, capture_output=True, timeout=180)
    return folder / "site"


@pytest.fixture
def journal(world: World, installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.syspath_prepend(installed)
    world.clock.now = FRIDAY
    twin = world.elsewhere()
    assert twin.services.plugins.faults == ()
    twin.thread(target="journal")
    twin.post("Tea", "Which one?")
    yield twin
    twin.close()
    sys.modules.pop("heartbeat_journal", None)


def entries(world: World) -> list[dict[str, Any]]:
    path = world.settings.home / "journal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_doctor_of_a_real_process_lists_it(world: World, installed: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed), "HEARTBEAT_HOME": str(world.settings.home)}
    command = [str(Path(sys.executable).parent / "heartbeat"), "doctor"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    package = "heartbeat-journal 1.0"
    listed = f"target journal ({package}), source inbox ({package}), criterion weekdays ({package})"
    assert f"ok       plugins: Loaded: {listed}.\n" in done.stdout


def test_a_label_is_written_into_the_journal(journal: World) -> None:
    labelled = {"label_name": "question", "label_why": "It asks <something>."}
    reply = {**json.loads(decision(action="label", post_id="1")), **labelled}
    journal.ollama.says(json.dumps(reply))
    beat = journal.beat()
    assert beat["status"] == "acted", beat
    assert "You may also choose label: Say what kind of post this is" in journal.ollama.prompts[0]
    assert entries(journal) == []
    [delivery] = deliver(journal)
    assert (delivery.target, delivery.status, delivery.receipt) == ("journal", "sent", {"line": 1})
    [entry] = entries(journal)
    told = {"name": "question", "why": "It asks &lt;something&gt;."}
    written = {"name": "question", "why": "It asks <something>."}
    assert entry == {"key": delivery.key, "beat": 1, "kind": "label", "on": "1", **written}
    [action] = journal.detail(1).actions
    assert (action.target, action.kind, action.fields) == ("journal", "label", told)
    assert (action.status, action.receipt) == ("sent", {"line": 1})


def test_an_effect_whose_receipt_was_lost_is_not_had_twice(journal: World) -> None:
    journal.ollama.says(decision(action="post", board="journal", title="Tea", content="Bo asks."))
    journal.beat()
    lost = begun(journal)
    journal.clock.move(minutes=5)
    assert [each.status for each in deliver(journal)] == ["pending"]
    journal.clock.move(minutes=5)
    [delivery] = deliver(journal)
    assert (delivery.key, delivery.status, delivery.receipt) == (lost, "sent", {"line": 1})
    assert [(each["key"], each["title"]) for each in entries(journal)] == [(lost, "Tea")]


def begun(world: World) -> str:
    """Deliver as a process that dies before it has recorded the receipt; return the key."""
    target = targets_outside(world.services)["journal"]
    [row] = world.store.read(outbox.page)
    claimed = world.store.write(
        outbox.claim,
        row.id or 0,
        Lease(30, "dead"),
        world.clock(),
        lease_seconds=60,
        capabilities=target.capabilities(),
        searchable=True,
    )
    assert claimed is not None
    target.deliver(Outgoing.model_validate(row.payload), row.key, 30)
    return row.key


def test_the_target_does_what_its_port_says(world: World, installed: Path, monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(installed)
    journal = import_module("heartbeat_journal").Journal

    check_target(
        lambda: journal(world.settings),
        [
            Outgoing(kind="post", board="journal", title="Tea", content="Bo asks."),
            Outgoing(kind="label", post_id="1", fields={"name": "idea", "why": "It has one."}),
        ],
        effects=lambda: len(entries(world)),
    )
    sys.modules.pop("heartbeat_journal", None)


def test_at_the_weekend_it_does_not_post(journal: World) -> None:
    journal.clock.move(days=1)
    journal.ollama.says(*[decision(action="post", board="journal", title="Tea", content="Bo asks.")] * 2)
    beat = journal.beat()
    assert (beat["status"], beat["reason"]) == ("rejected", "criterion")
    assert beat["summary"] == (
        "A criterion said no: weekdays: no posts at the weekend; choose another action or none."
    )
    assert "It is the weekend: posts are not allowed.\n" in journal.ollama.prompts[0]
    assert entries(journal) == []


def test_the_weekend_is_that_of_the_thread(journal: World) -> None:
    journal.clock.move(hours=4)
    journal.configure(timezone="Asia/Tokyo")
    journal.beat()
    assert "It is the weekend" in journal.ollama.prompts[0]
    journal.configure(timezone="America/New_York")
    journal.beat()
    assert "It is the weekend" not in journal.ollama.prompts[1]


def test_a_file_in_the_inbox_is_news_once_and_again_when_it_changes(journal: World) -> None:
    folder = journal.settings.home / "inbox"
    folder.mkdir()
    note = folder / "shopping.txt"
    for number, (text, new) in enumerate([("Buy tea.", 1), ("Buy tea.", 0), ("Buy more tea.", 1)]):
        if new:
            note.write_text(text)
            os.utime(note, (journal.clock().timestamp(), journal.clock().timestamp()))
        journal.beat()
        prompt = journal.ollama.prompts[number]
        assert f"inbox: {text}" in prompt
        assert f"New messages in your thread: {new}." in prompt
