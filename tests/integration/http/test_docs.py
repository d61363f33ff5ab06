"""docs/http.md tells of every call, and its Python runs; it and docs/python.md tell of every event."""

from __future__ import annotations

import re
from typing import Any

import pytest

from heartbeat.vocabulary import EventKind
from tests.integration.http.site import Site
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "http.md").read_text()


def test_every_call_is_in_the_docs(site: Site) -> None:
    for path in site.get("/api/openapi.json")["paths"]:
        short = re.sub(r"\{\w+\}", "{id}", path)
        assert f"{short.removeprefix('/api')}`" in PAGE or f"{short}`" in PAGE, path


def test_every_field_of_the_status_is_in_the_docs(site: Site) -> None:
    for name in site.get("/api/heartbeat/status"):
        assert f"`{name}" in PAGE


@pytest.mark.parametrize("page", ["http.md", "python.md"])
def test_every_event_is_in_the_docs(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    assert [kind for kind in EventKind if f"`{kind}`" not in text] == []


def test_its_python_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    assert "/api/heartbeat/status" in names["app"].openapi()["paths"]
