"""What there is for a thread, or for any, to see and to do: by it the plan says what a rule lacks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from heartbeat.capabilities import Capabilities
from heartbeat.config import Config
from heartbeat.connections.unreached import unreached
from heartbeat.errors import PluginError
from heartbeat.plan.needs import KINDS_SEEING, Known
from heartbeat.plan.words import About, Do
from heartbeat.store import forum, inbox
from heartbeat.vocabulary import ActionKind
from nodes.offer import capabilities_of
from nodes.services import Services

FORUM = "forum"
"""What the forum is called in the ``sources`` of a thread."""
_ABOUT: Mapping[str, About] = {kind: about for about, kind in KINDS_SEEING.items()}
_VOTES = {"up": Do.VOTE_UP, "down": Do.VOTE_DOWN}

logger = logging.getLogger("heartbeat")


def known_of(services: Services, thread_id: str | None, config: Config) -> Known:
    """Return what a thread with this config can see and do; without a thread, what any could."""
    every = services.connections.all
    shows = {each.name: _ABOUT[each.kind] for each in every if each.kind in _ABOUT and not each.hidden}
    shows[FORUM] = About.FORUM
    named = None if thread_id is None else set(config.targets)
    takes = {name: _kinds(can) for name, can in _capabilities(services) if named is None or name in named}
    return Known(
        shows=shows,
        seen=shows.keys() if thread_id is None else _seen(services, config),
        takes=takes,
        boards=tuple(board.id for board in services.store.shared(forum.boards)),
        unreached=unreached(every),
        offered=own_kinds(services),
        thread=thread_id,
    )


def own_kinds(services: Services) -> tuple[str, ...]:
    """Return the kinds of acts of targets' own, which a line may ask for besides the usual ones."""
    return tuple(sorted({action.kind for _, can in _capabilities(services) for action in can.actions}))


def _seen(services: Services, config: Config) -> frozenset[str]:
    names = services.store.shared(inbox.visible, None if config.sources is None else tuple(config.sources))
    return frozenset([*names, FORUM] if inbox.takes(config.sources, FORUM) else names)


def _capabilities(services: Services) -> Iterator[tuple[str, Capabilities]]:
    for name in services.targets:
        try:
            yield name, capabilities_of(services.targets[name], services)
        except PluginError as error:
            said = "a plan knows nothing of the target %s: %s"
            logger.warning(said, name, error, extra={"action": "target_failed"})
        except KeyError:
            continue  # the connection was removed meanwhile


def _kinds(can: Capabilities) -> frozenset[str]:
    """Return the kinds that a target takes, in the words of rules."""
    votes = {_VOTES[direction] for directions in can.votes.values() for direction in directions}
    usual = {kind for kind in can.kinds if kind not in {ActionKind.VOTE, ActionKind.TELL}}
    return frozenset(
        [*usual, *(votes if ActionKind.VOTE in can.kinds else ()), *(action.kind for action in can.actions)]
    )
