"""Modules, functions and exception handlers that are too long, or do nothing.

Tests may be longer than what they test, and their functions too. Migrations are kept as they were released, and
generated files (``panel/src/api/schema.d.ts``) as they were generated.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

MODULE_LINES = 400
FUNCTION_LINES = 80
_PYTHON = (
    "graph",
    "heartbeat_decision",
    "nodes",
    "checkpoints",
    "heartbeat",
    "heartbeat_service",
    "evals",
    "benchmarks",
    "examples",
)
_UNLIMITED = (ROOT / "heartbeat/store/migrations/versions", ROOT / "panel/src/api/schema.d.ts")


def _modules() -> list[Path]:
    python = (path for room in _PYTHON for path in (ROOT / room).rglob("*.py"))
    panel = (path for ending in ("ts", "tsx") for path in (ROOT / "panel/src").rglob(f"*.{ending}"))
    return sorted(
        path
        for path in (*python, *panel)
        if not any(path.is_relative_to(place) for place in _UNLIMITED) and ".test." not in path.name
    )


def _found(text: str, name: str) -> Iterator[str]:
    """Yield one sentence for each thing in the source ``text`` that is not allowed; ``name`` is the file's."""
    lines = len(text.splitlines())
    if lines > MODULE_LINES:
        yield f"{name} has {lines} lines; at most {MODULE_LINES} are allowed: split it by its nouns"
    if name.endswith(".py"):
        for node in ast.walk(ast.parse(text)):
            yield from _found_in(node, name)


def _found_in(node: ast.AST, name: str) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES:
            yield f"{name}:{node.lineno} {node.name} has {lines} lines; at most {FUNCTION_LINES} are allowed"
    if isinstance(node, ast.ExceptHandler) and all(_is_nothing(line) for line in node.body):
        yield f"{name}:{node.lineno} swallows an exception: return, log or raise there, or use contextlib.suppress"


def _is_nothing(line: ast.stmt) -> bool:
    return isinstance(line, ast.Pass) or (
        isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and line.value.value is ...
    )


def test_modules_and_functions_are_short_and_no_handler_is_empty() -> None:
    modules = _modules()
    assert len(modules) > 300, "the sources were not found"
    found = [
        sentence
        for path in modules
        for sentence in _found(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ("x = 1\n" * 401, "long.py", "long.py has 401 lines"),
        ("const x = 1;\n" * 401, "Long.tsx", "Long.tsx has 401 lines"),
        ("def f():\n" + "    x = 1\n" * 80, "a.py", "a.py:1 f has 81 lines"),
        ("class C:\n    async def g(self):\n" + "        x = 1\n" * 80, "a.py", "a.py:2 g has 81 lines"),
        ("try:\n    f()\nexcept ValueError:\n    pass\n", "a.py", "a.py:3 swallows an exception"),
        ("try:\n    f()\nexcept* ValueError:\n    ...\n", "a.py", "a.py:3 swallows an exception"),
    ],
)
def test_what_is_not_allowed_is_found(text: str, name: str, sentence: str) -> None:
    assert [each for each in _found(text, name) if each.startswith(sentence)]


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n" * 400,
        "def f():\n" + "    x = 1\n" * 79,
        "try:\n    f()\nexcept ValueError:\n    pass\n    g()\n",
    ],
)
def test_what_is_allowed_is_not_found(text: str) -> None:
    assert not list(_found(text, "a.py"))
