"""Words of `heartbeat.vocabulary` are compared as members: a type checker lets a misspelt literal pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise, zip_longest
from pathlib import Path

import pytest

from heartbeat.vocabulary import BeatStatus, Reason
from tests.support.paths import ROOT

NAMES = frozenset({"status", "reason", "trigger", "gate", "kind", "node", "decided_by"})
"""What holds a word of the vocabulary, also with ``last_`` before it or ``s`` or ``es`` behind it."""
ROOMS = ("heartbeat", "checkpoints", "heartbeat_decision", "nodes", "graph", "heartbeat_service", "evals")
LEFT_ALONE = (
    "heartbeat/vocabulary",
    "heartbeat/sources",
    "heartbeat/targets",
    "heartbeat/store/migrations",
    "heartbeat/store/rows.py",
    "heartbeat_decision/prompts",
)
_IN = frozenset({"in_", "not_in", "notin_", "is_", "is_not", "startswith", "endswith"})
_COLLECTIONS = frozenset({"frozenset", "set", "tuple", "list", "sorted", "dict"})


def literals(source: str) -> list[int]:
    """Return the lines that compare, match, look up or pass a word of the vocabulary as a literal."""
    tree = ast.parse(source)
    return sorted({node.lineno for node in _Search(tree).found()})


class _Search:
    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.constants: dict[str, ast.expr] = {}
        """Names that the module gives to collections of literals, which literals then may hide behind."""
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.AnnAssign):
                targets = [node.target]
            for target in targets:
                value = getattr(node, "value", None)
                if isinstance(target, ast.Name) and isinstance(value, ast.expr):
                    self.constants[target.id] = value

    def found(self) -> Iterator[ast.expr | ast.keyword]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                for left, right in pairwise(sides):
                    if self._clash(left, right) or self._clash(right, left):
                        yield node
            elif isinstance(node, ast.Match):
                yield from self._matched(node)
            elif isinstance(node, ast.Call):
                yield from self._called(node)
            elif (
                isinstance(node, ast.Subscript)
                and self._holds_word(node.slice)
                and self._is_keyed(node.value)
            ):
                yield node

    def _clash(self, word: ast.expr, other: ast.expr) -> bool:
        if isinstance(word, ast.Tuple) and isinstance(other, ast.Tuple):
            pairs = zip_longest(word.elts, other.elts, fillvalue=ast.Constant(None))
            return any(self._clash(one, another) for one, another in pairs)
        if isinstance(word, ast.Tuple):
            return any(self._holds_word(each) for each in word.elts) and self._is_literal(other)
        return self._holds_word(word) and self._is_literal(other)

    def _matched(self, node: ast.Match) -> Iterator[ast.expr]:
        subjects = node.subject.elts if isinstance(node.subject, ast.Tuple) else [node.subject]
        if any(self._holds_word(subject) for subject in subjects):
            for case in node.cases:
                for pattern in ast.walk(case.pattern):
                    if isinstance(pattern, ast.MatchValue) and self._is_literal(pattern.value):
                        yield pattern.value

    def _called(self, node: ast.Call) -> Iterator[ast.expr | ast.keyword]:
        yield from (
            keyword for keyword in node.keywords if _is_word(keyword.arg) and self._is_literal(keyword.value)
        )
        if not isinstance(node.func, ast.Attribute):
            return
        if node.func.attr in _IN and self._holds_word(node.func.value):
            yield from (argument for argument in node.args if self._is_literal(argument))
        looked_up = node.func.attr == "get" and bool(node.args) and self._holds_word(node.args[0])
        if looked_up and self._is_keyed(node.func.value):
            yield node

    def _holds_word(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name):
                return _is_word(name)
            case ast.Attribute(value=value, attr="value" | "name"):
                return self._holds_word(value)
            case ast.Attribute(attr=name):
                return _is_word(name)
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                return _is_word(name)
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
                return _is_word(name)
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                return _is_word(name)
            case ast.Call(func=ast.Name(id="col" | "str" | "set" | "cast"), args=[*_, value]):
                return self._holds_word(value)
            case ast.BoolOp(values=values):
                return any(self._holds_word(value) for value in values)
            case ast.NamedExpr(value=value):
                return self._holds_word(value)
            case _:
                return False

    def _is_literal(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant(value=str(text)):
                return text != ""
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return any(self._is_literal(part) for part in parts)
            case ast.Starred(value=value):
                return self._is_literal(value)
            case ast.Dict(keys=keys):
                return any(key is not None and self._is_literal(key) for key in keys)
            case ast.Call(func=ast.Name(id=name), args=parts) if name in _COLLECTIONS:
                return any(self._is_literal(part) for part in parts)
            case ast.BinOp(left=left, right=right):
                return self._is_literal(left) or self._is_literal(right)
            case ast.IfExp(body=one, orelse=other):
                return self._is_literal(one) or self._is_literal(other)
            case ast.Name(id=name) if name in self.constants:
                value = self.constants[name]
                return not (isinstance(value, ast.Name) and value.id == name) and self._is_literal(value)
            case _:
                return False

    def _is_keyed(self, node: ast.expr) -> bool:
        """Whether a mapping has literals for keys."""
        node = self.constants.get(node.id, node) if isinstance(node, ast.Name) else node
        return isinstance(node, ast.Dict) and self._is_literal(node)


def _is_word(name: str | None) -> bool:
    name = (name or "").removeprefix("last_")
    return bool({name, name.removesuffix("s"), name.removesuffix("es")} & NAMES)


def _modules() -> list[Path]:
    return [
        path
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if not any((ROOT / left) in (path, *path.parents) for left in LEFT_ALONE)
    ]


def test_no_module_names_a_word_of_the_vocabulary_by_a_literal() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in _modules()
        for line in literals(path.read_text(encoding="utf-8"))
    ]
    assert found == []


PLANTED = """
if beat.status == "skiped": pass
if "skipped" != row.status: pass
if status in ("failed", "abandoned"): pass
if "running" in statuses: pass
if (row.status, row.reason) == ("skipped", None): pass
if (row.reason or "none") == "busy": pass
if claim["trigger"] == "scheduled": pass
if state.get("decided_by") == "rules": pass
if getattr(row, "kind", None) is "vote": pass
if view.last_status == "failed": pass
if beat.status.value == "failed": pass
OVER = frozenset({"failed"}) | {"missed"}
if beat.status not in OVER: pass
query = col(Beat.status) == "running"
query = col(Beat.status).in_(("running", "missed"))
query = Beat.trigger.is_not("manual")
query = Filter(status="running")
step = Step(node="decide" if known else "settle")
words = {"acted": "green"}[beat.status]
COLOURS: dict = {"acted": "green"}
words = COLOURS.get(beat.status, "")
words = COLOURS[status]
""".strip().splitlines()
MATCHED = """match beat.status:
    case BeatStatus.ACTED: pass
    case "failed" | BeatStatus.MISSED: pass
    case "abandoned" if beat.reason: pass
match (row.status, gate):
    case (_, "busy"): pass
"""
FINE = """
if beat.status == BeatStatus.SKIPPED: pass
if status in UNSETTLED or reason in (Reason.BUSY, None): pass
if answer.status_code == 200 or error.reason == "": pass
if section.title == "rules" or form == "mermaid": pass
span.set_status(StatusCode.ERROR, "status")
query = col(Beat.status).in_(sorted(UNSETTLED))
words = {BeatStatus.ACTED: "green"}.get(beat.status, "")
found = {"status": beat.status, "kind": kind}
"""


def test_each_form_of_a_planted_literal_is_found() -> None:
    planted = [number for number, line in enumerate(PLANTED, 1) if not line.startswith(("OVER", "COLOURS"))]
    assert literals("\n".join(PLANTED)) == planted
    assert literals(MATCHED) == [3, 4, 6]
    assert literals(FINE) == []


@pytest.mark.parametrize("word", [*BeatStatus, *Reason])
def test_each_status_and_reason_is_in_the_docs(word: str) -> None:
    assert f"`{word}`" in (ROOT / "docs/concepts.md").read_text(encoding="utf-8")
