"""The conformance suite of targets: what every target outside has to hold to, for the tests of plug-ins."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from heartbeat.capabilities import Capabilities
from heartbeat.errors import NotSentError, RefusedError
from heartbeat.outgoing import Outgoing
from heartbeat.targets import BUILT_IN, Target, is_searchable
from heartbeat.testing.calls import Caller, GoesOnError
from heartbeat.vocabulary import NOTICE, NoteMode

DEADLINE = 10.0
"""Seconds that each delivery of the suite may take."""
GRACE = 5.0
"""Seconds after its deadline in which a call has to end."""
MAX_RECEIPT = 10_000
"""Characters of the longest receipt that is kept, as JSON."""
_NAME = re.compile(r"[a-z0-9_-]{1,64}")


def check_target(
    make_target: Callable[[], Target],
    actions: Sequence[Outgoing],
    *,
    effects: Callable[[], int],
    refused: Outgoing | None = None,
    unreachable: Callable[[], Target] | None = None,
    hanging: Callable[[], Target] | None = None,
    deadline: float = DEADLINE,
) -> None:
    """Check that a target does what `heartbeat.targets.Target` says; call it from a plain test.

    ``make_target`` makes the target, connected to a counterpart that the test has started. ``actions`` are one or
    more for each kind that it takes, and ``effects`` counts what has arrived there so far. ``refused`` is an action
    that the counterpart refuses. ``unreachable`` makes a target whose counterpart cannot be reached, ``hanging`` one
    whose counterpart accepts a connection and never answers; it is given a tenth of ``deadline``, which is in
    seconds.

    Raises:
        AssertionError: one sentence for each thing that is not as it should be.
    """
    with Caller(deadline, GRACE) as caller:
        suite = _Suite(make_target, actions, effects, caller)
        found = [*suite.declared()]
        if not found:
            found += [*suite.delivered(), *suite.repeated(), *suite.searched()]
            if refused is not None:
                found += suite.refused(refused)
            if unreachable is not None:
                found += suite.unreachable(unreachable)
            if hanging is not None:
                found += suite.hanging(hanging)
    if found:
        raise AssertionError("\n".join(["The target does not do what its port says:", *found]))


@dataclass(frozen=True)
class _Suite:
    """The parts of the check; each yields one sentence for each fault."""

    make: Callable[[], Target]
    actions: Sequence[Outgoing]
    effects: Callable[[], int]
    caller: Caller

    def declared(self) -> Iterator[str]:
        """Check the name and the capabilities."""
        target: Any = self.make()
        if hasattr(target, "apply"):
            yield "apply: a target outside has none; it has deliver(action, key, deadline)"
            return
        name = getattr(target, "name", None)
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in BUILT_IN:
            allowed = f"1 to 64 of a-z, 0-9, _ and -, and none of {', '.join(BUILT_IN)}"
            yield f"name: {name!r:.80}; allowed: {allowed}"
        if not callable(getattr(target, "deliver", None)):
            yield "deliver: it has no such method"
        able: Any = target.capabilities()
        if not isinstance(able, Capabilities):
            yield f"capabilities: they are {able!r:.80}; allowed: heartbeat.capabilities.Capabilities"
            return
        if self.make().capabilities() != able:
            yield "capabilities: two targets that are made alike declare different ones"
        yield from _bounds(able)
        yield from self._kinds(able)

    def delivered(self) -> Iterator[str]:
        """Check that each action has one effect and a receipt, and that texts may be as long as is declared."""
        able = self.make().capabilities()
        for action in self.actions:
            for each in (action, *_longest(action, able)):
                yield from self._one_effect(each)

    def repeated(self) -> Iterator[str]:
        """Check that a key that is remembered has one effect."""
        target = self.make()
        if target.capabilities().remembers_keys:
            yield from self._one_effect(self.actions[0], times=2)

    def searched(self) -> Iterator[str]:
        """Check that what has arrived is found, and nothing else."""
        target = self.make()
        if not is_searchable(target):
            return
        try:
            other = self.caller.find(target, uuid4().hex)
            if other is not None:
                yield f"find: it returns {other!r:.80} for a key that it never had; allowed: None"
            key = uuid4().hex
            self.caller.deliver(target, self.actions[0], key)
            before = self.effects()
            receipt = self.caller.find(target, key)
            if receipt is None:
                yield "find: it returns None for a key that was delivered; allowed: the receipt"
            else:
                yield from _receipt("find", receipt)
            if self.effects() != before:
                yield "find: looking for a delivery has an effect"
        except Exception as error:  # noqa: BLE001 - a target may raise anything
            yield f"find: {_said(error)}"

    def refused(self, action: Outgoing) -> Iterator[str]:
        """Check what is raised for an action that the counterpart refuses."""
        yield from self._raised(self.make(), action, RefusedError, "it is refused")

    def unreachable(self, make: Callable[[], Target]) -> Iterator[str]:
        """Check what is raised where nothing can be reached."""
        yield from self._raised(make(), self.actions[0], NotSentError, "nothing can be reached")

    def hanging(self, make: Callable[[], Target]) -> Iterator[str]:
        """Check that a call ends at its deadline, and that a loss after the first byte is not called *not sent*."""
        try:
            receipt = self.caller.deliver(make(), self.actions[0], uuid4().hex, self.caller.deadline / 10)
            yield f"deliver: it returns {receipt!r:.80} where nothing answers; allowed: an exception"
        except GoesOnError:
            yield f"deliver: it goes on {GRACE:g} s after its deadline; allowed: to end at its deadline"
        except (NotSentError, RefusedError) as error:
            yield (
                f"deliver: it raises {type(error).__name__} where nothing answers; allowed: another exception, "
                "since the effect may have happened"
            )
        except Exception:  # noqa: BLE001 - any other exception is what the port asks for
            return

    def _kinds(self, able: Capabilities) -> Iterator[str]:
        kinds = [*able.kinds, *(action.kind for action in able.actions)]
        given = [action.kind for action in self.actions]
        for kind in kinds:
            if kind not in given:
                yield f"actions: none of them is a {kind}; allowed: at least one for each kind of the target"
        for action in self.actions:
            own = able.action(action.kind)
            if action.kind not in (*kinds, NOTICE):
                yield f"actions: {action.kind} is no kind of the target; allowed: {', '.join(kinds)}"
            elif own is not None:
                try:
                    own.fields.model_validate(action.fields or {})
                except ValidationError as error:
                    yield f"actions: fields of a {own.kind}: {error.errors()[0]['msg']}"

    def _one_effect(self, action: Outgoing, times: int = 1) -> Iterator[str]:
        target, key, before = self.make(), uuid4().hex, self.effects()
        what = f"deliver: a {action.kind}" + (" with the same key twice" if times > 1 else "")
        try:
            for _ in range(times):
                receipt = self.caller.deliver(target, action, key)
                yield from _receipt(f"deliver: a {action.kind}", receipt)
        except GoesOnError:
            yield f"{what}: it does not end within {self.caller.deadline:g} s"
        except Exception as error:  # noqa: BLE001 - a target may raise anything
            longest = max((len(text) for text in (action.content, action.text) if text), default=0)
            yield f"{what} with a text of {longest} characters: {_said(error)}"
        else:
            had = self.effects() - before
            if had != 1:
                yield f"{what}: it has {had} effects; allowed: 1"

    def _raised(
        self, target: Target, action: Outgoing, wanted: type[NotSentError | RefusedError], where: str
    ) -> Iterator[str]:
        before = self.effects()
        try:
            receipt = self.caller.deliver(target, action, uuid4().hex)
            yield f"deliver: it returns {receipt!r:.80} where {where}; allowed: {wanted.__name__}"
        except wanted as error:
            if not str(error).strip() or len(str(error).splitlines()) > 1:
                yield f"deliver: {wanted.__name__} says {str(error)!r:.80}; allowed: one sentence on one line"
            after = getattr(error, "retry_after", None)
            if after is not None and not (
                isinstance(after, int | float) and math.isfinite(after) and after >= 0
            ):
                yield f"retry_after: {after!r:.40}; allowed: seconds, or None"
        except GoesOnError:
            yield f"deliver: it does not end within {self.caller.deadline:g} s where {where}"
        except Exception as error:  # noqa: BLE001 - a target may raise anything
            yield f"deliver: where {where}, {_said(error)}; allowed: {wanted.__name__}"
        if self.effects() != before:
            yield f"deliver: it has an effect where {where}"


def _bounds(able: Capabilities) -> Iterator[str]:
    if able.settles_after and able.settles_after < able.time_limit:
        yield f"settles_after: {able.settles_after}; allowed: 0, or at least time_limit, {able.time_limit}"
    if able.remembers_keys and able.remembers_keys <= able.time_limit:
        yield (
            f"remembers_keys: {able.remembers_keys}; allowed: 0, or more than time_limit, {able.time_limit}, "
            "since a key that is forgotten during a try helps nobody"
        )
    if able.deliver_within < able.time_limit:
        yield f"deliver_within: {able.deliver_within}; allowed: at least time_limit, {able.time_limit}"


def _longest(action: Outgoing, able: Capabilities) -> Sequence[Outgoing]:
    """Return the action with texts as long as the target takes, in characters that need more than one byte."""
    if action.mode == NoteMode.TICK:
        return ()
    limits = {"title": able.title_limit, "content": able.content_limit, "text": able.text_limit}
    texts = {name: "ü" * limit for name, limit in limits.items() if getattr(action, name) is not None}
    return (action.model_copy(update=texts),) if texts else ()


def _receipt(where: str, receipt: object) -> Iterator[str]:
    allowed = f"a mapping of plain JSON values of up to {MAX_RECEIPT} characters"
    try:
        if isinstance(receipt, Mapping):
            text = json.dumps(dict(receipt), allow_nan=False)
            if len(text) <= MAX_RECEIPT and json.loads(text) == dict(receipt):
                return
    except (TypeError, ValueError, RecursionError) as error:
        yield f"{where}: the receipt is no JSON: {error}; allowed: {allowed}"
        return
    yield f"{where}: the receipt is {receipt!r:.80}; allowed: {allowed}"


def _said(error: BaseException) -> str:
    return f"it raises {type(error).__name__}: {error}"[:200]
