"""Names of hosts as people write them: each counts as it is meant, or is refused."""

from __future__ import annotations

import pytest

from heartbeat.errors import InvalidValueError
from heartbeat.hosts import is_loopback
from heartbeat.settings import load_settings


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("hb.example.org", ["hb.example.org"]),
        ("hb.example.org:8443", ["hb.example.org"]),
        ("https://hb.example.org", ["hb.example.org"]),
        ("HTTP://HB.Example.ORG:8443/", ["hb.example.org"]),
        ("hb.example.org.", ["hb.example.org"]),
        (
            " a.example ,b.example,, c.example\nd.example ",
            ["a.example", "b.example", "c.example", "d.example"],
        ),
        ("Bücher.example", ["xn--bcher-kva.example"]),
        ("XN--bcher-kva.example", ["xn--bcher-kva.example"]),
        ("straße.example", ["xn--strae-oqa.example"]),
        ("[::1]", ["::1"]),
        ("[2001:DB8::0:1]:8443 2001:db8::2", ["2001:db8::1", "2001:db8::2"]),
        ("192.168.1.5:80", ["192.168.1.5"]),
        ("heart_beat", ["heart_beat"]),
        (",", []),
    ],
)
def test_names_that_count(monkeypatch: pytest.MonkeyPatch, value: str, names: list[str]) -> None:
    monkeypatch.setenv("HEARTBEAT_ALLOWED_HOSTS", value)
    assert list(load_settings().allowed_hosts) == names


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "*.example.org",
        ".example.org",
        "https://hb.example.org/heartbeat",
        "hb.example.org/heartbeat",
        "ftp://hb.example.org",
        "ann@hb.example.org",
        "hb.example.org:port",
        "hb.example.org:99999",
        "a;b",
        '["a.example"]',
        "a..example",
        "-a.example",
        "☃.example",
        "127.1",
        "2130706433",
        "10.0.0.0/8",
        "[::1",
        "fe80::1%eth0",
        f"{'a' * 64}.example",
    ],
)
def test_names_that_can_never_match(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HEARTBEAT_ALLOWED_HOSTS", f"good.example,{value}")
    with pytest.raises(InvalidValueError) as caught:
        load_settings()
    assert str(caught.value).startswith(
        f"HEARTBEAT_ALLOWED_HOSTS: {value.replace('ann@', '[secret]@')!r:.80} is not allowed; allowed: names"
    )


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        ("https://Friend.example/", ["https://friend.example"]),
        (
            "HTTPS://friend.example:443 http://localhost:5173",
            ["https://friend.example", "http://localhost:5173"],
        ),
        ("https://bücher.example:8443", ["https://xn--bcher-kva.example:8443"]),
        ("http://[::1]:80,chrome-extension://abcdef", ["http://[::1]", "chrome-extension://abcdef"]),
    ],
)
def test_origins_that_count(monkeypatch: pytest.MonkeyPatch, value: str, origins: list[str]) -> None:
    monkeypatch.setenv("HEARTBEAT_CORS_ORIGINS", value)
    assert list(load_settings().cors_origins) == origins


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "null",
        "friend.example",
        "https://friend.example/app",
        "https://*.friend.example",
        "file://",
        "https://",
    ],
)
def test_origins_that_can_never_match(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HEARTBEAT_CORS_ORIGINS", value)
    with pytest.raises(
        InvalidValueError, match=r"HEARTBEAT_CORS_ORIGINS: .* is not allowed; allowed: origins"
    ):
        load_settings()


@pytest.mark.parametrize(
    ("value", "host"),
    [("[::1]", "::1"), (" LOCALHOST ", "localhost"), ("0.0.0.0", "0.0.0.0"), ("box.example.", "box.example")],
)
def test_addresses_to_listen_on(monkeypatch: pytest.MonkeyPatch, value: str, host: str) -> None:
    monkeypatch.setenv("HEARTBEAT_HOST", value)
    assert load_settings().host == host


@pytest.mark.parametrize("value", ["127.0.0.1:8765", "http://127.0.0.1", "*", "127.0.0.1,::1", "a b"])
def test_what_is_no_address_to_listen_on(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HEARTBEAT_HOST", value)
    with pytest.raises(InvalidValueError, match=r"HEARTBEAT_HOST: .* is not allowed; allowed: an address"):
        load_settings()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("hb.localhost", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost.example", False),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("xn--bcher-kva.example", False),
    ],
)
def test_which_hosts_are_this_machine_alone(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
