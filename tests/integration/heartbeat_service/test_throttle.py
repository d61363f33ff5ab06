"""Guesses of a secret: counted by caller, with a clock of the test."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from heartbeat_service.http.proxies import client_of
from heartbeat_service.http.security import same
from heartbeat_service.throttle import BURST, BURST_OF_ALL, CALLERS, EVERY, Throttle


def exhausted(throttle: Throttle, caller: str, now: float) -> int:
    """Guess until nothing is looked at any more; return how many were."""
    for number in range(1_000):
        if throttle.wait(caller, now):
            return number
        throttle.wrong(caller, f"guess {number} at {now}", now)
    raise AssertionError("nothing ends it")


def test_guesses_come_back_one_by_one() -> None:
    throttle = Throttle()
    assert exhausted(throttle, "a", 0) == BURST
    assert throttle.wait("a", 0) == EVERY
    assert throttle.wait("a", 0.5) == EVERY
    assert throttle.wait("a", EVERY) == 0
    assert exhausted(throttle, "a", EVERY) == 1
    assert exhausted(throttle, "a", EVERY + BURST * EVERY * 10) == BURST


def test_asking_costs_nothing() -> None:
    throttle = Throttle()
    exhausted(throttle, "a", 0)
    for second in range(9):
        assert throttle.wait("a", second) == EVERY - second
    assert throttle.wait("a", EVERY) == 0


def test_a_clock_that_is_set_back() -> None:
    throttle = Throttle()
    exhausted(throttle, "a", 1_000_000)
    assert throttle.wait("a", 0) == EVERY
    assert throttle.wait("a", EVERY) == 0


def test_the_right_secret_gives_no_guesses_back() -> None:
    throttle = Throttle()
    for number in range(BURST):
        throttle.wrong("a", f"guess {number}", 0)
        throttle.right("a")
    assert throttle.wait("a", 0) == EVERY


def test_memory_is_bounded() -> None:
    throttle = Throttle()
    for number in range(3 * CALLERS):
        throttle.wrong(f"caller {number}", "x" * 100_000, number)
        throttle.wrong("a", f"guess {number}", number)
    assert len(throttle._callers) == CALLERS
    assert len(throttle._callers["a"].values) < BURST


def test_all_together_have_some_more() -> None:
    throttle = Throttle()
    looked_at = sum(exhausted(throttle, f"caller {number}", 0) for number in range(BURST_OF_ALL))
    assert looked_at == BURST_OF_ALL
    assert throttle.wait("somebody new", 0) == 1
    assert throttle.wait("somebody new", 1) == 0


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", "203.0.113.7", "203.0.113.7"),  # 192.0.2.0/24 is nobody's
        ("8.8.8.8", "203.0.113.7", "8.8.8.8"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.2", "203.0.113.7:4711", "203.0.113.7"),
        ("::1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2600:1:2:3:4::5", None, "2600:1:2:3::/64"),
        ("::ffff:8.8.8.8", None, "8.8.8.8"),
        ("127.0.0.1", "no address", "unknown"),
        (None, "203.0.113.7", "203.0.113.7"),
        (None, None, "unknown"),
    ],
)
def test_who_is_counted(peer: str | None, forwarded: str | None, caller: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None}
    assert client_of(Request(scope)) == caller


@pytest.mark.parametrize(
    ("given", "expected"), [("geheim ✓", True), ("geheim", False), ("", False), ("geheim ✓\ud800", False)]
)
def test_secrets_are_the_same(given: str, expected: bool) -> None:
    assert same(given, "geheim ✓") is expected
