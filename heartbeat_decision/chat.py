"""The client of a model, which is made once and asks each question through a transport of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx
from langchain_core.callbacks import BaseCallbackHandler

from heartbeat.transport import CallTransport, NoTransport
from heartbeat_decision.server import CONNECT_TIMEOUT

if TYPE_CHECKING:
    from heartbeat_decision.library import ChatOllama

CALL = CallTransport()
"""Where a call brings its transport to: ``with CALL.through(transport)``."""


@lru_cache(maxsize=64)
def chat_of(
    url: str,
    model: str,
    temperature: float,
    tokens: int,
    context_tokens: int,
    keep_alive: int | str | None,
    deadline: float,
) -> ChatOllama:
    """Return what asks a model; it is made once, since that takes a fifth of a call, and belongs to no event loop."""
    from heartbeat_decision.library import ChatOllama

    return ChatOllama(
        model=model,
        base_url=url,
        temperature=temperature,
        num_predict=tokens,
        num_ctx=context_tokens,
        keep_alive=keep_alive,
        # The transport handles proxies, certificates and credentials.
        client_kwargs={"trust_env": False},
        async_client_kwargs={
            "transport": CALL,
            "timeout": httpx.Timeout(deadline, connect=CONNECT_TIMEOUT),
        },
        sync_client_kwargs={"transport": NoTransport()},
    )


class TokenCounter(BaseCallbackHandler):
    """Record the token counts of a streamed reply, so that they are known even if an error follows."""

    run_inline = True

    def __init__(self) -> None:
        self.prompt_tokens = self.completion_tokens = 0

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **_: Any) -> None:
        """Record the token counts of one chunk of the reply, if it has any."""
        usage = getattr(getattr(chunk, "message", None), "usage_metadata", None)
        if usage:
            self.prompt_tokens, self.completion_tokens = usage["input_tokens"], usage["output_tokens"]
