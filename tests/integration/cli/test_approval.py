"""approve and reject: a beat that waits, answered by a person."""

from __future__ import annotations

import pytest

from tests.integration.cli.conftest import Cli, Once


@pytest.fixture
def waiting(cli: Cli, once: Once) -> int:
    """Number of a beat that waits; the rules propose a summary."""

    def commands() -> None:
        cli.fine("demo")
        cli.fine("threads", "set", "demo", "approval=always", "sources=forum")
        said = cli.fine("beat", "demo")
        assert "awaiting_approval" in said
        assert "Next: heartbeat approve 1, or heartbeat reject 1" in said

    once("waiting", commands)
    return 1


def own_posts(cli: Cli) -> list[str]:
    return [post["title"] for post in cli.lines("forum", "list") if post["author"] == "heartbeat"]


def test_approve_acts_once(cli: Cli, waiting: int) -> None:
    assert own_posts(cli) == []
    assert "acted" in cli.fine("approve", str(waiting))
    assert len(own_posts(cli)) == 1
    assert cli.refused("approve", str(waiting)) == "beat 1 does not wait for approval: it is acted"
    assert len(own_posts(cli)) == 1


def test_approve_with_an_edit(cli: Cli, waiting: int) -> None:
    cli.fine("approve", str(waiting), "--edit", "title=In my words", "--edit", "content=12")
    assert own_posts(cli) == ["In my words"]


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ("title=", "title: blank; allowed: text of 1 to 200 characters"),
        ("colour=red", "edit: 'colour' cannot be changed; allowed: title, content, board"),
        ("board=moon", 'board: "moon" is not allowed; allowed: general, heartbeat'),
        ("title", "allowed: FIELD=VALUE"),
        ("fields.name=x", "edit.fields.name: a post has no such field; allowed: none"),
    ],
)
def test_bad_edit_is_one_sentence_and_the_beat_still_waits(
    cli: Cli, waiting: int, edit: str, sentence: str
) -> None:
    assert sentence in cli.refused("approve", str(waiting), "--edit", edit)
    assert cli.lines("history")[0]["status"] == "awaiting_approval"


def test_reject(cli: Cli, waiting: int) -> None:
    beat = cli.json("reject", str(waiting), "--reason", "not today")
    assert (beat["status"], beat["summary"]) == ("rejected", "A person said no: not today.")
    assert own_posts(cli) == []


def test_after_a_rejection_the_same_is_not_called_for_again(cli: Cli, waiting: int) -> None:
    said = cli.fine("reject", str(waiting)).splitlines()[-1]
    assert said == ("Next: nothing; it was not done, and the thread goes on. So far: heartbeat history demo")


def test_the_time_that_a_person_took_is_not_said(cli: Cli, waiting: int) -> None:
    [ended] = [line for line in cli.fine("approve", str(waiting)).splitlines() if line.startswith("beat 1 ")]
    assert ended.endswith("acted, decided by the rules")


def test_the_answer_is_named_where_what_waits_fills_the_day(cli: Cli, waiting: int) -> None:
    cli.fine("threads", "set", "demo", "max_actions_per_day=1")
    said = cli.fine("beat", "demo").splitlines()[-1]
    assert said == (
        "Next: wait until then, or raise the limit; how: heartbeat threads show demo; "
        f"to answer what waits: heartbeat approve {waiting}, or heartbeat reject {waiting}"
    )


def test_unknown_beat(cli: Cli) -> None:
    cli.fine("demo")
    assert cli.refused("approve", "7") == "beat 7 does not exist"


@pytest.mark.parametrize("approval", ["always", "never"])
def test_the_forum_is_pointed_at_only_where_it_was_written_in(cli: Cli, approval: str) -> None:
    cli.fine("demo")
    cli.fine("threads", "set", "demo", "sources=forum", "target=none", f"approval={approval}")
    said = cli.fine("beat", "demo")
    if approval == "always":
        said = cli.fine("approve", "1")
    assert said.splitlines()[-1] == "Next: everything so far: heartbeat history demo"


def test_what_waits_and_what_stands_is_listed(cli: Cli, waiting: int) -> None:
    listed = cli.fine("approvals")
    assert listed.startswith("Waiting for you:\n")
    assert "Until then the thread goes on, but does nothing else on forum." in listed
    assert f"heartbeat approve {waiting}, or heartbeat reject {waiting}" in listed
    assert "Approved from now on" not in listed
    found = cli.json("approvals", "--thread", "demo")
    assert ([each["id"] for each in found["waiting"]], found["standing"]) == ([waiting], [])
    assert cli.refused("approvals", "--thread", "nobody") == "thread 'nobody' does not exist"


def test_always_approves_the_next_one_too(cli: Cli, waiting: int) -> None:
    said = cli.fine("approve", str(waiting), "--always")
    assert "approved on the command line, and from then on by standing approval 1" in said
    listed = cli.fine("approvals")
    assert listed.startswith("Nothing waits for your approval.\n")
    assert "every post to forum" in listed
    assert "given on the command line 20" in listed
    assert "every post to forum is approved from now on; to end it: heartbeat approvals revoke 1" in cli.fine(
        "threads", "show", "demo"
    )
    assert "approved on the command line" in cli.fine("history")
    (beat, *_) = cli.lines("history")
    assert beat["approval"]["by"] == "cli"


def test_revoke(cli: Cli, waiting: int) -> None:
    cli.fine("approve", str(waiting), "--always")
    said = cli.fine("approvals", "revoke", "1")
    assert said == "Standing approval 1 is revoked; in thread demo every post to forum waits for you.\n"
    assert cli.fine("approvals", "revoke", "1").startswith(
        "Standing approval 1 was revoked on the command line 20"
    )
    assert "every post" not in cli.fine("approvals")
    assert "was revoked on the command line" in cli.fine("approvals", "--revoked")
    assert cli.refused("approvals", "revoke", "7") == (
        "Standing approval 7 does not exist; list them with: heartbeat approvals"
    )


def test_a_rejection_never_stands(cli: Cli, waiting: int) -> None:
    assert "No such option: --always" in cli("reject", str(waiting), "--always").stderr
    assert cli.lines("history")[0]["status"] == "awaiting_approval"
