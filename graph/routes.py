"""The edges of the graph: the function or the fixed node that follows each node."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Literal, cast, get_args, get_type_hints

from langchain_core.runnables import Runnable, RunnableConfig

from heartbeat.vocabulary import UNSETTLED, BeatStatus, Node
from nodes.state import BeatState

END: Literal["__end__"] = "__end__"
"""LangGraph's name for the end of a run."""
Route = Callable[[BeatState], Node | Literal["__end__"]]


def after_load(state: BeatState) -> Literal[Node.GATHER_CONTEXT, Node.APPROVE, Node.SETTLE]:
    """Go to settle if a gate is closed, and to approve if the row already holds a draft."""
    if state.get("ending"):
        return Node.SETTLE
    return Node.APPROVE if state.get("draft") else Node.GATHER_CONTEXT


def after_gather(state: BeatState) -> Literal[Node.DECIDE, Node.SETTLE]:
    """Go to settle if nothing has changed or nothing is possible yet."""
    return Node.SETTLE if state.get("ending") else Node.DECIDE


def after_decide(state: BeatState) -> Literal[Node.VALIDATE, Node.SETTLE]:
    """Go to settle if no decision could be obtained."""
    return Node.SETTLE if state.get("ending") else Node.VALIDATE


def after_validate(state: BeatState) -> Literal[Node.APPROVE, Node.DECIDE, Node.SETTLE]:
    """Go to approve with a draft, and back to decide once if the decision is not allowed.

    A beat that stays silent, a dry run, a duplicate and a second decision that is not allowed go to settle.
    """
    if state.get("ending"):
        return Node.SETTLE
    return Node.DECIDE if state.get("repair") else Node.APPROVE


def after_approve(state: BeatState) -> Literal[Node.APPROVE, Node.DISPATCH, Node.SETTLE, "__end__"]:
    """Go to settle if a person rejected the draft, and back to approve if the answer was not allowed.

    The run ends where the beat waits elsewhere, or goes on elsewhere from an answer that came before.
    """
    if state.get("refused"):
        return Node.APPROVE
    end = state.get("ending")
    if end and BeatStatus(end["status"]) in UNSETTLED:
        return END
    return Node.SETTLE if end else Node.DISPATCH


class Choosing(Runnable[BeatState, "Node | Literal['__end__']"]):
    """A route as LangGraph runs it: at once, where a plain function would be handed to another thread."""

    def __init__(self, route: Route) -> None:
        self.route, self.name = route, route.__name__

    @property
    def ends(self) -> dict[Hashable, str]:
        """What it may return, as its function is annotated."""
        ends: tuple[str, ...] = get_args(get_type_hints(self.route)["return"])
        return {end: end for end in ends}

    def invoke(
        self,
        input: BeatState,  # noqa: A002 - Runnable's name for it
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> Node | Literal["__end__"]:
        """Return what follows."""
        return self.route(input)

    async def ainvoke(
        self,
        input: BeatState,  # noqa: A002 - Runnable's name for it
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> Node | Literal["__end__"]:
        """Return what follows."""
        return self.route(input)


ROUTES: Mapping[Node, Node | Route] = {
    Node.LOAD_INSTRUCTIONS: after_load,
    Node.GATHER_CONTEXT: after_gather,
    Node.DECIDE: after_decide,
    Node.VALIDATE: after_validate,
    Node.APPROVE: after_approve,
    Node.DISPATCH: Node.SETTLE,
}
"""What follows each node but the last: always the same node, or the one that a route returns."""


def next_node(node: Node, change: Mapping[str, Any]) -> Node | None:
    """Return the node that follows one that made this change, None after the last.

    The change is enough: the channels that a route reads are always written by the node before it.
    """
    route = ROUTES.get(node)
    if route is None or isinstance(route, Node):
        return route
    following = route(cast("BeatState", change))
    return None if following == END else Node(following)
