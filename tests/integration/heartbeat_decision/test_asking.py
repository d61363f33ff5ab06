"""The small questions: their files, and that schema and model of an answer are the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.errors import PromptError
from heartbeat_decision import prompt
from heartbeat_decision.prompts import ASKING, file_of, load_templates
from heartbeat_decision.prompts.answers import ANSWERS, ChooseAnswer
from heartbeat_decision.prompts.asking import read_asking
from heartbeat_decision.prompts.templates import MAX_BYTES
from tests.support.paths import ROOT
from tests.support.world import World

SHIPPED = load_templates(None)
OWN = """system: |
  Du liest Zeilen.
examples:
  - ask: Grüße alle.
    answer: {label: post, number: null, time: null}
"""


def values_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Everything that one property of an answer's schema allows."""
    if "anyOf" in schema:
        return st.one_of(*(values_of(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "null":
            return st.none()
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "string":
            return st.text(max_size=schema["maxLength"])
        case "array":
            return st.lists(values_of(schema["items"]), max_size=schema["maxItems"])
    raise AssertionError(f"no strategy for {schema}")


@pytest.mark.parametrize("name", ASKING)
@given(data=st.data())
def test_what_the_schema_allows_the_model_of_the_answer_takes(name: str, data: st.DataObject) -> None:
    form = ANSWERS[name]
    schema = ChooseAnswer.of(30) if form is ChooseAnswer else form.schema_for()
    jsonschema_rs.meta.validate(schema)
    answer = {key: data.draw(values_of(each)) for key, each in schema["properties"].items()}
    jsonschema_rs.validate(schema, answer)
    assert form.model_validate(json.loads(json.dumps(answer))).plain() == answer


@pytest.mark.parametrize("name", ASKING)
def test_answers_name_every_field_and_nothing_else(name: str) -> None:
    form = ANSWERS[name]
    assert [field.alias or key for key, field in form.model_fields.items()] == list(form.form)
    assert form.schema_for()["required"] == list(form.form)


@pytest.mark.parametrize("name", ASKING)
def test_examples_as_they_came_are_answers_by_the_schema(name: str) -> None:
    form = ANSWERS[name]
    schema = ChooseAnswer.of(30) if form is ChooseAnswer else form.schema_for()
    prefix = SHIPPED.asking[name].prefix
    assert prefix[0][0] == "system"
    assert [role for role, _ in prefix[1:]] == ["human", "ai"] * ((len(prefix) - 1) // 2)
    assert len(prefix) > 4
    for role, text in prefix:
        if role == "ai":
            jsonschema_rs.validate(schema, json.loads(text))
    asked = [text for role, text in prefix if role == "human"]
    assert len(set(asked)) == len(asked), "an example stands there once"


@pytest.mark.parametrize("name", ASKING)
def test_every_question_is_documented(name: str) -> None:
    docs = (ROOT / "docs" / "prompts.md").read_text()
    section = docs.split("## Small questions\n")[1].split("\n## ")[0]
    [row] = [line for line in section.split("\n") if line.startswith(f"| `{name}.yaml`")]
    assert re.findall(r"`([a-z_]+)`", row.split("|")[3]) == list(ANSWERS[name].form)


def refused(folder: Path, text: str | bytes, name: str = "label") -> str:
    path = folder / file_of(name)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(PromptError) as caught:
        load_templates(folder)
    said = str(caught.value).replace(str(path), path.name)
    assert "\n" not in said
    return said


HOLDS = r"; allowed: system, and examples with ask and answer, an answer holds label, number, time$"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", rf"^label\.yaml line 1: the file: .*{HOLDS}"),
        ("words", rf"^label\.yaml line 1: the file: .*{HOLDS}"),
        ("- a\n- b", rf"^label\.yaml line 1: the file: .*{HOLDS}"),
        ("examples: []", rf"^label\.yaml line 1: system: field required{HOLDS}"),
        ("system: '  '", rf"^label\.yaml line 1: system: string should have at least 1 character{HOLDS}"),
        ("\nsystem: a\nexample: []", rf"^label\.yaml line 3: example: extra inputs are not permitted{HOLDS}"),
        ("system: a\nexamples:\n  - ask: b", rf"line 3: examples\.0\.answer: field required{HOLDS}"),
        (
            f"{OWN}  - ask: b\n    answer: {{label: shout, number: null, time: null}}",
            rf"^label\.yaml line 7: examples\.1\.answer\.label: input should be 'silence', .*{HOLDS}",
        ),
        (
            OWN.replace("number: null", "number: many"),
            rf"line 5: examples\.0\.answer\.number: input should be a valid integer.*{HOLDS}",
        ),
        (OWN.replace("time: null", "time: null, why: x"), rf"line 5: examples\.0\.answer\.why: extra .*{HOLDS}"),
        (OWN.replace("label: post, ", ""), rf"line 5: examples\.0\.answer\.label: field required{HOLDS}"),
        ("system: a\nexamples: [\n", r"^label\.yaml line 3: this is not YAML; allowed: system and examples$"),
        ("system: !!python/name:os.system", r"^label\.yaml line 1: this is not YAML; "),
        ("system: *a", r"^label\.yaml line 1: this is not YAML; "),
        ("system: 2026-99-99", r"^label\.yaml: month must be in 1..12; allowed: system and examples$"),
        (f"system: {'9' * 5_000}", r"^label\.yaml: .*; allowed: system and examples$"),
        ("system: " + "[" * 5_000, r"^label\.yaml.*: (nested too deeply|this is not YAML); allowed: system and"),
        ("a: &a [*a]\nsystem: b", r"^label\.yaml line 1: a: extra inputs are not permitted; "),
        ("? |\n  a\n  b\n: c\nsystem: d", r"^label\.yaml line 4: a b: extra inputs are not permitted; "),
        ("#" * (MAX_BYTES + 1), r"^label\.yaml is too large; allowed: up to 16,384 bytes$"),
        (b"system: a\n#\xff", r"^label\.yaml line 2: this is not UTF-8; allowed: UTF-8 text$"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert re.search(said, refused(tmp_path, text))


@given(st.text())
def test_any_file_is_read_or_refused_in_one_sentence(text: str) -> None:
    said = ""
    try:
        read_asking("label", text, "label.yaml")
    except PromptError as error:
        said = str(error)
    assert "\n" not in said


def test_version_changes_with_every_question(tmp_path: Path) -> None:
    seen = {prompt.version(SHIPPED)}
    for name in ASKING:
        (tmp_path / file_of(name)).write_text(f"{SHIPPED.texts[name]}# {name}\n")
        templates = load_templates(tmp_path)
        seen.add(prompt.version(templates))
        assert templates.asking == SHIPPED.asking, "a comment is not sent"
    assert len(seen) == len(ASKING) + 1


def test_a_workspaces_own_question_is_asked(tmp_path: Path) -> None:
    (tmp_path / "label.yaml").write_text(OWN)
    asking = load_templates(tmp_path).asking["label"]
    assert asking.messages("Eine Zeile") == [
        ("system", "Du liest Zeilen."),
        ("human", "Grüße alle."),
        ("ai", '{"label": "post", "number": null, "time": null}'),
        ("human", "Eine Zeile"),
    ]
    assert load_templates(None).asking["label"] == SHIPPED.asking["label"]


def test_a_question_that_cannot_be_used_ends_the_beat_before_the_model_is_asked(world: World) -> None:
    world.thread()
    world.settings.prompts_path.mkdir()
    path = world.settings.prompts_path / "match.yaml"
    path.write_text("system: a\nexamples: {}\n")
    beat = world.beat()
    assert (beat["status"], beat["reason"]) == ("failed", "invalid_prompt")
    assert f"{path} line 2: examples: input should be a valid list" in beat["summary"]
    assert world.ollama.calls == []
    path.unlink()
    assert world.beat()["status"] == "none"


@pytest.mark.parametrize("name", ASKING)
def test_questions_as_they_came_say_what_they_are_for(name: str) -> None:
    assert SHIPPED.texts[name].startswith("# ")
    assert yaml.safe_load(SHIPPED.texts[name])["system"].strip()
