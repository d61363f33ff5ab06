"""What each kind of connection asks for is derived from its spec."""

from __future__ import annotations

import pytest

from heartbeat.connections.guides import MAILBOXES, Guide, remedy
from heartbeat.connections.kinds import Kind, all_kinds, describe
from heartbeat.connections.making import CONFIGURABLE, SPECS
from heartbeat.notice import foreign
from heartbeat.vocabulary import ConnectionKind, KeyType


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.kind)
def test_every_key_of_a_kind_is_described_once_and_what_is_demanded_comes_first(kind: Kind) -> None:
    spec = SPECS[kind.kind]
    schema = spec.model_json_schema()
    names = [each.key for each in kind.keys]
    assert sorted(names) == sorted(schema["properties"])
    assert {each.key for each in kind.keys if each.required} == set(schema.get("required", ()))
    assert {each.key for each in kind.keys if each.secret} == spec.secret_keys
    first = len({*schema.get("required", ()), *kind.one_of})
    assert {each.key for each in kind.keys[:first]} == {*schema.get("required", ()), *kind.one_of}


def test_all_kinds_that_can_be_configured_are_described() -> None:
    assert [each.kind for each in all_kinds()] == list(CONFIGURABLE)


def test_types_choices_and_defaults_are_those_of_the_fields() -> None:
    calendar = {each.key: each for each in describe(ConnectionKind.CALENDAR).keys}
    assert (calendar["days"].type, calendar["days"].default) == (KeyType.NUMBER, 7)
    assert (calendar["every"].type, calendar["every"].default) == (KeyType.SPAN, 1_800)
    assert calendar["url"].secret
    assert calendar["lan"].only_in_file
    assert calendar["private"].only_in_file
    apprise = {each.key: each for each in describe(ConnectionKind.APPRISE).keys}
    assert (apprise["reach"].type, list(apprise["reach"].choices)) == (KeyType.CHOICE, ["owner", "public"])
    assert apprise["reach"].fixed
    assert apprise["repeat"].type == KeyType.BOOLEAN
    feed = describe(ConnectionKind.FEED)
    assert feed.one_of == ("url", "path")
    assert not feed.private
    assert not next(each for each in feed.keys if each.key == "private").only_in_file


def test_a_kind_whose_library_is_not_installed_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("heartbeat.connections.calendar.is_installed", lambda: False)
    assert "pip install 'langgraph-heartbeat[calendar]'" in (describe(ConnectionKind.CALENDAR).missing or "")
    assert describe(ConnectionKind.FEED).missing is None


def test_a_refused_login_of_a_known_service_has_a_remedy() -> None:
    assert "app password" in (remedy(MAILBOXES, "host", "IMAP.gmail.com") or "")
    assert remedy(MAILBOXES, "host", "mail.example.org") is None


@pytest.mark.parametrize("guide", MAILBOXES, ids=lambda guide: guide.service)
def test_a_notice_about_a_refused_login_has_room_for_its_remedy(guide: Guide) -> None:
    host = guide.values["host"]
    refused = f"{host} refuses the password of {'a' * 40}@example.org. {remedy(MAILBOXES, 'host', host)}"
    assert guide.url in foreign(refused)
