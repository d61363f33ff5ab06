"""Makes hypothesis-jsonschema, which schemathesis generates by, work with newer releases of Hypothesis.

They have renamed what it draws collections with; it has had no release since. To be removed when it has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from hypothesis.internal.conjecture import utils
from hypothesis_jsonschema import _from_schema


class _Many(utils.many):
    """The new collection under its old interface: ``while many.more()``."""

    _steps: Iterator[None] | None = None

    def more(self) -> bool:
        if self._steps is None:
            self.__enter__()
            self._steps = iter(self)
        try:
            next(self._steps)
        except StopIteration:
            self.__exit__(None)
            return False
        return True


def mend() -> None:
    """Do it, where it is needed."""
    if not hasattr(utils.many, "more"):
        vars(_from_schema)["cu"] = SimpleNamespace(many=_Many)
