"""The installed command as a process: exit codes, stderr, what it imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import heartbeat
from tests.integration.cli.conftest import Cli

SCRIPT = Path(sys.executable).with_name("heartbeat")


def _run(*arguments: str | bytes, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def _imported(*arguments: str) -> set[str]:
    call = [sys.executable, "-X", "importtime", str(SCRIPT), *arguments]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    return {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}


def test_version() -> None:
    done = _run("--version")
    assert (done.returncode, done.stdout) == (0, f"heartbeat {heartbeat.__version__}\n")


def test_a_command_imports_no_more_than_it_needs() -> None:
    for light in ("--version", "--help"):
        assert not _imported(light) & {"langchain_core", "langgraph", "sqlalchemy"}
    assert not _imported("threads", "list") & {"langchain_core", "langgraph"}
    assert not _imported("history") & {
        "langchain_core",
        "langgraph",
        "fastapi",
        "markdown_it",
        "yaml",
        "httpx",
    }
    assert _imported("graph") >= {"langchain_core", "langgraph"}


def test_a_service_imports_the_client_of_models_with_its_first_question() -> None:
    imported = _imported("serve", "--help")
    assert imported >= {"langgraph", "fastapi"}
    assert not imported & {"langchain_ollama", "ollama"}


COLLECTOR = """
import atexit, gc, sys
from heartbeat_service.cli.app import main
atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 100_000, file=sys.stderr))
sys.argv = ["heartbeat", "history"]
main()
"""


def test_garbage_is_collected_once_a_command_is_imported_but_not_among_its_modules() -> None:
    done = subprocess.run([sys.executable, "-c", COLLECTOR], capture_output=True, text=True, check=True)
    assert done.stderr == "True True\n"


@pytest.mark.parametrize("arguments", [(), ("--help",), ("threads",), ("forum", "--help")])
def test_help(arguments: tuple[str, ...]) -> None:
    done = _run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: heartbeat" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("bea",), ("beat",), ("beat", "nobody"), ("--nope",), ("history", "--limit", "x")]
)
def test_bad_usage_is_one_line_and_exit_2(arguments: tuple[str, ...]) -> None:
    done = _run(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("heartbeat: ")


def test_a_bad_setting_is_one_line_and_exit_2() -> None:
    done = _run("history", HEARTBEAT_OLLAMA_URL="ftp://x")
    assert done.returncode == 2
    assert done.stderr.startswith("heartbeat: HEARTBEAT_OLLAMA_URL: 'ftp://x' is not allowed")


@pytest.mark.skipif(os.name != "posix", reason="arguments are bytes on POSIX only")
def test_an_argument_that_is_no_text_is_one_line_and_exit_2() -> None:
    done = _run("forum", "post", "general", "--title", b"\xff", "--content", "c", "--author", "a")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_broken_database_is_one_line_and_exit_1(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "heartbeat.db").write_text("this is not a database at all, but a text")
    done = _run("history")
    assert (done.returncode, done.stderr) == (
        1,
        "heartbeat: The database is damaged, or is no database (file is not a database). "
        "Stop Heartbeat, then: heartbeat restore DIR --replace; see: heartbeat doctor.\n",
    )
    assert "Traceback" in _run("history", HEARTBEAT_DEBUG="1").stderr


def test_a_folder_that_cannot_be_made_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = _run("history", HEARTBEAT_HOME=str(tmp_path / "file"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_newer_database_is_refused(cli: Cli, tmp_path: Path) -> None:
    import sqlite3

    cli.fine("init")
    connection = sqlite3.connect(tmp_path / "home" / "heartbeat.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    assert "newer Heartbeat" in cli.refused("history")


def test_output_for_a_pipe_has_no_escapes(cli: Cli) -> None:
    cli.fine("demo")
    done = _run("beat", "demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "\r" not in done.stdout


def test_a_narrow_character_set_ends_nothing(cli: Cli) -> None:
    cli.fine("demo")
    cli.fine("threads", "add", "t", "--title", "日本 é 😀")
    done = _run("threads", "show", "t", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u65e5" in done.stdout
    done = _run("threads", "show", "t", "--json", PYTHONIOENCODING="ascii")
    assert "\\ud83d\\ude00" in done.stdout


@pytest.mark.parametrize("command", ["init", "demo"])
def test_next_steps_can_be_typed_as_they_stand(command: str) -> None:
    """By the path by which it was called, unless the shell knows it by its name."""
    assert f"{SCRIPT} beat " in _run(command, PATH="/usr/bin:/bin").stdout
    named = _run(command, PATH=f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}").stdout
    assert f"{SCRIPT}" not in named
    assert "heartbeat beat " in named


def test_demo_without_its_next_steps() -> None:
    said = _run("demo", "--quiet").stdout
    assert "The thread demo is here, with 5 posts" in said
    assert "Next:" not in said
