"""Loads the templates: those of the package, and a workspace's own in place of them."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from heartbeat.errors import PromptError
from heartbeat.settings import Settings
from heartbeat.text import clause, clean
from heartbeat_decision.prompts.asking import ASKING, Asking, read_all
from heartbeat_decision.prompts.check import FILTERS, check
from heartbeat_decision.prompts.variables import VARIABLES

NAMES = tuple(VARIABLES)
FILES = (*(f"{name}.txt" for name in NAMES), *(f"{name}.yaml" for name in ASKING))
"""Every file of words: templates, and the questions for texts."""
_GONE = frozenset(
    f"{name}.yaml"
    for name in (
        "about",
        "asks",
        "bound",
        "brief",
        "choose",
        "forbids",
        "hours",
        "label",
        "match",
        "named",
        "reply",
        "says",
        "secret",
        "sums",
        "title",
        "wanted",
    )
)
"""Files that earlier versions read: a workspace may still have its own."""
MAX_BYTES = 16_384
_SUFFIXES = (".txt", ".yaml")
_PACKAGE = Path(__file__).parent


def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False, cache_size=0
    )
    made.globals.clear()
    made.tests.clear()
    for name in made.filters.keys() - set(FILTERS):
        del made.filters[name]
    return made


_ENVIRONMENT = _environment()


@dataclass(frozen=True)
class Templates:
    """The words of a workspace. ``own`` are those it has of its own; ``version`` changes with every word.

    ``texts`` are the templates and the YAML of the questions for texts, by name; ``asking`` are those questions,
    read. ``unused`` are files of the workspace that only earlier versions read.
    """

    texts: Mapping[str, str]
    version: str
    asking: Mapping[str, Asking]
    own: Mapping[str, Path] = field(default_factory=dict)
    unused: tuple[Path, ...] = ()

    @property
    def warning(self) -> str | None:
        """A sentence about files that are not used any more; None where there are none."""
        if not self.unused:
            return None
        shown = ", ".join(str(path) for path in self.unused)
        one = len(self.unused) == 1
        return (
            f"{shown} {'is' if one else 'are'} not used any more, since a beat follows the plan; "
            f"remove {'it' if one else 'them'}"
        )

    def render(self, name: str, **values: Any) -> str:
        """Return the text of a template.

        What is put in is never read as a template.

        Raises:
            PromptError: it cannot be filled in, for instance because it compares a text with a number.
        """
        return _rendered(name, self.texts[name], self.origin(name), values)

    def age(self, minutes: int) -> str:
        """Return the words for an age, on one line; they are worked out once.

        Raises:
            PromptError: the template cannot be filled in.
        """
        return _age(self.texts["age"], self.origin("age"), minutes)

    def origin(self, name: str) -> str:
        """Return what people call the file of a template."""
        return str(self.own.get(name, file_of(name)))


def _rendered(name: str, source: str, origin: str, values: Mapping[str, Any]) -> str:
    try:
        return _compiled(name, source, origin).render(**values)
    except PromptError:
        raise
    except Exception as error:
        said = clause(f"{type(error).__name__}: {error}")
        raise PromptError(f"{origin} cannot be filled in: {said}") from error


@lru_cache(maxsize=4096)
def _age(source: str, origin: str, minutes: int) -> str:
    values = {"minutes": minutes, "hours": minutes // 60, "days": minutes // 1_440}
    return clean(_rendered("age", source, origin, values), multiline=False)


def file_of(name: str) -> str:
    """Return the name of the file that holds these words."""
    return f"{name}.yaml" if name in ASKING else f"{name}.txt"


def templates_of(settings: Settings) -> Templates:
    """Return the templates of a workspace as they are now; a folder that nobody named need not be there.

    Raises:
        PromptError: a template cannot be used.
    """
    if settings.prompts is None and not settings.prompts_path.is_dir():
        return load_templates(None)
    return load_templates(settings.prompts_path)


def load_templates(folder: Path | None) -> Templates:
    """Return the templates of the package, and in place of them those of the same name in ``folder``.

    Raises:
        PromptError: a template cannot be used; the sentence names file, line and what is allowed.
    """
    return _shipped_templates() if folder is None else _with(*_own(folder))


@cache
def _shipped_templates() -> Templates:
    return _with({}, ())


def _with(own: Mapping[str, Path], unused: tuple[Path, ...]) -> Templates:
    texts = {**_shipped(), **{name: _read(path) for name, path in own.items()}}
    for name, path in own.items():
        if name in NAMES:
            _compiled(name, texts[name], str(path))
    asking = _asking(tuple((name, texts[name], str(own.get(name, file_of(name)))) for name in ASKING))
    joined = "\0".join(texts[name] for name in (*NAMES, *ASKING))
    return Templates(texts, hashlib.sha256(joined.encode()).hexdigest()[:12], asking, own, unused)


@cache
def _shipped() -> dict[str, str]:
    texts = {Path(file).stem: _read(_PACKAGE / file) for file in FILES}
    for name in NAMES:
        _compiled(name, texts[name], file_of(name))
    return texts


@lru_cache(maxsize=32)
def _asking(named: tuple[tuple[str, str, str], ...]) -> Mapping[str, Asking]:
    texts = {name: text for name, text, _ in named}
    return read_all(texts, {name: origin for name, _, origin in named})


def _own(folder: Path) -> tuple[dict[str, Path], tuple[Path, ...]]:
    """Return the templates in a folder by name, and its files that only earlier versions read."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
    except OSError as error:
        raise PromptError(
            f"HEARTBEAT_PROMPTS: {folder} cannot be read: {error.strerror or error}; allowed: a folder"
        ) from None
    for path in found:
        if path.name not in FILES and path.name not in _GONE:
            allowed = ", ".join(FILES)
            raise PromptError(f"{path} is not the name of a template; allowed: {allowed}")
    unused = tuple(path for path in found if path.name in _GONE)
    return {path.stem: path for path in found if path not in unused}, unused


def _read(path: Path) -> str:
    try:
        # A pipe would block the open, so the kind of file is looked at first.
        if not stat.S_ISREG(path.stat().st_mode):
            raise PromptError(f"{path} is not a file; allowed: a text file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror or error}; allowed: a text file") from None
    if len(data) > MAX_BYTES:
        raise PromptError(f"{path} is too large; allowed: up to {MAX_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PromptError(f"{path} line {line}: this is not UTF-8; allowed: UTF-8 text") from None


@lru_cache(maxsize=256)
def _compiled(name: str, source: str, origin: str) -> Template:
    check(_ENVIRONMENT, name, source, origin)
    try:
        return _ENVIRONMENT.from_string(source)
    except Exception as error:
        # Whatever Python finds too large or too deep.
        raise PromptError(f"{origin} cannot be used: {type(error).__name__}: {error}") from error
