"""Reading lines of HEARTBEAT.md and messages of the owner into rules, by a few short questions to a model."""

from heartbeat_decision.reading.batch import read_lines
from heartbeat_decision.reading.line import UnreadableError, read_line
from heartbeat_decision.reading.message import read_message
from heartbeat_decision.reading.questions import prompt_version

__all__ = ["UnreadableError", "prompt_version", "read_line", "read_lines", "read_message"]
