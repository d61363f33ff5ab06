"""Calendars as they are found: recurrences and their exceptions, zones, a week of a clock change, what is broken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from ical.calendar_stream import CalendarStream

from heartbeat.connections.calendar_fetch import CalendarFetch
from heartbeat.connections.calendar_rules import Window, occurrences
from heartbeat.connections.document import Document
from heartbeat.fetching import FetchedItem, FetchError, FetchResult
from heartbeat.fetching.http import Web
from heartbeat.store import inbox
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.web import Answer, WebServer, web_server
from tests.support.world import World

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
OWN_ZONE = """BEGIN:VTIMEZONE
TZID:My Zone
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
SERIES = (
    "DTSTART;TZID=Europe/Berlin:20261005T090000\nDTEND;TZID=Europe/Berlin:20261005T093000\nRRULE:FREQ=DAILY"
)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as found:
        yield found


def event(uid: str, *lines: str) -> str:
    return "\n".join(
        ("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261001T000000Z", f"SUMMARY:{uid}", *lines, "END:VEVENT")
    )


def calendar(*events: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y\n{head}" + "\n".join((*events, "END:VCALENDAR\n"))


def fetch(server: WebServer, text: str, *, now: datetime = NOW, zone: str | None = None) -> FetchResult:
    server.answer = lambda _: Answer(body=text.encode(), headers={"Content-Type": "text/calendar"})
    return CalendarFetch(Document(server.url, None, Web(lan=True)), 7, zone).fetch(now, {}, 60)


def starts(items: list[FetchedItem] | FetchResult) -> list[str]:
    found = items.items if isinstance(items, FetchResult) else items
    return [f"{each.title} {each.due_at:%d %H:%M}" for each in found if each.due_at is not None]


def counted_both_ways(text: str) -> tuple[list[tuple[datetime, str]], list[tuple[datetime, str]]]:
    """Return the occurrences of one event in a week of a clock change and what follows, and those of the library."""
    now = datetime(2026, 10, 23, 12, tzinfo=UTC)
    window = Window(now, now + timedelta(days=20), ZoneInfo("Europe/Berlin"))
    found = CalendarStream.from_ics(text).calendars[0]
    if not isinstance(found.events[0].start, datetime):
        window = window.of_days()
    expected = [
        (window.instant(each.start), str(each.recurrence_id))
        for each in found.timeline_tz(window.zone).overlapping(window.begin, window.end)
    ]
    counted = occurrences(
        found.events[0], (), Window(now, now + timedelta(days=20), ZoneInfo("Europe/Berlin"))
    )
    return [(each.starts, each.name or "") for each in counted], expected


def test_a_series_with_exceptions_and_a_moved_instance(server: WebServer) -> None:
    found = fetch(
        server,
        calendar(
            event("team", SERIES, "EXDATE;TZID=Europe/Berlin:20261104T090000"),
            event("team", "RECURRENCE-ID;TZID=Europe/Berlin:20261105T090000", "DTSTART:20261105T140000Z"),
        ),
    )
    assert starts(found) == [
        "team 03 08:00",
        "team 05 14:00",
        "team 06 08:00",
        "team 07 08:00",
        "team 08 08:00",
        "team 09 08:00",
    ]
    assert {each.parent for each in found.items} == {"team"}
    assert len({each.external_id for each in found.items}) == 6


@pytest.mark.parametrize(
    "name", ["RECURRENCE-ID;TZID=Europe/Berlin:20261104T090000", "RECURRENCE-ID:20261104T080000Z"]
)
def test_a_cancelled_instance_is_told_and_not_due(server: WebServer, name: str) -> None:
    text = calendar(
        event("team", SERIES), event("team", name, "DTSTART:20261104T080000Z", "STATUS:CANCELLED")
    )
    found = fetch(server, text)
    assert "team 04 08:00" not in starts(found)
    assert [each.title for each in found.items if each.due_at is None] == ["Cancelled: team"]
    before = fetch(server, calendar(event("team", SERIES)))
    assert {each.external_id for each in found.items} == {each.external_id for each in before.items}


def test_instants_beside_a_rule(server: WebServer) -> None:
    text = calendar(
        event("extra", "DTSTART:20261101T090000Z", "RRULE:FREQ=WEEKLY;COUNT=2", "RDATE:20261104T100000Z")
    )
    assert starts(fetch(server, text)) == ["extra 04 10:00", "extra 08 09:00"]


@pytest.mark.parametrize("zone", [None, "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_all_day_events_are_on_their_dates_whatever_the_zone_of_the_calendar_is(
    server: WebServer, zone: str | None
) -> None:
    text = calendar(
        event("fair", "DTSTART;VALUE=DATE:20261102", "DTEND;VALUE=DATE:20261105"),
        event("birthday", "DTSTART;VALUE=DATE:19801105", "RRULE:FREQ=YEARLY"),
    )
    found = fetch(server, text, zone=zone)
    assert starts(found) == ["fair 02 00:00", "birthday 05 00:00"]
    assert [each.ends_at for each in found.items] == [datetime(2026, 11, day, tzinfo=UTC) for day in (5, 6)]
    assert [each.all_day for each in found.items] == [True, True]


@pytest.mark.parametrize(("hour", "is_there"), [(11, True), (13, False)])
def test_a_day_is_there_until_it_is_over_in_the_west(server: WebServer, hour: int, is_there: bool) -> None:
    now = datetime(2026, 11, 3, hour, tzinfo=UTC)
    text = calendar(
        event("one", "DTSTART;VALUE=DATE:20261102"),
        event("each", "DTSTART;VALUE=DATE:20261001", "RRULE:FREQ=DAILY;UNTIL=20261102"),
    )
    assert starts(fetch(server, text, now=now)) == (["one 02 00:00", "each 02 00:00"] if is_there else [])


@pytest.mark.parametrize(
    ("start", "head", "zone", "expected"),
    [
        ("DTSTART;TZID=Europe/Berlin:20261103T090000", "", None, "03 08:00"),
        ("DTSTART;TZID=W. Europe Standard Time:20261103T090000", "", None, "03 08:00"),
        ("DTSTART;TZID=My Zone:20261103T090000", OWN_ZONE, None, "03 08:00"),
        ("DTSTART:20261103T090000", "X-WR-TIMEZONE:America/New_York\n", None, "03 14:00"),
        ("DTSTART:20261103T090000", "X-WR-TIMEZONE:America/New_York\n", "Europe/Berlin", "03 14:00"),
        ("DTSTART:20261103T090000", "X-WR-TIMEZONE:Nowhere\n", None, "03 09:00"),
        ("DTSTART:20261103T090000", "", None, "03 09:00"),
    ],
)
def test_time_zones(server: WebServer, start: str, head: str, zone: str | None, expected: str) -> None:
    assert starts(fetch(server, calendar(event("z", start), head=head), zone=zone)) == [f"z {expected}"]


def test_a_series_keeps_its_local_time_when_the_clocks_change(server: WebServer) -> None:
    found = fetch(server, calendar(event("team", SERIES)), now=datetime(2026, 10, 23, 12, tzinfo=UTC))
    assert starts(found)[:3] == ["team 24 07:00", "team 25 08:00", "team 26 08:00"]


def test_events_that_cannot_be_read_are_left_out_alone(server: WebServer) -> None:
    found = fetch(
        server,
        calendar(
            event("fine", "DTSTART:20261103T090000Z"),
            event("odd", "DTSTART:nonsense"),
            event("endless", "DTSTART;TZID=Nowhere:20261103T090000"),
            event("startless"),
            event("old", "DTSTART;TZID=Europe/Berlin:00010101T000000", "RRULE:FREQ=YEARLY"),
            event("second", "DTSTART:19700101T000000Z", "RRULE:FR\n EQ=SECONDLY"),
            event(
                "grid",
                "DTSTART:20200101T000000Z",
                f"RRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))};BYMINUTE={','.join(map(str, range(60)))}",
            ),
            event("never", "DTSTART:20200101T000000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        ),
    )
    assert starts(found) == ["fine 03 09:00"]
    assert [each.partition(")")[0].partition("(")[2] for each in found.problems] == [
        "odd",
        "endless",
        "startless",
        "old",
        "second",
        "grid",
    ]
    assert found.problems[2] == "An event that cannot be read was left out (startless): it has no start"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO,WE,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
        "FREQ=MONTHLY;BYDAY=1TU,-1SU",
        "FREQ=YEARLY;BYWEEKNO=45;BYDAY=WE",
        "FREQ=HOURLY;INTERVAL=7",
    ],
)
def test_rules_are_counted_as_the_library_counts_them(rule: str) -> None:
    text = calendar(event("e", "DTSTART;TZID=Europe/Berlin:20260705T083000", f"RRULE:{rule}"))
    counted, expected = counted_both_ways(text)
    assert counted == expected
    assert counted


@pytest.mark.parametrize(
    "rule",
    [
        *(f"FREQ={freq};BYMONTH=2;BYMONTHDAY=30" for freq in ("YEARLY", "MONTHLY", "DAILY", "HOURLY")),
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=1;BYSETPOS=3",
        "FREQ=WEEKLY;BYMONTH=2;BYDAY=MO;BYSETPOS=2",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=DAILY;INTERVAL=1000000000",
    ],
)
def test_a_rule_that_no_day_fits_ends_soon_after_the_window(rule: str) -> None:
    asked = count(0)
    window = Window(NOW, NOW + timedelta(days=7), UTC)
    found = CalendarStream.from_ics(
        calendar(event("never", "DTSTART:20200105T000000Z", f"RRULE:{rule}"))
    ).calendars[0]
    assert occurrences(found.events[0], (), window, lambda: next(asked) / 1e9) == []
    assert next(asked) < 400, "it makes few steps"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=SECONDLY", "it recurs too often"),
        ("FREQ=SECONDLY;COUNT=1000000000", "it recurs too often"),
        ("FREQ=MINUTELY;INTERVAL=5", "it recurs too often"),
        (
            "FREQ=YEARLY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23"
            f";BYMINUTE={','.join(map(str, range(60)))};BYSECOND=0,1",
            "it recurs too often",
        ),
    ],
)
def test_a_rule_that_is_endless_is_left_out_alone(server: WebServer, rule: str, said: str) -> None:
    found = fetch(
        server,
        calendar(
            event("fine", "DTSTART:20261103T090000Z"),
            event("much", "DTSTART:19800101T000000Z", f"RRULE:{rule}"),
        ),
    )
    assert starts(found) == ["fine 03 09:00"]
    assert found.problems == [f"An event that cannot be read was left out (much): {said}"]


def test_a_fetch_ends_within_its_time_and_deletes_nothing_then(server: WebServer) -> None:
    text = calendar(*(event(f"e{i}", "DTSTART:20261103T090000Z", "RRULE:FREQ=DAILY") for i in range(1_200)))
    ticks = count(0)
    server.answer = lambda _: Answer(body=text.encode())
    document = Document(server.url, None, Web(lan=True))
    found = CalendarFetch(document, 1, monotonic=lambda: float(next(ticks))).fetch(NOW, {}, 60)
    assert not found.is_whole
    assert found.memo == {}, "the next look reads it anew"
    assert 0 < len(found.items) < 1_200
    assert found.problems[0].startswith("Reading the calendar took too long: ")


def test_two_events_of_one_name_are_both_seen(server: WebServer) -> None:
    found = fetch(
        server, calendar(event("w", "DTSTART:20261103T090000Z"), event("w", "DTSTART:20261103T110000Z"))
    )
    assert starts(found) == ["w 03 09:00", "w 03 11:00"]
    assert len({each.external_id for each in found.items}) == 2


def test_a_calendar_of_5_000_events(server: WebServer) -> None:
    days = [NOW + timedelta(hours=i - 2_500) for i in range(5_000)]
    found = fetch(
        server, calendar(*(event(f"e{i}", f"DTSTART:{day:%Y%m%dT%H%M%SZ}") for i, day in enumerate(days)))
    )
    assert starts(found)[:2] == ["e2500 02 12:00", "e2501 02 13:00"]
    assert len(found.items) == 7 * 24 + 6
    assert found.is_whole


def test_what_is_no_calendar_is_told_in_a_sentence(server: WebServer) -> None:
    with pytest.raises(FetchError, match=r"^What is there is no calendar; give the address of an iCal file"):
        fetch(server, "<html></html>")


def test_changed_cancelled_and_deleted_events(world: World, server: WebServer) -> None:
    def show(*events: str) -> str:
        server.answer = lambda _: Answer(body=calendar(*events).encode())
        return look(world)["days"].sentence

    connect(world, server)
    assert show(event("a", "DTSTART:20261103T090000Z")) == "Looked: 1 new, 0 changed, 0 gone."
    assert show(event("a", "DTSTART:20261103T090000Z")) == "Looked: 0 new, 0 changed, 0 gone."
    assert show(event("a", "DTSTART:20261103T100000Z")) == "Looked: 0 new, 1 changed, 0 gone."
    cancelled = show(event("a", "DTSTART:20261103T100000Z", "STATUS:CANCELLED"))
    assert cancelled == "Looked: 0 new, 1 changed, 0 gone."
    assert show() == "Looked: 0 new, 0 changed, 1 gone."


def test_a_calendar_that_has_not_changed_is_looked_at_anew_as_time_goes_on(
    world: World, server: WebServer
) -> None:
    body = calendar(event("a", "DTSTART:20261110T090000Z")).encode()
    server.answer = lambda asked: (
        Answer(304) if "if-none-match" in asked.headers else Answer(body=body, headers={"ETag": '"1"'})
    )
    connect(world, server)
    for _ in range(48):
        look(world)
        world.clock.move(hours=1)
    assert [row.external_id for row in world.store.read(inbox.page)] == ["a"]
    assert len([each for each in server.asked if "if-none-match" in each.headers]) > 30


def test_without_the_library_only_the_calendar_is_faulty(
    world: World, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ical", None)
    connect(world, server)
    with world.settings.connections_path.open("a") as file:
        file.write('\n[news]\nkind = "feed"\nurl = "https://news.example/feed"\n')
    found = world.services.connections.get("days")
    assert found.problem == (
        "kind: the library for calendars is not installed; "
        "install it with: pip install 'langgraph-heartbeat[calendar]'"
    )
    assert list(world.services.connections.looked_at()) == ["news"]


def test_the_path_of_an_address_is_told_nowhere(world: World, server: WebServer) -> None:
    server.answer = lambda asked: (
        Answer(302, headers={"Location": "/private-4711/b.ics"}) if asked.path == "/a" else Answer(404)
    )
    connect(world, server)
    assert look(world)["days"].failed == f"{server.url} is not there (status 404); check the address."
    row = world.store.read(inbox.all_looks)["days"]
    assert "4711" not in str(row.said)


def test_a_webcal_address_is_fetched_by_https(world: World) -> None:
    world.settings.connections_path.write_text(
        '[days]\nkind = "calendar"\nurl = "webcal://days.invalid/a.ics"\n'
    )
    said = look(world)["days"].failed
    assert said is not None
    assert said.startswith("There is no host days.invalid")


def connect(world: World, server: WebServer) -> None:
    world.settings.connections_path.write_text(
        f'[days]\nkind = "calendar"\nurl = "{server.url}/a"\nlan = true\n'
    )
