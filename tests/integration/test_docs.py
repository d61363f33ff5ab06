"""What a user can set, see or call is in docs/, and the Python shown there runs."""

from __future__ import annotations

import re
import runpy
import shutil
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from heartbeat.capabilities import Capabilities
from heartbeat.config import Config
from heartbeat.criteria import Criterion
from heartbeat.draft import Draft
from heartbeat.feed import Item
from heartbeat.instructions.line import LENGTH_LIMIT
from heartbeat.outgoing import Outgoing
from heartbeat.plan import About, Do, Limit, LineRole, Only, Rule, When, WhenKind
from heartbeat.plan.assemble import assemble
from heartbeat.plan.lines import LINES_LIMIT, divide
from heartbeat.plan.needs import Known, lacks
from heartbeat.plan.rule import PlacedBody
from heartbeat.plan.says import says
from heartbeat.plan.shipped import parse_shipped
from heartbeat.plugins import CRITERIA, SOURCES, TARGETS
from heartbeat.settings import Settings, load_settings
from heartbeat.sources import ContextSource, Look
from heartbeat.store import Store, threads
from heartbeat.store.admission import REFUSAL_MESSAGES
from heartbeat.targets import Target
from heartbeat.vocabulary import ActionKind, ConnectionKind
from heartbeat_decision.prompts import NAMES, REQUIRED, VARIABLES
from heartbeat_service.cli.commands import COMMANDS
from nodes.services import services_for, utc_now
from tests.support.ollama import FakeOllama, decision
from tests.support.paths import ROOT

DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / f"{name}.md").read_text()


@pytest.mark.parametrize("field", sorted(Config.model_fields))
def test_every_field_of_a_thread_is_documented(field: str) -> None:
    assert f"| `{field}`" in text("configuration")


@pytest.mark.parametrize("word", [*ActionKind, *ConnectionKind])
def test_what_an_agent_can_do_out_of_the_box_names_every_action_and_connection(word: str) -> None:
    section = (ROOT / "README.md").read_text().partition("out of the box\n")[2].partition("\n## ")[0]
    assert re.search(rf"(?i)\b{word}\b", section)


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_every_setting_is_documented(field: str) -> None:
    assert f"| `HEARTBEAT_{field.upper()}`" in text("configuration")


@pytest.mark.parametrize("gate", sorted(REFUSAL_MESSAGES))
def test_every_admission_gate_is_documented(gate: str) -> None:
    assert f"`{gate}`" in text("concepts")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_documented(command: str) -> None:
    assert f"| `heartbeat {command}" in text("cli")


@pytest.mark.parametrize("words", [About, Do, Limit, LineRole, WhenKind])
def test_every_word_of_a_rule_is_documented(words: type[StrEnum]) -> None:
    page = text("plan")
    assert [word.value for word in words if f"`{word}`" not in page] == []


def test_the_corrections_of_the_page_belong_to_its_instructions() -> None:
    page = text("plan")
    lines = divide(page.partition("```markdown\n")[2].partition("```")[0])
    shipped = parse_shipped(page.partition("```json\n")[2].partition("```")[0], utc_now())
    assert shipped.faults == ()
    found = assemble(lines, {}, shipped.corrections, Known())
    assert (len(found.decided), found.unread, found.dropped) == (2, (), ())


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        (
            PlacedBody(
                when=When(kind=WhenKind.NEW, count=3),
                about=(About.FORUM,),
                do=Do.POST,
                how="a short recap",
                where="heartbeat",
            ),
            None,
        ),
        (PlacedBody(when=When(kind=WhenKind.ALWAYS), do=Do.SILENT), None),
        (PlacedBody(when=When(kind=WhenKind.ALWAYS), do=Do.SILENT, only=Only(days=(5, 6))), None),
        (PlacedBody(when=When(kind=WhenKind.NEW), about=(About.MAIL,), do=Do.TELL), Known()),
        (PlacedBody(when=When(kind=WhenKind.ALWAYS), do=Do.OTHER, how="push the branch"), Known()),
    ],
)
def test_what_the_page_shows_of_a_rule_is_said(rule: PlacedBody, known: Known | None) -> None:
    whole = Rule(**dict(rule), id="a-1", line=1, text="x", read_at=utc_now())
    if known is None:
        assert f": {says(whole, 'UTC')}\n" in text("plan")
    else:
        assert all(f": {lack.message} {lack.remedy}\n" in text("plan") for lack in lacks(whole, known))


@pytest.mark.parametrize("number", [LINES_LIMIT, LENGTH_LIMIT])
def test_the_limits_of_a_plan_are_documented(number: int) -> None:
    assert f" {number:,} " in text("plan")


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in DOCS.glob("*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    folder = (DOCS.parent / page).parent
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (DOCS.parent / page).read_text())
    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


def examples() -> list[Any]:
    """Return every Python example of README and docs, as page, place on it and code."""
    pages = [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))]
    found = [
        (page.stem, number, code)
        for page in pages
        for number, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL), 1)
    ]
    return [pytest.param(code, id=f"{page}-{number}") for page, number, code in found]


def run(code: str, folder: Path) -> None:
    """Run an example as a script in a folder."""
    script = folder / "example.py"
    script.write_text(code)
    services_for.cache_clear()
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        services_for.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, as the current one of somebody who has set nothing but the server of their model."""
    made = tmp_path / "empty"
    made.mkdir()
    monkeypatch.chdir(made)
    for name in ("HEARTBEAT_HOME", "HEARTBEAT_INSTRUCTIONS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)
    return made


@pytest.mark.parametrize("code", examples())
def test_an_example_runs_by_itself_in_an_empty_folder(code: str, folder: Path) -> None:
    run(code, folder)


@pytest.mark.one_question  # the page shows what a whole decision says
def test_the_examples_of_a_page_run_one_after_the_other(
    folder: Path, ollama: FakeOllama, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder that is filled, as somebody does who reads the page and tries each."""
    Path("HEARTBEAT.md").write_text("- Look at the new posts\n")
    codes = re.findall(r"```python\n(.*?)```", text("python"), re.DOTALL)
    assert len(codes) == 7
    said = []
    for code in codes:
        # Seven examples within a minute are too many beats of one thread.
        shutil.rmtree(".heartbeat", ignore_errors=True)
        run(code, folder)
        said.append(capsys.readouterr().out)
    said = [each for each in said if each]  # that of the token prints nothing
    assert "none None" in said[0]
    assert said[1].startswith("none {")
    assert "Would stay silent: Quiet." in said[2]
    assert "gather_context - 1 new of 1 items" in said[3]
    assert any("Frost tonight." in prompt for prompt in ollama.prompts)
    assert "beat.started {'trigger': 'manual', 'slot': None}" in said[4]
    assert said[4].splitlines()[-1].startswith("beat.finished {")
    assert said[5] == "none Quiet.\n"


@pytest.mark.one_question
def test_the_example_of_an_approval(
    folder: Path, ollama: FakeOllama, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("HEARTBEAT.md").write_text("- Post what is new\n")
    store = Store(load_settings().database_path)
    store.write(threads.create, "demo", utc_now(), config={"approval": "always"})
    store.close()
    ollama.says(decision(action="post", board="general", title="A long title", content="Words"))
    capsys.readouterr()
    [code] = [
        code for code in re.findall(r"```python\n(.*?)```", text("python"), re.DOTALL) if "decisions" in code
    ]
    run(code, folder)
    told, became = capsys.readouterr().out.splitlines()
    assert told.startswith("post on general: A long title. It waits until ")
    assert became == "acted Posted on general: Shorter."


def test_events_that_are_past_are_not_told_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("HEARTBEAT.md").write_text("- Look at the new posts\n")
    code = next(
        code for code in re.findall(r"```python\n(.*?)```", text("python"), re.DOTALL) if "joined" in code
    )
    for _ in range(2):
        run(code, folder)
        said = capsys.readouterr().out
        assert said.count("beat.started") == said.count("beat.finished") == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_of_a_template_is_documented(name: str) -> None:
    section = text("prompts").split(f"### {name}.txt\n")[1].split("\n#")[0]
    for variable in VARIABLES[name]:
        bold = variable in REQUIRED[name]
        assert (f"**`{variable}`**" if bold else f"`{variable}`") in section
        assert bold or f"**`{variable}`**" not in section


@pytest.mark.parametrize(
    ("group", "port"), [(TARGETS, Target), (SOURCES, ContextSource), (CRITERIA, Criterion)]
)
def test_every_port_is_documented(group: str, port: type) -> None:
    section = text("plugins").split(f"Group `{group}`; port: `")[1].split("\n##")[0]
    module = import_module(section.split("`")[0].rpartition(".")[0])
    assert getattr(module, section.split("`")[0].rpartition(".")[2]) is port
    members = {name for name in vars(port) if not name.startswith("_")}
    assert {row.split("(")[0] for row in re.findall(r"^\| `([^`]*)`", section, re.MULTILINE)} == members


TYPES = (Look, Item, Draft, Outgoing, Capabilities)


@pytest.mark.parametrize("shown", TYPES, ids=lambda each: each.__name__)
def test_every_field_of_what_plug_ins_handle_is_documented(shown: Any) -> None:
    section = text("plugins").split(f"\n### {shown.__name__}\n")[1].split("\n##")[0]
    assert f"`{shown.__module__}.{shown.__name__}`" in section or shown is Look
    fields = set(getattr(shown, "model_fields", None) or shown.__dataclass_fields__)
    told = set(re.findall(r"`(\w+)`", section))
    assert fields <= told
    rows = {
        name
        for row in re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert rows - {"field"} <= fields


CODE = ("heartbeat", "heartbeat_decision", "heartbeat_service", "nodes", "graph", "checkpoints", "tests")
PAGES_ABOUT_CODE = ("docs/architecture.md", "CONTRIBUTING.md")
_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|_[a-z]\w+")
"""What is clearly a name in Python: it has an underscore."""
_NOT_DEFINED_HERE = {"get_state", "heartbeat_decision", "heartbeat_service", "one_question"}
"""LangGraph's, packages, and a marker of pytest."""


@pytest.mark.parametrize("page", PAGES_ABOUT_CODE)
def test_every_file_and_function_that_a_page_names_is_there(page: str) -> None:
    quoted = set(re.findall(r"`([^`\n]+)`", (ROOT / page).read_text()))
    files = {
        each
        for each in quoted
        if re.fullmatch(r"[\w./-]+\.(py|tsx?|md|toml)", each) and "/" in each and "NAME" not in each
    }
    missing = [each for each in files if not (ROOT / each).exists()]
    source = "\n".join(path.read_text() for room in CODE for path in sorted((ROOT / room).rglob("*.py")))
    names = {each for each in quoted if _NAME.fullmatch(each) and not each.startswith("HEARTBEAT_")}
    names -= _NOT_DEFINED_HERE
    undefined = [
        each
        for each in names
        if not re.search(rf"(def|class) {each}\b|^\s*{each}\b.*=|{each}\.py", source, re.M)
    ]
    assert sorted(missing) == []
    assert sorted(undefined) == []
    assert len(names) >= 2
