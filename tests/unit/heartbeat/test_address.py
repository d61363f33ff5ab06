"""Addresses of a model server: the forms of Ollama's own OLLAMA_HOST, logins, and what is none."""

from __future__ import annotations

import pytest

from heartbeat.errors import InvalidValueError
from heartbeat.settings import load_settings

# The cases of envconfig/config_test.go in ollama/ollama, read as a client reads them.
FORMS = {
    "1.2.3.4": "http://1.2.3.4:11434",
    ":1234": "http://127.0.0.1:1234",
    "1.2.3.4:1234": "http://1.2.3.4:1234",
    "example.com": "http://example.com:11434",
    "example.com:1234": "http://example.com:1234",
    "[::1]": "http://[::1]:11434",
    "::1": "http://[::1]:11434",
    "[::1]:1337": "http://[::1]:1337",
    "[0001:002:003:0004::1]": "http://[1:2:3:4::1]:11434",
    " 1.2.3.4 ": "http://1.2.3.4:11434",
    '"1.2.3.4"': "http://1.2.3.4:11434",
    ' " 1.2.3.4 " ': "http://1.2.3.4:11434",
    "'1.2.3.4'": "http://1.2.3.4:11434",
    "http://1.2.3.4": "http://1.2.3.4",
    "http://1.2.3.4:4321": "http://1.2.3.4:4321",
    "https://1.2.3.4": "https://1.2.3.4",
    "https://1.2.3.4:4321/": "https://1.2.3.4:4321",
    "https://example.com/ollama": "https://example.com/ollama",
    "https://example.com/ollama/": "https://example.com/ollama",
    "example.com/ollama": "http://example.com:11434/ollama",
    "example.com:1/ollama": "http://example.com:1/ollama",
    "HTTP://gpu_box:1": "http://gpu_box:1",
    "http://:1234": "http://127.0.0.1:1234",
    "http://[::1]": "http://[::1]",
    # Where it listens is no address to ask at.
    "0.0.0.0": "http://127.0.0.1:11434",
    "0.0.0.0:9": "http://127.0.0.1:9",
    "http://0.0.0.0:9/": "http://127.0.0.1:9",
    "[::]": "http://[::1]:11434",
    "::": "http://[::1]:11434",
    "[::]:9": "http://[::1]:9",
    "10.0.0.0.example": "http://10.0.0.0.example:11434",
}


@pytest.mark.parametrize("variable", ["HEARTBEAT_OLLAMA_URL", "OLLAMA_HOST"])
@pytest.mark.parametrize(("form", "url"), FORMS.items())
def test_every_form_that_ollama_reads(
    monkeypatch: pytest.MonkeyPatch, variable: str, form: str, url: str
) -> None:
    monkeypatch.delenv("HEARTBEAT_OLLAMA_URL")
    monkeypatch.setenv(variable, form)
    assert load_settings().ollama_url == url
    assert load_settings(ollama_url=url).ollama_url == url, "read again it is the same"


@pytest.mark.parametrize(
    "form",
    [
        "ftp://example.org",
        "http://",
        "https://",
        ":66000",
        ":-1",
        "host:port",
        "11434",
        "[::1",
        "::1:11434",
        "fe80::1%eth0",
        "two words",
        "http://host:1?x=1",
        "http://host#x",
        "unix:///run/ollama.sock",
        "/run/ollama.sock",
        "host,other",
    ],
)
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.delenv("HEARTBEAT_OLLAMA_URL")
    monkeypatch.setenv("OLLAMA_HOST", form)
    with pytest.raises(InvalidValueError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"OLLAMA_HOST: '{form}' is not allowed; allowed: host, host:port")


@pytest.mark.parametrize(
    ("form", "url", "header"),
    [
        ("https://ann:hunter2@gpu.example/ollama", "https://gpu.example/ollama", "Basic YW5uOmh1bnRlcjI="),
        ("ann:hunter2@gpu.example", "http://gpu.example:11434", "Basic YW5uOmh1bnRlcjI="),
        ("http://ann:hunter%32@[::1]:1", "http://[::1]:1", "Basic YW5uOmh1bnRlcjI="),
        ("http://ann:p%40ss%2Fword@gpu", "http://gpu", "Basic YW5uOnBAc3Mvd29yZA=="),
        ("http://ann@gpu", "http://gpu", "Basic YW5uOg=="),
    ],
)
def test_a_login_is_no_part_of_the_address_that_is_shown(
    monkeypatch: pytest.MonkeyPatch, form: str, url: str, header: str
) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", form)
    settings = load_settings()
    assert settings.ollama_url == url
    assert settings.ollama_authorization() == header
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("form", ["http://ann:hunter2@", "ann:hunter2@host:port", "http://a:hunter2/x@host"])
def test_a_login_is_not_shown_where_the_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", form)
    with pytest.raises(InvalidValueError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_a_key_is_for_the_server_of_the_settings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "key-of-ollama\r")
    settings = load_settings(ollama_url="https://gpu.example:443/ollama")
    assert settings.ollama_authorization() == "Bearer key-of-ollama"
    assert settings.ollama_authorization("https://gpu.example/ollama/") == "Bearer key-of-ollama"
    for foreign in ("http://gpu.example:443", "https://gpu.example:444", "https://gpu.example.evil", "x"):
        assert settings.ollama_authorization(foreign) is None
    assert settings.ollama_authorization("http://a:b@other") == "Basic YTpi"
    assert "key-of-ollama" not in repr(settings)


@pytest.mark.parametrize("key", ["two words", "schlüssel"])
def test_a_key_that_no_header_can_hold_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", key)
    with pytest.raises(InvalidValueError, match=r"OLLAMA_API_KEY: \(hidden\) is not allowed"):
        load_settings()
