"""Reading, parsing and writing HEARTBEAT.md, the owner's instructions in Markdown.

The parser is imported from `heartbeat.instructions.parse` by who parses: most who import this package do not.
"""

from heartbeat.instructions.condition import Condition
from heartbeat.instructions.document import (
    Document,
    check_content,
    read_document,
    read_stored,
    sha256_of,
    write_document,
)
from heartbeat.instructions.model import MAX_BYTES, Instructions, Remark, Task
from heartbeat.instructions.secrets import MASK, mask_secrets, masked_line
from heartbeat.instructions.starter import starter

__all__ = [
    "MASK",
    "MAX_BYTES",
    "Condition",
    "Document",
    "Instructions",
    "Remark",
    "Task",
    "check_content",
    "mask_secrets",
    "masked_line",
    "read_document",
    "read_stored",
    "sha256_of",
    "starter",
    "write_document",
]
