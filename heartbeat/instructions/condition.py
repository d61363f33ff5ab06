"""What must hold of the text that is there, so that another may take its place."""

from __future__ import annotations

from dataclasses import dataclass

from heartbeat.errors import StaleError


@dataclass(frozen=True)
class Condition:
    """A condition on the sha256 of the text that is there; every part that is set has to hold.

    ``any_of``: it is one of these. ``none_of``: it is none of these. ``there``: there is a text.
    ``absent``: there is none.
    """

    any_of: frozenset[str] | None = None
    none_of: frozenset[str] = frozenset()
    there: bool = False
    absent: bool = False

    @classmethod
    def is_still(cls, sha256: str) -> Condition:
        """Return the condition that the text is the one that was read."""
        return cls(any_of=frozenset({sha256}))

    def check(self, found: str | None, name: object) -> None:
        """Compare with the text that is there; ``found`` is None where there is none.

        Raises:
            StaleError: the condition does not hold; nothing should be written.
        """
        if found is None and (self.there or self.any_of is not None):
            raise StaleError(
                f"there is no {name} that could be replaced, and nothing was written; read it again"
            )
        if found is not None and (self.absent or found in self.none_of):
            raise StaleError(f"there is a {name} already, and nothing was written")
        if self.any_of is not None and found not in self.any_of:
            raise StaleError(f"{name} was changed since it was read, and nothing was written; read it again")
