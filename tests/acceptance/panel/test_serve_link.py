"""A real ``heartbeat serve`` on a terminal, and a browser that follows the link it prints."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, expect

from tests.support.ollama import FakeOllama

LINK = re.compile(r"http://127\.0\.0\.1:\d+/#token=[\w-]+")
HEARTBEAT = str(Path(sys.executable).parent / "heartbeat")


def environment(folder: Path, ollama: FakeOllama) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARTBEAT_")}
    return kept | {
        "HEARTBEAT_HOME": str(folder / ".heartbeat"),
        "HEARTBEAT_INSTRUCTIONS": str(folder / "HEARTBEAT.md"),
        "HEARTBEAT_OLLAMA_URL": ollama.url,
        "HEARTBEAT_PORT": "0",
        "COLUMNS": "60",
        "TERM": "xterm",
    }


def command(folder: Path, ollama: FakeOllama, *arguments: str) -> str:
    done = subprocess.run(
        [HEARTBEAT, *arguments],
        env=environment(folder, ollama),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout


@contextmanager
def printed_link(folder: Path, ollama: FakeOllama) -> Iterator[str]:
    """Serve on a terminal of 60 columns; yield the link that it prints, as it can be copied."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [HEARTBEAT, "serve"],
        env=environment(folder, ollama),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        yield first_match(ours)
    finally:
        process.send_signal(signal.SIGTERM)
        while process.poll() is None and _read(ours):
            pass
        assert process.wait(60) == 0
        os.close(ours)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the last process on the terminal has ended
        return b""


def first_match(terminal: int) -> str:
    said = ""
    while part := _read(terminal):
        said += part.decode(errors="replace")
        found = LINK.search(said)
        if found is not None and found.end() < len(said):
            return found[0]
    raise AssertionError(f"no link was printed: {said}")


def test_from_an_empty_folder_to_a_private_connection_without_a_step_by_hand(
    browser: Browser, tmp_path: Path, ollama: FakeOllama
) -> None:
    (tmp_path / "notes").mkdir()
    command(tmp_path, ollama, "init")
    with printed_link(tmp_path, ollama) as link:
        address = link.partition("/#")[0]
        context = browser.new_context()
        page = context.new_page()
        page.goto(link)
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        assert "token" not in page.url
        assert httpx.get(f"{address}/api/threads", trust_env=False).status_code == 200
        # Another process connects something private; the page that came by the link goes on.
        said = command(tmp_path, ollama, "connections", "add", "notes", "folder", "path=notes")
        assert "heartbeat login" in said
        assert httpx.get(f"{address}/api/threads", trust_env=False).status_code == 401
        page.goto(f"{address}/world")
        expect(page.get_by_text("notes").first).to_be_visible()
        expect(page.get_by_label("Token")).to_be_hidden()
        context.close()
