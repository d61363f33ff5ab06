"""With a real model behind the Ollama protocol, on the example workspace; only where one is named.

HEARTBEAT_TEST_OLLAMA_URL names the server, HEARTBEAT_TEST_MODEL the model.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heartbeat.store import Store, forum

URL = os.environ.get("HEARTBEAT_TEST_OLLAMA_URL")
MODEL = os.environ.get("HEARTBEAT_TEST_MODEL", "qwen2.5-coder:1.5b")

pytestmark = [
    pytest.mark.one_question,  # a dry run has to show a decision of the model
    pytest.mark.ollama,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not URL, reason="HEARTBEAT_TEST_OLLAMA_URL names no model server"),
]


def heartbeat(folder: Path, *arguments: str) -> str:
    environment = {
        **os.environ,
        "HEARTBEAT_HOME": str(folder / "home"),
        "HEARTBEAT_INSTRUCTIONS": str(folder / "HEARTBEAT.md"),
        "HEARTBEAT_OLLAMA_URL": str(URL),
        "HEARTBEAT_MODEL": MODEL,
        "HEARTBEAT_MODEL_TIMEOUT": "300",
    }
    command = [str(Path(sys.executable).parent / "heartbeat"), *arguments]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def own_writing(folder: Path) -> int:
    """How many posts and comments of the agent the forum holds."""
    store = Store(folder / "home" / "heartbeat.db")
    posts = store.read(forum.posts, now=datetime.now(UTC), limit=200)
    comments = [row for post in posts for row in store.read(forum.comments_on, post.id or 0)]
    store.close()
    return sum(
        author == "heartbeat" for author in [row.author for row in posts] + [row.author for row in comments]
    )


def test_dry_run_shows_a_decision_then_a_beat_acts(tmp_path: Path) -> None:
    heartbeat(tmp_path, "demo")
    heartbeat(tmp_path, "threads", "set", "demo", "temperature=0")
    dry = json.loads(heartbeat(tmp_path, "beat", "demo", "--dry-run", "--json"))
    assert (dry["status"], dry["decided_by"], dry["model"]) == ("dry_run", "model", MODEL)
    assert dry["decision"]["action"] in ("post", "comment")
    assert own_writing(tmp_path) == 0

    beat = json.loads(heartbeat(tmp_path, "beat", "demo", "--json"))
    assert (beat["status"], beat["decided_by"]) == ("acted", "model")
    [action] = beat["actions"]
    assert action["kind"] in ("post", "comment")
    assert action["receipt"]
    assert own_writing(tmp_path) == 1
