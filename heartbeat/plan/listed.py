"""The list below a text that a model wrote: what it does not tell of, by name."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from heartbeat.text import truncate


class Listed(BaseModel):
    """Names for below a text, the newest first, and how ``many`` there are with those that are not among them."""

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...] = ()
    many: int = 0

    def below(self, text: str, limit: int, *, one_line: bool = False) -> str:
        """Return the text with the list below it, or after it on ``one_line``.

        As many whole names as fit in ``limit`` characters are listed, and how many more there are. Where not even
        that fits the text is cut, so that nothing is left out without a word.
        """
        for number in range(len(self.names), -1, -1):
            more = [f"and {self.many - number} more"] if self.many > number else []
            named = [*self.names[:number], *more]
            listed = "".join(f"; {each}" if one_line else f"\n- {each}" for each in named)
            below = listed if one_line or not text else f"\n{listed}"
            room = limit - len(below)
            if named and (len(text) <= room or (number == 0 and room > 0)):
                return f"{truncate(text, room)}{below}".lstrip("\n")
        return text
