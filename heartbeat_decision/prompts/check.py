"""Checks a template before it is used: what it may say is small enough to be known in advance.

A template is text, ``{{ variable }}``, ``{% if %}`` and ``{% for %}`` over a list, with comparisons and a few
filters; no calls, no assignments, no includes. So every name is either documented or refused, and nothing runs for
long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from heartbeat.errors import PromptError
from heartbeat.text import clause
from heartbeat_decision.prompts.variables import IN_ORDER, REQUIRED, VARIABLES

FILTERS = ("capitalize", "length", "lower", "upper")
_LOOP = ("first", "index", "last")
_ALLOWED = "text, {{ variable }}, {% if %} and {% for %}"


@dataclass(frozen=True)
class _Use:
    """A variable that is shown; ``sure`` where no condition but its own presence stands before it."""

    path: str
    line: int
    sure: bool


def check(environment: ImmutableSandboxedEnvironment, name: str, source: str, origin: str) -> None:
    """Check the template ``name``; ``origin`` is what people call its file.

    Raises:
        PromptError: one sentence with file, line and what is allowed.
    """
    try:
        tree = environment.parse(source)
        checking = _Check(name, origin)
        checking.body(tree.body, {}, ())
    except TemplateSyntaxError as error:
        said = clause(error.message or "bad syntax")
        raise PromptError(f"{origin} line {error.lineno}: {said}; allowed: {_ALLOWED}") from None
    except RecursionError:
        raise PromptError(f"{origin}: nested too deeply; allowed: {_ALLOWED}") from None
    except ValueError as error:
        raise PromptError(f"{origin}: {error}; allowed: {_ALLOWED}") from None
    checking.complete()


@dataclass
class _Check:
    name: str
    origin: str
    uses: list[_Use] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = VARIABLES[self.name]
        self.lists = {path.partition("[]")[0] for path in self.known if "[]" in path}

    def body(
        self, parts: Sequence[nodes.Node], scope: dict[str, str], conditions: tuple[str | None, ...]
    ) -> None:
        """Walk what is shown; ``scope`` holds the entries of loops, ``conditions`` what it depends on."""
        for part in parts:
            match part:
                case nodes.Output():
                    for shown in part.nodes:
                        if not isinstance(shown, nodes.TemplateData):
                            self.shown(shown, scope, conditions)
                case nodes.If():
                    self.test(part.test, scope)
                    self.body(part.body, scope, (*conditions, self._presence(part.test, scope)))
                    for branch in part.elif_:
                        self.body([branch], scope, (*conditions, None))
                    self.body(part.else_, scope, (*conditions, None))
                case nodes.For():
                    self._loop(part, scope, conditions)
                case _:
                    self._refuse(part, f"{type(part).__name__.lower()} is not allowed", _ALLOWED)

    def shown(self, value: nodes.Node, scope: dict[str, str], conditions: tuple[str | None, ...]) -> None:
        """Walk an expression whose value ends up in the prompt."""
        match value:
            case nodes.Name() | nodes.Getattr():
                path = self._leaf(value, scope)
                sure = all(each is not None and _is_part(path, each) for each in conditions)
                self.uses.append(_Use(path, value.lineno, sure))
            case nodes.Or():
                self.shown(value.left, scope, conditions)
                self.shown(value.right, scope, (*conditions, None))
            case nodes.CondExpr():
                self.test(value.test, scope)
                for branch in filter(None, (value.expr1, value.expr2)):
                    self.shown(branch, scope, (*conditions, None))
            case nodes.Filter() if value.name != "length":
                self._filter(value)
                self.shown(_inner(value), scope, conditions)
            case _:
                self.test(value, scope)

    def test(self, value: nodes.Node, scope: dict[str, str]) -> None:
        """Walk an expression that is only looked at."""
        match value:
            case nodes.Const():
                pass
            case nodes.Name() | nodes.Getattr():
                if self._path(value, scope) not in self.lists:
                    self._leaf(value, scope)
            case nodes.Filter():
                self._filter(value)
                self.test(_inner(value), scope)
            case (
                nodes.Not() | nodes.Compare() | nodes.Operand() | nodes.Or() | nodes.And() | nodes.CondExpr()
            ):
                for each in value.iter_child_nodes():
                    self.test(each, scope)
            case _:
                self._refuse(value, f"{type(value).__name__.lower()} is not allowed", _ALLOWED)

    def complete(self) -> None:
        """See that nothing is missing that has to be there."""
        sure = [use.path for use in self.uses if use.sure]
        for path in REQUIRED[self.name]:
            if path not in sure:
                raise PromptError(
                    f"{self.origin}: {_written(path)} is missing; "
                    "it has to be there, under no condition but that there is one"
                )
        order = IN_ORDER.get(self.name, ())
        found = [use for use in self.uses if use.path in order]
        for use, path in zip(found, order, strict=False):
            if use.path != path:
                self._out_of_order(use, order)
        for use in found[len(order) :]:
            self._out_of_order(use, order)

    def _loop(self, loop: nodes.For, scope: dict[str, str], conditions: tuple[str | None, ...]) -> None:
        if scope:
            self._refuse(loop, "a loop inside a loop is not allowed", "one loop at a time")
        if loop.test is not None or loop.recursive or not isinstance(loop.target, nodes.Name):
            self._refuse(loop, "this loop is not allowed", "{% for entry in list %}")
        path = self._path(loop.iter, scope) if isinstance(loop.iter, nodes.Name) else None
        if path not in self.lists:
            self._refuse(loop, "this is no list", ", ".join(sorted(self.lists)) or "no loops")
        inner = {**scope, loop.target.name: f"{path}[]", "loop": "loop"}
        self.body(loop.body, inner, (*conditions, path))
        self.body(loop.else_, scope, (*conditions, None))

    def _leaf(self, value: nodes.Node, scope: dict[str, str]) -> str:
        path = self._path(value, scope)
        if path in self.lists:
            entry = path.rstrip("s")
            self._refuse(value, f"{path} is a list", f"{{% for {entry} in {path} %}}")
        if path.startswith("loop.") and path.removeprefix("loop.") in _LOOP:
            return path
        if path not in self.known:
            self._refuse(value, f"{{{{ {_spelled(value)} }}}} is unknown", self._near(path, scope))
        return path

    def _near(self, path: str, scope: dict[str, str]) -> str:
        entry = path.partition("[].")[0]
        fields = [each.partition("[].")[2] for each in self.known if each.startswith(f"{entry}[].")]
        target = next((name for name, of in scope.items() if of == f"{entry}[]"), None)
        if target and fields:
            return ", ".join(f"{target}.{each}" for each in fields)
        plain = [each for each in self.known if "[]" not in each]
        return ", ".join([*plain, *sorted(self.lists), *(name for name in scope if name != "loop")])

    def _path(self, value: nodes.Node, scope: dict[str, str]) -> str:
        if isinstance(value, nodes.Name):
            return scope.get(value.name, value.name)
        if not isinstance(value, nodes.Getattr):
            self._refuse(value, f"{type(value).__name__.lower()} is not allowed", _ALLOWED)
        return f"{self._path(value.node, scope)}.{value.attr}"

    def _presence(self, value: nodes.Node, scope: dict[str, str]) -> str | None:
        return self._path(value, scope) if isinstance(value, nodes.Name) else None

    def _filter(self, value: nodes.Filter) -> None:
        if value.name not in FILTERS or value.args or value.kwargs or value.node is None:
            self._refuse(value, f"the filter {value.name} is not allowed", ", ".join(FILTERS))

    def _out_of_order(self, use: _Use, order: Sequence[str]) -> NoReturn:
        listed = ", ".join(_written(path) for path in order)
        raise PromptError(
            f"{self.origin} line {use.line}: {_written(use.path)} is in the wrong place; "
            f"allowed: {listed}, each once and in this order"
        )

    def _refuse(self, value: nodes.Node, said: str, allowed: str) -> NoReturn:
        raise PromptError(f"{self.origin} line {value.lineno}: {said}; allowed: {allowed}")


def _inner(value: nodes.Filter) -> nodes.Node:
    return value.node or nodes.Const(None)


def _is_part(path: str, of: str) -> bool:
    """Whether asking if ``of`` is there asks no more than if ``path`` is."""
    return path == of or path.startswith(f"{of}[]")


def _spelled(value: nodes.Node) -> str:
    match value:
        case nodes.Name():
            return value.name
        case nodes.Getattr(node=inner, attr=name):
            return f"{_spelled(inner)}.{name}"
        case _:
            return "..."


def _written(path: str) -> str:
    owner, is_entry, rest = path.partition("[]")
    return f"{{{{ {path} }}}}" if not is_entry else f"{{% for entry in {owner} %}} {{{{ entry{rest} }}}}"
