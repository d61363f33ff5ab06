"""A plug-in of Heartbeat with one of each: a target with an action of its own kind, a source, and a criterion."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from heartbeat.capabilities import ActionType, Capabilities, Shown
from heartbeat.criteria import Situation
from heartbeat.draft import Draft
from heartbeat.errors import NotSentError
from heartbeat.feed import Item
from heartbeat.outgoing import Outgoing
from heartbeat.settings import Settings
from heartbeat.sources import Look
from heartbeat.vocabulary import Reach


class Label(BaseModel):
    """The fields of the action `label`: plain values with bounds."""

    name: Literal["question", "idea", "report"]
    why: str = Field(max_length=200)


def only_others(label: Label, shown: Shown | None) -> Sequence[str]:
    """Return what speaks against a label, in words the model can act on."""
    return ["this post is your own; label another one or choose none"] if shown and shown.own else []


class Journal:
    """Writes entries, and labels of forum posts, into HOME/journal.jsonl, one JSON object a line."""

    name = "journal"

    def __init__(self, settings: Settings) -> None:
        self.path = settings.home / "journal.jsonl"

    def capabilities(self) -> Capabilities:
        """Return what the journal takes: entries, as posts on its one board, and labels; it knows keys for a year."""
        label = ActionType(
            "label", "Say what kind of post this is, in the journal.", Label, on="post", check=only_others
        )
        return Capabilities(
            kinds=("post",),
            boards=("journal",),
            actions=(label,),
            reach=Reach.OWNER,
            remembers_keys=31_536_000,
        )

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        """Write one line and return its number, unless there is one with this key: its receipt may have been lost."""
        known = self.find(key)
        if known is not None:
            return known
        told = {"title": action.title, "content": action.content} if action.kind == "post" else action.fields
        entry = {
            "key": key,
            "beat": action.beat_id,
            "kind": action.kind,
            "on": action.post_id,
            **(told or {}),
        }
        written = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        line = ("" if not written or written.endswith("\n") else "\n") + json.dumps(entry) + "\n"
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line)
        except PermissionError as error:
            raise NotSentError("the journal cannot be written; give this account the right to") from error
        return self.find(key) or {}

    def find(self, key: str) -> Mapping[str, Any] | None:
        """Return the receipt of a line that was written, or None."""
        written = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        for number, line in enumerate(written.splitlines(), 1):
            # A process that died while it wrote leaves a line without its end.
            if line.endswith("}") and json.loads(line)["key"] == key:
                return {"line": number}
        return None


class Inbox:
    """Shows text files that lie in HOME/inbox as messages, which the agent reads and does not obey."""

    name = "inbox"
    time_limit = 5.0

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.home / "inbox"

    def look(self, look: Look) -> Sequence[Item]:
        """Return the newest files of the window; a file that is changed is new again."""
        found = []
        for path in self.folder.glob("*.txt"):
            changed = path.stat().st_mtime_ns
            at = datetime.fromtimestamp(changed / 1e9, UTC)
            if at >= look.now - look.window:
                content = path.read_text(encoding="utf-8", errors="replace")
                found.append(
                    Item(
                        source=self.name,
                        kind="message",
                        id=path.stem[:64],
                        position=changed,
                        author="inbox",
                        content=content,
                        created_at=at,
                    )
                )
        return sorted(found, key=lambda item: item.position)[-look.limit :]


class Weekdays:
    """Forbids posts at the weekend, by the calendar of the thread's time zone."""

    name = "weekdays"
    time_limit = 1.0

    def __init__(self, settings: Settings) -> None:
        pass

    def refusal(self, draft: Draft, situation: Situation) -> str | None:
        """Return why a post may not be done now, or None."""
        if draft.kind == "post" and self._is_weekend(situation):
            return "no posts at the weekend; choose another action or none"
        return None

    def facts(self, situation: Situation) -> Sequence[str]:
        """Tell the model beforehand, so that it need not try."""
        return ("It is the weekend: posts are not allowed.",) if self._is_weekend(situation) else ()

    def _is_weekend(self, situation: Situation) -> bool:
        return situation.now.astimezone(ZoneInfo(situation.config.timezone)).weekday() >= 5
