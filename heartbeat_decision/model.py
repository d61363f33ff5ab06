"""The ``Model`` protocol, and its implementation with ChatOllama."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import httpx
from langchain_core.messages import AIMessage
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heartbeat.address import basic, split_login
from heartbeat.settings import Settings
from heartbeat.text import first_line
from heartbeat.transport import ElsewhereError, KeptTransports, NetworkError
from heartbeat_decision.chat import CALL, TokenCounter, chat_of
from heartbeat_decision.checks import Checks
from heartbeat_decision.first_question import REMEDY, LibraryError, import_library
from heartbeat_decision.server import (
    PASSED_ON,
    PROTOCOL_ERRORS,
    REFUSALS,
    elsewhere,
    find_model,
    is_passed_on,
    refusal_message,
    show_model,
    unreachable_message,
)
from heartbeat_decision.thinking import ThinkingMode, is_usable, thinking_mode_of
from heartbeat_decision.timings import TimedTransport

TOP_TOKENS = 20
"""Number of tokens whose probabilities are asked for: the most that Ollama tells."""


class ModelError(Exception):
    """The model replied with an error, or with something that is no reply.

    The token counts are those the server reported before the error.
    """

    prompt_tokens = 0
    completion_tokens = 0


class ModelTimeoutError(ModelError):
    """The model did not finish in time."""


class ModelUnreachableError(ModelError):
    """No server listens at the address, it refuses the credentials, or it does not have the model."""


class ModelMissingError(ModelUnreachableError):
    """The server answers but does not have the model."""


class ModelElsewhereError(ModelError):
    """The model is not on this machine or its own network, and the question must not leave it; it was not asked."""


@dataclass(frozen=True)
class Question:
    """One request to a model; ``deadline`` is the total time in seconds it may take.

    ``stays``: it holds something private, and must not leave this machine and its own network. With ``options`` the
    reply is one of these words instead of JSON: one token is generated, and ``schema`` is not sent. They must differ
    in how they begin.
    """

    url: str
    model: str
    messages: Sequence[tuple[str, str]]
    schema: Mapping[str, Any]
    temperature: float
    max_tokens: int
    context_tokens: int
    deadline: float
    stays: bool = False
    options: Sequence[str] = ()


@dataclass(frozen=True)
class Reply:
    """The reply to one request; ``seconds`` is how long it took.

    ``finished`` is false if the reply was truncated, ``thought`` is true if the model spent tokens on thinking, and
    ``again`` is true if the reply is not usable and the same question is worth asking again in another thinking mode.
    ``odds`` are the probabilities of the tokens that might have been generated first, for a question with options;
    empty where the server does not tell them. The rest is what the server says of the call, as in `Timings`.
    """

    text: str
    finished: bool
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    thought: bool = False
    again: bool = False
    odds: Mapping[str, float] = field(default_factory=dict)
    prompt_seconds: float | None = None
    load_seconds: float | None = None
    kept_tokens: int | None = None


class Model(Protocol):
    """A model that replies with JSON according to a schema."""

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Let calls of this event loop use the connections of earlier ones until the context is left."""
        ...

    async def check(self, url: str, model: str) -> str:
        """Check that the model can be asked, and return its digest, empty if unknown.

        Raises:
            ModelUnreachableError: it cannot; the message says what is wrong and what to do.
        """
        ...

    async def ask(self, question: Question) -> Reply:
        """Send one question and return the reply.

        Raises:
            ModelUnreachableError: no server listens, or it refuses the credentials.
            ModelTimeoutError: no complete reply came within the deadline.
            ModelElsewhereError: the question must stay, and the model is elsewhere.
            ModelError: any other failure.
        """
        ...


Authorize = Callable[[str], str | None]


def _login_in_the_address(url: str) -> str | None:
    _, login = split_login(url)
    return basic(login) if login else None


@dataclass
class OllamaModel:
    """Models on servers that speak the Ollama protocol.

    ``authorize`` returns the Authorization header for the server of a URL; the default takes it from a login in the
    URL. ``keep_alive`` is how long a server keeps the model loaded after a call, in the form of Ollama's API; None
    leaves it to the server.
    """

    clock: Callable[[], float] = time.monotonic
    authorize: Authorize = field(default=_login_in_the_address, repr=False)
    keep_alive: int | str | None = None
    checks: Checks = field(default_factory=Checks, repr=False)
    _thinking_modes: dict[tuple[str, str], ThinkingMode] = field(default_factory=dict, repr=False)
    _transports: KeptTransports = field(default_factory=KeptTransports, repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> OllamaModel:
        """Build a model that sends the credentials and the time to stay loaded of the settings."""
        return cls(authorize=settings.ollama_authorization, keep_alive=settings.keep_alive)

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Let calls of this event loop use the connections of earlier ones until the context is left."""
        return self._transports.keep()

    async def check(self, url: str, model: str) -> str:
        """Check the model in ``/api/tags`` and return its digest.

        For how long a result is reused says `heartbeat_decision.checks`.
        """
        tag = await self.checks.find(
            url,
            model,
            self.clock(),
            lambda: find_model(url, model, self.authorize(url), self._transports),
        )
        if tag.problem:
            raise (ModelMissingError if tag.missing else ModelUnreachableError)(tag.problem)
        return tag.digest

    async def ask(self, question: Question) -> Reply:
        """Send the question to ``/api/chat`` with its schema, within one total deadline.

        If the model thinks instead of answering, later questions use another thinking mode; a reply with ``again``
        can be asked again at once.
        """
        try:
            await import_library()
        except LibraryError as error:
            raise ModelError(f"{error}; {REMEDY}") from error
        started = time.monotonic()
        counter = TokenCounter()
        try:
            reply = await self._ask(question, counter)
        except ModelError as error:
            self.checks.note_failure(question.url, question.model)
            error.prompt_tokens, error.completion_tokens = counter.prompt_tokens, counter.completion_tokens
            raise
        self.checks.note_reply(question.url, question.model)
        return replace(reply, seconds=time.monotonic() - started)

    async def _ask(self, question: Question, counter: TokenCounter) -> Reply:
        from heartbeat_decision.library import ResponseError

        authorization = self.authorize(question.url)
        url, _ = split_login(question.url)
        try:
            # The client's own pool would stay bound to this event loop.
            async with (
                asyncio.timeout(question.deadline),
                self._transports.open(url, authorization, stays=question.stays) as transport,
            ):
                if question.stays:
                    await self._check_place(question, url, transport)
                return await self._ask_with_mode(replace(question, url=url), transport, counter)
        except ElsewhereError as error:
            raise ModelElsewhereError(str(error)) from error
        except TimeoutError:
            raise ModelTimeoutError(f"no complete reply within {question.deadline:g} s") from None
        except NetworkError as error:
            raise ModelUnreachableError(str(error)) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise ModelUnreachableError(unreachable_message(question.url)) from error
        except httpx.TimeoutException as error:
            raise ModelTimeoutError(f"the model server went silent: {type(error).__name__}") from error
        except ResponseError as error:
            if error.status_code == httpx.codes.NOT_FOUND:
                # The model may have been removed since it was looked for.
                self.checks.note_failure(question.url, question.model)
                await self.check(question.url, question.model)
            if error.status_code in REFUSALS:
                message = refusal_message(question.url, error.status_code, authorization)
                raise ModelUnreachableError(message) from error
            status = f" {error.status_code}" if error.status_code > 0 else ""
            raise ModelError(f"the model server answered{status}: {first_line(error.error, 300)}") from error
        except ValidationError as error:
            raise ModelError(_another_form(error)) from error
        except (*PROTOCOL_ERRORS, AttributeError, RecursionError) as error:
            raise ModelError(f"{type(error).__name__}: {first_line(str(error), 300)}") from error

    async def _check_place(self, question: Question, url: str, transport: httpx.AsyncBaseTransport) -> None:
        """Check that a model is here: under any name the server may pass questions on to another one.

        Raises:
            ElsewhereError: it is elsewhere.
        """
        tag = self.checks.last(question.url, question.model)
        shown = await show_model(url, question.model, transport)
        where = elsewhere(url, question.model)
        if where is None and (tag.elsewhere or is_passed_on(shown)):
            where = PASSED_ON
        if where is not None:
            raise ElsewhereError(f"the model {question.model} {where}")

    async def _ask_with_mode(
        self, question: Question, transport: httpx.AsyncBaseTransport, counter: TokenCounter
    ) -> Reply:
        from heartbeat_decision.library import ResponseError

        key = (question.url, question.model)
        mode = self._thinking_modes.get(key)
        if mode is None:
            mode = self._thinking_modes[key] = thinking_mode_of(await show_model(*key, transport))
        while True:
            try:
                reply = await _send(question, mode, self.keep_alive, transport, counter)
            except ResponseError as error:
                other = mode.after_refusal(error.error)
                if other is None:
                    raise
                # A refused request costs no tokens. Each new mode has a later stage, so the loop ends.
                mode = self._thinking_modes[key] = other
                continue
            if question.options and reply.text.strip():
                return reply
            other = mode.after_reply(reply.text, finished=reply.finished, thought=reply.thought)
            self._thinking_modes[key] = other
            return replace(reply, again=other != mode and not is_usable(reply.text, finished=reply.finished))


async def _send(
    question: Question,
    mode: ThinkingMode,
    keep_alive: int | str | None,
    transport: httpx.AsyncBaseTransport,
    counter: TokenCounter,
) -> Reply:
    timed = TimedTransport(transport)
    chat = chat_of(
        question.url,
        question.model,
        question.temperature,
        question.max_tokens + mode.extra_tokens,
        question.context_tokens + mode.extra_tokens,
        keep_alive,
        question.deadline,
    )
    # The request of with_structured_output(method="json_schema") without its parser, which silently repairs truncated
    # JSON and takes quadratic time on a long reply that is not JSON. `reasoning` keeps the thinking text in the
    # message, which would be dropped otherwise; `think` is the value that is sent.
    form = (
        {"logprobs": True, "top_logprobs": TOP_TOKENS}
        if question.options
        else {"format": dict(question.schema)}
    )
    # A binding adds the callbacks to those of the run that calls, which a model of its own would replace by them.
    asked = chat.bind(**form, reasoning=True, think=mode.think)
    with CALL.through(timed):
        message = await asked.ainvoke(list(question.messages), {"callbacks": [counter]})
    return replace(_reply(message), **vars(timed.timings))


def _reply(message: AIMessage) -> Reply:
    usage = message.usage_metadata
    return Reply(
        text=message.content if isinstance(message.content, str) else "",
        finished=message.response_metadata.get("done_reason") == "stop",
        prompt_tokens=usage["input_tokens"] if usage else 0,
        completion_tokens=usage["output_tokens"] if usage else 0,
        seconds=0.0,
        thought=bool(message.additional_kwargs.get("reasoning_content")),
        odds=_odds(message.response_metadata.get("logprobs")),
    )


def _another_form(error: ValidationError, within: str = "") -> str:
    """Return a sentence about the first field of a reply that is not in the form of Ollama."""
    first = error.errors(include_url=False)[0]
    where = within + ".".join(map(str, first["loc"]))
    return f"the model server sent {where} in another form than Ollama's: {first_line(first['msg'], 200)}"


class _Token(BaseModel):
    """A token that might have been generated, as a server or its client library tells it."""

    model_config = ConfigDict(from_attributes=True)

    token: str
    # Rounding may put a logarithm slightly above that of 1.
    logprob: float = Field(le=0.01, allow_inf_nan=False)


class _Generated(_Token):
    top_logprobs: Sequence[_Token] | None = None


def _odds(logprobs: object) -> dict[str, float]:
    """Return the probabilities of the first token, by token; none where the server sent none."""
    if not isinstance(logprobs, list) or not logprobs:
        return {}
    try:
        first = _Generated.model_validate(logprobs[0])
    except ValidationError as error:
        raise ModelError(_another_form(error, "logprobs.0.")) from None
    return {each.token: math.exp(each.logprob) for each in first.top_logprobs or ()}
