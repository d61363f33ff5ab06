"""The questions for texts: their files, and that schema and model of an answer are the same."""

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
from heartbeat_decision.prompts.answers import ANSWERS
from heartbeat_decision.prompts.asking import read_asking
from heartbeat_decision.prompts.templates import MAX_BYTES
from tests.support.paths import ROOT
from tests.support.world import World

SHIPPED = load_templates(None)
OWN = """system: |
  Du trägst Zeilen ein.
examples:
  - ask: Grüße alle.
    answer: {reasoning: ein Gruß, file: a.md, mode: append, text: Hallo}
"""


def values_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Everything that one property of an answer's schema allows."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    assert schema["type"] == "string"
    return st.text(max_size=schema["maxLength"])


@pytest.mark.parametrize("name", ASKING)
@given(data=st.data())
def test_what_the_schema_allows_the_model_of_the_answer_takes(name: str, data: st.DataObject) -> None:
    form = ANSWERS[name]
    schema = form.schema_for()
    jsonschema_rs.meta.validate(schema)
    answer = {key: data.draw(values_of(each)) for key, each in schema["properties"].items()}
    jsonschema_rs.validate(schema, answer)
    assert json.loads(form.model_validate(answer).json_line()) == answer


@pytest.mark.parametrize("name", ASKING)
def test_answers_name_every_field_and_nothing_else(name: str) -> None:
    form = ANSWERS[name]
    assert list(form.model_fields) == list(form.form)
    assert form.schema_for()["required"] == list(form.form)


@pytest.mark.parametrize("name", ASKING)
def test_examples_as_they_came_are_answers_by_the_schema(name: str) -> None:
    form = ANSWERS[name]
    schema = form.schema_for()
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
    section = docs.split("## Questions for texts\n")[1].split("\n## ")[0]
    [row] = [line for line in section.split("\n") if line.startswith(f"| `{name}.yaml`")]
    assert re.findall(r"`([a-z_]+)`", row.split("|")[3]) == list(ANSWERS[name].form)


def refused(folder: Path, text: str | bytes, name: str = "note") -> str:
    path = folder / file_of(name)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(PromptError) as caught:
        load_templates(folder)
    said = str(caught.value).replace(str(path), path.name)
    assert "\n" not in said
    return said


HOLDS = r"; allowed: system, and examples with ask and answer, an answer holds reasoning, file, mode, text$"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", rf"^note\.yaml line 1: the file: .*{HOLDS}"),
        ("words", rf"^note\.yaml line 1: the file: .*{HOLDS}"),
        ("- a\n- b", rf"^note\.yaml line 1: the file: .*{HOLDS}"),
        ("examples: []", rf"^note\.yaml line 1: system: field required{HOLDS}"),
        ("system: '  '", rf"^note\.yaml line 1: system: string should have at least 1 character{HOLDS}"),
        ("\nsystem: a\nexample: []", rf"^note\.yaml line 3: example: extra inputs are not permitted{HOLDS}"),
        ("system: a\nexamples:\n  - ask: b", rf"line 3: examples\.0\.answer: field required{HOLDS}"),
        (
            f"{OWN}  - ask: b\n    answer: {{reasoning: a, file: b, mode: shout, text: c}}",
            rf"^note\.yaml line 7: examples\.1\.answer\.mode: input should be 'append' or 'tick'{HOLDS}",
        ),
        (
            OWN.replace("text: Hallo", "text: 12"),
            rf"line 5: examples\.0\.answer\.text: input should be a valid string.*{HOLDS}",
        ),
        (OWN.replace("text: Hallo", "text: Hallo, why: x"), rf"line 5: examples\.0\.answer\.why: extra .*{HOLDS}"),
        (OWN.replace("file: a.md, ", ""), rf"line 5: examples\.0\.answer\.file: field required{HOLDS}"),
        ("system: a\nexamples: [\n", r"^note\.yaml line 3: this is not YAML; allowed: system and examples$"),
        ("system: !!python/name:os.system", r"^note\.yaml line 1: this is not YAML; "),
        ("system: *a", r"^note\.yaml line 1: this is not YAML; "),
        ("system: 2026-99-99", r"^note\.yaml: month must be in 1..12; allowed: system and examples$"),
        (f"system: {'9' * 5_000}", r"^note\.yaml: .*; allowed: system and examples$"),
        ("system: " + "[" * 5_000, r"^note\.yaml.*: (nested too deeply|this is not YAML); allowed: system and"),
        ("a: &a [*a]\nsystem: b", r"^note\.yaml line 1: a: extra inputs are not permitted; "),
        ("? |\n  a\n  b\n: c\nsystem: d", r"^note\.yaml line 4: a b: extra inputs are not permitted; "),
        ("#" * (MAX_BYTES + 1), r"^note\.yaml is too large; allowed: up to 16,384 bytes$"),
        (b"system: a\n#\xff", r"^note\.yaml line 2: this is not UTF-8; allowed: UTF-8 text$"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert re.search(said, refused(tmp_path, text))


@given(st.text())
def test_any_file_is_read_or_refused_in_one_sentence(text: str) -> None:
    said = ""
    try:
        read_asking("note", text, "note.yaml")
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
    (tmp_path / "note.yaml").write_text(OWN)
    asking = load_templates(tmp_path).asking["note"]
    assert asking.messages("Eine Zeile") == [
        ("system", "Du trägst Zeilen ein."),
        ("human", "Grüße alle."),
        ("ai", '{"reasoning": "ein Gruß", "file": "a.md", "mode": "append", "text": "Hallo"}'),
        ("human", "Eine Zeile"),
    ]
    assert load_templates(None).asking["note"] == SHIPPED.asking["note"]


def test_a_question_that_cannot_be_used_ends_the_beat_before_the_model_is_asked(world: World) -> None:
    world.thread()
    world.settings.prompts_path.mkdir()
    path = world.settings.prompts_path / "tell.yaml"
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


@pytest.mark.parametrize("name", ["label", "secret"])
def test_a_question_of_an_earlier_version_is_left_aside_with_a_warning(tmp_path: Path, name: str) -> None:
    left = tmp_path / f"{name}.yaml"
    left.write_text("system: [")
    templates = load_templates(tmp_path)
    assert templates.version == SHIPPED.version
    assert templates.warning == f"{left} is not used any more, since a beat follows the plan; remove it"
    (tmp_path / "about.yaml").write_text("")
    assert f"about.yaml, {left} are not used any more" in str(load_templates(tmp_path).warning)
    assert SHIPPED.warning is None


def test_a_file_that_no_version_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_text("system: a")
    with pytest.raises(PromptError, match=r"labels\.yaml is not the name of a template; allowed: "):
        load_templates(tmp_path)
