"""A notice to the owner, and its words: a title and a few plain lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from heartbeat.instructions import mask_secrets
from heartbeat.outgoing import Outgoing, page_of
from heartbeat.schedule import format_local
from heartbeat.text import numbered, sentence, span, truncate, utc
from heartbeat.vocabulary import NOTICE, DeliveryReason, NoticeKind

LIMIT = 500
"""Characters of what a model, a person or a service has written."""
LINES_SHOWN = 10
"""Maximum number of lines that a notice names."""


@dataclass(frozen=True)
class Notice:
    """A notification for a person. ``more`` is the number of earlier notices that it replaces.

    ``to`` is the name of the only connection that it goes to; None for all that reach the owner. ``page`` is the
    address of the beat's page, where the owner has set where the panel is opened.
    """

    kind: NoticeKind
    at: datetime
    thread_id: str | None = None
    beat_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    more: int = 0
    to: str | None = None
    page: str | None = None


class Message(NamedTuple):
    """A notice in words."""

    title: str
    body: str


def outgoing_of(notice: Notice, public_url: str | None) -> Outgoing:
    """Return what a connection is given for a notice; ``public_url`` is where the owner opens the panel."""
    notice = replace(notice, page=page_of(public_url, notice.beat_id))
    title, text = message_of(notice)
    return Outgoing(
        kind=NOTICE,
        thread_id=notice.thread_id,
        beat_id=notice.beat_id,
        title=title,
        text=text,
        url=notice.page,
        notice={
            "kind": notice.kind.value,
            "at": utc(notice.at),
            "more": notice.more,
            "data": dict(notice.data),
        },
    )


def message_of(notice: Notice) -> Message:
    """Put a notice into words."""
    title, lines = _WORDS[notice.kind](notice)
    if notice.more:
        lines.append(f"And {notice.more} more like this, held back since the last one.")
    return Message(title, "\n".join(lines))


def _approval(notice: Notice) -> tuple[str, list[str]]:
    data, number = notice.data, notice.beat_id
    waits = []
    if data.get("expires_at"):
        until = format_local(datetime.fromisoformat(data["expires_at"]), data.get("timezone") or "UTC")
        waits.append(f"It waits until {until}; if nobody has answered by then, it is not done.")
    if data.get("meanwhile"):
        waits.append(foreign(str(data["meanwhile"])))
    return f"{notice.thread_id}: approval needed", [
        foreign(str(data.get("summary", ""))),
        *([" ".join(waits)] * bool(waits)),
        "To approve or reject it, open its page."
        if notice.page
        else f"To answer: heartbeat approve {number}, or heartbeat reject {number}.",
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


def _delivery_failed(notice: Notice) -> tuple[str, list[str]]:
    data = notice.data
    refused = data.get("reason") == DeliveryReason.REFUSED
    what = "was refused" if refused else "did not arrive in time and is given up"
    return _about(notice, "not delivered"), [
        _with_reason(f"The {data['kind']} to {data['target']} {what}", data),
        f"To send it again: heartbeat deliveries retry {data['delivery_id']}",
    ]


def _delivery_unknown(notice: Notice) -> tuple[str, list[str]]:
    data = notice.data
    command = f"heartbeat deliveries settle {data['delivery_id']}"
    return _about(notice, "may not have arrived"), [
        _with_reason(f"Nobody can tell whether the {data['kind']} to {data['target']} arrived", data),
        f"If you know it: {command} --arrived, or --not-arrived to send it again",
    ]


def _target_down(notice: Notice) -> tuple[str, list[str]]:
    name, since = notice.data["target"], _when(notice.data["since"])
    if notice.to == name:
        return f"{name} was not reached", [
            f"Heartbeat could not reach you here since {since}.",
            "What it had to tell you meanwhile is in the panel.",
        ]
    return f"{name} cannot be reached", [
        _with_reason(f"Nothing has arrived there since {since}", notice.data),
        "To see what is on its way there: heartbeat deliveries",
    ]


def _connection_failing(notice: Notice) -> tuple[str, list[str]]:
    name, since = notice.data["connection"], _when(notice.data["since"])
    return f"{name} cannot be looked at", [
        _with_reason(f"No look at it has succeeded since {since}", notice.data),
        "To change it: the page World of the panel, or connections.toml",
        f"To look again once it is mended: heartbeat look {name}",
    ]


def _plan_unsure(notice: Notice) -> tuple[str, list[str]]:
    data, thread = notice.data, notice.thread_id
    unsure, failed = (numbered("line", data.get(name) or ()) for name in ("unsure", "failed"))
    command = f"heartbeat plan --thread {thread}" if thread else "heartbeat plan"
    lines = []
    if unsure:
        lines.append(f"The model was not sure how to read {unsure}.")
    if failed:
        lines.append(f"Not followed, since no rule could be read from them: {failed}.")
    title = (
        f"{thread}: please check how its text is read" if thread else "Please check how HEARTBEAT.md is read"
    )
    return title, [*lines, f"To see and correct it: the page of the text in the panel, or {command}"]


def _plan_missed(notice: Notice) -> tuple[str, list[str]]:
    zone = notice.data.get("timezone") or "UTC"
    lines = [
        f"Line {each['line']} was not followed at {format_local(datetime.fromisoformat(each['at']), zone)}:"
        f" {foreign(str(each['text']))}"
        for each in notice.data["missed"][:LINES_SHOWN]
    ]
    more = len(notice.data["missed"]) - len(lines)
    within = span(round(max(each["within"] for each in notice.data["missed"])))
    said = sentence(f"No beat could follow it within {within}; it is followed at its next time")
    return f"{notice.thread_id}: a time was missed", [*lines, *([f"And {more} more."] if more else []), said]


def _summary(notice: Notice) -> tuple[str, list[str]]:
    counts: Mapping[str, int] = notice.data["counts"]
    named = ", ".join(foreign(each) for each in notice.data["threads"][:20])
    said = [f"{number} x {kind.replace('.', ' ')}" for kind, number in sorted(counts.items())]
    return f"{sum(counts.values())} things at once", [
        ", ".join(said) + ".",
        *([f"Threads: {named}."] * bool(named)),
    ]


_WORDS: Mapping[NoticeKind, Callable[[Notice], tuple[str, list[str]]]] = {
    NoticeKind.APPROVAL_REQUESTED: _approval,
    NoticeKind.THREAD_PAUSED: _paused,
    NoticeKind.MODEL_UNREACHABLE: _unreachable,
    NoticeKind.MODEL_BACK: _back,
    NoticeKind.DATABASE_FAILING: _failing,
    NoticeKind.DATABASE_BACK: _usable,
    NoticeKind.DELIVERY_FAILED: _delivery_failed,
    NoticeKind.DELIVERY_UNKNOWN: _delivery_unknown,
    NoticeKind.TARGET_DOWN: _target_down,
    NoticeKind.CONNECTION_FAILING: _connection_failing,
    NoticeKind.PLAN_UNSURE: _plan_unsure,
    NoticeKind.PLAN_MISSED: _plan_missed,
    NoticeKind.SUMMARY: _summary,
}


def foreign(text: str) -> str:
    """Return text that a model may have written: no secrets, not too long, and no call to everybody in a channel."""
    short = truncate(mask_secrets(text), LIMIT)
    return short.replace("@", "@\u200b").replace("<!", "<\u200b!")


def _about(notice: Notice, what: str) -> str:
    return f"{notice.thread_id}: {what}" if notice.thread_id else what.capitalize()


def _with_reason(text: str, data: Mapping[str, Any]) -> str:
    said = foreign(str(data.get("said") or ""))
    return sentence(f"{text}: {said}" if said else text)


def _when(text: Any) -> str:
    return str(text)[:16].replace("T", " ") + " UTC"
