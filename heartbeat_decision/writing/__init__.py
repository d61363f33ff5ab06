"""Writing the text of one act: what it has to do, what is forbidden, and the items that it is about."""

from heartbeat_decision.writing.material import ITEMS_LIMIT, material

__all__ = ["ITEMS_LIMIT", "material"]
