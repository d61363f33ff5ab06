"""Fields that hold JSON, and what its content must be: else whoever shows a row of it fails.

Heartbeat writes no other content; another program may have. The checks look at what readers rely on, not at texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from heartbeat.outgoing import Outgoing
from heartbeat.store.columns import instant_of, plain_json
from heartbeat.vocabulary import AnswerOrigin, Node, TryEnd
from heartbeat.wake import wakes_of

_ANSWERS = frozenset({"approve", "reject"})
_NODES = frozenset(Node)


def wakes(default: list[Any] | None = None) -> Any:
    """Return a field of wakes; without a default it may be null."""
    allowed = "a JSON array of wakes: reason, at"
    return plain_json(default, shape=list, check=wakes_of, allowed=allowed)


def rounds() -> Any:
    """Return the field of a beat's rounds."""
    return plain_json(
        [], quick=_rounds, allowed="a JSON array of rounds, which are objects: at, decision, rules"
    )


def path() -> Any:
    """Return the field of the nodes that a beat has been through."""
    return plain_json([], quick=_path, allowed=f"a JSON array of nodes: {', '.join(Node)}", nullable=True)


def approval() -> Any:
    """Return the field of the answer to a beat's action."""
    return plain_json(quick=_answer, allowed="a JSON object: answer (approve, reject), by, at")


def payload() -> Any:
    """Return the field of what a delivery sends."""
    return plain_json({}, quick=Outgoing.model_validate, allowed="a JSON object that says what is sent: kind")


def tries() -> Any:
    """Return the field of a delivery's tries."""
    ends = ", ".join(TryEnd)
    return plain_json([], quick=_tries, allowed=f"a JSON array of tries: at, said, ended (null, {ends})")


def _rounds(values: Sequence[Mapping[str, Any]]) -> None:
    for entry in values:
        _instant_or_none(entry.get("at"))
        _of_kind(entry.get("followed"), dict)
        _of_kind(entry.get("rules"), list)
        for rule in entry.get("rules") or ():
            _of_kind(rule["line"], int)
            _of_kind(rule["id"], str)
    if values:
        _of_kind(values[-1].get("decision"), dict)


def _path(values: Sequence[object]) -> None:
    if not _NODES.issuperset(values):
        raise ValueError("no node")


def _answer(value: Mapping[str, Any]) -> None:
    if not value:  # as good as none
        return
    if value["answer"] not in _ANSWERS:
        raise ValueError("no answer")
    if value.get("by") is not None:
        AnswerOrigin(value["by"])
    _instant_or_none(value.get("at"))
    _of_kind(value.get("reason"), str)
    _of_kind(value.get("edit"), dict)
    _of_kind(value.get("standing_id"), int)


def _tries(values: Sequence[Mapping[str, Any]]) -> None:
    for entry in values:
        instant_of(entry["at"])
        if not isinstance(entry["said"], str):
            raise ValueError("no text")
        if entry["ended"] is not None:
            TryEnd(entry["ended"])
        _of_kind(entry.get("search"), bool)


def _instant_or_none(value: Any) -> None:
    if value is not None:
        instant_of(value)


def _of_kind(value: object, kind: type) -> None:
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"no {kind.__name__}")
