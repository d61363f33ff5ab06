"""The API against its own OpenAPI document: generated calls, one by one and in chains."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky, Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema

from heartbeat_service.http.problems import MEDIA_TYPE
from tests.integration.http.site import Site
from tests.support.schemas import mend

# Schemathesis has formats of its own for what Hypothesis knows too, and says so each time.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Overriding standard format:hypothesis.errors.HypothesisWarning"
)
mend()
EXAMPLES = int(os.environ.get("TEST_API_EXAMPLES", "4"))
"""Per call and mode; thousands by hand: TEST_API_EXAMPLES=100 pytest -rP tests/acceptance/http/test_openapi.py"""
CHAINS, STEPS = EXAMPLES, 12
TAGS = (
    "timer",
    "config",
    "threads",
    "beats",
    "approvals",
    "instructions",
    "plan",
    "connections",
    "deliveries",
    "forum",
    "session",
    "health",
)


def given_as(examples: int, **more: Any) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        **more,
    )


@pytest.fixture(scope="module")
def document(shared: Site) -> BaseSchema:
    return loaded(shared, shared.get("/api/openapi.json"))


@pytest.fixture(scope="module")
def named(shared: Site) -> BaseSchema:
    """The document in which the names in paths are as they are usually.

    A name may be any text of up to 64 characters: what is wrong with one is hardly ever drawn, in some hundred tries.
    That no connection and no line has an unusual name is no less wrong, and must be refused.
    """
    described = shared.get("/api/openapi.json")
    for calls in described["paths"].values():
        for call in calls.values():
            for parameter in call.get("parameters", ()):
                if parameter["in"] == "path" and parameter["schema"].get("maxLength") == 64:
                    parameter["schema"]["pattern"] = "^[a-z0-9_-]{1,64}$"
    return loaded(shared, described)


def loaded(shared: Site, described: dict[str, Any]) -> BaseSchema:
    """Return the calls of the document, without the stream of events, which does not end."""
    # No token is set there, so that any will do.
    del described["security"], described["components"]["securitySchemes"]
    found = schemathesis.openapi.from_dict(described)
    found.config.update(base_url=shared.url)
    # Not every rule fits into a schema: a stale tag, the names of time zones, hours that are equal.
    found.config.checks.update(excluded_check_names=["positive_data_acceptance"])
    return found.exclude(path="/api/heartbeat/events")


@pytest.fixture
def demo(site: Site) -> Site:
    """A site whose thread of all examples exists."""
    site.client.post("/api/threads", json={"id": "demo"})
    return site


def sending(case: Case, sent: list[str]) -> None:
    sent.append(case.path)
    case.call_and_validate()


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("tag", TAGS)
def test_generated_calls(
    document: BaseSchema, named: BaseSchema, demo: Site, tag: str, mode: GenerationMode
) -> None:
    sent: list[str] = []
    calls = named if mode == GenerationMode.NEGATIVE else document
    for found in calls.include(tag=tag).get_all_operations():
        assert isinstance(found, Ok)
        call = given(found.ok().as_strategy(generation_mode=mode))(lambda case: sending(case, sent))
        # Where a call takes nothing, nothing in it can be wrong.
        with suppress(Unsatisfiable):
            given_as(EXAMPLES)(call)()
    print(len(sent), "calls")


def test_generated_chains(document: BaseSchema, demo: Site) -> None:
    """What a call returns goes into the next: a thread that was made is configured, run and removed."""
    sent: list[str] = []
    failures: list[str] = []

    class Chain(document.as_state_machine()):  # type: ignore[misc]
        def after_call(self, response: Any, case: Case) -> None:
            sent.append(case.path)

        def validate_response(self, response: Any, case: Case, *more: Any, **named: Any) -> None:
            try:
                super().validate_response(response, case, *more, **named)
            except FailureGroup as group:
                failures.extend(f"{failure}\n{case.as_curl_command()}" for failure in group.exceptions)

    for number in range(CHAINS):
        # What earlier chains have left behind is there in the next, which Hypothesis calls flaky.
        with suppress(Flaky):
            seed(number)(Chain).run(settings=given_as(2, stateful_step_count=STEPS))
    print(len(sent), "calls")
    assert not failures, "\n\n".join(failures)
    assert len(sent) > CHAINS


def test_every_call_is_described(demo: Site) -> None:
    described = demo.get("/api/openapi.json")
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            assert call["summary"], path
            assert call["description"], path
            answers = call["responses"]
            assert "503" in answers, (method, path)
            assert ("403" in answers) is (path not in {"/healthz", "/readyz"}), (method, path)
            assert ("401" in answers) is (call.get("security") != []), (method, path)
            assert ("413" in answers) is ("requestBody" in call), (method, path)
            for status, answer in answers.items():
                assert answer["description"]
                if int(status) >= 400:
                    assert answer["content"] == {
                        MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
                    }
            for parameter in call.get("parameters", ()):
                assert parameter["description"], (path, parameter)
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_the_calls_of_the_design_are_all_there(demo: Site) -> None:
    paths = demo.get("/api/openapi.json")["paths"]
    assert {path: " ".join(sorted(calls)) for path, calls in paths.items()}.items() >= {
        "/api/heartbeat/status": "get",
        "/api/heartbeat/start": "post",
        "/api/heartbeat/stop": "post",
        "/api/heartbeat/config": "get patch put",
        "/api/threads": "get post",
        "/api/threads/config": "patch",
        "/api/threads/pause": "post",
        "/api/threads/resume": "post",
        "/api/threads/{thread_id}": "delete get",
        "/api/threads/{thread_id}/heartbeat/config": "get patch post put",
        "/api/threads/{thread_id}/heartbeat/run-now": "post",
        "/api/threads/{thread_id}/heartbeat/pause": "post",
        "/api/threads/{thread_id}/heartbeat/resume": "post",
        "/api/threads/{thread_id}/heartbeat/history": "get",
        "/api/heartbeat/history": "get",
        "/api/heartbeat/stats": "get",
        "/api/beats/{beat_id}": "get",
        "/api/beats/{beat_id}/approve": "post",
        "/api/beats/{beat_id}/reject": "post",
        "/api/heartbeat/heartbeat.md": "get post put",
        "/api/threads/{thread_id}/heartbeat.md": "delete get post put",
        "/api/heartbeat/heartbeat.md/check": "post",
        "/api/heartbeat/plan": "get",
        "/api/heartbeat/plan/{line_id}": "delete put",
        "/api/heartbeat/schedule": "get",
        "/api/heartbeat/events": "get",
        "/api/heartbeat/graph": "get",
        "/api/threads/{thread_id}/messages": "get post",
        "/api/connections": "get post",
        "/api/connections/{name}": "delete get patch",
        "/api/connections/{name}/test": "post",
        "/api/connections/test": "post",
        "/api/forum/boards": "get post",
        "/api/forum/posts": "get post",
        "/api/forum/posts/{post_id}": "get",
        "/api/forum/posts/{post_id}/comments": "get post",
        "/api/forum/comments/{comment_id}": "get",
        "/api/forum/votes": "post",
        "/healthz": "get",
        "/readyz": "get",
    }.items()
