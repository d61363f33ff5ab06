"""The four checks of the original system, under their names."""

from __future__ import annotations

import json

from heartbeat.capabilities import Capabilities, Shown
from heartbeat.config import Config
from heartbeat.draft import Draft, Offer
from heartbeat.plan.lines import plan_lines
from heartbeat.validation import validate

OFFER = Offer(kinds=("post", "comment", "vote"), boards=("general",), posts={"1": Shown(author="bo")})
POST = {"action": "post", "title": "T", "content": "C"}


def test_config_to_and_from_dict() -> None:
    values = {
        "every": "1h30m",
        "active_hours": {"start": "08:00", "end": 24},
        "approval": ["vote"],
        "model": "m",
    }
    config = Config.from_dict(values)
    assert config.every == 5400
    assert Config.from_dict(config.to_dict()) == config
    assert config.to_dict()["active_hours"] == {"start": "08:00", "end": "24:00"}


def test_parser_sections() -> None:
    text = "## Checklist\n- Look\n\n## Rules\n1. If 3+ new posts → summarize\n\n## Proactive Behaviors\n- Greet\n"
    assert [(line.above, line.text) for line in plan_lines(text)] == [
        (("Checklist",), "Look"),
        (("Rules",), "If 3+ new posts → summarize"),
        (("Proactive Behaviors",), "Greet"),
    ]


def test_validation() -> None:
    def check(**fields: object) -> tuple[Draft | None, str]:
        verdict = validate({**POST, **fields}, OFFER, Capabilities(boards=("general",)))
        return verdict.draft, "; ".join(verdict.problems)

    assert check() == (Draft(kind="post", board="general", title="T", content="C"), "")
    assert check(title="")[1].startswith("title: blank")
    voted, _ = check(action="vote", post_id="1", vote_direction="up")
    assert voted is not None
    assert voted.vote_direction == "up"
    assert check(action="vote", post_id="1", vote_direction="sideways")[1].startswith(
        'vote_direction: "sideways"'
    )
    cut, _ = check(content="x" * 6000)
    assert cut is not None
    assert cut.content is not None
    assert len(cut.content) == 5000
    assert cut.content.endswith("…")
    inert, _ = check(content="<script>alert(1)</script>")
    assert inert is not None
    assert inert.content == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_json_round_trip() -> None:
    config = Config.from_dict({"temperature": 0.1, "daily_token_budget": 5000, "timezone": "Asia/Tokyo"})
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    draft = Draft(kind="comment", post_id="1", content="Grüße ✓")
    assert Draft.model_validate_json(draft.model_dump_json()) == draft
