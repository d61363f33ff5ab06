"""Preconditions on the stored text for replacing it (If-Match and the like)."""

from __future__ import annotations

from dataclasses import dataclass

from heartbeat.errors import StaleError


@dataclass(frozen=True)
class Condition:
    """A precondition on the SHA-256 of the stored text; all parts that are set must hold.

    ``any_of`` and ``none_of``: the hash is, or is not, one of these. ``there`` and ``absent``: a text exists, or does
    not.
    """

    any_of: frozenset[str] | None = None
    none_of: frozenset[str] = frozenset()
    there: bool = False
    absent: bool = False

    @classmethod
    def is_still(cls, sha256: str) -> Condition:
        """Return the condition that the text still has this hash."""
        return cls(any_of=frozenset({sha256}))

    def check(self, found: str | None, name: object) -> None:
        """Check the condition against the hash of the stored text, None if there is no text.

        Raises:
            StaleError: the condition does not hold; the caller must not write.
        """
        if found is None and (self.there or self.any_of is not None):
            raise StaleError(
                f"there is no {name} that could be replaced, and nothing was written; read it again"
            )
        if found is not None and (self.absent or found in self.none_of):
            raise StaleError(f"there is a {name} already, and nothing was written")
        if self.any_of is not None and found not in self.any_of:
            raise StaleError(f"{name} was changed since it was read, and nothing was written; read it again")
