"""The calls about HEARTBEAT.md: the workspace's file and the text of a thread."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.http.site import Site, problem
from tests.support.holds import PATIENCE
from tests.support.world import INSTRUCTIONS

FILE = "/api/heartbeat/heartbeat.md"
ODD = "\ufeff# Grüße ✓\r\n\r\n- a\ttab\r\nno final newline \u2028"


@pytest.fixture(params=["file", "own"])
def path(request: pytest.FixtureRequest, site: Site) -> str:
    """The workspace's file, or a thread's text: they obey the same rules."""
    if request.param == "file":
        site.world.write(INSTRUCTIONS)
        return FILE
    made = f"/api/threads/{site.thread()}/heartbeat.md"
    site.client.put(made, json={"content": INSTRUCTIONS})
    return made


def etag(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()}"'


def test_show(site: Site, path: str) -> None:
    answer = site.client.get(path)
    shown = answer.json()
    assert set(shown) == {"content", "sha256", "last_modified", "path"}
    assert shown["content"] == INSTRUCTIONS
    assert answer.headers["etag"] == f'"{shown["sha256"]}"' == etag(INSTRUCTIONS)
    assert shown["last_modified"].endswith("Z")
    assert shown["path"] == (str(site.world.settings.instructions) if path == FILE else None)


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("text", [ODD, "", "\n", "x" * 65_536, "\u0000\u001f" * 10_000, "\x7f" * 65_536])
def test_every_byte_is_kept(site: Site, path: str, method: str, text: str) -> None:
    answer = site.client.request(method, path, json={"content": text})
    assert answer.status_code == 200
    assert answer.headers["etag"] == etag(text)
    assert site.get(path)["content"] == text
    if path == FILE:
        assert site.world.settings.instructions.read_bytes() == text.encode()


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_two_clients_edit_and_the_second_loses_nothing(site: Site, path: str, method: str) -> None:
    tags = [site.client.get(path).headers["etag"] for _ in range(2)]
    first = site.client.request(method, path, json={"content": "one\n"}, headers={"If-Match": tags[0]})
    assert first.status_code == 200
    second = site.client.request(method, path, json={"content": "two\n"}, headers={"If-Match": tags[1]})
    assert "read it again" in problem(second, 412)["detail"]
    again = site.client.get(path)
    assert again.json()["content"] == "one\n"
    tag = {"If-Match": again.headers["etag"]}
    assert site.client.request(method, path, json={"content": "one\ntwo\n"}, headers=tag).status_code == 200


def test_of_many_writers_at_once_one_wins(site: Site, path: str) -> None:
    tag = site.client.get(path).headers["etag"]
    answers: list[tuple[int, str]] = []

    def write(number: int) -> None:
        with httpx.Client(base_url=site.url, timeout=PATIENCE, trust_env=False) as client:
            body = {"content": f"writer {number}\n"}
            answers.append(
                (client.put(path, json=body, headers={"If-Match": tag}).status_code, body["content"])
            )

    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(status for status, _ in answers) == [200, 412, 412, 412, 412, 412]
    assert site.get(path)["content"] == dict(answers)[200]


@pytest.mark.parametrize("tag", ["*", None])
def test_if_match_is_optional(site: Site, path: str, tag: str | None) -> None:
    headers = {"If-Match": tag} if tag else {}
    assert site.client.put(path, json={"content": "new"}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "form", ["{}", '"x", {}', '{},"x"', ', {} ,,"x"', 'W/"x", {}', '"a,b" , {}', '"", {}', "{bare}"]
)
def test_any_of_several_tags(site: Site, path: str, form: str) -> None:
    tag = etag(INSTRUCTIONS)
    headers = {"If-Match": form.format(tag, bare=tag.strip('"'))}
    assert site.client.put(path, json={"content": "new"}, headers=headers).status_code == 200
    site.refused(412, "PUT", path, json={"content": "newer"}, headers=headers)


def test_tags_on_several_lines(site: Site, path: str) -> None:
    lines = [("If-Match", '"x"'), ("If-Match", etag(INSTRUCTIONS)), ("If-Match", '"y"')]
    assert site.client.put(path, json={"content": "new"}, headers=lines).status_code == 200


@pytest.mark.parametrize(
    "field",
    [
        ["If-None-Match", "{}"],
        ["If-None-Match", '"x", W/{}'],
        ["If-None-Match", '"open'],
        ["If-Match", '{}"'],
    ],
)
def test_a_text_that_is_known_is_not_replaced(site: Site, path: str, field: list[str]) -> None:
    headers = {field[0]: field[1].format(etag(INSTRUCTIONS))}
    site.refused(412, "PUT", path, json={"content": "new"}, headers=headers)
    both = {"If-Match": "*", "If-None-Match": "*"}
    site.refused(412, "PUT", path, json={"content": "new"}, headers=both)
    assert site.get(path)["content"] == INSTRUCTIONS


def test_what_is_no_list_of_tags_is_no_reason_not_to_answer(site: Site, path: str) -> None:
    assert site.client.get(path, headers={"If-None-Match": '"open'}).status_code == 200


@pytest.mark.parametrize(
    "tag", ['"nothing"', 'W/"weak"', '"a", "b"', "", "\xff", "W/{}", '"a" {}', '"open, {}', "*, {}", ","]
)
def test_other_tags_are_stale(site: Site, path: str, tag: str) -> None:
    headers = [(b"If-Match", tag.format(etag(INSTRUCTIONS)).encode("latin-1"))]
    assert site.client.put(path, json={"content": "new"}, headers=headers).status_code == 412
    assert site.get(path)["content"] == INSTRUCTIONS


@pytest.mark.parametrize(
    ("content", "field", "says"),
    [
        (
            b'{"content": "%s"}' % (b"x" * 65_537),
            "content",
            "larger than 64 KiB; allowed: up to 65,536 bytes",
        ),
        (b'{"content": "%s"}' % ("ü".encode() * 32_769), "content", "larger than 64 KiB"),
        (rb'{"content": "\ud800"}', "content", ""),
        (b'{"content": 5}', "content", "content: 5 is not allowed"),
        (b'{"content": null}', "content", "content: None"),
        (b'{"content": "", "path": "/etc/passwd"}', "path", "path: unknown field"),
        (b"{}", "content", "content: missing"),
        (b'{"content": ', "body", "The body is not JSON"),
        (b'{"content": "\xff"}', "body", "The body cannot be read: it is not UTF-8."),
    ],
)
def test_refused_texts_change_nothing(site: Site, path: str, content: bytes, field: str, says: str) -> None:
    for method, where in (("PUT", path), ("POST", path), ("POST", f"{FILE}/check")):
        headers = {"Content-Type": "application/json"}
        found = site.refused(422, method, where, content=content, headers=headers)
        assert found["field"] == field
        assert says in found["detail"]
    assert site.get(path)["content"] == INSTRUCTIONS


@pytest.mark.one_question  # reads the prompt that shows the instructions
def test_an_edit_reaches_the_next_beat(own: Site) -> None:
    thread = own.thread()
    run_now = f"/api/threads/{thread}/heartbeat/run-now"
    sha256 = own.client.put(FILE, json={"content": "## Checklist\n- Prune the roses\n"}).json()["sha256"]
    assert own.post(run_now)["instructions_sha256"] == sha256
    assert "Prune the roses" in own.world.ollama.prompts[-1]
    theirs = f"/api/threads/{thread}/heartbeat.md"
    own.client.put(theirs, json={"content": "## Checklist\n- Feed the cat\n"})
    own.post(run_now)
    assert "Feed the cat" in own.world.ollama.prompts[-1]
    assert "Prune the roses" not in own.world.ollama.prompts[-1]
    assert own.client.delete(theirs).status_code == 204
    own.post(run_now)
    assert "Prune the roses" in own.world.ollama.prompts[-1]


def test_a_file_that_is_not_there(own: Site) -> None:
    own.world.settings.instructions.unlink()
    assert "PUT one here" in own.refused(404, "GET", FILE)["detail"]
    for tag in (etag(INSTRUCTIONS), "*"):
        own.refused(412, "PUT", FILE, json={"content": "x"}, headers={"If-Match": tag})
    assert not own.world.settings.instructions.exists()
    assert own.client.put(FILE, json={"content": "new"}).status_code == 200
    assert own.get(FILE)["content"] == "new"


def test_a_file_that_is_no_text(own: Site) -> None:
    own.world.settings.instructions.write_bytes(b"\xff\xfe")
    assert "is not UTF-8 on line 1" in own.refused(422, "GET", FILE)["detail"]


def test_a_folder_in_its_place(own: Site) -> None:
    own.world.settings.instructions.unlink()
    own.world.settings.instructions.mkdir()
    assert "put a text file in its place" in own.refused(422, "GET", FILE)["detail"]
    for headers in ({}, {"If-Match": "*"}, {"If-None-Match": "*"}):
        own.refused(422, "PUT", FILE, json={"content": "x"}, headers=headers)
    beat = own.post(f"/api/threads/{own.thread()}/heartbeat/run-now")
    assert (beat["status"], beat["reason"]) == ("skipped", "unreadable_instructions")


def test_a_text_of_a_thread_comes_and_goes(site: Site) -> None:
    thread = site.thread()
    path = f"/api/threads/{thread}/heartbeat.md"
    assert "no text of its own" in site.refused(404, "GET", path)["detail"]
    for tag in (etag(""), "*"):
        site.refused(412, "PUT", path, json={"content": "x"}, headers={"If-Match": tag})
    made = site.client.put(path, json={"content": "mine"})
    assert (made.json()["path"], made.json()["last_modified"]) == (None, "2026-11-02T12:00:00Z")
    assert site.get(f"/api/threads/{thread}")["own_instructions"] is True
    site.refused(412, "DELETE", path, headers={"If-Match": etag("other")})
    site.refused(412, "DELETE", path, headers={"If-Match": f'"x", W/{etag("mine")}'})
    assert site.client.delete(path, headers={"If-Match": etag("mine")}).status_code == 204
    site.refused(412, "DELETE", path, headers={"If-Match": "*"})
    assert site.client.delete(path).status_code == 204
    site.refused(404, "GET", path)
    assert site.get(f"/api/threads/{thread}")["own_instructions"] is False


def test_check(site: Site) -> None:
    text = (
        "## Checklist\n- Look\n\n```yaml\ntasks:\n  - name: tea\n    interval: 2h\n    prompt: Make tea\n"
        "  - name: bad\n```\n\nAt 9:00 say hello.\n"
    )
    before = site.get(FILE)["content"]
    found = site.post(f"{FILE}/check", {"content": text})
    assert found["plan"]["unread"][0]["text"] == "Look"
    assert [(task["name"], task["interval"]) for task in found["tasks"]] == [("tea", 7200)]
    assert found["plan"]["problems"][0]["line"] == 9
    assert found["empty"] is False
    assert site.post(f"{FILE}/check", {"content": "# Nothing\n"})["empty"] is True
    assert site.get(FILE)["content"] == before


def test_check_keeps_no_secrets(site: Site) -> None:
    said: Any = site.post(
        f"{FILE}/check", {"content": "- Use sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD\n"}
    )
    assert "abcdefghijklmnop" not in str(said)


def test_the_file_stays_where_it_is(site: Site, tmp_path: Path) -> None:
    before = sorted(each.name for each in site.world.folder.iterdir())
    site.client.put(FILE, json={"content": INSTRUCTIONS})
    assert sorted(each.name for each in site.world.folder.iterdir()) == before


PLACES = [FILE, "/api/threads/{}/heartbeat.md"]


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("place", PLACES)
def test_if_none_match_any_makes_and_never_replaces(own: Site, place: str, method: str) -> None:
    path, one, two = place.format(own.thread()), {"content": "one\n"}, {"content": "two\n"}
    own.world.settings.instructions.unlink()
    made = own.client.request(method, path, json=one, headers={"If-None-Match": "*"})
    assert (made.status_code, made.json()["content"]) == (200, "one\n")
    for known in ("*", made.headers["etag"]):
        found = own.refused(412, method, path, json=two, headers={"If-None-Match": known})
        assert "already" in found["detail"]
    assert own.get(path)["content"] == "one\n"
    other = own.client.request(method, path, json=two, headers={"If-None-Match": etag("other")})
    assert (other.status_code, own.get(path)["content"]) == (200, "two\n")


@pytest.mark.parametrize("place", PLACES)
def test_of_many_who_make_it_one_does(own: Site, place: str) -> None:
    path, statuses = place.format(own.thread()), []
    own.world.settings.instructions.unlink()

    def make(number: int) -> None:
        body, only_new = {"content": f"{number}\n"}, {"If-None-Match": "*"}
        with httpx.Client(base_url=own.url, timeout=PATIENCE, trust_env=False) as client:
            statuses.append(client.put(path, json=body, headers=only_new).status_code)

    makers = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert sorted(statuses) == [200, *[412] * 7]


@pytest.mark.parametrize("place", PLACES)
def test_who_has_it_already_gets_304(own: Site, place: str) -> None:
    path = place.format(own.thread())
    tag = own.client.put(path, json={"content": "same\n"}).headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = own.client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert own.client.get(path, headers={"If-None-Match": etag("other")}).status_code == 200
