"""The words of a prompt: templates in files, checked when they are loaded, overridable per workspace."""

from heartbeat_decision.prompts.asking import ASKING, Asking
from heartbeat_decision.prompts.templates import NAMES, Templates, file_of, load_templates, templates_of
from heartbeat_decision.prompts.variables import REQUIRED, VARIABLES

__all__ = [
    "ASKING",
    "NAMES",
    "REQUIRED",
    "VARIABLES",
    "Asking",
    "Templates",
    "file_of",
    "load_templates",
    "templates_of",
]
