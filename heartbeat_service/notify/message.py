"""What a person reads: a title and a few plain lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from heartbeat.instructions import mask_secrets
from heartbeat.store.notices import Notice

LIMIT = 500
"""Characters of what a model or a person has written."""
_COUNTED = {
    "approval.requested": "approval requested",
    "thread.paused": "thread paused",
    "model.unreachable": "model unreachable",
    "model.back": "model back",
}


class Message(NamedTuple):
    """A notice in words."""

    title: str
    body: str


def message_of(notice: Notice) -> Message:
    """Put a notice into words."""
    title, lines = _WORDS[notice.kind](notice)
    if notice.more:
        lines.append(f"And {notice.more} more like this, held back since the last one.")
    return Message(title, "\n".join(lines))


def _approval(notice: Notice) -> tuple[str, list[str]]:
    number = notice.beat_id
    until = f"Until {_when(notice.data['expires_at'])}: " if notice.data.get("expires_at") else ""
    return f"{notice.thread_id}: approval needed", [
        foreign(str(notice.data.get("summary", ""))),
        f"{until}heartbeat approve {number}, or heartbeat reject {number}.",
    ]


def _paused(notice: Notice) -> tuple[str, list[str]]:
    return f"{notice.thread_id}: paused", [
        foreign(str(notice.data.get("reason", ""))),
        f"To lift it: heartbeat threads resume {notice.thread_id}.",
    ]


def _unreachable(notice: Notice) -> tuple[str, list[str]]:
    return "The model cannot be reached", [
        f"No model has answered since {_when(notice.data['since'])}; last tried {_when(notice.data['last_try'])}.",
        "To find out why: heartbeat doctor.",
    ]


def _back(notice: Notice) -> tuple[str, list[str]]:
    return "The model is back", [
        f"It answers again since {_when(notice.at.isoformat())}; it had not since {_when(notice.data['since'])}."
    ]


def _failing(notice: Notice) -> tuple[str, list[str]]:
    return "The database cannot be used", [
        foreign(str(notice.data["said"])),
        foreign(str(notice.data["remedy"])),
    ]


def _usable(notice: Notice) -> tuple[str, list[str]]:
    return "The database can be used again", ["Beats go on by themselves."]


def _summary(notice: Notice) -> tuple[str, list[str]]:
    counts: Mapping[str, int] = notice.data["counts"]
    named = ", ".join(foreign(each) for each in notice.data["threads"][:20])
    said = [f"{number} x {_COUNTED.get(kind, kind)}" for kind, number in sorted(counts.items())]
    return f"{sum(counts.values())} things at once", [
        ", ".join(said) + ".",
        *([f"Threads: {named}."] * bool(named)),
    ]


_WORDS = {
    "approval.requested": _approval,
    "thread.paused": _paused,
    "model.unreachable": _unreachable,
    "model.back": _back,
    "database.failing": _failing,
    "database.back": _usable,
    "summary": _summary,
}


def foreign(text: str) -> str:
    """Return text that a model may have written: no secrets, not too long, and no call to everybody in a channel."""
    short = mask_secrets(text)
    if len(short) > LIMIT:
        short = short[: LIMIT - 1] + "…"
    return short.replace("@", "@\u200b").replace("<!", "<\u200b!")


def _when(text: Any) -> str:
    return str(text)[:16].replace("T", " ") + " UTC"
