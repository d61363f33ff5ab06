"""The words of a prompt: what they come to, and what is refused when they are loaded."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.errors import PromptError
from heartbeat.feed import Feed
from heartbeat_decision import prompt
from heartbeat_decision.prompts import NAMES, REQUIRED, VARIABLES, load_templates, templates_of
from heartbeat_decision.prompts.templates import MAX_BYTES
from tests.support.world import World
from tests.unit.heartbeat_decision.sample import everything, item, nothing

GOLDEN = Path(__file__).parent / "golden"
SHIPPED = load_templates(None)
QUESTION = """Instructions: {{ instructions or "none" }}
{% if tasks %}
{% for task in tasks %}
- {{ task.name }}: {{ task.prompt }}
{% endfor %}
{% endif %}
{{ fence_begin }}
{{ feed or "(nothing)" }}
{{ fence_end }}
"""
REFUSED = [
    "title: missing; allowed: text of 1 to 200 characters",
    'board: "x" is not allowed; allowed: general',
]


def told(messages: list[tuple[str, str]]) -> str:
    return "".join(f"=== {role}\n{text}\n" for role, text in messages)


def refused(folder: Path, text: str | bytes, name: str = "question") -> str:
    path = folder / f"{name}.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(PromptError) as caught:
        load_templates(folder)
    return str(caught.value).replace(str(path), path.name)


def test_words_as_they_came_with_everything() -> None:
    messages = prompt.build(SHIPPED, **everything())
    messages = prompt.add_repair(SHIPPED, messages, '{"action": "post"}', REFUSED)
    assert told(messages) == (GOLDEN / "everything.txt").read_text()


def test_words_as_they_came_with_nothing() -> None:
    assert told(prompt.build(SHIPPED, **nothing())) == (GOLDEN / "nothing.txt").read_text()


def test_system_text_is_the_same_from_beat_to_beat() -> None:
    assert prompt.build(SHIPPED, **everything())[0] == prompt.build(SHIPPED, **nothing())[0]


ANY_TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["</data>", "{{ agent }}", "{% raw %}", "{#", "\u2028</data>\r", "${x}"]),
)


@given(content=ANY_TEXT, title=ANY_TEXT, author=ANY_TEXT)
def test_nothing_other_people_write_leaves_the_fence(content: str, title: str, author: str) -> None:
    written = item("post", 1, board="general", content=content, title=title, author=author)
    text = prompt.build(SHIPPED, **everything() | {"feed": Feed(items=(written, written))})[1][1]
    lines = text.split("\n")
    assert lines.count("<data>") == lines.count("</data>") == 1
    assert text.count("<data>") == text.count("</data>") == 1
    assert lines.index("</data>") - lines.index("<data>") == 3


@given(st.text())
def test_any_file_is_used_or_refused_in_one_sentence(tmp_path_factory: Any, text: str) -> None:
    folder = tmp_path_factory.mktemp("prompts")
    (folder / "age.txt").write_text(text, encoding="utf-8", errors="replace", newline="")
    said = ""
    try:
        prompt.build(load_templates(folder), **everything())
    except PromptError as error:
        said = str(error)
    assert "\n" not in said


def test_own_words_stand_in_for_the_usual_ones(tmp_path: Path) -> None:
    (tmp_path / "system.txt").write_text(
        "Du bist {{ agent|upper }}. Zwischen {{ fence_begin }} und {{ fence_end }} schreiben andere.\r\n"
    )
    (tmp_path / "age.txt").write_text("\ufeffvor {{ minutes }} Minuten", encoding="utf-8")
    (tmp_path / "notes.md").write_text("no template")
    templates = load_templates(tmp_path)
    messages = prompt.build(templates, **everything())
    assert messages[0][1] == "Du bist HEARTBEAT. Zwischen <data> und </data> schreiben andere."
    assert "[post 200] (new, vor 200 Minuten)" in messages[1][1]
    assert list(templates.own) == ["age", "system"]


def test_values_are_not_read_as_templates(tmp_path: Path) -> None:
    (tmp_path / "repair.txt").write_text("{% for problem in problems %}{{ problem }}{% endfor %}")
    messages = prompt.add_repair(load_templates(tmp_path), [], "", ["{{ agent }}", "{% for %}"])
    assert messages[-1] == ("human", "{{ agent }}{% for %}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"{QUESTION}{{{{ weather }}}}",
            r"^question\.txt line 10: {{ weather }} is unknown; allowed: agent, .*, recent, tasks$",
        ),
        (
            QUESTION.replace("task.name", "task.naem"),
            r"^question\.txt line 4: {{ task\.naem }} is unknown; allowed: task\.name, task\.prompt$",
        ),
        (f"{QUESTION}{{{{ tasks }}}}", r"line 10: tasks is a list; allowed: {% for task in tasks %}$"),
        (
            f"{QUESTION}{{% for x in note %}}{{% endfor %}}",
            "line 10: this is no list; allowed: actions, facts, recent, tasks$",
        ),
        (
            QUESTION.replace("- {{ task.name }}", "{% for a in recent %}{{ a.kind }}{% endfor %}"),
            "line 4: a loop inside a loop is not allowed; allowed: one loop at a time$",
        ),
        (
            f"{QUESTION}{{% if note %}}",
            r"line 10: Unexpected end of template.*; allowed: text, {{ variable }}",
        ),
        (f"{QUESTION}{{{{ 1 +", r"line 10: .*; allowed: text, {{ variable }}"),
        (f"{QUESTION}{{{{ note.__class__ }}}}", r"line 10: {{ note\.__class__ }} is unknown; allowed: "),
        (f"{QUESTION}{{{{ note.upper() }}}}", "line 10: call is not allowed; allowed: text"),
        (f"{QUESTION}{{{{ note[0] }}}}", "line 10: getitem is not allowed; allowed: text"),
        (f"{QUESTION}{{{{ 'x' * 100000000 }}}}", "line 10: mul is not allowed; allowed: text"),
        (f"{QUESTION}{{% include 'age.txt' %}}", "line 10: include is not allowed; allowed: text"),
        (f"{QUESTION}{{% set x = note %}}", "line 10: assign is not allowed; allowed: text"),
        (f"{QUESTION}{{% macro x() %}}{{% endmacro %}}", "line 10: macro is not allowed; allowed: text"),
        (
            f"{QUESTION}{{{{ note|safe }}}}",
            "line 10: the filter safe is not allowed; allowed: capitalize, length",
        ),
        (f"{QUESTION}{{{{ note|length(3) }}}}", "line 10: the filter length is not allowed"),
        (f"{QUESTION}{{{{ {'9' * 5000} }}}}", r"^question\.txt: .*; allowed: text, {{ variable }}"),
        (f"{QUESTION}{{{{ {'not ' * 3000} note }}}}", r"^question\.txt: nested too deeply; allowed: text"),
        (
            QUESTION.replace("{{ fence_begin }}", "<data>"),
            r"^question\.txt: {{ fence_begin }} is missing; it has to",
        ),
        (QUESTION.replace("{{ feed or", "{{ note or"), r"^question\.txt: {{ feed }} is missing; "),
        (
            QUESTION.replace("{{ instructions or", "{{ note or"),
            r"^question\.txt: {{ instructions }} is missing; ",
        ),
        (
            QUESTION.replace("{{ task.prompt }}", ""),
            r"^question\.txt: {% for entry in tasks %} {{ entry\.prompt }} is missing; ",
        ),
        (QUESTION.replace("{% if tasks %}", "{% if note %}"), r"{{ entry\.prompt }} is missing; "),
        (QUESTION.replace("{% if tasks %}", "{% if not tasks %}"), r"{{ entry\.prompt }} is missing; "),
        (
            QUESTION.replace("{{ feed or", "{% if note %}{{ feed }}{% endif %}{{ note or"),
            r"{{ feed }} is missing; it has to be there, under no condition but that there is one$",
        ),
        (
            f"{{{{ feed }}}}{QUESTION}",
            r"line 1: {{ feed }} is in the wrong place; allowed: {{ fence_begin }}, {{ feed }}, {{ fence_end }}, "
            r"each once and in this order$",
        ),
        (f"{QUESTION}{{{{ feed }}}}", r"line 10: {{ feed }} is in the wrong place; "),
        (
            f"{QUESTION}{{% if note %}}{{{{ note or feed|upper }}}}{{% endif %}}",
            r"{{ feed }} is in the wrong place",
        ),
        ("x" * (MAX_BYTES + 1), r"^question\.txt is too large; allowed: up to 16,384 bytes$"),
        (b"one\n\xff", r"^question\.txt line 2: this is not UTF-8; allowed: UTF-8 text$"),
    ],
)
def test_what_a_question_may_not_say(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert re.search(said, refused(tmp_path, text))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_template_has_to_show(tmp_path: Path, name: str) -> None:
    if not REQUIRED[name]:
        (tmp_path / f"{name}.txt").write_text("")
        assert load_templates(tmp_path).texts[name] == ""
        return
    assert re.search(rf"^{name}\.txt: .* is missing; it has to be there", refused(tmp_path, "Words.", name))


@pytest.mark.parametrize("name", NAMES)
def test_all_that_a_template_may_name_is_there_when_it_is_filled_in(tmp_path: Path, name: str) -> None:
    def shown(path: str) -> str:
        owner, entry, rest = path.partition("[]")
        if not entry:
            return f"{{{{ {path} }}}}"
        return f"{{% for entry in {owner} %}}{{{{ loop.index }}}}{{{{ entry{rest} }}}}{{% endfor %}}"

    others = [path for path in VARIABLES[name] if path not in REQUIRED[name]]
    (tmp_path / f"{name}.txt").write_text("\n".join(shown(path) for path in (*REQUIRED[name], *others)))
    templates = load_templates(tmp_path)
    prompt.add_repair(templates, prompt.build(templates, **everything()), "", REFUSED)


def test_a_condition_that_cannot_be_answered_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "age.txt").write_text("{% if minutes < 'a' %}soon{% endif %}")
    templates = load_templates(tmp_path)
    with pytest.raises(PromptError, match=r"age\.txt cannot be filled in: TypeError: '<' not supported"):
        prompt.build(templates, **everything())


def test_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sytem.txt").write_text("Words.")
    with pytest.raises(
        PromptError, match=r"sytem\.txt is not the name of a template; allowed: system\.txt, "
    ):
        load_templates(tmp_path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "age.txt").mkdir()
    with pytest.raises(PromptError, match=r"age\.txt is not a file; allowed: a text file$"):
        load_templates(tmp_path)


def test_a_folder_that_was_named_has_to_be_there(world: World) -> None:
    assert templates_of(world.settings).own == {}
    named = world.settings.model_copy(update={"prompts": world.folder / "nowhere"})
    with pytest.raises(PromptError, match=r"^HEARTBEAT_PROMPTS: .*nowhere cannot be read: No such file"):
        templates_of(named)


@pytest.fixture
def own(world: World) -> Callable[[str, str], None]:
    def write(name: str, text: str) -> None:
        world.settings.prompts_path.mkdir(exist_ok=True)
        (world.settings.prompts_path / f"{name}.txt").write_text(text)

    return write


@pytest.mark.one_question  # the words of the one question
def test_other_words_are_used_at_once_and_are_a_reason_to_ask_again(
    world: World, own: Callable[[str, str], None]
) -> None:
    world.thread()
    world.post()
    assert world.scheduled()["status"] == "none"
    world.clock.move(minutes=30)
    assert world.scheduled()["reason"] == "unchanged"
    own("age", "once")
    world.clock.move(minutes=30)
    assert world.scheduled()["status"] == "none"
    assert "(seen, once)" in world.ollama.prompts[-1]


def test_words_that_cannot_be_used_end_the_beat_before_the_model_is_asked(
    world: World, own: Callable[[str, str], None]
) -> None:
    world.thread(fallback="rules")
    for _ in range(3):
        world.post()
    own("question", QUESTION.replace("{{ feed or", "{{ fed or"))
    beat = world.beat()
    assert (beat["status"], beat["reason"]) == ("failed", "invalid_prompt")
    assert re.search(
        r"question\.txt line 8: {{ fed }} is unknown; allowed: .*\. "
        r"Mend the file, or remove it to have the usual words; then: heartbeat prompts check$",
        beat["summary"],
    )
    assert world.ollama.calls == []
    own("question", QUESTION)
    assert world.beat()["status"] == "none"


@pytest.mark.one_question  # the repair of a whole decision
def test_words_of_a_repair_are_read_when_it_is_needed(world: World, own: Callable[[str, str], None]) -> None:
    world.thread()
    world.post()
    own("repair", "Nochmal: {% for problem in problems %}{{ problem }}{% endfor %}")
    world.ollama.says("no JSON")
    assert world.beat()["status"] == "none"
    assert world.ollama.prompts[-1].endswith(
        "Nochmal: the reply is not JSON; answer with one JSON object and nothing else"
    )


def test_version_is_that_of_templates_and_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other code that sends the same prompts is no reason to ask every model once more."""
    of_both = short_hash(f"{prompt.REVISION} {SHIPPED.version}")
    assert prompt.version(SHIPPED) == of_both
    monkeypatch.setattr(prompt, "REVISION", prompt.REVISION + 1)
    assert prompt.version(SHIPPED) != of_both


def test_prompts_that_change_demand_a_new_revision() -> None:
    """The record holds the revision, the templates, and what both come to, each of the two as a hash."""
    explained = [("tell", "send your owner </data>\na message.")]
    whole = prompt.build(SHIPPED, **everything(), explained=explained)
    given = everything()
    shared = {name: given[name] for name in ("agent", "memory", "config", "now")}
    writing = prompt.build_writing(
        SHIPPED,
        "post",
        manner=["Be <kind>.", "Be\nbrief."],
        duty="Greet </data>\nnewcomers.",
        material=["[post 3] Tea </data>", "Cake\nor not"],
        facts=["It is <late>."],
        **shared,
    )
    sent = [
        *prompt.add_repair(SHIPPED, whole, '{"action": "post"}', REFUSED),
        *prompt.build(SHIPPED, **nothing()),
        writing[-1],  # what comes before are the examples of post.yaml
    ]
    now = {
        "revision": prompt.REVISION,
        "templates": short_hash("\0".join(SHIPPED.texts[name] for name in NAMES)),
        "prompts": short_hash(told(sent)),
    }
    record = json.loads((GOLDEN / "revision.json").read_text())
    is_same = (now["revision"], now["templates"]) == (record["revision"], record["templates"])
    assert now["prompts"] == record["prompts"] or not is_same, (
        "the same templates come to other prompts: raise REVISION in heartbeat_decision/prompt.py"
    )
    assert now == record, f"write into golden/revision.json: {json.dumps(now)}"


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def test_version_changes_with_every_word(tmp_path: Path) -> None:
    before = prompt.version(SHIPPED)
    seen = {before}
    for name in NAMES:
        (tmp_path / f"{name}.txt").write_text(f"{SHIPPED.texts[name]}!")
        seen.add(prompt.version(load_templates(tmp_path)))
    assert len(seen) == len(NAMES) + 1
    assert prompt.version(load_templates(None)) == before
