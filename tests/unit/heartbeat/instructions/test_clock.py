from __future__ import annotations

import pytest

from heartbeat.instructions import CLOCK_TIME, clock_time_lines, parse


@pytest.mark.parametrize(
    "line",
    [
        "Post at 9:00",
        "Every morning at 8am",
        "At 5:30 p.m. sharp",
        "Quiet from 09:00–17:00",
        "Quiet from 23:00-07:00",
        "(~09:00 UTC)",
        "Stop at 10:30:00",
        "At nine o’clock",
        "Remind me at noon",
        "Every evening, look back",
        "Daily at 9",
        "On Mondays at 10",
        "Um 9 Uhr",
        "Um 9.30 Uhr",
        "Om 9 uur",
        "À 9h",
        "Vers 18h30",
        "A las 9",
        "Às 9h",
        "Alle 9",
        "В 9 утра",
        "Pukul 9",
        "الساعة 9",
        "每天 9 点",
        "每天早上九点",
        "9時に確認",
        "오전 9시",
    ],
)
def test_a_clock_time_is_seen(line: str) -> None:
    assert clock_time_lines(f"nothing\n{line}\nnothing") == (2,)


@pytest.mark.parametrize(
    "line",
    [
        "Every 30 minutes",
        "Every 2h, or 1h30m",
        "In 5 Minuten",
        "Nach 24 Stunden",
        "每 4小时",
        "24時間以内",
        "3 点建议",
        "9시간마다",
        "16:9 video",
        "localhost:8317",
        "2026-02-25T17:00:00Z",
        "00:11:22:33:44:55",
        "UTC+05:30",
        "I am here",
        "Look at 3 posts",
        "8 amps",
        "Version 1.20",
    ],
)
def test_a_duration_or_a_number_is_no_clock_time(line: str) -> None:
    assert clock_time_lines(line) == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_from_one_for_any_line_end(end: str) -> None:
    assert clock_time_lines(end.join(["at 9:00", "", "at 10:00"])) == (1, 3)


def test_parse_warns_where_the_model_would_read_a_clock_time() -> None:
    found = parse(
        "---\nupdated: 09:00\n---\n"
        "## Every morning at 8am\n"
        "- Look around\n"
        "<!-- at 9:00 -->\n"
        "```\nat 10:00\n```\n"
        "- Post at 11:00\n"
        "\ntasks:\n- name: a\n  interval: 1d\n  prompt: Plan for 12:00.\n"
    )

    assert [(remark.line, remark.message) for remark in found.warnings] == [(4, CLOCK_TIME), (10, CLOCK_TIME)]


def test_an_empty_text_has_no_clock_times() -> None:
    assert parse("# Every morning at 8am\n").warnings == ()
