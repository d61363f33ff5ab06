"""The token that callers of the HTTP API show, and whether it is demanded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from heartbeat.settings import Settings
from heartbeat.token_file import SHORTEST, TokenFile, TokenFileError


@dataclass(frozen=True)
class Key:
    """The token at one moment, None if none was made yet; ``from_setting`` if it is that of HEARTBEAT_API_TOKEN."""

    token: str | None = field(repr=False)
    demanded: bool
    from_setting: bool = False

    @property
    def is_strong(self) -> bool:
        """Whether it cannot be guessed, however many guesses there are."""
        return self.token is not None and len(self.token) >= SHORTEST

    @property
    def mark(self) -> str:
        """What a caller was let in with; when it changes, callers have to be checked anew."""
        return self.token or "" if self.demanded else ""


@dataclass
class Access:
    """What callers of one service have to show.

    The token of HEARTBEAT_API_TOKEN is always demanded. Where it is not set, that of HOME/token is demanded as
    soon as ``has_private`` is true, and from then on until the process ends, whatever is removed.
    """

    settings: Settings
    has_private: Callable[[], bool]
    _seen: bool = field(default=False, init=False)
    was_open: bool = field(default=False, init=False)
    """Whether the last look found that no token was demanded."""

    @property
    def is_quick(self) -> bool:
        """Whether `key` reads no database."""
        return self._seen or self.settings.api_token is not None

    def key(self) -> Key:
        """Return the token as it is now; where it is demanded and there is none, it is made.

        Raises:
            TokenFileError: it is demanded, and its file cannot be used.
            OSError: it cannot be made.
            SQLAlchemyError: the database cannot be read.
        """
        if self.settings.api_token is not None:
            return Key(self.settings.api_token.get_secret_value(), demanded=True, from_setting=True)
        file = TokenFile.of(self.settings)
        self._seen = self._seen or self.has_private()
        self.was_open = not self._seen
        if self._seen:
            return Key(file.ensure(), demanded=True)
        try:
            return Key(file.read(), demanded=False)
        except TokenFileError:
            return Key(None, demanded=False)  # nobody needs it yet, and the doctor says what is wrong with it
