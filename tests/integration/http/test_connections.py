"""Connections over HTTP: what can be added, tried, changed and removed, and what cannot."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from heartbeat.fetching import FetchedItem
from heartbeat.outgoing import Outgoing
from heartbeat.store import Claim, events, outbox
from heartbeat.store.tables import TargetHealth
from heartbeat.vocabulary import ActionKind, DeliveryReason, DeliveryStatus, FeedKind, Trigger
from heartbeat_service.lifespan import TRIALS, _warn_of_connections
from tests.integration.http.site import Site
from tests.support.bringing import bring
from tests.support.holds import PATIENCE
from tests.support.sinks import HttpSink, http_sink

TOPIC = "alerts-topsecret-4711"


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as made:
        yield made


@pytest.fixture
def phone(own: Site, sink: HttpSink) -> dict[str, Any]:
    """A connection that was added."""
    url = f"ntfy://{sink.address}/{TOPIC}"
    made: dict[str, Any] = ok(
        own.client.post("/api/connections", json=body("phone", "apprise", url=url)), 201
    )
    return made


def body(name: str, kind: str, **values: Any) -> dict[str, Any]:
    return {"name": name, "kind": kind, "values": values}


def ok(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()


def refused(response: Any, status: int, said: str) -> None:
    assert response.status_code == status, response.text
    assert said in response.json()["detail"]
    assert TOPIC not in response.text


def secrets_of(site: Site) -> list[Path]:
    return sorted((site.world.settings.home / "secrets").glob("*"))


def test_add_try_change_and_remove(own: Site, phone: dict[str, Any], sink: HttpSink) -> None:
    assert (phone["state"], phone["reach"], phone["leads_to"]) == ("ok", "owner", "ntfy")
    assert (phone["target"], phone["kinds"], phone["secrets"]) == (True, ["tell"], ["url"])
    said = ok(own.client.post("/api/connections/phone/test", json={"text": "Anybody there?"}))
    assert said == {"ok": True, "said": "It was sent; look whether it has arrived.", "field": None}
    assert [got.json["message"] for got in sink.got] == ["Anybody there?"]
    changed = ok(own.client.patch("/api/connections/phone", json={"values": {"repeat": False}}))
    assert changed["values"] == {"reach": "owner", "repeat": False}
    ok(own.client.post("/api/connections/phone/test"))
    assert [got.json["topic"] for got in sink.got] == [TOPIC] * 2, "the secret was kept"
    changed = ok(own.client.patch("/api/connections/phone", json={"values": {"repeat": None}}))
    assert changed["values"] == {"reach": "owner", "repeat": None}
    assert len(secrets_of(own)) == 1
    assert own.client.delete("/api/connections/phone").status_code == 204
    refused(own.client.get("/api/connections/phone"), 404, 'There is no connection "phone"')
    assert secrets_of(own) == []
    assert ok(own.client.get("/api/connections"))["items"] == []


def test_remove_and_forget(own: Site) -> None:
    (own.world.settings.instructions.parent / "notes").mkdir()
    own.post("/api/connections", body("notes", "folder", path="notes"), 201)
    bring(
        own.world, [FetchedItem("1", FeedKind.FILE, own.world.clock(), title="A file")], "notes", private=True
    )
    own.world.thread(sources=["notes"])
    opened = own.world.store.open_beat("demo", Trigger.MANUAL, None, own.world.clock(), supervised=True)
    assert isinstance(opened, Claim)
    answer = own.client.delete("/api/connections/notes", params={"forget": True})
    assert answer.status_code == 202
    assert answer.json()["said"].startswith("Nothing of notes is shown any more; a beat that was running may")
    assert ok(own.client.get("/api/inbox"))["items"] == []
    assert ok(own.client.get(f"/api/beats/{opened.beat_id}"))["status"] == "abandoned"
    own.world.clock.move(hours=2)
    # The loop of the service may have been faster.
    assert own.client.delete("/api/connections/notes", params={"forget": True}).status_code in (204, 404)
    gone = own.client.delete("/api/connections/notes", params={"forget": True})
    refused(gone, 404, 'There is no connection "notes"')


def test_one_that_works_when_tried_is_not_down_any_more(
    own: Site, phone: dict[str, Any], sink: HttpSink
) -> None:
    store, now = own.world.store, own.world.clock()
    down = TargetHealth(target="phone", misses=3, said="Nobody is there.", last_try=now, down_since=now)
    store.write(lambda session: session.add(down))
    sink.answers = [500]
    assert not ok(own.client.post("/api/connections/phone/test"))["ok"]
    assert store.read(outbox.is_down, "phone")
    assert ok(own.client.post("/api/connections/phone/test"))["ok"]
    assert not store.read(outbox.is_down, "phone")
    assert ok(own.client.get("/api/connections/phone"))["state"] == "ok"


def test_tries_that_hang_hold_up_no_other_call(
    own: Site, phone: dict[str, Any], sink: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apprise.url.URLBase.socket_read_timeout", PATIENCE)  # it gives up after four seconds
    sink.hang = threading.Event()
    new = body("mail", "apprise", url=f"ntfy://{sink.address}/{TOPIC}")
    calls = [("/api/connections/phone/test", None), ("/api/connections/test", new)] * 24
    with ThreadPoolExecutor(len(calls)) as pool:
        begun = [pool.submit(own.client.post, path, json=given) for path, given in calls]
        for _ in range(TRIALS):
            assert sink.arrived.acquire(timeout=PATIENCE)
        told = own.get("/api/told")
        early = list(islice(as_completed(begun, timeout=PATIENCE), len(calls) - TRIALS))
        sink.hang.set()
    assert told["items"] == []
    for each in early:
        refused(each.result(), 429, f"{TRIALS} connections are being tried")
        assert each.result().headers["retry-after"] == "5"
    late = [each.result() for each in begun if each not in early]
    assert [ok(each)["ok"] for each in late] == [True] * TRIALS
    assert len(sink.got) == TRIALS
    assert ok(own.client.post("/api/connections/phone/test"))["ok"]


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_nobody_else_can_read_the_secrets(own: Site, phone: dict[str, Any]) -> None:
    [file] = secrets_of(own)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert TOPIC in file.read_text()
    assert TOPIC.encode() not in own.world.settings.database_path.read_bytes()
    wal = own.world.settings.database_path.with_name("heartbeat.db-wal")
    assert TOPIC.encode() not in wal.read_bytes()
    file.chmod(0o640)
    opened = ok(own.client.get("/api/connections/phone"))
    assert (opened["state"], opened["problem"]) == (
        "faulty",
        f"others may read {file}; run: chmod 600 {file}",
    )


def test_a_secret_is_never_read_back(own: Site, phone: dict[str, Any], sink: HttpSink) -> None:
    sink.answers = [500, 403]
    answers = [
        own.client.get("/api/connections"),
        own.client.get("/api/connections/phone"),
        own.client.post("/api/connections/phone/test"),
        own.client.patch("/api/connections/phone", json={"values": {"repeat": True}}),
        own.client.patch("/api/connections/phone", json={"values": {"url": None}}),
        own.client.patch("/api/connections/phone", json={"values": {"url": f"{TOPIC} {TOPIC}"}}),
        own.client.patch("/api/connections/phone", json={"values": {"url": [TOPIC]}}),
        own.client.patch("/api/connections/phone", json={"values": {TOPIC[:5]: TOPIC}}),
        own.client.post("/api/connections", json=body("two", "apprise", url=f"none://{TOPIC}")),
        own.client.post("/api/connections/test", json=body("two", "apprise", url=f"none://{TOPIC}")),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 422, 422, 422, 422, 422, 422]
    assert not any(TOPIC in answer.text for answer in answers)
    assert answers[2].json()["ok"] is False
    ends = own.get("/api/heartbeat/history")
    assert TOPIC not in str(ends)


def test_another_address_takes_nothing_of_the_kept_secret(
    own: Site, phone: dict[str, Any], sink: HttpSink
) -> None:
    with http_sink() as other:
        moved = {"values": {"url": f"ntfy://{other.address}/other"}}
        ok(own.client.patch("/api/connections/phone", json=moved))
        ok(own.client.post("/api/connections/phone/test"))
        assert TOPIC not in str(other.got)
        assert len(other.got) == 1
    for part in ({"host": "127.0.0.1:9"}, {"port": 9}, {"user": "eve"}):
        refused(
            own.client.patch("/api/connections/phone", json={"values": part}),
            422,
            "this kind has no such key; allowed: url, reach, repeat",
        )
    tried = own.client.post("/api/connections/test", json=body("phone", "apprise", repeat=True))
    refused(tried, 422, "url: it is missing")
    assert sink.got == []


def test_kind_and_reach_never_change(own: Site, phone: dict[str, Any]) -> None:
    refused(
        own.client.patch("/api/connections/phone", json={"values": {"reach": "public"}}),
        422,
        "reach: it never changes; remove the connection and add it anew",
    )
    ok(own.client.patch("/api/connections/phone", json={"values": {"reach": "owner"}}))
    ok(own.client.patch("/api/connections/phone", json={"values": {"reach": None}}))
    voice = body("voice", "apprise", url="ntfy://127.0.0.1:9/a", reach="public")
    ok(own.client.post("/api/connections", json=voice), 201)
    refused(
        own.client.patch("/api/connections/voice", json={"values": {"reach": None}}), 422, "never changes"
    )
    refused(
        own.client.patch("/api/connections/phone", json={"kind": "folder", "values": {}}),
        422,
        "kind: unknown",
    )
    again = body("phone", "apprise", url="ntfy://127.0.0.1:9/a", reach="public")
    refused(own.client.post("/api/connections", json=again), 409, 'there is a connection "phone" already')
    assert ok(own.client.get("/api/connections/phone"))["reach"] == "owner"


def test_only_the_file_may_lead_anywhere(own: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = str(tmp_path_factory.mktemp("outside"))
    asked: list[tuple[dict[str, Any], str]] = [
        (body("a", "apprise", url="json://127.0.0.1:9"), "url: json, which is not one service"),
        (body("a", "apprise", url="jsons://127.0.0.1:9"), "url: jsons, which is not one service"),
        (body("a", "apprise", url="xml://127.0.0.1:9"), "url: xml, which is not one service"),
        (body("a", "apprise", url="forms://127.0.0.1:9"), "url: forms, which is not one service"),
        (body("a", "apprise", url="syslog://"), "url: syslog, which is not one service"),
        (body("a", "apprise", url="JSON://127.0.0.1:9"), "url: json, which is not one service"),
        (
            body("a", "apprise", url="vapid://mailto@example.org/x?KeyFile=/etc/passwd"),
            "names a file of this machine",
        ),
        (body("a", "apprise", url="file:/etc/passwd"), "${NAME} and file: are read in connections.toml only"),
        (body("a", "apprise", url="ntfy://${HOME}/a"), "${NAME} and file: are read in connections.toml only"),
        (body("a", "folder", path=outside), "path: a folder outside the workspace and HEARTBEAT_FOLDERS"),
        (body("a", "folder", path="../.."), "path: a folder outside the workspace and HEARTBEAT_FOLDERS"),
        (body("a", "folder", path="/"), "path: a folder outside the workspace and HEARTBEAT_FOLDERS"),
        (body("a", "folder", path="home/secrets"), "path: home/secrets is in HEARTBEAT_HOME"),
        (
            body("a", "folder", path="notes", write=True),
            "write: write = true is allowed in connections.toml",
        ),
        (body("a", "folder", path="notes", private=False), "private: private = false"),
        (body("a", "check", command=["true"]), "command: a command is allowed in connections.toml only"),
        (
            body("a", "check", command="touch owned"),
            "command: a command is allowed in connections.toml only",
        ),
        (body("a", "page", url="http://127.0.0.1:9/", lan=True), "lan: lan = true is allowed in"),
        (body("a", "webhook", url="http://127.0.0.1:9", secret="x"), "kind: 'webhook' is not allowed"),
        (body("forum", "apprise", url="ntfy://127.0.0.1:9/a"), 'name: "forum" is taken'),
        (body("notify-1", "apprise", url="ntfy://127.0.0.1:9/a"), 'name: "notify-1" is taken'),
        (body("conversation", "apprise", url="ntfy://127.0.0.1:9/a"), 'name: "conversation" is taken'),
    ]
    for given, said in asked:
        refused(own.client.post("/api/connections", json=given), 422, said)
        refused(own.client.post("/api/connections/test", json=given), 422, said)
    ok(own.client.post("/api/connections", json=body("notes", "folder", path="notes")), 201)
    for changed in ({"path": outside}, {"write": True}, {"private": False}):
        answer = own.client.patch("/api/connections/notes", json={"values": changed})
        refused(answer, 422, "is allowed in connections.toml only")
    assert [each["name"] for each in ok(own.client.get("/api/connections"))["items"]] == ["notes"]
    assert secrets_of(own) == []


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("apprise", {"url": "ntfy://me:4711@127.0.0.1:9/\ud800"}),
        ("apprise", {"url": "ntfy://127.0.0.1:9/a", "\ud800": "4711"}),
        ("folder", {"path": "\ud800"}),
        ("folder", {"path": "notes", "glob": "\ud800"}),
    ],
)
def test_what_is_no_text_is_refused(own: Site, kind: str, values: dict[str, Any]) -> None:
    for path in ("/api/connections", "/api/connections/test"):
        answer = own.client.post(
            path,
            content=json.dumps({"name": "a", "kind": kind, "values": values}),
            headers={"content-type": "application/json"},
        )
        refused(answer, 422, "")
        assert "4711" not in answer.text


def test_a_public_test_is_a_post(own: Site, sink: HttpSink) -> None:
    new = body("board", "apprise", url=f"ntfy://{sink.address}/board", reach="public")
    ok(own.client.post("/api/connections", json=new), 201)
    refused(own.client.post("/api/connections/board/test"), 422, "text: board is public, so a test is a post")
    assert sink.got == []
    ok(own.client.post("/api/connections/board/test", json={"text": "Hello, garden"}))
    assert [got.json["message"] for got in sink.got] == ["Hello, garden"]


def test_try_before_adding(own: Site, sink: HttpSink) -> None:
    new = body("phone", "apprise", url=f"ntfy://{sink.address}/a")
    assert ok(own.client.post("/api/connections/test", json=new))["ok"] is True
    assert len(sink.got) == 1
    assert ok(own.client.get("/api/connections"))["items"] == []
    sink.answers = [403]
    failed = ok(own.client.post("/api/connections/test", json=new))
    assert failed["ok"] is False
    missing = ok(own.client.post("/api/connections/test", json=body("notes", "folder", path="notes")))
    assert missing["ok"] is False
    assert "there is no folder" in missing["said"]


def test_what_is_elsewhere_is_shown_and_changed_there(own: Site, phone: dict[str, Any]) -> None:
    file = own.world.folder / "connections.toml"
    file.write_text(
        '[phone]\nkind = "folder"\npath = "notes"\n[broken]\nkind = "apprise"\nurl = "ntfy://${NO_SUCH}/a"\n'
    )
    listed = ok(own.client.get("/api/connections"))
    assert [(each["name"], each["origin"], each["hidden"], each["state"]) for each in listed["items"]] == [
        ("broken", "file", False, "faulty"),
        ("phone", "file", False, "ok"),
        ("phone", "row", True, "ok"),
    ]
    assert listed["problem"] is None
    refused(own.client.patch("/api/connections/phone", json={"values": {}}), 409, "is in connections.toml")
    refused(own.client.delete("/api/connections/broken"), 409, "is in connections.toml; change it there")
    refused(own.client.post("/api/connections/broken/test"), 409, "NO_SUCH is not set")
    new = body("broken", "apprise", url="ntfy://127.0.0.1:9/a")
    refused(own.client.post("/api/connections", json=new), 409, "in connections.toml; take another name")
    assert own.client.delete("/api/connections/phone").status_code == 204, "the hidden row"
    file.write_text("[phone\n")
    assert "is no TOML" in ok(own.client.get("/api/connections"))["problem"]


def test_pages(own: Site) -> None:
    for number in range(5):
        ok(own.client.post("/api/connections", json=body(f"n{number}", "folder", path="notes")), 201)
    first = ok(own.client.get("/api/connections?limit=3"))
    assert ([each["name"] for each in first["items"]], first["next"]) == (["n0", "n1", "n2"], "n2")
    second = ok(own.client.get("/api/connections?limit=3&after=n2"))
    assert ([each["name"] for each in second["items"]], second["next"]) == (["n3", "n4"], None)


def test_a_secret_that_was_lost_is_asked_for_again(own: Site, phone: dict[str, Any], sink: HttpSink) -> None:
    [file] = secrets_of(own)
    file.unlink()
    lost = ok(own.client.get("/api/connections/phone"))
    assert (lost["state"], lost["target"]) == ("faulty", False)
    refused(
        own.client.patch("/api/connections/phone", json={"values": {"repeat": True}}),
        422,
        "url: it is missing",
    )
    again = {"values": {"url": f"ntfy://{sink.address}/again"}}
    assert ok(own.client.patch("/api/connections/phone", json=again))["state"] == "ok"


def test_adding_and_removing_is_an_event(own: Site, phone: dict[str, Any]) -> None:
    own.client.delete("/api/connections/phone")
    kinds = [(row.kind, row.data) for row in own.world.store.read(events.since, 0)]
    assert kinds[-2:] == [("connection.changed", {"name": "phone"})] * 2


def queued(site: Site) -> int:
    """Queue a tell to the phone and return its number."""
    tell = Outgoing(kind=ActionKind.TELL, text="Frost tonight.")
    now = site.world.clock()
    made = site.world.store.write(outbox.queue, tell, target="phone", deliver_within=3_600, now=now)
    return made.id or 0


def test_what_is_on_its_way_to_a_removed_connection_is_cancelled(own: Site, phone: dict[str, Any]) -> None:
    number = queued(own)
    assert own.client.delete("/api/connections/phone").status_code == 204
    row = own.world.store.read(outbox.get, number)
    assert (row.status, row.reason) == (DeliveryStatus.FAILED, DeliveryReason.CANCELLED)


def test_what_waits_for_an_earlier_connection_is_not_for_a_new_one(own: Site, sink: HttpSink) -> None:
    number = queued(own)
    ok(
        own.client.post("/api/connections", json=body("phone", "apprise", url=f"ntfy://{sink.address}/a")),
        201,
    )
    row = own.world.store.read(outbox.get, number)
    assert (row.status, row.reason) == (DeliveryStatus.FAILED, DeliveryReason.CANCELLED)


def test_what_goes_to_the_file_s_is_not_cancelled_with_a_hidden_row(own: Site, phone: dict[str, Any]) -> None:
    file = own.world.folder / "connections.toml"
    file.write_text('[phone]\nkind = "apprise"\nurl = "ntfy://127.0.0.1:9/a"\n')
    number = queued(own)
    assert own.client.delete("/api/connections/phone").status_code == 204
    assert own.world.store.read(outbox.get, number).reason is None


def test_a_changed_connection_is_no_longer_down(own: Site, phone: dict[str, Any]) -> None:
    def miss(session: Session) -> None:
        session.add(TargetHealth(target="phone", misses=3, said="No answer.", down_since=own.world.clock()))

    own.world.store.write(miss)
    assert ok(own.client.get("/api/connections/phone"))["state"] == "failing"
    changed = ok(own.client.patch("/api/connections/phone", json={"values": {"repeat": True}}))
    assert (changed["state"], changed["down_since"]) == ("ok", None)


def test_the_kinds_say_what_they_ask_for(own: Site) -> None:
    kinds = {each["kind"]: each for each in ok(own.client.get("/api/connection-kinds"))}
    [path, *_] = kinds["folder"]["keys"]
    assert (path["key"], path["required"], path["secret"], path["type"]) == ("path", True, False, "text")
    assert kinds["calendar"]["private"]
    assert kinds["calendar"]["one_of"] == ["url", "path"]
    assert kinds["apprise"]["keys"][0]["secret"]
    assert not kinds["apprise"]["looked_at"]
    assert all(guide["url"].startswith("https://") for each in kinds.values() for guide in each["guides"])


def test_a_trial_names_the_key_that_is_to_blame(own: Site) -> None:
    tried = ok(own.client.post("/api/connections/test", json=body("todo", "folder", path="nowhere")))
    assert (tried["ok"], tried["field"]) == (False, "path")


def test_a_secret_that_others_may_read_is_said(own: Site, caplog: pytest.LogCaptureFixture) -> None:
    file = own.world.settings.connections_path
    file.write_text('[box]\nkind = "mail"\nhost = "imap.example.org"\nuser = "a"\npassword = "hunter2"\n')
    file.chmod(0o644)
    said = own.get("/api/connections")["problem"]
    assert said.startswith(
        f"{file} holds a secret, and other accounts of this machine may read it; run: chmod 600"
    )
    assert said == own.world.services.connections.exposure
    _warn_of_connections(own.world.services.connections)
    assert said in caplog.text
    assert "hunter2" not in said + caplog.text
    file.chmod(0o600)
    assert own.get("/api/connections")["problem"] is None
