from __future__ import annotations

from collections.abc import Mapping

import pytest

from heartbeat.targets import KnownTargets, NoTarget, Target
from tests.integration.graph.outside import Outside


def test_connections_count_as_they_are_now_and_take_no_name_that_is_taken() -> None:
    connected: dict[str, Target] = {"none": Outside("none")}
    known: Mapping[str, object] = KnownTargets([NoTarget()], lambda: connected)
    assert list(known) == ["none"]
    assert isinstance(known["none"], NoTarget)
    connected["phone"] = Outside("phone")
    assert (list(known), len(known), "phone" in known) == (["none", "phone"], 2, True)
    del connected["phone"]
    assert known.get("phone") is None
    with pytest.raises(KeyError):
        known["phone"]
