"""The panel as a browser gets it: the page, its files, and nothing beside them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from heartbeat_service.http.security import HEADERS
from tests.integration.http.site import Site, problem, serving
from tests.support.holds import PATIENCE
from tests.support.ollama import decision
from tests.support.sinks import http_sink
from tests.support.world import World

INDEX = "<!doctype html><title>Heartbeat</title><script type=module src=/assets/app-1.js></script>"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A panel as Vite builds it, with a secret beside it."""
    made = tmp_path / "panel"
    (made / "assets").mkdir(parents=True)
    (made / "index.html").write_text(INDEX)
    (made / "scheme.js").write_text("document")
    (made / "assets" / "app-1.js").write_text("import('./page-2.js')")
    (tmp_path / "secret.txt").write_text("secret")
    (made / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    return made


@pytest.fixture
def panel(world: World, folder: Path) -> Iterator[Site]:
    with serving(world, panel=folder) as made:
        yield made


def secured(answer: httpx.Response) -> bool:
    return HEADERS.items() <= {name: answer.headers.get(name) for name in HEADERS}.items()


@pytest.mark.parametrize("path", ["/", "/threads/demo", "/beats/7", "/nothing/like/it", "/apiary"])
def test_every_page_is_the_one_page(panel: Site, path: str) -> None:
    answer = panel.client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert secured(answer)
    again = panel.client.get(path, headers={**BROWSER, "If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")
    assert secured(again)
    head = panel.client.head(path, headers=BROWSER)
    assert (head.status_code, head.text) == (200, "")
    assert head.headers["content-length"] == str(len(INDEX))


def test_a_new_build_is_seen_at_once(panel: Site, folder: Path) -> None:
    tag = panel.client.get("/").headers["etag"]
    (folder / "index.html").write_text(INDEX + "<!-- new -->")
    assert panel.client.get("/", headers={"If-None-Match": tag}).text.endswith("<!-- new -->")


def test_files_with_a_hash_are_kept_for_ever_and_others_are_not(panel: Site) -> None:
    script = panel.client.get("/assets/app-1.js")
    assert script.status_code == 200
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert secured(script)
    assert panel.client.head("/assets/app-1.js").headers["content-length"] == str(len(script.text))
    beside = panel.client.get("/scheme.js")
    assert (beside.text, beside.headers["cache-control"]) == ("document", "no-cache")
    assert secured(beside)


@pytest.fixture
def compressed(folder: Path) -> Path:
    """The panel with the compressed forms of its page and its script; brotli is told from gzip by a word."""
    (folder / "index.html.gz").write_bytes(gzip.compress(INDEX.encode()))
    script = (folder / "assets" / "app-1.js").read_bytes()
    (folder / "assets" / "app-1.js.gz").write_bytes(gzip.compress(script))
    (folder / "assets" / "app-1.js.br").write_bytes(b"as brotli")
    return folder


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0, gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("gzip;q=0.0", None),
        ("gzip;q=much", None),
        ("identity", None),
        ("*", None),
        ("", None),
    ],
)
def test_a_script_comes_in_the_form_that_is_asked_for(
    compressed: Path, panel: Site, accepts: str, coding: str | None
) -> None:
    asked = panel.client.stream("GET", "/assets/app-1.js", headers={"Accept-Encoding": accepts})
    with asked as answer:
        body = b"".join(answer.iter_raw())
    ending = {"br": ".br", "gzip": ".gz", None: ""}[coding]
    assert answer.status_code == 200
    assert body == (compressed / "assets" / f"app-1.js{ending}").read_bytes()
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert secured(answer)


def test_each_form_has_an_etag_of_its_own(compressed: Path, panel: Site) -> None:
    packed, plain = {"Accept-Encoding": "gzip", **BROWSER}, {"Accept-Encoding": "identity", **BROWSER}
    tags = [panel.client.get("/", headers=each).headers["etag"] for each in (packed, plain)]
    assert tags[0] != tags[1]
    for headers, tag, status in [
        (packed, tags[0], 304),
        (plain, tags[1], 304),
        (packed, tags[1], 200),
        (plain, tags[0], 200),
    ]:
        answer = panel.client.get("/threads/demo", headers={**headers, "If-None-Match": tag})
        assert answer.status_code == status
        assert (answer.headers["vary"], answer.headers["cache-control"]) == ("Accept-Encoding", "no-cache")
        assert ("content-encoding" in answer.headers) is (status == 200 and headers is packed)
    assert panel.client.get("/", headers=packed).text == INDEX
    head = panel.client.head("/", headers=packed)
    assert head.headers["content-length"] == str((compressed / "index.html.gz").stat().st_size)


def test_a_range_is_of_the_file_as_it_is(compressed: Path, panel: Site) -> None:
    answer = panel.client.get("/assets/app-1.js", headers={"Range": "bytes=0-5", "Accept-Encoding": "br"})
    assert (answer.status_code, answer.text) == (206, "import")
    assert "content-encoding" not in answer.headers


def test_what_is_not_of_the_panel_is_never_compressed(compressed: Path, panel: Site) -> None:
    assert "content-encoding" not in panel.client.get("/api/openapi.json").headers
    with panel.client.stream("GET", "/api/heartbeat/events") as stream:
        assert stream.status_code == 200
        assert "content-encoding" not in stream.headers


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone.js",
        "/assets/app-1.js.gz",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets//etc/passwd",
        "/assets/link.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/assets/",
        "/assets/%00",
        "/assets/" + "a" * 300,
    ],
)
def test_nothing_beside_the_panel_is_given(panel: Site, path: str) -> None:
    # Written by hand: a client would tidy the path up before it asks.
    host = panel.client.base_url
    request = httpx.Request("GET", host, headers={"Accept": "*/*"}, extensions={"target": path.encode()})
    answer = panel.client.send(request)
    assert "secret" not in answer.text
    assert "root:" not in answer.text
    problem(answer, 404)
    assert secured(answer)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/heartbeat/nothing"])
def test_an_unknown_call_is_no_page(panel: Site, path: str) -> None:
    assert "/api/openapi.json" in problem(panel.client.get(path, headers=BROWSER), 404)["detail"]


def test_a_call_with_the_wrong_method_is_no_page(panel: Site) -> None:
    answer = panel.client.get("/api/heartbeat/start", headers=BROWSER)
    assert problem(answer, 405)["detail"].endswith("allowed: POST.")
    assert panel.refused(404, "POST", "/threads/demo", headers=BROWSER)


def test_a_program_that_asks_for_no_page_gets_none(panel: Site) -> None:
    panel.refused(404, "GET", "/threads/demo", headers={"Accept": "application/json"})


def test_a_foreign_host_gets_no_page(panel: Site) -> None:
    for path in ("/", "/threads/demo", "/assets/app-1.js"):
        panel.refused(403, "GET", path, headers={**BROWSER, "Host": "evil.example"})


def test_the_page_needs_no_token_for_it_is_where_one_logs_in(world: World, folder: Path) -> None:
    with serving(world, panel=folder, api_token=SecretStr("a-long-token")) as site:
        assert site.client.get("/login", headers=BROWSER).text == INDEX
        assert site.client.get("/assets/app-1.js").status_code == 200
        site.refused(401, "GET", "/api/heartbeat/status")


def test_where_it_is_not_built_a_plain_page_says_so_and_looks_again(world: World, tmp_path: Path) -> None:
    with serving(world, panel=tmp_path / "later") as site:
        for path in ("/", "/threads/demo"):
            plain = site.client.get(path, headers=BROWSER)
            assert plain.status_code == 200
            assert "make panel" in plain.text
            assert 'http-equiv="refresh"' in plain.text
            assert plain.headers["cache-control"] == "no-store"
            assert secured(plain)
        assert site.client.head("/").status_code == 200
        (tmp_path / "later").mkdir()
        (tmp_path / "later" / "index.html").write_text(INDEX)
        assert site.client.get("/").text == INDEX


@pytest.mark.one_question  # replies with a whole decision
def test_a_link_in_a_notice_shows_the_beat_and_answers_nothing(world: World, folder: Path) -> None:
    world.thread(approval="always")
    world.ollama.says(decision(action="post", board="general", title="Hi", content="Words"))
    with http_sink() as phone:
        table = f'[phone]\nkind = "apprise"\nurl = "ntfy://{phone.address}/alerts"\n'
        world.settings.connections_path.write_text(table)
        with serving(world, panel=folder, public_url="https://hb.example.org") as site:
            waiting = site.post("/api/threads/demo/heartbeat/run-now")
            assert phone.arrived.acquire(timeout=PATIENCE)
            link = phone.got[0].json["message"].splitlines()[-1]
            assert link == f"https://hb.example.org/beats/{waiting['id']}"
            page = site.client.get(link.removeprefix("https://hb.example.org"), headers=BROWSER)
            assert (page.status_code, page.text) == (200, INDEX)
            assert site.get(f"/api/beats/{waiting['id']}")["status"] == "awaiting_approval"
    assert world.posts() == []
