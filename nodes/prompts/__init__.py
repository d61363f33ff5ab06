"""The words of a prompt: templates in files, checked when they are loaded, overridable per workspace."""

from nodes.prompts.templates import NAMES, Templates, load_templates, templates_of
from nodes.prompts.variables import REQUIRED, VARIABLES

__all__ = ["NAMES", "REQUIRED", "VARIABLES", "Templates", "load_templates", "templates_of"]
