"""Values of the environment as shells, env files, quotes and Kubernetes leave them, for every setting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from heartbeat.environment import variables_of
from heartbeat.errors import InvalidValueError
from heartbeat.settings import Settings, load_settings

VALUES = {
    "home": "here",
    "instructions": "/srv/HEARTBEAT.md",
    "prompts": "words",
    "connections": "doors.toml",
    "folders": "/srv/notes",
    "plugins": "weather",
    "database_url": "sqlite:///a.db",
    "checkpoints": "c.db",
    "durability": "sync",
    "checkpoints_kept": "5",
    "beats_kept": "50",
    "beats_kept_days": "7",
    "deliveries_kept": "60",
    "deliveries_kept_days": "40",
    "events_kept": "2000",
    "inbox_kept_days": "30",
    "ollama_url": "http://gpu-box:8080",
    "ollama_login": "ann:hunter2hunter2",
    "ollama_api_key": "key-of-the-proxy",
    "model": "qwen2.5:7b",
    "reader_model": "qwen2.5:14b",
    "model_timeout": "30",
    "keep_alive": "30m",
    "decision": "plan",
    "triage": "false",
    "max_judgements": "7",
    "make_up_seconds": "2700",
    "agent_name": "robin",
    "lease_seconds": "60",
    "concurrency": "2",
    "poll_seconds": "1",
    "beat_timeout": "100",
    "drain_seconds": "3",
    "host": "127.0.0.2",
    "port": "8888",
    "allowed_hosts": "beats.example.org",
    "cors_origins": "https://example.org",
    "enabled": "true",
    "api_token": "0123456789abcdef",
    "notify": "json://example.org",
    "webhook_url": "https://example.org/hook",
    "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "public_url": "https://hb.example.org",
    "log_format": "json",
    "log_level": "ERROR",
}
VARIABLES = [
    (name, variable)
    for name, field in Settings.model_fields.items()
    for variable in variables_of(field, name)
]


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for _, variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_every_setting_is_tried_here() -> None:
    assert set(VALUES) >= set(Settings.model_fields)


ADORNED = {
    "Windows line end": "{}\r",
    "line end": "{}\n",
    "spaces": "  {} \t",
    "byte order mark": "\ufeff{}",
    "no-break space": "{}\u00a0",
    "zero width space": "{}\u200b",
    "double quotes": '"{}"',
    "single quotes": "'{}'",
    "quotes and line end": '"{}"\r\n',
    "spaces within quotes": '" {} "',
}


@pytest.mark.parametrize(("name", "variable"), VARIABLES)
def test_what_surrounds_a_value_is_no_part_of_it(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    monkeypatch.setenv(variable, VALUES[name])
    plain = getattr(load_settings(), name)
    assert plain != Settings.model_fields[name].default
    for adornment, adorned in ADORNED.items():
        monkeypatch.setenv(variable, adorned.format(VALUES[name]))
        assert getattr(load_settings(), name) == plain, adornment


UNSET = {
    "empty": "",
    "blank": " \t ",
    "carriage return": "\r",
    "empty quotes": '""',
}
SERVICES = {
    "service": "tcp://10.0.0.5:8765",
    "service over UDP": "udp://10.96.0.10:53",
    "service in IPv6": "tcp://[fd00::5]:8765\r",
}


@pytest.mark.parametrize(("name", "variable"), VARIABLES)
def test_a_value_that_says_nothing_is_no_value(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    for said, value in UNSET.items():
        monkeypatch.setenv(variable, value)
        assert getattr(load_settings(), name) == getattr(Settings.model_construct(), name), said


@pytest.mark.parametrize("value", SERVICES.values(), ids=SERVICES)
def test_the_address_of_a_service_is_no_port(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HEARTBEAT_PORT", value)
    assert load_settings().port == Settings.model_fields["port"].default


@pytest.mark.parametrize(
    "variable",
    ["OLLAMA_HOST", "HEARTBEAT_OLLAMA_URL", "HEARTBEAT_HOST", "HEARTBEAT_WEBHOOK_URL", "HEARTBEAT_HOME"],
)
def test_the_address_of_a_service_is_refused_where_nobody_but_a_person_sets_it(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, SERVICES["service"])
    with pytest.raises(InvalidValueError, match=variable):
        load_settings()


FORBIDDEN = [
    ("{}\x01b", "a control character (U+0001)"),
    ("{}\x1b[31mb", "a control character (U+001B)"),
    ("{}\x7fb", "a control character (U+007F)"),
    ("{}\u2028b", "a control character (U+2028)"),
    ("{}\udcffb", "a byte that is not UTF-8"),
    ('"{}', "at one end only"),
    ("{}'", "at one end only"),
    ('"', "at one end only"),
    ("${{NOT_FILLED}}", "nothing has filled in"),
    ("${{NOT_FILLED:-{}}}", "nothing has filled in"),
    ("$(NOT_FILLED)", "nothing has filled in"),
    ("$NOT_FILLED", "nothing has filled in"),
]
SECRETS = {"api_token", "notify", "webhook_url", "webhook_secret", "ollama_login", "ollama_api_key"}


@pytest.mark.parametrize(("name", "variable"), VARIABLES)
def test_what_no_value_may_hold_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    for form, said in FORBIDDEN:
        monkeypatch.setenv(variable, form.format(VALUES[name]))
        with pytest.raises(InvalidValueError) as caught:
            load_settings()
        message = str(caught.value)
        assert message.startswith(f"{variable}: "), form
        assert said in message
        assert message.isprintable(), form
        assert message.endswith(f"allowed: {Settings.allowed[name]}")
        assert caught.value.field == variable
        assert name not in SECRETS or VALUES[name] not in message


@pytest.mark.parametrize("name", ["home", "instructions", "prompts", "plugins", "model", "webhook_secret"])
@pytest.mark.parametrize("end", ["\r", "\n", "\t"])
def test_white_space_that_ends_a_line_within_a_value_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, end: str
) -> None:
    monkeypatch.setenv(f"HEARTBEAT_{name.upper()}", f"a{end}b")
    with pytest.raises(InvalidValueError, match=f"HEARTBEAT_{name.upper()}"):
        load_settings()


def test_addresses_of_people_may_stand_on_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_NOTIFY", "json://a.example\r\njson://b.example\n")
    notify = load_settings().notify
    assert notify is not None
    assert notify.get_secret_value() == "json://a.example json://b.example"


@pytest.mark.parametrize("name", ["home", "instructions", "prompts", "checkpoints"])
def test_a_tilde_that_no_shell_has_expanded_is_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv(f"HEARTBEAT_{name.upper()}", "~/agent/x")
    assert getattr(load_settings(), name) == Path("/home/ann/agent/x")
    monkeypatch.setenv(f"HEARTBEAT_{name.upper()}", "a~b")
    assert getattr(load_settings(), name) == Path("a~b")


def test_a_tilde_in_the_address_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("HEARTBEAT_DATABASE_URL", "sqlite:///~/x.db")
    assert load_settings().database_path == Path("/home/ann/x.db")


def test_the_home_folder_of_nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_HOME", "~nobody-of-this-name/x")
    with pytest.raises(InvalidValueError, match="HEARTBEAT_HOME: ~ is followed by the name of nobody"):
        load_settings()


@pytest.mark.parametrize("password", ["pa$word12345", "a'b$c\"d123456", "$1$salt$hash", "50%off{x}1234"])
def test_a_password_may_hold_what_a_shell_would_read(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setenv("HEARTBEAT_API_TOKEN", password)
    token = load_settings().api_token
    assert token is not None
    assert token.get_secret_value() == password


@pytest.mark.parametrize(
    "variables",
    [
        {"\ufeffHEARTBEAT_MODEL": "tiny:1b"},
        {"heartbeat_model": "tiny:1b"},
        {"HEARTBEAT_MODEL": " ", "CRT_OLLAMA_MODEL": "tiny:1b"},
        {"HEARTBEAT_MODEL": "tiny:1b", "heartbeat_model": "other"},
    ],
)
def test_the_name_of_a_variable(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_settings().model == "tiny:1b"


def test_an_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_MODEL", "of-the-environment")
    monkeypatch.setenv("OLLAMA_HOST", "of-the-environment")
    settings = load_settings(model="given", ollama_url="given")
    assert (settings.model, settings.ollama_url) == ("given", "http://given:11434")


def test_variables_that_nobody_knows_are_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_OF_ANOTHER_VERSION", "tcp://\r${X}")
    load_settings()
