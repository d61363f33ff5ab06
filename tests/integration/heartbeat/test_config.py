from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.config import ALLOWED, Config, clean_overrides, effective_config
from heartbeat.errors import InvalidValueError
from heartbeat.store import threads, workspace
from heartbeat.store.effective import get_defaults
from tests.support.world import World

ODD: list[Any] = [1e3, float("nan"), True, None, [], {}, "１h", "9" * 40]
REFUSED: list[tuple[str, Any, str]] = [
    *[("every", value, "every") for value in (59, 86_401, 5, "oops", "", "0m", "5 m", "1w", "-5m", "59s")],
    *[("every", value, "every") for value in ODD],
    ("every_seconds", 59, "every_seconds"),
    ("interval", "25h", "interval"),
    ("enabled", "yes", "enabled"),
    ("enabled", 1, "enabled"),
    ("target", "", "target"),
    ("target", 7, "target"),
    ("target", "x" * 65, "target"),
    ("target", [], "target"),
    ("target", ["forum", "forum"], "target"),
    ("target", ["forum", "none"], "target"),
    ("target", ["forum", ""], "target"),
    ("target", ["forum", 7], "target"),
    ("target", [str(number) for number in range(17)], "target"),
    ("active_hours", {"start": "08:00"}, "active_hours.end"),
    ("active_hours", {"end": "08:00"}, "active_hours.start"),
    ("active_hours", {"start": 8, "end": 8}, "active_hours"),
    ("active_hours", {"start": "24:00", "end": 8}, "active_hours.start"),
    ("active_hours", {"start": 8, "end": "24:30"}, "active_hours.end"),
    ("active_hours", {"start": 8, "end": 25}, "active_hours.end"),
    ("active_hours", {"start": "8:0", "end": 9}, "active_hours.start"),
    ("active_hours", {"start": "８:00", "end": 9}, "active_hours.start"),
    ("active_hours", {"start": 8.5, "end": 9}, "active_hours.start"),
    ("active_hours", {"start": 8, "end": 9, "zone": "UTC"}, "active_hours.zone"),
    ("active_hours", "08:00", "active_hours"),
    ("active_hours", "08:00-08:00", "active_hours"),
    ("active_hours", "8-12-14", "active_hours"),
    ("active_hours", "late-9", "active_hours.start"),
    ("active_hours", "9-24:30", "active_hours.end"),
    ("active_hours", "-", "active_hours.start"),
    ("active_hours", "", "active_hours"),
    ("timezone", "Mars/Olympus", "timezone"),
    ("timezone", "../UTC", "timezone"),
    ("timezone", None, "timezone"),
    ("model", "", "model"),
    ("model", 3, "model"),
    *[("max_tokens", value, "max_tokens") for value in (9, 4001, "100", 10.5, None)],
    *[("temperature", value, "temperature") for value in (-0.1, 1.1, "0.5", float("nan"), True, None)],
    ("dry_run", "no", "dry_run"),
    ("approval", "sometimes", "approval"),
    ("approval", ["post", "like"], "approval"),
    ("approval_ttl", 599, "approval_ttl"),
    ("approval_ttl", 2_592_001, "approval_ttl"),
    ("fallback", "guess", "fallback"),
    ("missed", "all", "missed"),
    ("recheck_after", -1, "recheck_after"),
    ("recheck_after", 86_401, "recheck_after"),
    ("max_actions_per_day", 0, "max_actions_per_day"),
    ("max_actions_per_day", 1001, "max_actions_per_day"),
    ("daily_token_budget", 999, "daily_token_budget"),
    ("daily_token_budget", "5000", "daily_token_budget"),
    ("colour", "red", "colour"),
]


@pytest.mark.parametrize(("name", "value", "field"), REFUSED)
def test_refusal_names_field_and_bounds_and_saves_nothing(
    world: World, name: str, value: Any, field: str
) -> None:
    world.thread(max_tokens=77)
    with pytest.raises(InvalidValueError) as caught:
        world.configure(**{name: value, "temperature": 0.3} if name != "temperature" else {name: value})
    sentence = str(caught.value)
    assert caught.value.field == field
    assert sentence.startswith(f"{field}: ")
    assert "\n" not in sentence
    assert ALLOWED.get(field, "allowed: ") in sentence
    assert world.store.read(threads.get, "demo").overrides == {"max_tokens": 77}
    with pytest.raises(InvalidValueError):
        world.store.write(workspace.set_defaults, {name: value}, world.clock())
    assert world.store.read(get_defaults) == {}


@pytest.mark.parametrize(
    ("given_", "seconds"),
    [
        (60, 60),
        (86_400, 86_400),
        ("90s", 90),
        ("30m", 1800),
        ("1h30m", 5400),
        ("4h", 14_400),
        ("1d", 86_400),
        ("1800", 1800),
    ],
)
def test_intervals(given_: object, seconds: int) -> None:
    assert Config.from_dict({"every": given_}).every == seconds
    assert clean_overrides({"interval": given_}) == {"every": seconds}


@pytest.mark.parametrize(
    ("given_", "start", "end"),
    [
        ("02:00-03:00", "02:00", "03:00"),
        ("9-17", "09:00", "17:00"),
        ("9:05 - 24:00", "09:05", "24:00"),
        ("22–6", "22:00", "06:00"),
        ({"start": "9:05", "end": "9:06"}, "09:05", "09:06"),
        ({"start": "0", "end": 24}, "00:00", "24:00"),
        ({"start": "9", "end": "24"}, "09:00", "24:00"),
        ({"start": 0, "end": "7:30"}, "00:00", "07:30"),
    ],
)
def test_hours_as_people_write_them(given_: object, start: str, end: str) -> None:
    assert clean_overrides({"active_hours": given_}) == {"active_hours": {"start": start, "end": end}}


@pytest.mark.parametrize(
    ("given_", "names"),
    [("forum", ("forum",)), (["none"], ("none",)), (["phone", "forum"], ("phone", "forum"))],
)
def test_one_target_or_several(given_: object, names: tuple[str, ...]) -> None:
    config = Config.from_dict({"target": given_})
    assert config.targets == names
    assert config.to_dict()["target"] == given_


def test_to_be_told_waits_for_approval_only_where_a_list_names_it() -> None:
    assert Config(approval="always").needs_approval("note")
    assert not Config(approval="always").needs_approval("tell")
    assert not Config(approval="never").needs_approval("note")
    assert Config(approval=["tell"]).needs_approval("tell")
    assert not Config(approval=["tell"]).needs_approval("note")


def test_defaults() -> None:
    assert Config().to_dict() == {
        "enabled": True,
        "every": 1800,
        "target": "forum",
        "sources": None,
        "active_hours": None,
        "timezone": "UTC",
        "model": None,
        "max_tokens": 500,
        "temperature": 0.7,
        "dry_run": False,
        "approval": "never",
        "approval_ttl": 86_400,
        "fallback": "none",
        "missed": "latest",
        "recheck_after": 21_600,
        "max_actions_per_day": 48,
        "daily_token_budget": None,
        "outflow": "guarded",
    }


def test_every_field_says_what_is_allowed() -> None:
    assert set(Config.model_fields) <= set(ALLOWED)


def test_overrides_merge_field_by_field(world: World) -> None:
    world.store.write(workspace.set_defaults, {"every": "4h", "temperature": 0}, world.clock())
    world.thread(temperature=0.2)
    world.configure(max_tokens=100)
    world.configure(dry_run=True)

    def effective() -> Config:
        return world.store.read(lambda session: threads.config(session, threads.get(session, "demo")))

    config = effective()
    assert (config.every, config.temperature, config.max_tokens, config.dry_run) == (14_400, 0.2, 100, True)
    world.store.write(threads.configure, "demo", {"every": 60}, world.clock(), replace=True)
    config = effective()
    assert (config.every, config.temperature, config.max_tokens) == (60, 0.0, 500)
    world.store.write(workspace.set_defaults, {}, world.clock())
    assert effective().temperature == 0.7


hours = st.integers(0, 1439).flatmap(
    lambda start: st.integers(0, 1440).filter(lambda end: end != start).map(lambda end: (start, end))
)
configs = st.fixed_dictionaries(
    {},
    optional={
        "every": st.integers(60, 86_400),
        "temperature": st.floats(0, 1),
        "max_tokens": st.integers(10, 4000),
        "target": st.sampled_from(
            ["forum", "none", ["none"], ["forum", "phone"], ["phone", "mail", "forum"]]
        ),
        "approval": st.sampled_from(["never", "always", ["post"], ["vote", "comment"], ["tell", "note"], []]),
        "active_hours": st.none()
        | hours.map(
            lambda pair: {
                "start": f"{pair[0] // 60:02d}:{pair[0] % 60:02d}",
                "end": f"{pair[1] // 60:02d}:{pair[1] % 60:02d}",
            }
        ),
        "timezone": st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
    },
)


@given(configs)
def test_json_loses_nothing(values: dict[str, Any]) -> None:
    config = Config.from_dict(values)
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert effective_config({}, clean_overrides(values)) == config
