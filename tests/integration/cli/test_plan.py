"""plan: how HEARTBEAT.md is read, and corrections of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heartbeat.plan import PlanLine
from heartbeat.plan.lines import find_line
from heartbeat.settings import load_settings
from heartbeat.store import Store, messages, reading_claim
from heartbeat_service.cli import plan as cli_plan
from heartbeat_service.cli.workspace import open_store
from tests.integration.cli.conftest import Cli
from tests.support.line_reading import Reads
from tests.support.ollama import FakeOllama

TEXT = """# Duties

- Tell me about bills.
- Answer customers by mail.

## Style

- Be brief.
"""
READS = Reads(
    {
        "bills": ("tell", "if", "mail", {"question": "Is it a bill?", "how": "the sum"}),
        "customers": ("other", "if", "mail", {"question": "Is it from a customer?", "how": "answer"}),
        "brief": "style",
    }
)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "HEARTBEAT.md"
    path.write_text(TEXT)
    return path


@pytest.fixture
def model(ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch) -> FakeOllama:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)
    ollama.reads = READS
    return ollama


def test_lines_are_read_once_and_shown(cli: Cli, text: Path, model: FakeOllama) -> None:
    said = cli.fine("plan")
    assert "line 3" in said
    assert "Is it a bill?" in said
    assert "cannot be followed: No connection can see mail." in said
    assert "Nothing here can do this: answer." in said
    assert "says how to write" in said
    asked = len(model.readings)
    assert f"Reading took {asked} calls of the model so far: " in said
    assert "Beats follow this plan." in said
    assert cli.fine("plan") == said
    assert len(model.readings) == asked


def test_json_is_all_on_stdout(cli: Cli, text: Path, model: FakeOllama) -> None:
    plan = cli.json("plan")
    assert [rule["do"] for rule in plan["rules"]] == ["tell", "other"]
    assert [quiet["role"] for quiet in plan["quiet"]] == ["style"]
    assert (plan["reading"]["read"], plan["reading"]["of"]) == (3, 3)


def test_a_file_that_is_missing_is_named(cli: Cli, tmp_path: Path) -> None:
    said = " ".join(cli.fine("plan").split())
    assert f"There is no {tmp_path / 'HEARTBEAT.md'}; make one with: heartbeat init" in said
    assert "asks for nothing" not in said
    assert "Beats follow" not in said
    (tmp_path / "HEARTBEAT.md").write_text("# Nothing yet\n")
    assert "The text asks for nothing" in cli.fine("plan")


def test_without_a_model_it_says_what_is_unread_and_why(cli: Cli, text: Path) -> None:
    shown = cli("plan")
    assert shown.exit_code == 1
    assert "Beats follow this plan." not in shown.stdout
    assert "not read yet" in shown.stdout
    assert "Read: 0 of 3 lines: " in shown.stdout
    assert "127.0.0.1:9" in shown.stdout
    plan = json.loads(cli("plan", "--json").stdout)
    assert (len(plan["unread"]), plan["reading"]["read"]) == (3, 0)
    assert "127.0.0.1:9" in plan["reading"]["problem"]


def test_a_new_reader_model_that_is_not_there_is_named_though_old_readings_stand(
    cli: Cli, text: Path, model: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.fine("plan")
    monkeypatch.setenv("HEARTBEAT_READER_MODEL", "nobody:1b")
    for _ in range(2):
        shown = cli("plan")
        assert shown.exit_code == 1
        assert "not read yet" not in shown.stdout
        said = " ".join(shown.stdout.split())
        assert "Read: 0 of 3 lines: " in said
        assert "ollama pull nobody:1b" in said


def test_without_a_model_what_a_person_said_is_shown(cli: Cli, text: Path) -> None:
    cli.fine("plan", "correct", "8", "--nothing", "style", "--by", "ana")
    shown = cli("plan")
    assert shown.exit_code == 1
    assert "corrected by ana" in shown.stdout
    assert shown.stdout.count("not read yet") == 2


def test_where_corrections_decide_about_all_lines_no_model_is_needed(cli: Cli, text: Path) -> None:
    text.write_text("- Be brief.\n- Be kind.\n")
    for line in ("1", "2"):
        cli.fine("plan", "correct", line, "--nothing", "style", "--by", "ana")
    assert "No model was asked, since all lines are decided by corrections." in cli.fine("plan")
    assert cli.json("plan")["reading"]["problem"] is None
    cli.fine("plan", "correct", "2", "--back")
    shown = cli("plan")
    assert shown.exit_code == 1
    assert "Read: 1 of 2 lines: " in shown.stdout


def test_what_the_file_of_the_workspace_says_is_no_correction_of_anybody(cli: Cli, text: Path) -> None:
    text.write_text("- Be brief.\n- Be kind.\n")
    lines = [{"line": line, "role": "style"} for line in ("Be brief.", "Be kind.")]
    text.with_name("HEARTBEAT.plan.json").write_text(json.dumps({"version": 1, "lines": lines}))
    said = cli.fine("plan")
    assert said.count("(as HEARTBEAT.plan.json has it)") == 2
    assert "all lines are decided by HEARTBEAT.plan.json." in said
    assert "orrect" not in said
    cli.fine("plan", "correct", "1", "--nothing", "about", "--by", "ana")
    assert "all lines are decided by corrections and HEARTBEAT.plan.json." in cli.fine("plan")


def test_sentences_of_one_line_stand_in_their_order_with_ids(cli: Cli, text: Path, model: FakeOllama) -> None:
    text.write_text("# Shop\n\nBe brief. Tell me about bills. Be brief to customers.\n\n- Be brief.\n")
    said = cli.fine("plan")
    assert said.index("Be brief.") < said.index("Tell me about bills.") < said.index("Be brief to customers.")
    first, second, third, last = cli.json("plan")["line_ids"]
    rows = said.splitlines()
    assert [row.split("id ")[1].strip() for row in rows if "id " in row] == [first, second, third]
    assert last not in said
    assert rows[0].startswith("line 3")
    refused = cli.refused("plan", "correct", "3", "--nothing", "style")
    assert "several begin on line 3" in refused
    assert second in refused
    assert "asks for nothing" in cli.fine("plan", "correct", second, "--nothing", "about")


def test_a_correction_whose_line_is_gone_is_dismissed(cli: Cli, text: Path, model: FakeOllama) -> None:
    cli.fine("plan", "correct", "8", "--nothing", "look", "--by", "ana")
    text.write_text(TEXT.replace("Be brief.", "Be kind."))
    (dropped,) = cli.json("plan")["dropped"]
    command = ("plan", "correct", dropped["line_id"], "--back")
    assert f"Dismiss it: heartbeat {' '.join(command)}" in cli.fine("plan")
    assert "dismissed" in cli.fine(*command)
    assert "there is no line" in cli.refused(*command)
    assert cli.json("plan")["dropped"] == []


def test_of_two_corrections_at_once_one_is_refused(
    cli: Cli, text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other person's command runs between this one's look at the plan and its save."""
    command = ("plan", "correct", "8", "--nothing", "style", "--by", "bo")

    def find_late(lines: tuple[PlanLine, ...], named: str) -> PlanLine:
        monkeypatch.setattr(cli_plan, "find_line", find_line)
        cli.fine("plan", "correct", "8", "--nothing", "look", "--by", "ana")
        return find_line(lines, named)

    monkeypatch.setattr(cli_plan, "find_line", find_late)
    refused = cli(*command)
    assert refused.exit_code != 0
    assert "the plan was changed since it was read, and nothing was written" in refused.stderr
    assert "corrected by ana" in cli("plan").stdout
    assert "This replaces what ana said." in cli.fine(*command)
    assert "corrected by bo" in cli("plan").stdout


def test_while_another_process_reads_it_says_so_and_goes_on_after(
    cli: Cli, text: Path, model: FakeOllama, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = store.write(reading_claim.claim, store.lease, datetime.now(UTC))
    assert claim is not None
    said = []

    def say_and_end(sentence: str) -> None:
        said.append(sentence)
        store.write(reading_claim.release, claim, datetime.now(UTC))

    monkeypatch.setattr(cli_plan, "complain", say_and_end)
    assert cli.json("plan")["unread"] == []
    (sentence,) = said
    assert sentence.startswith("another process reads the lines; this one waits for it, until ")


def test_an_edit_of_one_line_reads_one_line(cli: Cli, text: Path, model: FakeOllama) -> None:
    cli.fine("plan")
    model.readings.clear()
    text.write_text(TEXT.replace("Be brief.", "Be very brief."))
    cli.fine("plan")
    assert {call["messages"][-1]["content"].split("Line: ")[1].split("\n")[0] for call in model.readings} == {
        "Be very brief."
    }


def test_a_line_is_corrected_and_taken_back(cli: Cli, text: Path, model: FakeOllama) -> None:
    cli.fine("plan")
    said = cli.fine(
        *("plan", "correct", "3", "--do", "tell", "--when", "due", "--within", "2d", "--about", "calendar"),
        *("--days", "mon,fri", "--from", "08:00", "--to", "18:00", "--limit", "day", "--by", "ana"),
    )
    assert "due within 2 days" in said
    (rule,) = [each for each in cli.json("plan")["rules"] if each["line"] == 3]
    assert (rule["by"], rule["only"]["days"], rule["only"]["start"]) == ("ana", [0, 4], 480)
    assert "corrected by ana" in cli.fine("plan")
    assert "Is it a bill?" in cli.fine("plan", "correct", "3", "--back")
    assert "asks for nothing" in cli.fine("plan", "correct", "3", "--nothing", "about")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99", "--nothing", "look"), "there is no line '99'"),
        (("3",), "allowed is one of the four"),
        (("3", "--do", "tell"), "--when: missing"),
        (("3", "--do", "tell", "--when", "item"), "chosen by a question"),
        (("3", "--do", "tell", "--when", "often"), "allowed: new, item"),
        (("3", "--do", "tell", "--when", "always", "--at", "25:00"), "--at"),
        (("3", "--do", "tell", "--when", "always", "--days", "someday"), "allowed: mon, tue"),
        (("3", "--do", "tell", "--when", "always", "--limit", "year"), "allowed: once, day"),
        (("3", "--back"), "no correction"),
    ],
)
def test_what_cannot_be_kept_is_one_sentence(
    cli: Cli, text: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert said in cli.refused("plan", "correct", *arguments)


def test_corrections_are_exported_and_hold_elsewhere(
    cli: Cli, text: Path, model: FakeOllama, tmp_path: Path
) -> None:
    rules = [{"do": "note", "when": {"kind": "always"}}, {"do": "tell", "when": {"kind": "always"}}]
    (tmp_path / "rules.json").write_text(json.dumps(rules))
    cli.fine("plan", "correct", "8", "--rules", "rules.json")
    said = cli.fine("plan", "export")
    assert "1 corrected line" in said
    file = json.loads((tmp_path / "HEARTBEAT.plan.json").read_text())
    assert [(each["line"], len(each["rules"])) for each in file["lines"]] == [("Be brief.", 2)]
    cli.fine("plan", "correct", "8", "--back")
    by_file = [each for each in cli.json("plan")["rules"] if each["line"] == 8]
    assert [each["decided_by"] for each in by_file] == ["file", "file"]


def test_what_holds_for_one_thread_is_not_written_where_it_would_for_all(
    cli: Cli, text: Path, tmp_path: Path
) -> None:
    cli.fine("threads", "add", "one")
    cli.fine("plan", "correct", "8", "--nothing", "style", "--thread", "one")
    shipped = tmp_path / "HEARTBEAT.plan.json"
    for arguments in ((), ("--out", "HEARTBEAT.plan.json")):
        said = cli.refused("plan", "export", "--thread", "one", *arguments)
        assert "counts for all threads" in said
        assert not shipped.exists()
    assert "1 corrected line" in cli.fine("plan", "export", "--thread", "one", "--out", "one.plan.json")
    assert [each["role"] for each in json.loads((tmp_path / "one.plan.json").read_text())["lines"]] == [
        "style"
    ]
    assert "0 corrected lines" in cli.fine("plan", "export")
    assert json.loads(shipped.read_text())["lines"] == []


def test_another_text_is_read_with_file(cli: Cli, text: Path, model: FakeOllama, tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("- Tell me about bills.\n")
    assert [each["line"] for each in cli.json("plan", "--file", "other.md")["rules"]] == [1]
    assert cli.refused("plan", "--file", "nope.md") == "there is no nope.md"


def test_a_check_asks_no_model_and_has_no_good_word_for_what_cannot_be_done(
    cli: Cli, text: Path, model: FakeOllama
) -> None:
    unread = cli("instructions", "check")
    assert "No problems" not in unread.stdout
    assert "3 lines not read yet" in unread.stdout
    assert model.readings == []
    cli.fine("plan")
    read = cli("instructions", "check")
    assert read.exit_code == 1
    assert "No problems" not in read.stdout
    text.write_text("- Be brief.\n")
    cli.fine("plan")
    assert "No problems." in cli.fine("instructions", "check")


def test_a_shipped_file_with_a_fault_is_not_written_over(cli: Cli, text: Path, tmp_path: Path) -> None:
    file = tmp_path / "HEARTBEAT.plan.json"
    file.write_text('{"version": 1, "lines": [],}')
    assert "has a fault" in cli.refused("plan", "export")
    assert file.read_text() == '{"version": 1, "lines": [],}'


def test_what_only_begins_goes_on_to_midnight(cli: Cli, text: Path) -> None:
    cli.fine("plan", "correct", "3", "--do", "silent", "--when", "always", "--from", "23:00")
    (rule,) = json.loads(cli("plan", "--json").stdout)["rules"]
    assert (rule["only"]["start"], rule["only"]["end"]) == (1_380, 1_440)


def test_no_line_moves_the_cursor_of_a_terminal(cli: Cli, text: Path) -> None:
    text.write_text("- Tell me \x1b[31mred\x1b[0m things.\n")
    said = cli("plan").stdout
    assert "\x1b[" not in said
    assert "things." in said


class TestSaid:
    """What the owner says in the conversation of a thread."""

    @pytest.fixture
    def hush(self, cli: Cli, text: Path, model: FakeOllama) -> str:
        model.reads = Reads({"quiet": ("silent", "always", "any", {})}, until={"quiet": {"until": "next"}})
        cli.fine("threads", "add", "talk")
        with open_store(load_settings()) as store:
            row = store.write(
                messages.add,
                "talk",
                author="owner",
                content="Keep quiet till I write.",
                now=datetime.now(UTC),
            )
        return str(row.id)

    def test_it_is_read_shown_and_lifted(self, cli: Cli, hush: str) -> None:
        said = cli.fine("plan", "--thread", "talk")
        assert "Said in the conversation" in said
        assert f"message {hush}" in said
        assert "→ Stay silent, until you write again." in said
        assert "Said in the conversation" not in cli.fine("plan")
        lifted = cli.fine("plan", "lift", hush, "--thread", "talk", "--by", "ana")
        assert "(lifted by ana " in lifted
        back = cli.fine("plan", "lift", f"message-{hush}", "--thread", "talk", "--back")
        assert "lifted by" not in back
        assert f"Message {hush} holds again." in back

    def test_what_has_ended_by_itself_does_not_hold_again(self, cli: Cli, hush: str) -> None:
        cli.fine("plan", "--thread", "talk")
        cli.fine("plan", "lift", hush, "--thread", "talk")
        with open_store(load_settings()) as store:
            store.write(messages.add, "talk", author="owner", content="Hello.", now=datetime.now(UTC))
        back = cli.fine("plan", "lift", hush, "--thread", "talk", "--back")
        assert f"Message {hush} is not lifted any more, but has ended all the same." in back

    def test_it_is_corrected_by_its_id(self, cli: Cli, hush: str) -> None:
        said = cli.fine(
            "plan", "correct", f"message-{hush}", "--nothing", "about", "--thread", "talk", "--by", "ana"
        )
        assert "asks for nothing" in said
        assert "corrected by ana" in said

    def test_what_is_no_message_is_named(self, cli: Cli, hush: str) -> None:
        assert "allowed: the number of a message" in cli("plan", "lift", "last", "--thread", "talk").stderr
        assert "has no message 99 of its owner" in cli("plan", "lift", "99", "--thread", "talk").stderr


class TestNow:
    """What a beat would do now."""

    def test_each_rule_says_why_it_is_or_is_not_due(
        self, cli: Cli, text: Path, model: FakeOllama, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HEARTBEAT_DECISION", "plan")
        text.write_text("- Tell me about the garden.\n- Post a summary of 3 posts.\n")
        model.reads = Reads(
            {
                "garden": ("tell", "always", "any", {"how": "what is new"}),
                "summary": ("post", "number", "forum", {"number": "at least 3", "how": "a summary"}),
            }
        )
        cli.fine("threads", "add", "talk")
        cli.fine("plan")
        said = cli.fine("plan", "--now")
        assert "line 2" in said
        assert "→ line 2 has nothing to follow it for" in said
        assert "No timer runs on this database" in said
        found = json.loads(cli.fine("plan", "--now", "--thread", "talk", "--json"))
        assert [each["line"] for each in found["rules"]] == [2, 1]
        assert model.calls == []

    def test_which_thread_is_meant_has_to_be_clear(self, cli: Cli, text: Path, model: FakeOllama) -> None:
        assert "make one: heartbeat threads add" in cli("plan", "--now").stderr
        for name in ("walk", "talk"):
            cli.fine("threads", "add", name)
        assert "--thread: missing; allowed: talk, walk" in cli("plan", "--now").stderr
        assert "nobody" in cli("plan", "--now", "--thread", "nobody").stderr
        assert "--file: not with --now" in cli("plan", "--now", "--file", str(text)).stderr
