"""Check the workspace's own prompt templates."""

from __future__ import annotations

from heartbeat.errors import PromptError
from heartbeat.settings import Settings
from heartbeat.text import sentence
from heartbeat_decision.prompts import templates_of
from heartbeat_service.doctor.finding import Finding, ok, problem, warning

CHECK = "prompts"


def check_prompts(settings: Settings) -> list[Finding]:
    """Load the templates as a beat does."""
    try:
        templates = templates_of(settings)
    except PromptError as error:
        return [problem(CHECK, sentence(str(error)), "mend the file, or remove it to have the usual words")]
    if templates.warning is not None:
        return [
            warning(
                CHECK, sentence(templates.warning), "remove what is named, and see: heartbeat prompts check"
            )
        ]
    if not templates.own:
        return [ok(CHECK, "The usual words.")]
    own = ", ".join(templates.own)
    return [ok(CHECK, sentence(f"The workspace's own words in {settings.prompts_path}: {own}"))]
