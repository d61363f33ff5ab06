"""The inbox over HTTP: what connections brought, what became of it, and what a person says about it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import Session, insert

from heartbeat.fetching import FetchedItem
from heartbeat.store import inbox
from heartbeat.store.inbox import OLD
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import FeedKind
from tests.integration.http.site import Site, problem, serving
from tests.support.bringing import bring
from tests.support.ollama import decision
from tests.support.world import START, World

HOUR = timedelta(hours=1)
TOKEN = "correct-horse-battery-staple"


def entries(world: World, *names: str) -> None:
    items = "".join(f"<item><guid>{name}</guid><title>{name}</title></item>" for name in names)
    file = world.folder / "news.xml"
    file.write_text(f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>')


@pytest.fixture
def filled(own: Site) -> Site:
    """A feed of three entries, and a private folder with two files and two open boxes."""
    world = own.world
    entries(world, "c", "b", "a")
    notes = world.folder / "notes"
    notes.mkdir()
    (notes / "a.md").write_text("- [ ] Buy tea\n")
    (notes / "b.md").write_text("- [ ] Water the garden\n")
    world.settings.connections_path.write_text(
        f'[news]\nkind = "feed"\npath = "{world.folder}/news.xml"\nsince = "all"\n'
        f'[notes]\nkind = "folder"\npath = "{notes}"\nsince = "all"\n'
        '[phone]\nkind = "apprise"\nurl = "ntfy://localhost/a"\n[bad]\nkind = "feed"\n'
    )
    for name in ("news", "notes"):
        look(own, name)
    return own


def look(site: Site, name: str) -> Any:
    answer = site.post(f"/api/connections/{name}/look")
    assert answer["ok"] is True
    return answer


def found(site: Site, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = site.get("/api/inbox", **query)["items"]
    return items


def titles(site: Site, **query: Any) -> list[str]:
    return [each["title"] for each in found(site, **query)]


def number(site: Site, title: str) -> int:
    return next(int(each["id"]) for each in found(site) if each["title"] == title)


def test_the_newest_come_first_and_filters_narrow_them(filled: Site) -> None:
    numbers = [each["id"] for each in found(filled)]
    assert numbers == sorted(numbers, reverse=True)
    assert titles(filled, connection="news") == ["c", "b", "a"]
    assert sorted(titles(filled, kind="task")) == ["Buy tea", "Water the garden"]
    assert titles(filled, connection="news", kind="task") == []
    assert titles(filled, connection="nothing") == []
    assert {each["state"] for each in found(filled)} == {"new"}


def test_pages_hold_each_item_once(filled: Site) -> None:
    every = [each["id"] for each in found(filled)]
    seen: list[int] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = filled.get("/api/inbox", **query)
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["before"] = page["next"]
    assert seen == every


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"kind": "letter"}, 422, "kind"),
        ({"state": "lost"}, 422, "state"),
        ({"limit": 0}, 422, "limit"),
        ({"limit": 201}, 422, "limit"),
        ({"before": 0}, 422, "before"),
        ({"due_before": "2026-11-02T12:00:00"}, 422, "due_before"),
        ({"due_before": "tomorrow"}, 422, "due_before"),
        ({"thread": "nobody"}, 404, "nobody"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
def test_what_is_asked_wrongly(filled: Site, query: dict[str, Any], status: int, said: str) -> None:
    assert said in problem(filled.client.get("/api/inbox", params=query), status)["detail"]


def test_done_is_not_new_until_it_is_taken_back(filled: Site) -> None:
    item = number(filled, "b")
    done = filled.post(f"/api/inbox/{item}/done")
    assert (done["state"], done["done_at"] is None) == ("done", False)
    assert filled.post(f"/api/inbox/{item}/done") == done, "any number of times"
    assert titles(filled, state="done") == ["b"]
    assert "b" not in titles(filled, state="new")
    assert filled.post(f"/api/inbox/{item}/undone")["state"] == "new"
    assert titles(filled, state="done") == []


def test_a_snoozed_item_is_new_again_at_its_instant(filled: Site) -> None:
    item, until = number(filled, "b"), filled.world.clock() + timedelta(hours=4)
    snoozed = filled.post(f"/api/inbox/{item}/snooze", {"until": until.isoformat()})
    assert snoozed["state"] == "snoozed"
    assert titles(filled, state="snoozed") == ["b"]
    filled.world.clock.move(hours=4)
    filled.world.store.write(inbox.end_snoozes, filled.world.clock())
    assert titles(filled, state="snoozed") == []
    assert "b" in titles(filled, state="new")


def test_a_snooze_is_taken_back(filled: Site) -> None:
    item, until = number(filled, "b"), filled.world.clock() + timedelta(hours=4)
    filled.post(f"/api/inbox/{item}/snooze", {"until": until.isoformat()})
    back = filled.client.delete(f"/api/inbox/{item}/snooze").json()
    assert (back["state"], back["snoozed_until"]) == ("new", None)
    again = filled.client.delete(f"/api/inbox/{item}/snooze").json()
    assert again["changed_at"] == back["changed_at"], "any number of times"
    problem(filled.client.delete("/api/inbox/999/snooze"), 404)


def test_what_is_due_before_an_instant(filled: Site) -> None:
    world = filled.world
    events = [
        FetchedItem(
            f"{hours} h", FeedKind.EVENT, START, title=f"{hours} h", due_at=START + timedelta(hours=hours)
        )
        for hours in (-1, 3, 5)
    ]
    bring(world, events, "days")
    before = (START + timedelta(hours=5)).isoformat()
    assert titles(filled, due_before=before) == ["3 h"], "what is over is left out"
    assert titles(filled, due_before=before, kind="entry") == []
    going_on = FetchedItem(
        "now", FeedKind.EVENT, START, due_at=START - HOUR, ends_at=START + HOUR, title="now"
    )
    late = FetchedItem("late", FeedKind.TASK, START, due_at=START - 2 * HOUR, title="late")
    bring(world, [*events[1:], going_on, late], "days", whole=True)
    assert titles(filled, due_before=before) == ["late", "now", "3 h"]
    bring(world, [going_on, late], "days", whole=True)
    assert titles(filled, due_before=before) == ["late", "now"], "what is gone is left out"


def test_what_is_due_is_paged_the_soonest_first(filled: Site) -> None:
    for at in (3, 1, 2, 2):
        name = f"{at} {len(found(filled))}"
        event = FetchedItem(name, FeedKind.EVENT, START, due_at=START + at * HOUR, title=str(at))
        bring(filled.world, [event], "days")
    query: dict[str, Any] = {"due_before": (START + 9 * HOUR).isoformat(), "limit": 1}
    seen: list[str] = []
    while True:
        page = filled.get("/api/inbox", **query)
        seen += [each["title"] for each in page["items"]]
        if page["next"] is None:
            break
        query["before"] = page["next"]
    assert seen == ["1", "2", "2", "3"]
    entry = number(filled, "b")
    said = problem(filled.client.get("/api/inbox", params={**query, "before": entry}), 422)["detail"]
    assert said.startswith(f"before: item {entry} is not due any more")


def test_each_state_is_found_below_many_newer_items(filled: Site) -> None:
    world, thread = filled.world, filled.thread(sources=["default", "notes"])
    item, snoozed = number(filled, "b"), number(filled, "c")
    filled.post(f"/api/inbox/{item}/done")
    filled.post(f"/api/inbox/{snoozed}/snooze", {"until": (START + 9 * HOUR).isoformat()})
    event = FetchedItem("soon", FeedKind.EVENT, START, title="soon", due_at=START + HOUR)
    bring(world, [event], "days")

    def add(session: Session) -> None:
        values = {"connection": "news", "kind": FeedKind.ENTRY, "digest": "", "seq": OLD}
        times = {"created_at": START, "first_at": START, "changed_at": START}
        rows = [{**values, **times, "external_id": f"n{number}"} for number in range(2_600)]
        session.execute(insert(InboxItem), rows)

    world.store.write(add)
    assert titles(filled, state="done") == titles(filled, state="done", thread=thread) == ["b"]
    assert titles(filled, state="snoozed") == ["c"]
    before = (START + 9 * HOUR).isoformat()
    assert titles(filled, due_before=before, state="new", limit=200) == ["soon"]
    assert sorted(titles(filled, state="new", kind="task")) == ["Buy tea", "Water the garden"]
    assert titles(filled, state="new", thread=thread, connection="news") == ["a"]
    assert found(filled, limit=1)[0]["state"] == "old"


def test_what_the_first_look_leaves_out_is_no_news(own: Site) -> None:
    entries(own.world, "a", "b")
    own.world.settings.connections_path.write_text(
        f'[news]\nkind = "feed"\npath = "{own.world.folder}/news.xml"\n'
    )
    look(own, "news")
    thread = own.thread()
    assert {each["state"] for each in found(own)} == {"old"}
    assert {each["state"] for each in found(own, thread=thread)} == {"old"}
    assert titles(own, state="new") == []
    item = number(own, "b")
    own.post(f"/api/inbox/{item}/done")
    assert own.post(f"/api/inbox/{item}/undone")["state"] == "new", "a person asks for it"


@pytest.mark.parametrize(("offset", "expected"), [("-08:00", []), ("+00:00", []), ("+13:00", ["Fair"])])
def test_a_day_is_due_at_midnight_of_the_zone_of_the_instant(
    filled: Site, offset: str, expected: list[str]
) -> None:
    """At 11:00 in UTC on the day before, it has begun in the east alone."""
    day = FetchedItem(
        "fair", FeedKind.EVENT, START, title="Fair", due_at=datetime(2026, 11, 4, tzinfo=UTC), all_day=True
    )
    bring(filled.world, [day], "days")
    before = datetime(2026, 11, 3, 11, 1, tzinfo=UTC).astimezone(
        datetime.fromisoformat(f"2026-11-03T00:00{offset}").tzinfo
    )
    assert titles(filled, due_before=before.isoformat()) == expected


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("2026-11-02T11:59:00Z", "until: 2026-11-02T11:59:00"),
        (1_900_000_000, "until"),
        ("2026-11-03T12:00:00", "until"),
        ("tomorrow", "until"),
        (None, "until"),
    ],
)
def test_a_snooze_that_is_not_allowed(filled: Site, until: object, said: str) -> None:
    item = number(filled, "b")
    answer = filled.client.post(f"/api/inbox/{item}/snooze", json={"until": until})
    assert said in problem(answer, 422)["detail"]
    assert "b" in titles(filled, state="new")


@pytest.mark.parametrize("call", ["done", "undone", "snooze"])
def test_an_item_that_is_not_there(filled: Site, call: str) -> None:
    body = {"until": "2027-01-01T00:00:00Z"} if call == "snooze" else None
    problem(filled.client.post(f"/api/inbox/999/{call}", json=body), 404)
    problem(filled.client.post(f"/api/inbox/0/{call}", json=body), 422)


def test_a_thread_sees_what_its_sources_name(filled: Site) -> None:
    plain, named, none = (
        filled.thread(),
        filled.thread(sources=["default", "notes"]),
        filled.thread(sources=[]),
    )
    assert titles(filled, thread=plain) == ["c", "b", "a"]
    assert len(found(filled, thread=named)) == 7
    assert titles(filled, thread=none) == []
    assert titles(filled, thread=plain, connection="notes") == []


@pytest.mark.one_question
def test_what_has_become_of_items_for_a_thread(filled: Site) -> None:
    thread = filled.thread()
    assert {each["state"] for each in found(filled, thread=thread)} == {"new"}
    key = f"news.entry:{number(filled, 'a')}"
    filled.world.ollama.says(decision(action="tell", text="Look at a.", about=key))
    filled.post(f"/api/threads/{thread}/heartbeat/run-now")
    states = {each["title"]: each["state"] for each in found(filled, thread=thread)}
    assert states["b"] == states["c"] == "read"
    assert states["a"] in ("told", "read")
    entries(filled.world, "d", "c", "b", "a")
    look(filled, "news")
    assert titles(filled, thread=thread, state="new") == ["d"]
    assert "d" in titles(filled, state="new")


def test_a_look_says_what_came_and_what_is_gone_is_marked(filled: Site) -> None:
    (filled.world.folder / "notes" / "b.md").unlink()
    assert look(filled, "notes")["said"] == "Looked: 0 new, 0 changed, 2 gone."
    assert "Water the garden" in titles(filled, state="gone")


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("nothing", 404, 'There is no connection "nothing"'),
        ("phone", 409, "phone cannot be looked at: it is of a kind that is not looked at"),
        ("bad", 409, "bad cannot be looked at"),
    ],
)
def test_what_cannot_be_looked_at(filled: Site, name: str, status: int, said: str) -> None:
    assert said in problem(filled.client.post(f"/api/connections/{name}/look"), status)["detail"]


def test_a_look_that_fails_says_why_and_when_the_next_try_is(filled: Site) -> None:
    (filled.world.folder / "news.xml").unlink()
    answer = filled.post("/api/connections/news/look")
    assert (answer["ok"], "news.xml" in answer["said"]) == (False, True)
    shown = filled.get("/api/connections/news")
    assert (shown["state"], shown["problem"]) == ("failing", answer["said"])
    assert shown["last_look"] < shown["next_look"]
    assert shown["failing_since"] is not None


def test_one_that_leads_elsewhere_does_not_show_the_failure_of_the_old_address(filled: Site) -> None:
    (filled.world.folder / "news.xml").unlink()
    filled.post("/api/connections/news/look")
    file = filled.world.settings.connections_path
    file.write_text(file.read_text("utf-8").replace("news.xml", "other.xml"), "utf-8")
    shown = filled.get("/api/connections/news")
    assert (shown["state"], shown["problem"]) == ("ok", None)
    assert (shown["last_look"], shown["next_look"], shown["failing_since"]) == (None, None, None)


def test_a_connection_that_is_being_looked_at(filled: Site) -> None:
    world = filled.world
    address = world.services.connections.look_addresses()["news"]
    world.store.write(inbox.ask, "news", world.clock())
    other = world.elsewhere()
    claim = other.store.write(inbox.claim, "news", address, other.store.lease, world.clock(), seconds=60)
    assert claim is not None
    said = problem(filled.client.post("/api/connections/news/look"), 409)["detail"]
    assert "is being looked at already" in said
    other.close()


def test_two_clients_that_look_at_the_same_moment_write_each_item_once(filled: Site) -> None:
    entries(filled.world, "e", "d", "c", "b", "a")
    calls = [
        threading.Thread(target=filled.client.post, args=("/api/connections/news/look",)) for _ in range(4)
    ]
    for each in calls:
        each.start()
    for each in calls:
        each.join()
    assert titles(filled, connection="news") == ["e", "d", "c", "b", "a"]


def test_items_of_a_removed_connection_stay_listed_and_are_seen_by_no_thread(filled: Site) -> None:
    thread = filled.thread(sources=["default", "notes"])
    path = filled.world.settings.connections_path
    text = path.read_text()
    path.write_text(text[text.index("[notes]") :])
    look(filled, "notes")
    assert titles(filled, connection="news") == ["c", "b", "a"]
    assert titles(filled, thread=thread, connection="news") == []


def test_sources_that_cannot_be_looked_at_are_refused(filled: Site) -> None:
    allowed = "allowed: default, forum, news, notes"
    thread = filled.thread()
    calls = [
        ("POST", "/api/threads", {"id": "new", "config": {"sources": ["nots"]}}),
        ("PATCH", f"/api/threads/{thread}/heartbeat/config", {"sources": ["default", "nots"]}),
        ("PUT", f"/api/threads/{thread}/heartbeat/config", {"sources": ["phone"]}),
        ("PATCH", "/api/heartbeat/config", {"sources": ["bad"]}),
        ("PUT", "/api/heartbeat/config", {"sources": ["nots"]}),
    ]
    for method, path, body in calls:
        said = problem(filled.client.request(method, path, json=body), 422)
        assert (said["field"], allowed in said["detail"]) == ("sources", True)
    assert filled.get("/api/connections/notes")["unused"] is True
    answer = filled.client.patch("/api/heartbeat/config", json={"sources": ["default", "notes"]})
    assert answer.status_code == 200
    assert filled.get("/api/connections/notes")["unused"] is False


def test_secrets_in_items_are_masked(filled: Site) -> None:
    secret = "sk-proj-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"
    entries(filled.world, f"The key is {secret}")
    look(filled, "news")
    assert secret not in filled.client.get("/api/inbox").text


def test_a_token_is_needed_where_one_is_set(world: World) -> None:
    with serving(world, api_token=SecretStr(TOKEN)) as site:
        for method, path in (
            ("GET", "/api/inbox"),
            ("POST", "/api/inbox/1/done"),
            ("POST", "/api/inbox/1/snooze"),
            ("DELETE", "/api/inbox/1/snooze"),
            ("POST", "/api/connections/news/look"),
        ):
            problem(site.client.request(method, path), 401)
        answer = site.client.get("/api/inbox", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.json() == {"items": [], "next": None}


def test_a_page_of_another_site_may_not_change_it(filled: Site) -> None:
    item = number(filled, "b")
    headers = {"Origin": "https://elsewhere.example"}
    problem(filled.client.post(f"/api/inbox/{item}/done", headers=headers), 403)
    problem(filled.client.post("/api/connections/news/look", headers=headers), 403)
    assert titles(filled, state="done") == []
