"""The triage: small questions that find what is to be done, before anything is written."""

from nodes.triage.asker import Step
from nodes.triage.run import add_steps, applies, decision_of, triage
from nodes.triage.scene import Finding, Scene

__all__ = ["Finding", "Scene", "Step", "add_steps", "applies", "decision_of", "triage"]
