"""The model behind a small port, and ChatOllama behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import httpx
import ollama
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langchain_ollama import ChatOllama

from heartbeat.validation import clean

CONNECT_TIMEOUT = 2.0
"""Seconds until a server counts as down."""
CHECK_TIMEOUT = 5.0
FRESH_SECONDS = 60.0
"""How long a server that answered is taken to be up."""
DOWN_SECONDS = 2.0
"""How long a server that did not answer is not asked again: enough for beats that are due together."""
_NOT_OF_THE_PROTOCOL = (httpx.HTTPError, httpx.InvalidURL, ExceptionGroup, ValueError, KeyError, TypeError)
"""What clients raise over an address or a reply that is none."""


class ModelError(Exception):
    """The model answered with an error, or not with an answer; the tokens are what its server told of until then."""

    prompt_tokens = 0
    completion_tokens = 0


class ModelTimeoutError(ModelError):
    """The model did not finish in time."""


class ModelUnreachableError(ModelError):
    """Nobody listens at the model's address, or it does not have the model."""


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
    """What came back. ``finished`` is false when the reply was cut, so that it is no decision."""

    text: str
    finished: bool
    prompt_tokens: int
    completion_tokens: int
    seconds: float


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


@dataclass
class OllamaModel:
    """A local model behind the Ollama protocol."""

    clock: Callable[[], float] = time.monotonic
    _checked: dict[tuple[str, str], tuple[float, _Tag]] = field(default_factory=dict, repr=False)

    async def check(self, url: str, model: str) -> str:
        """Look at ``/api/tags``, at most once a minute while the server is up; return the digest it tells."""
        now = self.clock()
        until, tag = self._checked.get((url, model), (0.0, _Tag()))
        if now >= until:
            tag = await _find(url, model)
            self._checked[url, model] = (now + (DOWN_SECONDS if tag.problem else FRESH_SECONDS), tag)
        if tag.problem:
            raise ModelUnreachableError(tag.problem)
        return tag.digest

    async def ask(self, question: Question) -> Reply:
        """Ask over ``/api/chat``, by the schema, within one total deadline."""
        meter = _Meter()
        try:
            return await self._ask(question, meter)
        except ModelError as error:
            error.prompt_tokens, error.completion_tokens = meter.prompt_tokens, meter.completion_tokens
            raise

    async def _ask(self, question: Question, meter: _Meter) -> Reply:
        started = time.monotonic()
        try:
            async with asyncio.timeout(question.deadline), _chat(question) as chat:
                # What with_structured_output(method="json_schema") sends, without its parser: that one mends cut
                # JSON in silence and takes quadratic time over a long reply that is none.
                asked = chat.bind(format=dict(question.schema))
                message = await asked.ainvoke(list(question.messages), {"callbacks": [meter]})
        except TimeoutError:
            raise ModelTimeoutError(f"no complete reply within {question.deadline:g} s") from None
        except httpx.ConnectError as error:
            self._checked.pop((question.url, question.model), None)
            raise ModelUnreachableError(_unreachable(question.url)) from error
        except httpx.TimeoutException as error:
            raise ModelTimeoutError(f"the model server went silent: {type(error).__name__}") from error
        except ollama.ResponseError as error:
            status = f" {error.status_code}" if error.status_code > 0 else ""
            raise ModelError(f"the model server answered{status}: {_first_line(error.error)}") from error
        except (*_NOT_OF_THE_PROTOCOL, AttributeError, RecursionError) as error:
            raise ModelError(f"{type(error).__name__}: {_first_line(str(error))}") from error
        return _reply(message, time.monotonic() - started)


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


@asynccontextmanager
async def _chat(question: Question) -> AsyncIterator[ChatOllama]:
    # A transport of our own can be closed: the client's pool would belong to this event loop for good.
    async with _transport(question.url) as transport:
        yield ChatOllama(
            model=question.model,
            base_url=question.url,
            temperature=question.temperature,
            num_predict=question.max_tokens,
            num_ctx=question.context_tokens,
            async_client_kwargs={
                "transport": transport,
                "timeout": httpx.Timeout(question.deadline, connect=CONNECT_TIMEOUT),
            },
            # The sync client is never used; without certificates it costs 2 ms to build instead of 40.
            sync_client_kwargs={"verify": False},
        )


def _transport(url: str) -> httpx.AsyncHTTPTransport:
    # Loading the certificates takes 30 ms, which plain http does not need.
    return httpx.AsyncHTTPTransport(verify=url.startswith("https"))


def _reply(message: AIMessage, seconds: float) -> Reply:
    usage = message.usage_metadata
    return Reply(
        text=message.content if isinstance(message.content, str) else "",
        finished=message.response_metadata.get("done_reason") == "stop",
        prompt_tokens=usage["input_tokens"] if usage else 0,
        completion_tokens=usage["output_tokens"] if usage else 0,
        seconds=seconds,
    )


class _Tag(NamedTuple):
    """What a server says of a model."""

    problem: str | None = None
    digest: str = ""


async def _find(url: str, model: str) -> _Tag:
    timeout = httpx.Timeout(CHECK_TIMEOUT, connect=CONNECT_TIMEOUT)
    try:
        async with (
            asyncio.timeout(CHECK_TIMEOUT),
            httpx.AsyncClient(transport=_transport(url), timeout=timeout) as client,
        ):
            answer = await client.get(f"{url}/api/tags")
        if answer.status_code != httpx.codes.OK:
            return _Tag(f"The server at {url} answers {answer.status_code} to /api/tags; is it Ollama?")
        digests = {entry["name"]: str(entry.get("digest") or "") for entry in answer.json()["models"]}
    except (httpx.TransportError, TimeoutError):
        return _Tag(_unreachable(url))
    except (*_NOT_OF_THE_PROTOCOL, AttributeError, RecursionError):
        return _Tag(f"The server at {url} does not speak the protocol of Ollama; is it Ollama?")
    for name in (model, f"{model}:latest"):
        if name in digests:
            return _Tag(digest=digests[name])
    return _Tag(f"The server at {url} does not have the model {model}; get it with: ollama pull {model}")


def _first_line(text: str) -> str:
    """Return the beginning of a foreign text, short enough for a summary."""
    return clean(text, multiline=True).split("\n", 1)[0][:300]


def _unreachable(url: str) -> str:
    return f"No model server answers at {url}; start one with: ollama serve"
