"""Reading, parsing and writing HEARTBEAT.md, the owner's instructions in Markdown."""

from heartbeat.instructions.clock import CLOCK_TIME, clock_time_lines
from heartbeat.instructions.condition import Condition
from heartbeat.instructions.document import (
    Document,
    check_content,
    read_document,
    read_stored,
    sha256_of,
    write_document,
)
from heartbeat.instructions.model import MAX_BYTES, Instructions, Item, Remark, Section, Task
from heartbeat.instructions.parse import parse
from heartbeat.instructions.secrets import MASK, mask_secrets, masked_line
from heartbeat.instructions.starter import starter

__all__ = [
    "CLOCK_TIME",
    "MASK",
    "MAX_BYTES",
    "Condition",
    "Document",
    "Instructions",
    "Item",
    "Remark",
    "Section",
    "Task",
    "check_content",
    "clock_time_lines",
    "mask_secrets",
    "masked_line",
    "parse",
    "read_document",
    "read_stored",
    "sha256_of",
    "starter",
    "write_document",
]
