"""What each template may name; ``tasks[].name`` is a field of entries of a list. docs/prompts.md shows the same."""

from __future__ import annotations

from collections.abc import Mapping

_FENCE = {
    "fence_begin": "The line before what other people wrote.",
    "fence_end": "The line after it.",
}

_CLOCK = {
    "weekday": "Day of the week in the thread's zone, in English.",
    "date": "Date in that zone, YYYY-MM-DD.",
    "time": "Time in that zone, HH:MM.",
    "timezone": "IANA name of that zone.",
}
_REMEMBERED = {
    "recent[].kind": "Kind of an action of an earlier beat, the oldest first.",
    "recent[].target": "What it answered or voted on, as `post 3` or `comment 5`; empty for a post.",
    "recent[].text": "Its title, the beginning of its content, the direction of its vote, or its fields.",
    "recent[].age": "How long ago it was, in the words of age.txt.",
    "note": "The agent's note to itself; empty where there is none.",
    "facts[]": "What the criteria of plug-ins tell, in one sentence each.",
}

VARIABLES: Mapping[str, Mapping[str, str]] = {
    "system": {
        "agent": "Name of the agent.",
        **_FENCE,
    },
    "question": {
        "agent": "Name of the agent.",
        "instructions": "The text of HEARTBEAT.md without its tasks; empty where it holds nothing else.",
        "tasks[].name": "Name of a task that is due.",
        "tasks[].prompt": "What that task asks for.",
        "actions[].kind": "A possible kind besides post, comment and vote: tell, note or a target's own.",
        "actions[].about": "What it is for, in one sentence.",
        **_CLOCK,
        "new_posts": "How many posts are new.",
        "new_comments": "How many comments are new.",
        "new_messages": "How many messages of the thread's conversation are new.",
        "new_items": "How many items of your connections are new: events, entries, files and open boxes.",
        "new_mentions": "How many new items name the agent.",
        "new_replies": "How many new items answer the agent.",
        **_REMEMBERED,
        "omitted": "How many items were left out because the feed was too long.",
        **_FENCE,
        "feed": "All that is shown, one item a line in the words of item.txt; empty where there is nothing.",
    },
    "write": {
        "agent": "Name of the agent.",
        "instructions": "The lines that ask for nothing: what the agent is and how it writes; may be empty.",
        **_CLOCK,
        **_REMEMBERED,
        **_FENCE,
        "feed": "What it is about, one item a line; empty where there is nothing.",
        "duty": "What the text has to do, by the line, the task or the owner's message that is followed.",
    },
    "item": {
        "kind": "post, comment, message, event, entry, file or task.",
        "id": "Its id, by which a decision names it.",
        "author": "Who wrote it.",
        "title": "Its title; empty where it has none.",
        "content": "Its text.",
        "board": "The board of a post; empty otherwise.",
        "post_id": "Of a comment: the post it stands under; empty otherwise.",
        "parent": "What an item of a connection belongs to, such as the file of an open box; empty otherwise.",
        "due": "When it is due in the thread's zone, and how far off that is; empty where it is not due.",
        "age": "How long ago it was written, in the words of age.txt.",
        "score": "Sum of its votes; empty where it has none.",
        "new": "Whether it was not shown before.",
        "own": "Whether the agent wrote it.",
        "mention": "Whether it names the agent.",
        "reply": "Whether it answers the agent.",
        "own_vote": "The agent's vote on it, up or down; empty where there is none.",
    },
    "age": {
        "minutes": "Whole minutes.",
        "hours": "Whole hours.",
        "days": "Whole days.",
    },
    "repair": {
        "problems[]": "What is wrong with the reply, in one sentence each.",
    },
}
"""Template to variable to what it holds."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "system": ("fence_begin", "fence_end"),
    "question": ("instructions", "tasks[].prompt", "fence_begin", "feed", "fence_end"),
    "write": ("duty", "fence_begin", "feed", "fence_end"),
    "item": ("kind", "id", "title", "content"),
    "age": (),
    "repair": ("problems[]",),
}
"""What a template must show whatever the beat holds."""

IN_ORDER: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("question", "write"), ("fence_begin", "feed", "fence_end")
)
"""What must stand in a template exactly once, and in this order: nothing other people wrote leaves its fence."""
