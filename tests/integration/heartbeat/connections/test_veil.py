"""Secrets in addresses: refused where they would be shown, and shown as ``${NAME}`` where they come from there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from heartbeat.connections import editing
from heartbeat.connections.trial import try_kept
from heartbeat.errors import InvalidValueError
from heartbeat.store import inbox
from heartbeat_service.connection_view import ConnectionView
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.web import Answer, WebServer, web_server
from tests.support.world import World

RSS = b"""<rss version="2.0"><channel><title>n</title><item><guid>1</guid><title>A</title><link>/a?b=1</link></item>
</channel></rss>"""


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as found:
        yield found


def keys(kind: str, url: str) -> str:
    return f'kind = "{kind}"\n{"http" if kind == "check" else "url"} = "{url}"\nsince = "all"\nlan = true\n'


@pytest.mark.parametrize("kind", ["page", "check", "feed"])
@pytest.mark.parametrize(
    "url",
    [
        "https://bob:hunter2@example.org/x",
        "https://hunter2@example.org/x",
        "https://example.org/x?token=hunter2",
        "https://example.org/x?a=1&api_key=hunter2",
        "https://example.org/x#access_token=hunter2",
    ],
)
def test_an_address_with_a_secret_is_refused(world: World, kind: str, url: str) -> None:
    key = "http" if kind == "check" else "url"
    with pytest.raises(InvalidValueError, match=rf"^{key}: the address holds a .*\$\{{NAME\}}") as found:
        editing.add(world.services.connections, "it", kind, {key: url})
    world.settings.connections_path.write_text(f"[it]\n{keys(kind, url)}")
    view = ConnectionView.of(world.services.connections.get("it"))
    assert view.problem is not None
    assert "hunter2" not in str(found.value) + view.model_dump_json()


@pytest.mark.parametrize(
    "url", ["https://example.org/x?sort_key=a&author=b", "https://example.org/@bob?token="]
)
def test_other_addresses_are_not(world: World, url: str) -> None:
    editing.add(world.services.connections, "it", "page", {"url": url})


@pytest.mark.parametrize("kind", ["page", "check", "feed"])
@pytest.mark.parametrize(
    "form", ["http://bob:${IT}@HOST/x", "http://HOST/x?token=${IT}&b=1", "http://HOST/${IT}/x"]
)
@pytest.mark.parametrize("status", [200, 500])
def test_what_the_environment_fills_in_is_shown_nowhere(
    world: World, server: WebServer, monkeypatch: pytest.MonkeyPatch, kind: str, form: str, status: int
) -> None:
    monkeypatch.setenv("IT", "s3cr3tvalue")
    monkeypatch.setenv("PLACE", server.address)
    url = form.replace("HOST", "${PLACE}")
    world.settings.connections_path.write_text(f"[it]\n{keys(kind, url)}")
    server.answer = lambda _: Answer(
        status, RSS if kind == "feed" else b"Some text here.", {"Content-Type": "text/plain"}
    )
    look(world)
    connections = world.services.connections
    view = ConnectionView.of(connections.get("it"))
    assert url in view.values.values()
    rows = world.store.read(inbox.page)
    if status == 200 and kind != "check":
        assert rows
        assert (rows[0].url or "").startswith(server.url)
    said = try_kept(connections, connections.get("it")).said
    shown = view.model_dump_json() + said + "".join(each.model_dump_json() for each in rows)
    assert "s3cr3tvalue" not in shown
    assert any("s3cr3tvalue" in each.path for each in server.asked) or "bob" in form, (
        "it was used all the same"
    )


def test_a_faulty_value_is_not_shown_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IT", "s3cr3tvalue")
    world.settings.connections_path.write_text('[it]\nkind = "page"\nurl = "${IT}"\n')
    problem = world.services.connections.get("it").problem
    assert problem is not None
    assert problem.startswith("url: '${IT}' is not allowed")
