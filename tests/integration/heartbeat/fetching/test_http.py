"""Fetching pages from a real server: conditional requests, servers that are busy, odd bodies, redirects, TLS."""

from __future__ import annotations

import gzip
import threading
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest

from heartbeat.fetching import FetchError
from heartbeat.fetching.http import REDIRECTS, RETRY_LIMIT, SIZE_LIMIT, Page, Web
from tests.support.web import Answer, Asked, WebServer, certificate, trickle, trickling_server, web_server

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ENDLESS = b"x" * 65_536
HERE = Web(lan=True, resolve=lambda *_: ["127.0.0.1"])


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as found:
        yield found


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def get(url: str, web: Web = HERE, *, deadline: float = 30, **more: Any) -> Page:
    return web.get(url, NOW, deadline=deadline, **more)


def refused(url: str, web: Web = HERE, *, deadline: float = 30, **more: Any) -> FetchError:
    with pytest.raises(FetchError) as found:
        get(url, web, deadline=deadline, **more)
    return found.value


@pytest.mark.parametrize(
    ("header", "condition", "value"),
    [
        ("ETag", "if-none-match", '"one"'),
        ("Last-Modified", "if-modified-since", "Mon, 02 Nov 2026 11:00:00 GMT"),
    ],
)
def test_a_page_that_has_not_changed_is_not_sent_again(
    server: WebServer, header: str, condition: str, value: str
) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.headers.get(condition) == value:
            return Answer(304)
        return Answer(body=b"words", headers={header: value, "Content-Type": "text/plain; charset=latin-1"})

    server.answer = answer
    first = get(f"{server.url}/a")
    assert (first.body, first.charset, first.unchanged) == (b"words", "latin-1", False)
    again = get(f"{server.url}/a", memo=first.memo)
    assert (again.body, again.unchanged) == (b"", True)
    assert get(f"{server.url}/a", memo=again.memo).unchanged
    assert get(f"{server.url}/b", memo=first.memo).body == b"words", "a memo counts for its own address only"


def test_a_page_that_was_moved_is_asked_for_conditionally_where_it_is_now(server: WebServer) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/old":
            assert "if-none-match" not in asked.headers
            return Answer(302, headers={"Location": "/new"})
        return Answer(304) if "if-none-match" in asked.headers else Answer(headers={"ETag": '"one"'})

    server.answer = answer
    first = get(f"{server.url}/old")
    assert get(f"{server.url}/old", memo=first.memo).unchanged


def test_a_server_that_says_unchanged_without_being_asked_has_no_page(server: WebServer) -> None:
    server.answer = lambda _: Answer(304)
    assert str(refused(f"{server.url}/a")) == f"{server.url}/a answers with status 304."


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "120", 120),
        (503, "7", 7),
        (429, "Mon, 02 Nov 2026 12:10:00 GMT", 600),
        (429, "Mon, 02 Nov 2026 11:00:00 GMT", 0),
        (429, "999999999999", RETRY_LIMIT),
        (429, "soon", None),
        (429, "²", None),
        (429, "Mon, 99 Nov 2026 12:10:00 GMT", None),
    ],
)
def test_a_busy_server_is_left_alone_as_long_as_it_asks(
    server: WebServer, status: int, header: str, seconds: float | None
) -> None:
    # Header bytes are latin-1 on the wire.
    server.answer = lambda _: Answer(status, headers={"Retry-After": header})
    error = refused(f"{server.url}/a?token=secret")
    assert error.retry_after == seconds
    assert str(error) == f"{server.url}/a wants to be left alone for now (status {status})."


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, "answers with status 500"),
        (429, "answers with status 429"),
        (401, "refuses access (status 401)"),
        (403, "refuses access (status 403)"),
        (404, "is not there (status 404)"),
        (410, "is not there (status 410)"),
    ],
)
def test_other_statuses_are_told(server: WebServer, status: int, said: str) -> None:
    server.answer = lambda _: Answer(status)
    error = refused(f"{server.url}/a")
    assert said in str(error)
    assert error.retry_after is None


def test_compressed_bodies_are_read_whole(server: WebServer) -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two " * 50_000)
    server.answer = lambda asked: Answer(
        body=body, headers={"Content-Encoding": asked.headers["accept-encoding"]}
    )
    assert get(server.url).body == b"one " + b"two " * 50_000


@pytest.mark.parametrize(
    ("encoding", "body", "said"),
    [
        ("gzip", b"not compressed", "answers with a body that cannot be decompressed"),
        ("gzip", gzip.compress(ENDLESS, mtime=0)[:-20], "ended its answer early"),
        ("br", b"words", "answers in the encoding br, which was not asked for"),
        ("gzip, gzip", b"words", "answers in the encoding gzip, gzip, which was not asked for"),
    ],
)
def test_bodies_that_cannot_be_decompressed_are_refused(
    server: WebServer, encoding: str, body: bytes, said: str
) -> None:
    server.answer = lambda _: Answer(body=body, headers={"Content-Encoding": encoding})
    assert said in str(refused(server.url))


def test_a_body_that_is_announced_as_too_large_is_not_read(server: WebServer) -> None:
    server.answer = lambda _: Answer(headers={"Content-Length": "200000000"}, write=lambda file: None)
    assert str(refused(server.url)) == f"{server.url}/ is larger than 10 MB."


def test_a_body_of_200_mb_is_cut_off(server: WebServer) -> None:
    written: list[int] = []
    ended = threading.Event()

    def write(file: IO[bytes]) -> None:
        try:
            for _ in range(200_000_000 // len(ENDLESS)):
                file.write(ENDLESS)
                written.append(len(ENDLESS))
        finally:
            ended.set()

    server.answer = lambda _: Answer(write=write)
    assert peak_of(lambda: refused(server.url)) < 4 * SIZE_LIMIT
    assert ended.wait(30)
    assert sum(written) < 100_000_000


def peak_of(work: Any) -> int:
    """Return the most bytes that are held at once during some work."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_body_that_trickles_is_cut_off_when_the_time_is_over(server: WebServer) -> None:
    server.answer = lambda _: Answer(write=trickle)
    assert str(refused(server.url, deadline=0.3)) == f"{server.url}/ takes too long to answer."


def test_headers_that_trickle_are_cut_off_when_the_time_is_over() -> None:
    with trickling_server() as url:
        assert str(refused(url, deadline=0.3)) == f"{url}/ takes too long to answer."


def test_a_server_that_says_nothing_is_cut_off_when_the_time_is_over(server: WebServer) -> None:
    over = threading.Event()
    server.answer = lambda _: Answer(500 if over.wait(60) else 200)
    assert str(refused(server.url, deadline=0.3)) == f"{server.url}/ takes too long to answer."
    over.set()


def test_the_time_counts_for_all_redirects_together(server: WebServer) -> None:
    times = iter(range(100))
    server.answer = lambda _: Answer(302, headers={"Location": "/again"})
    web = replace(HERE, monotonic=lambda: float(next(times)))
    assert str(refused(server.url, web, deadline=3)) == f"{server.url}/again takes too long to answer."


@pytest.mark.parametrize("chunked", [True, False])
def test_a_server_that_closes_early_has_not_answered(server: WebServer, chunked: bool) -> None:
    def write(file: IO[bytes]) -> None:
        file.write(b"6\r\nwords \r\n5\r\nw" if chunked else b"words")

    headers = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": "100"}
    server.answer = lambda _: Answer(headers=headers, write=write)
    assert "gave no answer that can be used" in str(refused(server.url))


def test_redirects_are_followed_a_few_times_only(server: WebServer) -> None:
    server.answer = lambda asked: Answer(302, headers={"Location": asked.path})
    assert str(refused(f"{server.url}/a")) == f"{server.url}/a redirects more than {REDIRECTS} times."
    assert len(server.asked) == REDIRECTS + 1


def test_headers_for_one_host_are_not_sent_to_another(server: WebServer) -> None:
    with web_server() as other:
        server.answer = lambda asked: Answer(
            302, headers={"Location": "/b" if asked.path == "/a" else f"{other.url}/c"}
        )
        other.answer = lambda _: Answer(body=b"there")
        secret = server.url.replace("http://", "http://user:word@")
        assert get(f"{secret}/a", headers={"X-Token": "secret"}).body == b"there"
        assert [("x-token" in each.headers, "authorization" in each.headers) for each in server.asked] == [
            (True, True),
            (True, True),
        ]
        assert not {"x-token", "authorization", "cookie"} & other.asked[0].headers.keys()


@pytest.mark.parametrize("where", ["http://0177.0.0.1/", "http://", "feed"])
def test_what_is_no_address_of_the_web_is_refused(where: str) -> None:
    assert str(refused(where)).endswith("allowed: http and https.")


@pytest.mark.parametrize("where", ["file:///etc/passwd", "ftp://example.org/", "gopher://127.0.0.1:1/"])
def test_only_the_web_is_fetched(server: WebServer, where: str) -> None:
    server.answer = lambda _: Answer(302, headers={"Location": where})
    for url in (where, server.url):
        assert str(refused(url)) == f"{where} is not fetched; allowed: http and https."


def test_a_host_that_is_not_there_is_told() -> None:
    error = refused("http://nowhere.invalid/feed?key=secret", Web())
    assert str(error).startswith("There is no host nowhere.invalid: ")
    assert "secret" not in str(error)


def test_a_server_that_is_not_there_is_told(server: WebServer) -> None:
    with web_server() as gone:
        pass
    assert "cannot be reached" in str(refused(gone.url))


def test_tls_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = certificate(tmp_path, "news.example")
    with web_server(own) as server:
        server.answer = lambda asked: Answer(body=asked.headers["host"].encode())
        url = f"https://news.example:{server.port}"
        assert "its certificate is not valid (self" in str(refused(url)), "nobody knows the authority"
        monkeypatch.setenv("SSL_CERT_FILE", str(own))
        assert get(url).body == f"news.example:{server.port}".encode()
        wrong = str(refused(f"https://other.example:{server.port}"))
        assert "its certificate is not valid (Hostname mismatch" in wrong
        assert len(server.asked) == 1


def test_https_does_not_lead_to_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: WebServer
) -> None:
    own = certificate(tmp_path, "news.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    with web_server(own) as safe:
        safe.answer = lambda _: Answer(302, headers={"Location": server.url})
        said = str(refused(f"https://news.example:{safe.port}/a"))
        assert said == (
            f"https://news.example:{safe.port}/a redirects from https to http, which is not followed."
        )
        assert not server.asked


def test_the_proxy_of_the_environment_is_used(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    server.answer = lambda _: Answer(body=b"through the proxy")
    public = Web(resolve=lambda *_: ["93.184.215.14"])
    assert get("http://news.example/a", public).body == b"through the proxy"
    assert server.asked[0].path == "http://news.example/a"


@pytest.mark.parametrize(
    "where",
    [
        "http://127.0.0.1/",
        "http://10.0.0.5/",
        "http://192.168.1.1/admin",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fec0::1]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://0/",
        "http://localhost/",
        "http://user:word@localhost/",
    ],
)
def test_private_addresses_are_not_fetched_unasked(
    server: WebServer, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    assert " leads to " in str(refused(where, Web()))
    # And a public server that leads there, which a proxy stands for here.
    monkeypatch.setenv("HTTP_PROXY", server.url)
    server.answer = lambda _: Answer(302, headers={"Location": where})
    public = Web().resolve
    web = Web(resolve=lambda host, port: ["93.184.215.14"] if host == "news.example" else public(host, port))
    assert " leads to " in str(refused("http://news.example/", web))
    assert [each.path for each in server.asked] == ["http://news.example/"]


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1%lo", "0.0.0.0", "::", "224.0.0.1", "::ffff:169.254.169.254"]
)
def test_some_addresses_are_never_fetched(address: str) -> None:
    error = refused("http://news.example/", Web(lan=True, resolve=lambda *_: [address]))
    assert str(error) == f"news.example leads to {address}, an address that nothing is fetched from."


def test_one_private_address_among_others_is_enough_to_refuse() -> None:
    web = Web(resolve=lambda *_: ["93.184.215.14", "10.0.0.5"])
    assert str(refused("http://news.example/", web)) == (
        "news.example leads to 10.0.0.5 in a private network; lan = true in connections.toml allows that."
    )


def test_the_connection_goes_to_the_address_that_was_checked(server: WebServer) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    web = Web(lan=True, resolve=lambda *_: answers.pop(0))
    server.answer = lambda asked: Answer(body=asked.headers["host"].encode())
    # A name that the system cannot resolve: nothing else than the address can have been used.
    url = f"http://rebound.invalid:{server.port}/"
    assert get(url, web).body == f"rebound.invalid:{server.port}".encode()
    assert "nothing is fetched from" in str(refused(url, web))
    assert len(server.asked) == 1
