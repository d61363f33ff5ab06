"""axe-core in a page: what people with a screen reader, weak eyes or only a keyboard would stumble over."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.support.paths import ROOT

SOURCE = ROOT / "panel" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
_LOADED = "() => 'axe' in window"
_RUN = """(grave) => axe.run(document, {
  resultTypes: ['violations'],
  rules: Object.fromEntries(
    axe._audit.rules.filter(({impact}) => !grave.includes(impact)).map(({id}) => [id, {enabled: false}])),
})"""
"""Runs the rules whose findings are ``grave``; axe gives each finding the impact of its rule."""


def findings(page: Page) -> list[str]:
    """Return the serious findings of a page, one line each: the rule, the element, what is wrong with it."""
    if not page.evaluate(_LOADED):
        # Not by a script tag, which the policy of the page forbids.
        page.evaluate(_source())
    result: dict[str, Any] = page.evaluate(_RUN, GRAVE)
    return [
        f"{found['id']}: {' '.join(node['target'])}: {node['failureSummary']}"
        for found in result["violations"]
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]


@cache
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")
