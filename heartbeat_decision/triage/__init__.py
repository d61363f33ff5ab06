"""The triage: small questions that find what is to be done, before anything is written."""

from heartbeat_decision.triage.asker import Step
from heartbeat_decision.triage.run import add_steps, applies, decision_of, triage
from heartbeat_decision.triage.scene import Finding, Scene

__all__ = ["Finding", "Scene", "Step", "add_steps", "applies", "decision_of", "triage"]
