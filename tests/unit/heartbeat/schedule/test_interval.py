from __future__ import annotations

from hashlib import sha256

import pytest

from heartbeat.schedule import Plan, parse_interval, parse_minute, parse_zone, phase

ACCEPTED: list[tuple[object, int]] = [
    ("90s", 90),
    ("30m", 1_800),
    ("1h30m", 5_400),
    ("4h", 14_400),
    ("1d", 86_400),
    (60, 60),
    (86_400, 86_400),
    ("60", 60),
]


@pytest.mark.parametrize(("text", "seconds"), ACCEPTED)
def test_intervals_as_people_write_them(text: object, seconds: int) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("value", [5, "5", 59, 86_401, "59s", "25h", "0m", 0, -60])
def test_out_of_range_names_the_bounds(value: object) -> None:
    with pytest.raises(ValueError, match=r"out of range; allowed: 60 to 86400 seconds"):
        parse_interval(value)


@pytest.mark.parametrize(
    "value", ["oops", "5 m", "1w", "-5m", "", float("nan"), "NaN", True, 1e3, "1e3", None, [], "30m1h"]
)
def test_no_interval_says_what_is(value: object) -> None:
    with pytest.raises(ValueError, match=r"is not an interval; allowed: 60 to 86400 seconds"):
        parse_interval(value)


@pytest.mark.parametrize("every", [60, 1_800, 86_399, 86_400])
def test_phase_is_the_first_four_bytes_of_the_hash(every: int) -> None:
    number = int(sha256(b"garden").hexdigest()[:8], 16)
    assert phase("garden", every) == number % every


def test_phases_spread_threads_over_the_interval() -> None:
    tenths = {phase(f"thread-{number}", 1_800) * 10 // 1_800 for number in range(200)}
    assert tenths == set(range(10))


class Hours:
    start, end = 480, 1_440


def test_plan_of_a_thread() -> None:
    assert Plan.of("garden", 1_800) == Plan(every=1_800, phase=phase("garden", 1_800))
    assert Plan.of("garden", 60, Hours(), "Asia/Shanghai") == Plan(
        every=60, phase=phase("garden", 60), start=480, end=1_440, zone="Asia/Shanghai"
    )


@pytest.mark.parametrize(
    ("hours", "always"), [((None, None), True), ((0, 1_440), True), ((0, 1_439), False), ((1, 0), False)]
)
def test_a_plan_knows_whether_it_ever_closes(hours: tuple[int | None, int | None], always: bool) -> None:
    assert Plan(60, 0, *hours).always is always


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ((480, 480), "480 to 480 is not a window"),
        ((1_440, 480), "1440 to 480 is not a window"),
        ((480, 1_470), "480 to 1470 is not a window"),
        ((-1, 480), "-1 to 480 is not a window"),
        ((480, None), "only one of start and end"),
        ((None, 480), "only one of start and end"),
    ],
)
def test_windows_that_are_none_are_refused(hours: tuple[int | None, int | None], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Plan(60, 0, *hours)


def test_other_fields_of_a_plan_are_checked_too() -> None:
    with pytest.raises(ValueError, match="not a known time zone"):
        Plan(60, 0, zone="Mars/Olympus")
    with pytest.raises(ValueError, match="phase 60 is out of range; allowed: 0 to 59"):
        Plan(60, 60)
    with pytest.raises(ValueError, match="out of range"):
        Plan.of("garden", 0)


def test_bounds_as_people_write_them() -> None:
    assert parse_minute("24:00", end=True) == 1_440
    assert parse_minute(8, end=False) == 480
    for value, end in [("24:00", False), ("24:30", True), ("08:60", True), (25, True), (True, True)]:
        with pytest.raises(ValueError, match="is not a time of day"):
            parse_minute(value, end=end)
    with pytest.raises(ValueError, match="not a known time zone"):
        parse_zone("Mars/Olympus")
