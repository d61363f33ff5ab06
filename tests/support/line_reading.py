"""A model that is asked about lines of instructions: what it answers is written down by the test, line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.ollama import Say


@dataclass
class Reads:
    """Answers questions about lines: ``lines`` says for words of a line what it asks for; others only look.

    An answer is the act, or the act, the occasion, the subject and the form. ``until`` says for words of a message
    until when what it asks for holds; others do not say.
    """

    lines: Mapping[str, str | tuple[str, str, str, Mapping[str, Any]]] = field(default_factory=dict)
    until: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __call__(self, body: Mapping[str, Any]) -> Say:
        """Return the answer to one question."""
        asked = str(body["messages"][-1]["content"])
        system = str(body["messages"][0]["content"])
        answer = next((each for words, each in self.lines.items() if words in asked), "look")
        act, occasion, subject, form = (answer, "", "", {}) if isinstance(answer, str) else answer
        if asked.startswith("Message: "):
            end = next((each for words, each in self.until.items() if words in asked), {"until": "none"})
            return Say(json.dumps(end), completion_tokens=20)
        if isinstance(body.get("format"), dict):
            return Say(json.dumps(form), completion_tokens=20)
        if "what kind of things" in system:
            return Say(subject, completion_tokens=1)
        if "on what occasion" in system:
            return Say(occasion, completion_tokens=1)
        return Say(act, completion_tokens=1)
