"""axe-core in a page: what people with a screen reader, weak eyes or only a keyboard would stumble over."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.support.paths import ROOT

SOURCE = ROOT / "panel" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = frozenset({"serious", "critical"})


def findings(page: Page) -> list[str]:
    """Return the serious findings of a page, one line each: the rule, the element, what is wrong with it."""
    # Not by a script tag, which the policy of the page forbids.
    page.evaluate(SOURCE.read_text(encoding="utf-8"))
    result: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['id']}: {' '.join(node['target'])}: {node['failureSummary']}"
        for found in result["violations"]
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]
