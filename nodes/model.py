"""The model behind a small port, and ChatOllama behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import httpx
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage

from heartbeat.address import basic, split_login
from heartbeat.settings import Settings
from heartbeat.text import first_line
from heartbeat.transport import NetworkError, NoTransport, open_transport
from nodes.library import ChatOllama, ResponseError
from nodes.server import (
    CONNECT_TIMEOUT,
    NOT_OF_THE_PROTOCOL,
    REFUSALS,
    Tag,
    find_model,
    refusal,
    show_model,
    unreachable,
)
from nodes.thinking import Manner, is_usable, manner_of

FRESH_SECONDS = 60.0
"""How long a server that answered is taken to be up."""
DOWN_SECONDS = 2.0
"""How long a server that did not answer is not asked again: enough for beats that are due together."""


class ModelError(Exception):
    """The model answered with an error, or not with an answer; the tokens are what its server told of until then."""

    prompt_tokens = 0
    completion_tokens = 0


class ModelTimeoutError(ModelError):
    """The model did not finish in time."""


class ModelUnreachableError(ModelError):
    """Nobody listens at the model's address, or it does not have the model."""


class ModelMissingError(ModelUnreachableError):
    """The server answers, and does not have the model."""


@dataclass(frozen=True)
class Question:
    """One call: where, what, and how long it may take in all, in seconds."""

    url: str
    model: str
    messages: Sequence[tuple[str, str]]
    schema: Mapping[str, Any]
    temperature: float
    max_tokens: int
    context_tokens: int
    deadline: float


@dataclass(frozen=True)
class Reply:
    """What came back.

    ``finished`` is false when the reply was cut, so that it is no decision; ``thought`` tells that the model spent
    tokens on thinking; ``again``, that no answer came of it and the same question will be asked in another manner.
    """

    text: str
    finished: bool
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    thought: bool = False
    again: bool = False


class Model(Protocol):
    """Something that answers with JSON by a schema."""

    async def check(self, url: str, model: str) -> str:
        """Return what tells this model from another of the same name, empty if unknown, when it can be asked.

        Raises:
            ModelUnreachableError: the sentence says what is wrong and what to do.
        """
        ...

    async def ask(self, question: Question) -> Reply:
        """Ask once.

        Raises:
            ModelUnreachableError: nobody listens.
            ModelTimeoutError: no complete reply within the deadline.
            ModelError: anything else that is not a reply.
        """
        ...


Authorize = Callable[[str], str | None]


def _login_in_the_address(url: str) -> str | None:
    _, login = split_login(url)
    return basic(login) if login else None


@dataclass
class OllamaModel:
    """A local model behind the Ollama protocol.

    ``authorize`` returns the Authorization header for the server of a URL; without it, that of a login in the URL.
    """

    clock: Callable[[], float] = time.monotonic
    authorize: Authorize = field(default=_login_in_the_address, repr=False)
    _checked: dict[tuple[str, str], tuple[float, Tag]] = field(default_factory=dict, repr=False)
    _manners: dict[tuple[str, str], Manner] = field(default_factory=dict, repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> OllamaModel:
        """Return a model that says who asks as the settings have it."""
        return cls(authorize=settings.ollama_authorization)

    async def check(self, url: str, model: str) -> str:
        """Look at ``/api/tags``, at most once a minute while the server is up; return the digest it tells."""
        now = self.clock()
        until, tag = self._checked.get((url, model), (0.0, Tag()))
        if now >= until:
            tag = await find_model(url, model, self.authorize(url))
            self._checked[url, model] = (now + (DOWN_SECONDS if tag.problem else FRESH_SECONDS), tag)
        if tag.problem:
            raise (ModelMissingError if tag.missing else ModelUnreachableError)(tag.problem)
        return tag.digest

    async def ask(self, question: Question) -> Reply:
        """Ask over ``/api/chat``, by the schema, within one total deadline.

        A model that turns out to think instead of answering is asked in another manner from then on; where the reply
        says ``again``, it is worth asking at once.
        """
        started = time.monotonic()
        meter = _Meter()
        try:
            reply = await self._ask(question, meter)
        except ModelError as error:
            error.prompt_tokens, error.completion_tokens = meter.prompt_tokens, meter.completion_tokens
            raise
        return replace(reply, seconds=time.monotonic() - started)

    async def _ask(self, question: Question, meter: _Meter) -> Reply:
        authorization = self.authorize(question.url)
        url, _ = split_login(question.url)
        try:
            # A transport of our own can be closed: the client's pool would belong to this event loop for good.
            async with asyncio.timeout(question.deadline), open_transport(url, authorization) as transport:
                return await self._converse(replace(question, url=url), transport, meter)
        except TimeoutError:
            raise ModelTimeoutError(f"no complete reply within {question.deadline:g} s") from None
        except NetworkError as error:
            raise ModelUnreachableError(str(error)) from error
        except httpx.ConnectError as error:
            self._checked.pop((question.url, question.model), None)
            raise ModelUnreachableError(unreachable(question.url)) from error
        except httpx.TimeoutException as error:
            raise ModelTimeoutError(f"the model server went silent: {type(error).__name__}") from error
        except ResponseError as error:
            if error.status_code in REFUSALS:
                self._checked.pop((question.url, question.model), None)
                said = refusal(question.url, error.status_code, authorization)
                raise ModelUnreachableError(said) from error
            status = f" {error.status_code}" if error.status_code > 0 else ""
            raise ModelError(f"the model server answered{status}: {first_line(error.error, 300)}") from error
        except (*NOT_OF_THE_PROTOCOL, AttributeError, RecursionError) as error:
            raise ModelError(f"{type(error).__name__}: {first_line(str(error), 300)}") from error

    async def _converse(
        self, question: Question, transport: httpx.AsyncBaseTransport, meter: _Meter
    ) -> Reply:
        key = (question.url, question.model)
        manner = self._manners.get(key)
        if manner is None:
            manner = self._manners[key] = manner_of(await show_model(*key, transport))
        while True:
            try:
                reply = await _put(question, manner, transport, meter)
            except ResponseError as error:
                other = manner.refused(error.error)
                if other is None:
                    raise
                # A refusal costs no tokens. Each other manner is of a later stage, so this comes to an end.
                manner = self._manners[key] = other
                continue
            other = manner.answered(reply.text, finished=reply.finished, thought=reply.thought)
            self._manners[key] = other
            return replace(
                reply, again=other != manner and not is_usable(reply.text, finished=reply.finished)
            )


class _Meter(BaseCallbackHandler):
    """Keeps the tokens that the server tells of while the reply comes: an error after that does not undo them."""

    run_inline = True

    def __init__(self) -> None:
        self.prompt_tokens = self.completion_tokens = 0

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **_: Any) -> None:
        """Look at one piece of the reply."""
        usage = getattr(getattr(chunk, "message", None), "usage_metadata", None)
        if usage:
            self.prompt_tokens, self.completion_tokens = usage["input_tokens"], usage["output_tokens"]


async def _put(
    question: Question, manner: Manner, transport: httpx.AsyncBaseTransport, meter: _Meter
) -> Reply:
    chat = ChatOllama(
        model=question.model,
        base_url=question.url,
        temperature=question.temperature,
        num_predict=question.max_tokens + manner.room,
        num_ctx=question.context_tokens + manner.room,
        # Proxies, certificates and who asks are the transport's affair.
        client_kwargs={"trust_env": False},
        async_client_kwargs={
            "transport": transport,
            "timeout": httpx.Timeout(question.deadline, connect=CONNECT_TIMEOUT),
        },
        sync_client_kwargs={"transport": NoTransport()},
    )
    # What with_structured_output(method="json_schema") sends, without its parser: that one mends cut JSON in silence
    # and takes quadratic time over a long reply that is none. `reasoning` keeps what the model thinks, which is
    # dropped otherwise; `think` is what is sent.
    asked = chat.bind(format=dict(question.schema), reasoning=True, think=manner.think)
    return _reply(await asked.ainvoke(list(question.messages), {"callbacks": [meter]}))


def _reply(message: AIMessage) -> Reply:
    usage = message.usage_metadata
    return Reply(
        text=message.content if isinstance(message.content, str) else "",
        finished=message.response_metadata.get("done_reason") == "stop",
        prompt_tokens=usage["input_tokens"] if usage else 0,
        completion_tokens=usage["output_tokens"] if usage else 0,
        seconds=0.0,
        thought=bool(message.additional_kwargs.get("reasoning_content")),
    )
