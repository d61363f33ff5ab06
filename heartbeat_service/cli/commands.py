"""The commands of the command line and what each is for, known without importing one of them."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "init": "Create a workspace here: HEARTBEAT.md, the databases and a first thread.",
    "demo": "Fill this workspace with an example: a thread, posts and instructions. A second call adds nothing.",
    "serve": (
        "Run the timer and the HTTP API of this workspace until Ctrl+C or SIGTERM; a second one ends it at "
        "once."
    ),
    "login": "Print a link that logs the panel in. It holds the token: give it to nobody; nothing is opened.",
    "token": "Say where the token of the HTTP API is, without showing it; make it if there is none.",
    "start": "Switch scheduled beats on, in every process on this database.",
    "stop": "Switch scheduled beats off, in every process on this database, until `heartbeat start`.",
    "beat": "Run one beat now, and show its steps as they finish; exit 1 when it failed.",
    "approve": "Approve the action that a beat proposes, with or without changes.",
    "reject": "Reject the action that a beat proposes; nothing is done.",
    "approvals": "What waits for your approval, and what is approved from now on.",
    "threads": "Agent conversations, each with its own heartbeat.",
    "history": "List beats, the newest first.",
    "tell": (
        "Send a test message to every connection that reaches you, and say what became of it; exit 1 if one "
        "failed."
    ),
    "told": "List what the agents told you, the newest first.",
    "deliveries": "What is on its way outside, with each try.",
    "schedule": "Show the next due instants of a thread; options replace its own values.",
    "connections": (
        "Ways to the outside: mailboxes and other things to look at, ways to tell you something, public "
        "voices, folders."
    ),
    "look": "Look at all connections, or at one, and say what came.",
    "inbox": "List what connections brought, the newest first; with --thread, with times in the thread's zone.",
    "done": "Say that an item is done: no agent is shown it again unless it changes.",
    "snooze": "Show an item not before then; it is new again then.",
    "forum": "The built-in forum.",
    "plan": "How HEARTBEAT.md is read, line by line, and corrections of it.",
    "eval": "Say how many of the lines that you have corrected or confirmed a model reads as you did.",
    "instructions": "How HEARTBEAT.md is understood.",
    "prompts": "The prompt templates.",
    "graph": "Draw the nodes and edges of the graph that a beat runs through.",
    "doctor": "Check everything a beat needs, and say what to do; exit 1 when something stops beats.",
    "compact": (
        "Delete beats, checkpoints and more that is not kept, and make the files smaller if nothing uses them."
    ),
    "backup": "Copy the workspace to a new folder in DIR, also while it is in use. It holds secrets: keep it safe.",
    "restore": (
        "Restore a backup into an empty workspace, with the timer stopped; nothing that may have left leaves "
        "again."
    ),
}
"""Maps commands, in the order in which the help lists them, to the first paragraph of their own help."""


def module_of(command: str) -> str:
    """Return the name of the module whose Typer ``app`` is the command."""
    return f"heartbeat_service.cli.{command}"
