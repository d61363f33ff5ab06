"""Plug-ins: which are found, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heartbeat.errors import PluginError
from heartbeat.plugins import CRITERIA, SOURCES, TARGETS, Plugins, load_plugins, target_names
from heartbeat.settings import load_settings
from tests.support.plugins import Packages

TARGET = """
class Ledger:
    name = "ledger"
    def __init__(self, settings): self.agent = settings.agent_name
    def capabilities(self): ...
    def deliver(self, action, key, deadline): ...
"""
OLD_TARGET = """
class Ledger:
    name, done = "ledger", "sent"
    def __init__(self, settings): pass
    def capabilities(self, session): ...
    def apply(self, session, draft, *, key, now): ...
"""
SOURCE = """
class Weather:
    name, time_limit = "weather", 5
    def __init__(self, settings): pass
    def look(self, look): return []
"""
FETCHED = """
class Shelf:
    name, time_limit, every = "shelf", 5, 600
    def __init__(self, settings): pass
    def fetch(self, now, memo, deadline): ...
"""
CRITERION = """
class Calm:
    name, time_limit = "calm", 0.5
    def __init__(self, settings): pass
    def refusal(self, draft, situation): return None
    def facts(self, situation): return ()
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packages:
    return Packages(tmp_path / "site", monkeypatch)


def load(**given: Any) -> Plugins:
    return load_plugins(load_settings(**given))


def faults(**given: Any) -> list[tuple[str, str, str]]:
    return [(fault.group, fault.name, fault.said) for fault in load(**given).faults]


def test_where_nothing_is_installed_there_is_nothing() -> None:
    assert load() == Plugins()
    assert target_names(load_settings()) == ("forum", "none")


def test_all_that_is_installed_is_let_in(packages: Packages) -> None:
    packages.add(
        TARGET + SOURCE + CRITERION,
        targets={"ledger": "Ledger"},
        sources={"weather": "Weather"},
        criteria={"calm": "Calm"},
    )
    plugins = load()
    assert [target.name for target in plugins.targets] == ["ledger"]
    assert plugins.targets[0].agent == "heartbeat"  # type: ignore[attr-defined]
    assert [source.name for source in plugins.sources] == ["weather"]
    assert [criterion.name for criterion in plugins.criteria] == ["calm"]
    assert plugins.names == dict.fromkeys(("target ledger", "source weather", "criterion calm"), "extra 1.0")
    assert plugins.faults == ()
    assert target_names(load_settings()) == ("forum", "none", "ledger")


def test_none_are_let_in_where_the_settings_say_so(packages: Packages) -> None:
    packages.add("raise SystemExit", targets={"ledger": "Ledger"}, criteria={"calm": "Calm"})
    assert load(plugins="none") == Plugins()
    assert target_names(load_settings(plugins="none")) == ("forum", "none")


def test_only_those_that_are_named_are_let_in(packages: Packages) -> None:
    packages.add(TARGET, targets={"ledger": "Ledger"})
    packages.add(CRITERION, name="other", criteria={"calm": "Calm"})
    plugins = load(plugins="calm")
    assert (plugins.targets, len(plugins.criteria), plugins.faults) == ((), 1, ())


def test_one_that_is_named_and_not_there_is_missed(packages: Packages) -> None:
    packages.add(TARGET, targets={"ledger": "Ledger"})
    said = 'HEARTBEAT_PLUGINS: "calm" is not installed; allowed: all, or some of: ledger'
    assert faults(plugins="ledger, calm") == [("", "calm", said)]
    # It may be a criterion, and nobody knows what it would have forbidden.
    with pytest.raises(PluginError, match='"calm" is not installed'):
        load(plugins="ledger, calm").demand_criteria()


@pytest.mark.parametrize("value", ["", "All", "a b", "Ledger", "a,,b", "x" * 65])
def test_other_values_are_refused(value: str) -> None:
    with pytest.raises(
        ValueError, match=r"^HEARTBEAT_PLUGINS: .* allowed: all, none, or names of installed plug-ins"
    ):
        load_settings(plugins=value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import nowhere", "cannot be imported: ModuleNotFoundError: No module named 'nowhere'"),
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("Ledgers = 1", "cannot be imported: AttributeError: module .* has no attribute 'Ledger'"),
        (
            "def Ledger(settings): raise OSError('no key\\nsk-abcdefghijklmnopqrstuvwxyz012345')",
            "cannot be made: OSErr",
        ),
        ("Ledger = 1", "cannot be made: TypeError: 'int' object is not callable"),
        ("def Ledger(settings): return None", "breaks its port: its name is None; allowed: ledger"),
        (TARGET.replace('"ledger"', '"forum"'), "breaks its port: its name is 'forum'; allowed: ledger"),
        (TARGET.replace("def deliver", "def delivered"), "breaks its port: it has no method deliver$"),
        (
            TARGET.replace("def capabilities", "async def capabilities"),
            "breaks its port: capabilities is a coroutine function; allowed: a plain one$",
        ),
        (
            TARGET.replace("key, deadline", "key"),
            "breaks its port: deliver cannot be called as the port says: too many positional arguments$",
        ),
        (TARGET + "    find = 5\n", "breaks its port: it has no method find$"),
        (
            TARGET + "    def find(self): ...\n",
            "breaks its port: find cannot be called as the port says: too many positional arguments$",
        ),
        (
            OLD_TARGET,
            r"breaks its port: it has apply\(session, draft, ...\), .* give it deliver\(action, key, d",
        ),
    ],
)
def test_a_target_that_cannot_be_used_is_named_with_the_reason(
    packages: Packages, source: str, said: str
) -> None:
    packages.add(source, targets={"ledger": "Ledger"})
    plugins = load()
    [fault] = plugins.faults
    assert (plugins.targets, fault.group, fault.name) == ((), TARGETS, "ledger")
    assert fault.said.startswith("The target ledger of extra 1.0 ")
    assert "\n" not in fault.said
    assert "abcdefghijkl" not in fault.said
    with pytest.raises(PluginError, match=said):
        plugins.demand_target("ledger")
    plugins.demand_target("other")
    plugins.demand_criteria()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "idempotent=True",
            "idempotent: Capabilities do not have it; allowed: kinds, actions, boards, sources",
        ),
        ("markup='html'", "markup: Capabilities do not have it; allowed: kinds, actions, boards, sources"),
        (
            "cooldowns={'label': 5}",
            "cooldowns: 'label' is no kind of the target; allowed: post, comment, vote",
        ),
    ],
)
@pytest.mark.parametrize("where", ["when asked", "when made"])
def test_what_a_target_cannot_declare_is_told_when_it_is_loaded(
    packages: Packages, where: str, given: str, said: str
) -> None:
    made = f"Capabilities({given})"
    source = "from heartbeat.capabilities import Capabilities\n" + (
        TARGET.replace("capabilities(self): ...", f"capabilities(self): return {made}")
        if where == "when asked"
        else TARGET.replace("self.agent =", f"self.can = {made}; self.agent =")
    )
    packages.add(source, targets={"ledger": "Ledger"})
    [(group, name, told)] = faults()
    assert (group, name) == (TARGETS, "ledger")
    assert f": {said}" in told
    assert "TypeError" not in told


def test_a_target_that_fails_for_want_of_a_workspace_is_loaded(packages: Packages) -> None:
    packages.add(
        TARGET.replace("capabilities(self): ...", "capabilities(self): raise SystemExit"),
        targets={"ledger": "Ledger"},
    )
    assert faults() == []


@pytest.mark.parametrize("limit", ["None", "True", "'5'", "0", "-1", "61", "float('nan')", "float('inf')"])
def test_time_limits_have_bounds(packages: Packages, limit: str) -> None:
    packages.add(SOURCE.replace("5", limit), sources={"weather": "Weather"})
    packages.add(CRITERION.replace("0.5", limit), criteria={"calm": "Calm"})
    first, second = faults()
    assert (first[0], second[0]) == (SOURCES, CRITERIA)
    for _, _, said in (first, second):
        assert said.endswith("allowed: more than 0 and up to 60 seconds")


def test_names_of_heartbeats_own_are_taken(packages: Packages) -> None:
    packages.add(
        (TARGET + SOURCE).replace('"ledger"', '"forum"').replace('"weather"', '"thread"'),
        targets={"forum": "Ledger", "none": "Ledger"},
        sources={"thread": "Weather"},
    )
    assert [said for _, _, said in faults()] == [
        "The target forum of extra 1.0 has the name of Heartbeat's own target forum",
        "The target none of extra 1.0 has the name of Heartbeat's own target none",
        "The source thread of extra 1.0 has the name of Heartbeat's own source thread",
    ]
    assert load().targets == ()


def test_of_two_with_one_name_neither_is_used(packages: Packages) -> None:
    packages.add(TARGET, targets={"ledger": "Ledger"})
    packages.add(TARGET, name="rival", targets={"ledger": "Ledger"})
    said = "The target ledger is there more than once, from extra 1.0 and rival 1.0; keep one of them"
    assert faults() == [(TARGETS, "ledger", said)]
    assert load().targets == ()


def test_a_name_that_is_not_allowed(packages: Packages) -> None:
    packages.add(TARGET, targets={"My Ledger": "Ledger"})
    [(_, _, said)] = faults()
    assert said.endswith("has a name that is not allowed; allowed: 1 to 64 of a-z, 0-9, _ and -")


def test_one_that_cannot_be_used_does_not_stand_in_the_way_of_others(packages: Packages) -> None:
    packages.add("1/0", targets={"broken": "Broken"})
    packages.add(TARGET, name="other", targets={"ledger": "Ledger"})
    plugins = load()
    assert [target.name for target in plugins.targets] == ["ledger"]
    assert [fault.name for fault in plugins.faults] == ["broken"]


def test_a_source_with_fetch_is_looked_at_once_for_all_threads(packages: Packages) -> None:
    packages.add(FETCHED + SOURCE, sources={"shelf": "Shelf", "weather": "Weather"})
    plugins = load()
    assert [source.name for source in plugins.sources] == ["weather"]
    [shelf] = plugins.fetched
    assert (shelf.name, shelf.time_limit, shelf.every, shelf.private) == ("shelf", 5.0, 600, False)
    assert plugins.names["source shelf"] == shelf.package == "extra 1.0"
    assert plugins.faults == ()


def test_a_source_with_look_is_looked_at_by_each_beat_whatever_else_it_has(packages: Packages) -> None:
    packages.add(SOURCE + "    def fetch(self): ...\n", sources={"weather": "Weather"})
    plugins = load()
    assert ([source.name for source in plugins.sources], plugins.fetched) == (["weather"], ())


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (FETCHED.replace("600", "59"), "every is 59; allowed: 60 to 604800 seconds"),
        (FETCHED.replace("600", "'1h'"), "every is '1h'; allowed: 60 to 604800 seconds"),
        (FETCHED.replace(", every", ", often"), "every is None; allowed: 60 to 604800 seconds"),
        (FETCHED.replace("5, 600", "61, 600"), "time_limit is 61; allowed: more than 0 and up to 60 seconds"),
        (FETCHED + "    private = 'yes'\n", "private is 'yes'; allowed: True and False"),
        (FETCHED.replace("now, memo, ", ""), "fetch cannot be called as the port says"),
        (FETCHED.replace("def fetch", "async def fetch"), "fetch is a coroutine function"),
        (FETCHED.replace("fetch", "catch"), "it has no method look"),
    ],
)
def test_a_source_with_fetch_that_breaks_its_port(packages: Packages, source: str, said: str) -> None:
    packages.add(source, sources={"shelf": "Shelf"})
    [(_, name, told)] = faults()
    assert (name, said in told) == ("shelf", True), told
