"""Private in, public out: what a thread sees of private connections must not reach others without a person's yes.

A thread leaks if its sources name something private, and one of its targets makes a kind of action public that needs
no approval, unless its config says `outflow: allowed`. It is refused when it is saved. Since a connection may become
private later, the same is checked before a beat looks, before it acts, and before each delivery.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from heartbeat.config import ACTION_KINDS, OTHER_KINDS, Config
from heartbeat.errors import InvalidValueError
from heartbeat.text import as_json, sentence
from heartbeat.vocabulary import Outflow

_FIELDS = ("target", "sources", "approval", "outflow")
"""The fields of a config that decide whether a thread leaks."""
_NAMED = 3
"""Threads that one sentence names."""


class Leak(NamedTuple):
    """What a thread could make public.

    ``seen`` are the private connections that it looks at, ``kinds`` those that need no approval, by public target.
    """

    seen: Sequence[str]
    kinds: Mapping[str, Sequence[str]]

    @property
    def approvals(self) -> list[str]:
        """What a list in ``approval`` needs to have besides what it has."""
        found = dict.fromkeys(kind for kinds in self.kinds.values() for kind in kinds)
        return list(dict.fromkeys(kind if kind in ACTION_KINDS else OTHER_KINDS for kind in found))

    @property
    def remedy(self) -> str:
        """What to do, as the end of a sentence."""
        return f"set approval to always, or to a list with {_listed(self.approvals)}, or outflow to allowed"

    @property
    def why(self) -> str:
        """One sentence on why nothing is done, and what to do."""
        return sentence(
            f"This thread looks at {_listed(self.seen)}, which {_be(self.seen)} private, and "
            f"{_listed(list(self.kinds))} would make it public without a person; {self.remedy}"
        )


def why_elsewhere(seen: Sequence[str], model: str, where: str) -> str:
    """Return one sentence on why a model that is elsewhere is not asked, and what to do.

    ``where`` follows "the model NAME", such as "is at example.com".
    """
    return sentence(
        f"This thread looks at {_listed(seen)}, where something is private, and the model {model} {where}; "
        "take one on this machine or its own network, or set outflow to allowed"
    )


Check = Callable[[Sequence["Change"]], None]
"""Refuses configs that are to be saved, by raising an InvalidValueError."""


class Change(NamedTuple):
    """A config that is to be saved: of whom, as it was (None for one that is new) and as it is to be."""

    whose: str
    before: Config | None
    after: Config


def unchecked(_: Sequence[Change]) -> None:
    """Refuse nothing."""


@dataclass(frozen=True)
class OutflowPolicy:
    """What of a workspace's connections is private, and which kinds of actions a target makes public.

    ``made_public`` returns the kinds of a target outside whose reach is public, and nothing for any other.
    """

    private: Collection[str]
    made_public: Callable[[str], Sequence[str]]

    def of(self, names: Iterable[str]) -> OutflowPolicy:
        """Return the same with the targets of these names alone, each asked now and not again."""
        kinds = {name: self.made_public(name) for name in names}
        return OutflowPolicy(self.private, lambda name: kinds.get(name, ()))

    def seen(self, config: Config) -> list[str]:
        """Return the private connections that a thread looks at; a private one has to be named."""
        return [name for name in config.sources or () if name in self.private]

    def public(self, config: Config) -> dict[str, Sequence[str]]:
        """Return the kinds that the targets of a thread make public, by target."""
        found = {name: self.made_public(name) for name in config.targets}
        return {name: kinds for name, kinds in found.items() if kinds}

    def leak(self, config: Config) -> Leak | None:
        """Return what a thread could make public without a person; None if nothing."""
        if config.outflow == Outflow.ALLOWED:
            return None
        seen = self.seen(config)
        if not seen:
            return None
        kinds = {
            name: [kind for kind in kinds if not config.needs_approval(kind)]
            for name, kinds in self.public(config).items()
        }
        open_kinds = {name: found for name, found in kinds.items() if found}
        return Leak(seen, open_kinds) if open_kinds else None

    def check(self, changes: Sequence[Change]) -> None:
        """Refuse configs by which a thread leaks; one that leaks already may change in all other fields.

        Raises:
            InvalidValueError: one leaks; the message names what is private, what is public and what to do.
        """
        found = [
            (change, leak)
            for change in changes
            if _concerns(change) and (leak := self.leak(change.after)) is not None
        ]
        if found:
            raise _refusal(found)


def _refusal(found: Sequence[tuple[Change, Leak]]) -> InvalidValueError:
    change, leak = found[0]
    names = [change.whose for change, _ in found[:_NAMED]]
    if len(found) > _NAMED:
        names.append(f"{len(found) - _NAMED} more")
    who = "it" if len(found) == 1 else change.whose
    return InvalidValueError(
        "approval",
        f"approval: {as_json(change.after.approval, 60)} is not allowed for {_listed(names)}, since {who} looks at "
        f"{_listed(leak.seen)}, which {_be(leak.seen)} private, and {_listed(list(leak.kinds))} would make it "
        f"public; {leak.remedy}",
    )


def _concerns(change: Change) -> bool:
    before = change.before
    return before is None or any(getattr(before, name) != getattr(change.after, name) for name in _FIELDS)


def _be(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _listed(names: Sequence[str]) -> str:
    """Return names with commas and an ``and`` between them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
