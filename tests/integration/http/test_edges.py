"""Instants and numbers at the edge of what can be kept, for all calls of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.http.site import Site, problem

EDGES = ("0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00")
BODIES = {("/api/inbox/{item_id}/snooze", "until")}


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _schemas(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *schema.get("anyOf", ())]


def _is_instant(schema: dict[str, Any]) -> bool:
    return any(each.get("format") == "date-time" for each in _schemas(schema))


@pytest.mark.parametrize("edge", EDGES)
def test_no_instant_at_the_edge_of_the_calendar_is_accepted(site: Site, edge: str) -> None:
    document = site.get("/api/openapi.json")
    thread, tried = site.thread(), 0
    for path, method, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            if _is_instant(parameter["schema"]):
                url = path.replace("{thread_id}", thread)
                answer = site.client.request(method, url, params={parameter["name"]: edge})
                assert parameter["name"] in problem(answer, 422)["detail"]
                tried += 1
    assert tried >= 3


@pytest.mark.parametrize("edge", EDGES)
def test_no_body_takes_an_instant_at_the_edge_of_the_calendar(site: Site, edge: str) -> None:
    document = site.get("/api/openapi.json")
    schemas = document["components"]["schemas"]
    found = set[tuple[str, str]]()
    for path, _, operation in _operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        named = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
        fields = schemas.get(named, {}).get("properties", {})
        found |= {(path, name) for name, schema in fields.items() if _is_instant(schema)}
    assert found == BODIES, "each body with an instant is tried here"
    for path, name in BODIES:
        answer = site.client.post(path.replace("{item_id}", "1"), json={name: edge})
        assert name in problem(answer, 422)["detail"]


def test_every_number_in_a_call_has_a_largest_one(site: Site) -> None:
    missing = [
        (path, parameter["name"])
        for path, _, operation in _operations(site.get("/api/openapi.json"))
        for parameter in operation.get("parameters", ())
        for each in _schemas(parameter["schema"])
        if each.get("type") == "integer" and not each.get("maximum", 2**63) < 2**63
    ]
    assert missing == []
