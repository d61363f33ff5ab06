"""The targets of a process by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from heartbeat.targets.port import AnyTarget, Target


class KnownTargets(Mapping[str, AnyTarget]):
    """Map names to targets: to those that are always there, and to those of the connections as they are now.

    ``connected`` returns the latter; one with the name of a target that is always there is not used.
    """

    def __init__(self, fixed: Iterable[AnyTarget], connected: Callable[[], Mapping[str, Target]]) -> None:
        self._fixed = {target.name: target for target in fixed}
        self._connected = connected

    def __getitem__(self, name: str) -> AnyTarget:
        return self._fixed[name] if name in self._fixed else self._connected()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._fixed, *self._connected())))

    def __len__(self) -> int:
        return len(list(iter(self)))
