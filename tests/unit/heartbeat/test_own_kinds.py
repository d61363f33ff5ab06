"""Actions of a target's own kinds: what may be declared, and what a decision may say."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator, model_validator

from heartbeat.capabilities import ActionType, Capabilities, Shown
from heartbeat.config import Config
from heartbeat.draft import Draft, Offer, build_schema
from heartbeat.errors import InvalidValueError, PluginError
from heartbeat.validation import Verdict, validate


class Label(BaseModel):
    name: Literal["bug", "idea"]
    why: Annotated[str, Field(max_length=20)] | None = None
    weight: int = Field(1, ge=1, le=5)

    @field_validator("why")
    @classmethod
    def _why(cls, value: str | None) -> str | None:
        if value == "because":
            raise ValueError("Give a reason")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Label:
        if self.name == "bug" and self.weight == 2:
            raise ValueError("a bug weighs 1 or 3")
        return self


def no_own(label: Label, shown: Shown | None) -> list[str]:
    return ["this is your own"] if shown and shown.own else []


LABEL = ActionType("label", "Put a label on a post.", Label, on="item", check=no_own)
CAN = Capabilities(kinds=(), actions=(LABEL,))
OFFER = Offer(
    kinds=("label",),
    posts={"1": Shown(author="bo"), "2": Shown(author="me", own=True)},
    comments={"7": Shown(author="cy", post_id="1")},
)


def judged(**fields: Any) -> Verdict:
    return validate({"action": "label", **fields}, OFFER, CAN)


def test_schema_names_the_fields_after_the_kind() -> None:
    properties = build_schema(OFFER, CAN)["properties"]
    assert list(properties) == [
        *("reasoning", "action", "post_id", "comment_id"),
        *("label_name", "label_why", "label_weight", "note"),
    ]
    assert properties["action"]["enum"] == ["label", "none"]
    assert properties["label_name"]["anyOf"] == [
        {"type": "string", "enum": ["bug", "idea"]},
        {"type": "null"},
    ]
    assert properties["label_why"]["anyOf"] == [{"type": "string", "maxLength": 20}, {"type": "null"}]
    assert properties["label_weight"]["anyOf"][0] == {"type": "integer", "minimum": 1, "maximum": 5}


def test_schema_without_the_kind_has_none_of_its_fields() -> None:
    assert "label_name" not in build_schema(Offer(kinds=()), CAN)["properties"]


def test_a_decision_becomes_a_draft() -> None:
    verdict = judged(post_id=1, label_name="idea", label_why=" <b>\u0007 ", label_weight="3", title="x")
    assert verdict.draft == Draft(
        kind="label", post_id="1", fields={"name": "idea", "why": "&lt;b&gt;", "weight": 3}
    )
    assert verdict.draft.describe() == "label on post:1: name idea, why &lt;b&gt;, weight 3"


def test_a_comment_brings_its_post() -> None:
    draft = judged(comment_id="7", label_name="bug").draft
    assert draft is not None
    assert (draft.post_id, draft.comment_id, draft.target_id) == ("1", "7", "comment:7")


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"label_name": "bug"}, ["post_id: missing; allowed: 1, 2"]),
        ({"label_name": "bug", "post_id": "9"}, ['post_id: "9" was not shown; allowed: 1, 2']),
        ({"post_id": "1"}, ["label_name: missing; it is needed for label"]),
        ({"post_id": "1", "label_name": ""}, ["label_name: missing; it is needed for label"]),
        ({"post_id": "1", "name": "bug"}, ["label_name: missing; it is needed for label"]),
        (
            {"post_id": "1", "label_name": "spam"},
            ["label_name: \"spam\" is not allowed; input should be 'bug' or 'idea'"],
        ),
        (
            {"post_id": "1", "label_name": "bug", "label_why": "x" * 21},
            ['label_why: "xxxxxxxxxxxxxxxxxxxxx" is not allowed; string should have at most 20 characters'],
        ),
        (
            {"post_id": "1", "label_name": "bug", "label_why": "because"},
            ['label_why: "because" is not allowed; give a reason'],
        ),
        (
            {"post_id": "1", "label_name": "bug", "label_weight": [1]},
            ["label_weight: [1] is not allowed; input should be a valid integer"],
        ),
        ({"post_id": "1", "label_name": "bug", "label_weight": 2}, ["label: a bug weighs 1 or 3"]),
        ({"post_id": "2", "label_name": "bug"}, ["label: this is your own"]),
    ],
)
def test_what_is_wrong_is_told_in_words_a_model_can_act_on(
    fields: dict[str, Any], problems: list[str]
) -> None:
    verdict = judged(**fields)
    assert (verdict.draft, list(verdict.problems)) == (None, problems)


@pytest.mark.parametrize(
    ("on", "fields", "found"),
    [
        ("nothing", {}, (None, None)),
        ("post", {"post_id": "1", "comment_id": "7"}, ("1", None)),
        ("comment", {"post_id": "1", "comment_id": "7"}, ("1", "7")),
        ("post", {}, "post_id: missing; allowed: 1, 2"),
        ("comment", {"post_id": "1"}, "comment_id: missing; allowed: 7"),
        ("comment", {"comment_id": "8"}, 'comment_id: "8" was not shown; allowed: 7'),
    ],
)
def test_what_it_acts_on(on: Any, fields: dict[str, Any], found: Any) -> None:
    can = Capabilities(kinds=(), actions=(ActionType("label", "Put a label.", Label, on=on),))
    verdict = validate({"action": "label", "label_name": "bug", **fields}, OFFER, can)
    draft = verdict.draft
    assert found == ((draft.post_id, draft.comment_id) if draft else verdict.problems[0])


@pytest.mark.parametrize(
    ("on", "posts", "comments", "offered"),
    [
        ("nothing", False, False, True),
        ("post", False, True, False),
        ("post", True, False, True),
        ("comment", True, False, False),
        ("comment", False, True, True),
        ("item", False, False, False),
        ("item", False, True, True),
    ],
)
def test_it_is_offered_only_where_there_is_something_to_act_on(
    on: Any, posts: bool, comments: bool, offered: bool
) -> None:
    from tests.unit.heartbeat_decision.sample import item

    items = [item("post", 1)] * posts + [item("comment", 2, post_id="1")] * comments
    can = Capabilities(kinds=(), actions=(ActionType("label", "Put a label.", Label, on=on),))
    assert Offer.of(items, can).kinds == (("label",) if offered else ())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "post_id": JSON,
            "comment_id": JSON,
            "label_name": JSON | st.sampled_from(["bug", "idea"]),
            "label_why": JSON,
            "label_weight": JSON,
        },
    )
)
def test_nothing_leaves_the_gate_but_what_was_declared(fields: dict[str, Any]) -> None:
    verdict = judged(**fields)
    assert (verdict.draft is None) == bool(verdict.problems)
    if verdict.draft is not None:
        assert verdict.draft.fields is not None
        assert set(verdict.draft.fields) == {"name", "why", "weight"}
        assert verdict.draft.fields["name"] in ("bug", "idea")
        assert 1 <= verdict.draft.fields["weight"] <= 5
        assert not {"<", ">"} & set(json.dumps(verdict.draft.fields))
        assert verdict.draft.post_id in OFFER.posts


def fail(*_: Any) -> Any:
    raise OSError("no disk")


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (fail, "action label: its check failed: OSError: no disk"),
        (lambda *_: None, "action label: its check gave no sentences; allowed: a list of texts"),
        (lambda *_: "no", "action label: its check gave no sentences; allowed: a list of texts"),
        (lambda *_: [" "], "action label: its check gave no sentences; allowed: a list of texts"),
        (lambda *_: [1], "action label: its check gave no sentences; allowed: a list of texts"),
    ],
)
def test_a_check_that_fails_lets_nothing_pass(check: Any, said: str) -> None:
    can = Capabilities(kinds=(), actions=(ActionType("label", "Put a label.", Label, check=check),))
    with pytest.raises(PluginError, match=f"^{said}$"):
        validate({"action": "label", "label_name": "bug"}, OFFER, can)


class Colour(StrEnum):
    RED = "red"


class Inner(BaseModel):
    x: int


def model(annotation: Any, **more: Any) -> type[BaseModel]:
    return type(
        "Made", (BaseModel,), {"__annotations__": {"field": annotation, **more}, "__module__": __name__}
    )


class Aliased(BaseModel):
    field: int = Field(alias="other")


@pytest.mark.parametrize(
    "fields",
    [
        *(
            model(kind)
            for kind in (str, list[int], dict[str, int], Inner, Colour, Any, int | str, Literal[1, "a"])
        ),
        model(Annotated[str, Field(max_length=5_001)]),
        model(complex),
        model(int, **{f"field{number}": int for number in range(8)}),
        model(int, Upper=int),
        Aliased,
        dict,
        Label(name="bug"),
    ],
)
def test_fields_are_plain_values_with_bounds(fields: Any) -> None:
    with pytest.raises(InvalidValueError, match=r"^fields: .*allowed: "):
        ActionType("label", "Put a label.", fields)


@pytest.mark.parametrize("annotation", [int, float | None, bool, Literal["a"], Literal["a", "b"] | None])
def test_plain_values_are_allowed(annotation: Any) -> None:
    assert list(ActionType("label", "Put a label.", model(annotation)).properties) == ["label_field"]


@pytest.mark.parametrize(
    "kind",
    [
        *("post", "comment", "vote", "tell", "note", "notice", "none", "other"),
        *("", "Label", "a_b", "1a", "x" * 33, 1),
    ],
)
def test_kinds_that_are_not_allowed(kind: Any) -> None:
    with pytest.raises(InvalidValueError, match=r"^kind: .* is not allowed; allowed: 1 to 32 of a-z and 0-9"):
        ActionType(kind, "Put a label.", Label)


def test_other_parts_that_are_not_allowed() -> None:
    with pytest.raises(InvalidValueError, match=r"^about: of label: allowed: one sentence"):
        ActionType("label", " ", Label)
    with pytest.raises(InvalidValueError, match=r"^on: 'board' is not allowed; allowed: nothing, post"):
        ActionType("label", "Put a label.", Label, on="board")  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError, match=r"^actions: label, label: allowed: each kind once$"):
        Capabilities(actions=(LABEL, LABEL))


def test_approval_of_other_kinds() -> None:
    assert Config(approval=["other"]).needs_approval("label")
    assert not Config(approval=["other"]).needs_approval("post")
    assert not Config(approval=["post"]).needs_approval("label")
    assert Config(approval="always").needs_approval("label")
    with pytest.raises(InvalidValueError, match="a list of post, comment, vote, tell, note and other"):
        Config.from_dict({"approval": ["label"]})


def test_digests_of_other_actions_are_what_they_were() -> None:
    draft = Draft(kind="vote", post_id="1", vote_direction="up")
    assert draft.digest("forum") == "0e66670a51d687bc5e40422dd877effe06836e7ee1b505a7528f9a92e8524eea"
    assert Draft(kind="label", fields={"a": 1}).digest("x") != Draft(kind="label", fields={"a": 2}).digest(
        "x"
    )
