"""The outbox: deliveries on their way to targets outside, with their tries, and how these targets fare.

A delivery is queued in the transaction of its action; a deliverer claims, tries and finishes it, each in a
transaction of its own.
"""

from heartbeat.store.outbox.answer import cancel, refuse, retry, settle, withdraw
from heartbeat.store.outbox.change import follow
from heartbeat.store.outbox.clock import realign
from heartbeat.store.outbox.due import DueDelivery, OutboxLook, look
from heartbeat.store.outbox.held import cancel_all, follow_config, forget, hold, release
from heartbeat.store.outbox.lost import lose_track
from heartbeat.store.outbox.reachability import arrived, forget_health, health, is_down, waits_until
from heartbeat.store.outbox.rows import get, of_actions, page, queue
from heartbeat.store.outbox.tries import DeliveryClaim, claim, finish

__all__ = [
    "DeliveryClaim",
    "DueDelivery",
    "OutboxLook",
    "arrived",
    "cancel",
    "cancel_all",
    "claim",
    "finish",
    "follow",
    "follow_config",
    "forget",
    "forget_health",
    "get",
    "health",
    "hold",
    "is_down",
    "look",
    "lose_track",
    "of_actions",
    "page",
    "queue",
    "realign",
    "refuse",
    "release",
    "retry",
    "settle",
    "waits_until",
    "withdraw",
]
