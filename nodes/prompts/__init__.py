"""The words of a prompt: templates in files, checked when they are loaded, overridable per workspace."""

from nodes.prompts.asking import ASKING, Asking
from nodes.prompts.templates import NAMES, Templates, file_of, load_templates, templates_of
from nodes.prompts.variables import REQUIRED, VARIABLES

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
