"""A model whose replies are kept in a file, so that a run goes on where one stopped and nothing is asked twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from heartbeat_decision.model import Model, ModelUnreachableError, Question, Reply


class PutOffError(ModelUnreachableError):
    """A question is not asked yet, since others of one kind are asked first."""


@dataclass
class KeptModel:
    """Ask a model, and keep each reply in a file.

    Without ``path`` they are kept for as long as it lives; without ``keeps`` not at all. With ``only``, only
    questions that are answered by one of these pairs of words are asked, so that a server keeps the first part of
    their chats; others that are not kept raise `PutOffError`. ``given`` are the replies since it was last cleared,
    ``fresh`` counts those that the model gave now.
    """

    model: Model
    path: Path | None = None
    keeps: bool = True
    only: Collection[tuple[str, ...]] | None = None
    given: list[Reply] = field(default_factory=list)
    fresh: int = 0
    _replies: dict[str, Reply] = field(default_factory=dict, repr=False)
    _digests: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.path is None or not self.path.exists():
            return
        written = self.path.read_text("utf-8")
        for line in written.splitlines():
            with suppress(ValueError):  # of a run that was killed while it wrote
                row = json.loads(line)
                key = row.pop("key")
                self._replies[key] = Reply(**row)
        if written and not written.endswith("\n"):
            self.path.write_text(f"{written}\n", "utf-8")

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Keep the connections of the model."""
        return self.model.connected()

    async def check(self, url: str, model: str) -> str:
        """Return the digest of the model, as it was when it was first asked for.

        Raises:
            ModelUnreachableError: the model cannot be asked.
        """
        if (url, model) not in self._digests:
            self._digests[url, model] = await self.model.check(url, model)
        return self._digests[url, model]

    async def ask(self, question: Question) -> Reply:
        """Return the reply that is kept, or ask and keep it; what the model raises is not kept.

        Raises:
            PutOffError: only words are asked for now, and this asks for more.
            ModelError: the model gave no reply.
        """
        key = _key(question)
        reply = self._replies.get(key)
        if reply is None:
            if self.only is not None and tuple(question.options) not in self.only:
                raise PutOffError("only questions of another kind are asked now")
            reply = await self.model.ask(question)
            self.fresh += 1
            if self.keeps:
                self._replies[key] = reply
                self._write(key, reply)
        self.given.append(reply)
        return reply

    def _write(self, key: str, reply: Reply) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        row: Mapping[str, Any] = {"key": key, **asdict(reply)}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(row, ensure_ascii=False)}\n")


def _key(question: Question) -> str:
    asked = [
        question.model,
        [list(turn) for turn in question.messages],
        question.schema,
        question.temperature,
        question.max_tokens,
        list(question.options),
    ]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
