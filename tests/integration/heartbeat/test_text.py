"""Sentences put together from texts of others end once."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from heartbeat.store import Refusal, threads
from heartbeat.text import clause, sentence
from heartbeat.vocabulary import Trigger
from tests.integration.heartbeat_service.test_doctor import look, of
from tests.support.ollama import Say
from tests.support.paths import ROOT
from tests.support.world import World

ROOMS = ("heartbeat", "heartbeat_decision", "nodes", "graph", "checkpoints", "heartbeat_service")
NO_SENTENCES = {
    "heartbeat/approval.py": {"place"},
    "heartbeat/connections/looking.py": {"shown", "type(error).__name__"},
    "heartbeat/connections/mail.py": {"count(held, 'mail')"},
    "heartbeat/connections/mail_fetch.py": {"', '.join(mail.attachments)"},
    "heartbeat/fetching/http.py": {"status"},
    "heartbeat_decision/judging/lines.py": {"title"},
    # What a server says stands in brackets.
    "heartbeat/fetching/imap.py": {"there", "_words(self.server, data)", "said", "refuses"},
    "heartbeat_service/cli/connecting.py": {"', '.join(allowed)"},
    "heartbeat/connections/folder.py": {"' and can be written to' if self.write else ''"},
    "heartbeat/connections/trial.py": {"type(error).__name__"},
    "heartbeat/notice.py": {
        "number",
        "notice.thread_id",
        "_when(notice.data['last_try'])",
        "_when(notice.data['since'])",
        "named",
        "since",
        "unsure",
        "failed",
        "within",
    },
    "heartbeat/instructions/entry.py": {"_SHAPE_HINT", "', '.join(_KEYS)"},
    "heartbeat/instructions/markers.py": {"int(unicodedata.numeric(circled))"},
    "heartbeat/text.py": {"text"},
    "heartbeat_service/cli/eval.py": {"trial.model"},
    "heartbeat_service/cli/doctor.py": {"count(warnings, 'warning')"},
    "heartbeat_service/cli/compact.py": {"', '.join(deleted)"},
    "heartbeat_service/cli/threads.py": {"done"},
    "heartbeat_service/cli/forum.py": {"board", "post", "count(comments, 'comment')"},
    "heartbeat_service/cli/serve.py": {
        "until((slot - now).total_seconds())",
        "count(known, 'thread')",
        "running",
    },
    "heartbeat/plan/problems.py": {"service"},
    "heartbeat/plan/shipped.py": {"error.msg"},
    # Prompts.
    "heartbeat_decision/reading/questions.py": {"occasion", "act", "', '.join(own_kinds)"},
    "heartbeat_service/cli/plan.py": {"count(number, 'corrected line')"},
    "heartbeat/plan/why.py": {"more"},
    "heartbeat_service/plan_now.py": {"more"},
    "heartbeat/plan/needs.py": {
        "name",
        "allowed",
        "noun",
        "rule.do",
        "', '.join(takers)",
        "place",
        "_ACTS_ON[rule.do]",
    },
    "heartbeat/store/outbox/tries.py": {"row.target"},
    "heartbeat/store/budget.py": {"format_local(until, config.timezone)"},
    "heartbeat/store/forgetting.py": {"name", "row.name"},
    "heartbeat/store/forgotten.py": {"name"},
    "heartbeat/store/scrub.py": {"name"},
    "heartbeat/store/restored.py": {"kept"},
    "heartbeat/store/waiting.py": {"self.remedy"},
    "nodes/blocks.py": {"kind", "other", "ActionKind.TELL", "', '.join(sorted(names))"},
    "nodes/standing.py": {"_WHY[stands.reason]"},
    "heartbeat_service/cli/restore.py": {"made.heartbeat", "_going_on(done)"},
    "heartbeat_service/cli/snooze.py": {"_ALLOWED"},
    "nodes/looking.py": {"more"},
    "heartbeat_service/thread_state.py": {"until"},
    "heartbeat_service/cli/terminal.py": {"number"},
}
"""What stands before a full stop and never ends with one: numbers, ids, instants, words of this code."""


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("It failed", "It failed."),
        ("It failed.", "It failed."),
        ("It failed. ", "It failed."),
        ("It failed\n", "It failed."),
        ("It goes on ...", "It goes on ..."),
        ("It goes on…", "It goes on…"),
        ("Stop!", "Stop!"),
        ("Why?", "Why?"),
        ("モデルがありません。", "モデルがありません。"),
        ('It said "no."', 'It said "no."'),
        ('It said "no"', 'It said "no".'),
        ("No room (disk is full)", "No room (disk is full)."),
        ("(It failed.)", "(It failed.)"),
        ("It is in /a/b.db", "It is in /a/b.db."),
    ],
)
def test_a_sentence_ends_once(text: str, ended: str) -> None:
    assert sentence(text) == ended
    assert sentence(ended) == ended


@pytest.mark.parametrize(("text", "said"), [("No.", "No"), ("No", "No"), ("Why?", "Why?"), ("否。", "否")])
def test_a_clause_has_no_full_stop(text: str, said: str) -> None:
    assert clause(text) == said


def test_no_text_gets_its_full_stop_by_hand() -> None:
    """``f"It failed: {error}."`` ends twice where the error ends itself; `sentence` is for that."""
    found = [
        f"{path}:{line}: {before!r}"
        for path, line, before in _stops()
        if before not in NO_SENTENCES.get(path, set())
    ]
    assert found == []


def _stops() -> Iterator[tuple[str, int, str]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.JoinedStr):
                    continue
                for value, after in zip(node.values, node.values[1:], strict=False):
                    if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant):
                        text = str(after.value)
                        ends = text == "." and after is node.values[-1]
                        if ends or text.startswith((". ", ".\n")):
                            yield str(path.relative_to(ROOT)), node.lineno, ast.unparse(value.value)


ERRORS = [
    "model is broken",
    "model is broken.",
    "model is broken!",
    "モデルがありません。",
    "cannot load ...",
]


@pytest.mark.one_question  # the model is asked at each beat
@pytest.mark.parametrize("said", ERRORS)
def test_what_a_model_says_is_ended_once(world: World, said: str) -> None:
    world.thread()
    world.ollama.says(*[Say(status=500, error=said)] * 3)
    beat = world.beat()
    assert beat["status"] == "failed"
    assert said in beat["summary"]
    assert not beat["summary"].removesuffix("...").endswith("..")
    assert not beat["summary"].endswith(("!.", "。."))


@pytest.mark.parametrize("reason", ["10 slots in a row failed; the last: It broke.", "holiday"])
def test_a_reason_to_pause_is_ended_once(world: World, reason: str) -> None:
    world.thread(every=600)
    world.store.write(threads.pause, "demo", reason, world.clock())
    opened = world.store.open_beat("demo", Trigger.SCHEDULED, world.clock(), world.clock())
    assert isinstance(opened, Refusal)
    assert opened.summary == f"The thread is paused: {clause(reason)}."
    assert ".." not in of(look(world), "threads").said
