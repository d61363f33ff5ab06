"""What is private and what is public in the workspace of a command."""

from __future__ import annotations

from functools import cache

from heartbeat.connections import Connections
from heartbeat.outflow import OutflowPolicy
from heartbeat.plugins import load_plugins
from heartbeat.targets import Target, made_public


def policy_of(connections: Connections) -> OutflowPolicy:
    """Return what is private and what is public; plug-ins are loaded only where the target of a thread is one."""

    @cache
    def plugged() -> dict[str, Target]:
        return {target.name: target for target in load_plugins(connections.settings).targets}

    def kinds(name: str) -> tuple[str, ...]:
        made = connections.targets().get(name)
        if made is None and name in connections.target_names():
            made = plugged().get(name)
        return made_public(made)

    return OutflowPolicy(connections.private_names(), kinds)
