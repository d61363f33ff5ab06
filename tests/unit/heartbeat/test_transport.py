"""The way to a server: proxies, exemptions and certificates of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import certifi
import httpx
import pytest

from heartbeat.transport import NetworkError, find_route, is_own_network, open_sync_transport, open_transport

FAR, NEAR = "https://ollama.example.com", "http://127.0.0.1:11434"
SOCKS = "socks5://127.0.0.1:1080"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_"):
            monkeypatch.delenv(name)


def proxy_of(url: str, environment: Mapping[str, str]) -> str | None:
    proxy = find_route(url, environment).proxy
    return str(proxy.url).rstrip("/") if proxy else None


@pytest.mark.parametrize(
    "url",
    [
        NEAR,
        "http://localhost:11434",
        "https://[::1]",
        "http://10.1.2.3",
        "https://192.168.1.20:443",
        "http://172.16.0.9",
        "http://169.254.1.1",
        "http://100.64.0.7",
        "http://[fd00::5]:11434",
        "http://[fe80::1]",
        "http://gpu-box:11434",
        "http://host.docker.internal:11434",
        "http://box.local",
        "http://nas.lan",
        "http://box.home.arpa.",
        "http://ollama.localhost",
    ],
)
@pytest.mark.parametrize(
    "name", ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"]
)
@pytest.mark.parametrize("value", [SOCKS, "http://127.0.0.1:9", "nonsense:// x", "http://["])
def test_what_is_near_is_reached_directly(url: str, name: str, value: str) -> None:
    assert find_route(url, {name: value, "NO_PROXY": "[::1,*:x,/"}).proxy is None


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        (FAR, {}, None),
        (FAR, {"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        (FAR, {"https_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        (FAR, {"HTTPS_PROXY": "proxy:3128\r"}, "http://proxy:3128"),
        (FAR, {"HTTPS_PROXY": '"http://proxy:3128"'}, "http://proxy:3128"),
        (FAR, {"HTTPS_PROXY": "", "ALL_PROXY": "https://proxy"}, "https://proxy"),
        (FAR, {"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:1"}, "http://b:1"),
        (FAR, {"HTTPS_PROXY": "http://a:1", "ALL_PROXY": SOCKS}, "http://a:1"),
        (FAR, {"HTTP_PROXY": "http://proxy:3128"}, None),
        ("http://8.8.8.8:11434", {"HTTP_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ("not a url", {"HTTP_PROXY": SOCKS}, None),
        ("http://[", {"HTTP_PROXY": SOCKS}, None),
    ],
)
def test_what_is_far_is_reached_by_the_proxy(
    url: str, environment: Mapping[str, str], proxy: str | None
) -> None:
    assert proxy_of(url, environment) == proxy


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("exempt", "direct"),
    [
        ("*", True),
        ("ollama.example.com", True),
        ("OLLAMA.Example.com", True),
        ("example.com", True),
        (".example.com", True),
        ("*.example.com", True),
        ("a.b, example.com ,c", True),
        ("a.b example.com", True),
        ("https://ollama.example.com", True),
        ("ollama.example.com:443", True),
        ("ollama.example.com:444", False),
        ("ample.com", False),
        ("other.com,,", False),
        ("[::1", False),
        ("10.0.0.0/8", False),
        (".", False),
    ],
)
def test_exemptions(name: str, exempt: str, direct: bool) -> None:
    route = find_route(f"{FAR}:443", {"HTTPS_PROXY": "http://proxy:1", name: exempt})
    assert (route.proxy is None) == direct


@pytest.mark.parametrize("exempt", ["8.8.8.0/24", "8.8.8.8", "8.8.0.0/255.255.0.0"])
def test_exempt_addresses(exempt: str) -> None:
    assert proxy_of("http://8.8.8.8", {"ALL_PROXY": "http://proxy:1", "NO_PROXY": exempt}) is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (SOCKS, "names a SOCKS proxy"),
        ("socks4a://h:1", "names a SOCKS proxy"),
        ("http://h:port", "is no address of a proxy"),
        ("http://", "is no address of a proxy"),
        ("ftp://h:1", "is no address of a proxy"),
        ("http://ann:hunter2@[", "is no address of a proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_with_what_to_do(name: str, value: str, said: str) -> None:
    with pytest.raises(NetworkError) as caught:
        find_route(FAR, {name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} {said}")
    assert "put ollama.example.com into NO_PROXY" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "/nonexistent/ca.pem")
    for opened in (open_transport, open_sync_transport):
        opened(NEAR)
        with pytest.raises(NetworkError, match=f"^{name}: .*/nonexistent/ca.pem.*or unset it$"):
            opened(FAR)


def test_certificates_that_are_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(NetworkError, match="SSL_CERT_FILE"):
        open_transport(FAR)


def test_certificates_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certifi.where()}\r")
    assert isinstance(open_sync_transport(FAR), httpx.HTTPTransport)


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:11434", True),
        ("http://[::1]:11434", True),
        ("http://192.168.1.7:11434", True),
        ("http://100.64.1.2", True),
        ("http://gpu-box:11434", True),
        ("http://gpu.lan:11434/ollama", True),
        ("https://user:secret@gpu.home.arpa", True),
        ("http://8.8.8.8", False),
        ("http://[2001:4860:4860::8888]", False),
        ("http://[::ffff:8.8.8.8]", False),
        ("http://134744072", False),
        ("http://0x08080808", False),
        ("https://ollama.example.com", False),
        ("http://gpu.lan.example.com", False),
        ("http://localhost.example.com", False),
        ("nonsense", False),
        ("http://", False),
    ],
)
def test_only_this_machine_and_its_private_network_are_its_own(url: str, own: bool) -> None:
    assert is_own_network(url) is own
