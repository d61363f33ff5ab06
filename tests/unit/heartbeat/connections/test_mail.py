"""The keys of a mailbox, and which mails of it are looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from heartbeat.connections.kinds import describe
from heartbeat.connections.mail import MailSpec
from heartbeat.connections.mail_fetch import MailFetch, Place
from heartbeat.errors import InvalidValueError
from heartbeat.fetching.imap_answers import Head
from heartbeat.vocabulary import ConnectionKind, KeyType

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEYS = {"host": "imap.example.org", "user": "ann@example.org", "password": "quick-brown-fox"}


def spec(**more: Any) -> MailSpec:
    return MailSpec.parse({**KEYS, **more})


def test_what_is_left_out_has_its_default() -> None:
    assert spec().shown() == {
        "host": "imap.example.org",
        "user": "ann@example.org",
        "mailbox": "INBOX",
        "from": [],
        "port": 993,
        "tls": True,
        "lan": False,
        "every": 1_800,
        "since": "now",
        "private": True,
    }
    assert "quick-brown-fox" not in repr(spec())


@pytest.mark.parametrize(
    ("given", "senders"),
    [
        ("school.example.com", ["school.example.com"]),
        (["Ann@Example.org", "@example.com"], ["ann@example.org", "example.com"]),
        ("München.de", ["münchen.de"]),
        ([], []),
    ],
)
def test_senders_are_addresses_and_domains(given: object, senders: list[str]) -> None:
    assert spec(**{"from": given}).shown()["from"] == senders


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("host", "imap.example.org/inbox"),
        ("host", "imaps://imap.example.org"),
        ("host", ""),
        ("port", 0),
        ("port", 70_000),
        ("port", "993"),
        ("user", "ann\r\nA1 LOGOUT"),
        ("user", " "),
        ("mailbox", "IN\x00BOX"),
        ("from", ["a b"]),
        ("from", ["Ann <ann@example.org>"]),
        ("from", 5),
        ("tls", "no"),
        ("tls", False),
        ("senders", ["ann@example.org"]),
    ],
)
def test_what_is_not_allowed(key: str, value: object) -> None:
    with pytest.raises(InvalidValueError, match=f"^{key}: .*allowed: ") as error:
        spec(**{key: value})
    assert "\n" not in str(error.value)


def test_a_password_is_never_told() -> None:
    with pytest.raises(InvalidValueError, match=r"^password: this value is not allowed") as error:
        spec(password="quick\nbrown")
    assert "brown" not in str(error.value)
    with pytest.raises(InvalidValueError, match=r"^password: it is missing"):
        MailSpec.parse({key: value for key, value in KEYS.items() if key != "password"})


def test_where_it_leads() -> None:
    assert spec().leads_to() == "ann@example.org at imap.example.org"
    assert spec(host="example.org", mailbox="Lists").leads_to() == "ann@example.org, Lists"


def test_what_the_form_asks_for() -> None:
    kind = describe(ConnectionKind.MAIL)
    keys = {each.key: each for each in kind.keys}
    assert [each.key for each in kind.keys if each.required] == ["host", "user", "password"]
    assert keys["password"].secret
    assert keys["from"].type == KeyType.LIST
    assert keys["private"].only_in_file
    assert not keys["lan"].only_in_file
    assert {"Gmail", "Outlook", "iCloud", "Fastmail"} == {guide.service for guide in kind.guides}


def test_without_the_library_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heartbeat.connections.mail.is_installed", lambda: False)
    assert (describe(ConnectionKind.MAIL).missing or "").endswith("pip install 'langgraph-heartbeat[mail]'.")
    with pytest.raises(InvalidValueError, match=r"^kind: the library for mail is not installed"):
        spec().fetch("mail", None)  # type: ignore[arg-type] # which needs no site


def test_what_is_kept_for_the_next_look_is_read_again_as_it_was() -> None:
    place = Place(
        validity=1, uid=7, upto=5, began=NOW, looked=NOW + timedelta(hours=1), oldest=None, moved=True
    )
    assert Place.model_validate(place.model_dump(mode="json")) == place


def test_the_first_look_is_silent_unless_since_says_otherwise() -> None:
    for since, oldest in (({}, NOW), ({"since": "all"}, None), ({"since": "7d"}, NOW - timedelta(days=7))):
        fetch = spec(**since).fetch("mail", None)  # type: ignore[arg-type] # which needs no site
        assert isinstance(fetch, MailFetch)
        assert fetch.oldest(NOW) == oldest


@pytest.mark.parametrize(
    ("senders", "line", "wanted"),
    [
        (["ann@example.org"], "Ann <Ann@Example.org>", True),
        (["example.org"], "ann@mail.example.org", True),
        (["example.org"], "ann@evilexample.org", False),
        (["ann@example.org"], "ann@example.org <evil@x.org>", False),
        (["ann@example.org"], "<ann@example.org>evil@x.org", False),
        (["ann@example.org"], '"ann@example.org" <evil@x.org>', False),
        (["ann@example.org"], "ann@example.org, evil@x.org", False),
        (["münchen.de"], "amt@xn--mnchen-3ya.de", True),
        (["amt@xn--mnchen-3ya.de"], "Amt <amt@MÜNCHEN.de>", True),
        (["example.org"], "", False),
    ],
)
def test_only_mails_of_the_senders_are_wanted(senders: list[str], line: str, wanted: bool) -> None:
    fetch = spec(**{"from": senders}).fetch("mail", None)  # type: ignore[arg-type] # which needs no site
    assert isinstance(fetch, MailFetch)
    head = Head(1, 100, NOW, f"From: {line}\r\n\r\n".encode())
    assert fetch.is_wanted(head, Place(validity=1, uid=0, upto=0, began=None, looked=NOW)) is wanted
