from __future__ import annotations

from pathlib import Path

import pytest

from heartbeat.errors import InvalidValueError
from heartbeat.outgoing import page_of
from heartbeat.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HEARTBEAT_OLLAMA_URL", "ftp://example.org"),
        ("HEARTBEAT_DATABASE_URL", "postgresql://localhost/x"),
        ("HEARTBEAT_DURABILITY", "sometimes"),
        ("HEARTBEAT_CHECKPOINTS_KEPT", "0"),
        ("HEARTBEAT_BEATS_KEPT", "-1"),
        ("HEARTBEAT_BEATS_KEPT_DAYS", "1"),
        ("HEARTBEAT_BEATS_KEPT_DAYS", "36501"),
        ("HEARTBEAT_DELIVERIES_KEPT_DAYS", "30"),
        ("HEARTBEAT_EVENTS_KEPT", "999"),
        ("HEARTBEAT_LEASE_SECONDS", "0"),
        ("HEARTBEAT_LEASE_SECONDS", "soon"),
        ("HEARTBEAT_MODEL_TIMEOUT", "0"),
        *(("HEARTBEAT_KEEP_ALIVE", value) for value in ("-2", "1d", "3600", "h", "30m1h", "-1m", "999999h")),
        ("HEARTBEAT_AGENT_NAME", "a b"),
        ("HEARTBEAT_AGENT_NAME", "é" * 41),
        ("HEARTBEAT_ENABLED", "maybe"),
    ],
)
def test_bad_value_names_variable_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidValueError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{variable}: {value!r} is not allowed; allowed: ")
    assert caught.value.field == variable


@pytest.mark.parametrize(
    ("value", "sent"),
    [("30m", "30m"), ("24h", "24h"), ("1h30m5s", "1h30m5s"), ("-1", -1), ("0", 0), ("", "1h")],
)
def test_how_long_the_model_stays_loaded(
    monkeypatch: pytest.MonkeyPatch, value: str, sent: int | str
) -> None:
    monkeypatch.setenv("HEARTBEAT_KEEP_ALIVE", value)
    assert load_settings().keep_alive == sent


def test_aliases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEARTBEAT_OLLAMA_URL")
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0")
    monkeypatch.setenv("CRT_OLLAMA_MODEL", "tiny:1b")
    monkeypatch.setenv("CRT_HEARTBEAT_ENABLED", "true")
    settings = load_settings()
    assert settings.ollama_url == "http://127.0.0.1:11434"
    assert settings.model == "tiny:1b"
    assert settings.enabled is True


def test_our_name_goes_before_the_alias(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://other:1")
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", "http://ours:2/")
    assert load_settings().ollama_url == "http://ours:2"


def test_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_HOME", "somewhere")
    assert load_settings().database_path == Path("somewhere/heartbeat.db")
    assert load_settings().checkpoints_path == Path("somewhere/checkpoints.db")
    monkeypatch.setenv("HEARTBEAT_DATABASE_URL", "sqlite:///other.db")
    assert load_settings().database_path == Path("other.db")


def test_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_API_TOKEN", "hunter2-hunter2")
    assert "hunter2" not in repr(load_settings())


@pytest.mark.parametrize("token", ["x", "hunter2", "elevenchars", "   elevenchars   "])
def test_a_token_that_is_guessed_or_cannot_be_sent(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("HEARTBEAT_API_TOKEN", token)
    with pytest.raises(InvalidValueError) as caught:
        load_settings()
    said = "HEARTBEAT_API_TOKEN: (hidden) is not allowed; allowed: at least 12 printable characters"
    assert str(caught.value).startswith(said)


def test_a_token_of_twelve_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_API_TOKEN", " twelve-chars\n")
    token = load_settings().api_token
    assert token is not None
    assert token.get_secret_value() == "twelve-chars"


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert Settings.allowed[name], name


def test_password_in_an_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_DATABASE_URL", "postgres://ann:hunter2@host/db")
    with pytest.raises(InvalidValueError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ("https://hb.example.org", "https://hb.example.org/beats/7"),
        ("https://hb.example.org/agent/", "https://hb.example.org/agent/beats/7"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765/beats/7"),
    ],
)
def test_a_link_leads_to_the_page_of_a_beat(given: str, page: str) -> None:
    assert page_of(load_settings(public_url=given).public_url, 7) == page


@pytest.mark.parametrize(
    "given",
    ["hb.example.org", "https://", "https://ann:hunter2@hb.example.org", "https://hb.example.org/?a=1"],
)
def test_what_no_page_can_be_added_to_is_refused(given: str) -> None:
    with pytest.raises(
        InvalidValueError, match=r"^HEARTBEAT_PUBLIC_URL: .*; allowed: http://\.\.\. or https"
    ):
        load_settings(public_url=given)


def test_without_the_setting_or_a_beat_there_is_no_link() -> None:
    assert page_of(None, 7) is None
    assert page_of("https://hb.example.org", None) is None
