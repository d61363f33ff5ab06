"""The conformance suite of targets: who passes it, and what it says of those that do not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from heartbeat.capabilities import ActionType, Capabilities
from heartbeat.connections.apprise import AppriseSpec, AppriseTarget
from heartbeat.connections.folder_target import FolderTarget
from heartbeat.connections.spec import Site
from heartbeat.errors import NotSentError, RefusedError
from heartbeat.outgoing import Outgoing
from heartbeat.targets import Target
from heartbeat.testing import check_target, targets
from tests.support.outside import HANGS, REFUSES, OutsideForum, serving_outside
from tests.support.outside_target import AsyncSearchedTarget, AsyncTarget, OutsideTarget, SearchedTarget
from tests.support.sinks import http_sink
from tests.support.world import World

POST = Outgoing(kind="post", title="Tea", content="Which one?", board="general")
TELL = Outgoing(kind="tell", text="The kettle is on.")
DEADLINE = 2.0


@pytest.fixture
def forum() -> Iterator[OutsideForum]:
    made = OutsideForum(searchable=True, remembers=60)
    with serving_outside(made):
        yield made


@pytest.fixture
def silent() -> Iterator[OutsideForum]:
    made = OutsideForum(way=lambda _: HANGS)
    with serving_outside(made):
        yield made


@pytest.mark.parametrize("make", [OutsideTarget, SearchedTarget, AsyncTarget, AsyncSearchedTarget])
@pytest.mark.parametrize("able", [{}, {"remembers_keys": 60}])
def test_a_target_over_http_passes(
    forum: OutsideForum, silent: OutsideForum, make: Callable[..., Target], able: dict[str, Any]
) -> None:
    refused = Outgoing(kind="tell", text="Buy now")
    usual = forum.way
    forum.way = lambda key: REFUSES if (forum.asked[-1].body or {}).get("text") == "Buy now" else usual(key)
    check_target(
        lambda: make(forum.url, able=able),
        [POST, TELL],
        effects=lambda: sum(forum.counts().values()),
        refused=refused,
        unreachable=lambda: make("http://127.0.0.1:1"),
        hanging=lambda: make(silent.url),
        deadline=DEADLINE,
    )


def test_a_folder_passes(tmp_path: Path) -> None:
    path = tmp_path / "vault" / "list.md"
    path.parent.mkdir()
    path.write_text("- [ ] Milk\n")

    def made(folder: str = "vault") -> FolderTarget:
        return FolderTarget("vault", tmp_path / folder, home=tmp_path / "home", wait=0)

    check_target(
        made,
        [
            Outgoing(kind="note", file="list.md", mode="append", text="Bread"),
            Outgoing(kind="note", file="list.md", mode="tick", text="Milk"),
        ],
        effects=lambda: path.read_text().count("\n") + path.read_text().count("[x]"),
        refused=Outgoing(kind="note", file="../out.md", mode="append", text="Bread"),
        unreachable=lambda: made("gone"),
        deadline=DEADLINE,
    )


def test_apprise_passes(world: World) -> None:
    site = Site.from_settings(world.settings, world.clock)
    with http_sink() as sink:

        def made(**given: Any) -> AppriseTarget:
            return AppriseSpec.parse({"url": f"ntfy://{sink.address}/alerts?rto=1", **given}).target(
                "phone", site
            )

        def hanging() -> AppriseTarget:
            sink.hang = threading.Event()
            return made()

        effects = lambda: len(sink.got)  # noqa: E731
        check_target(lambda: made(reach="public"), [POST], effects=effects, deadline=DEADLINE)
        check_target(made, [TELL], effects=effects, hanging=hanging, deadline=DEADLINE)
        assert sink.hang is not None
        sink.hang.set()


class Label(BaseModel):
    """The fields of the action `label`."""

    name: str = Field(max_length=20)


@dataclass
class Shelf:
    """A target that keeps what it is given; ``does`` is called before it, ``after`` makes the receipt."""

    kept: list[str]
    does: Callable[[Outgoing], Any] = lambda action: None
    after: Callable[[int], Any] = lambda place: {"place": place}
    able: Callable[[], Any] = lambda: Capabilities(kinds=("tell",))
    name: str = "shelf"

    def capabilities(self) -> Any:
        return self.able()

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Any:
        self.does(action)
        self.kept.append(key)
        return self.after(len(self.kept))


@dataclass
class SearchedShelf(Shelf):
    """The same, with a search that answers as a test wants."""

    finds: Callable[[list[str], str], Mapping[str, Any] | None] = lambda kept, key: (
        {"place": kept.index(key)} if key in kept else None
    )

    def find(self, key: str) -> Mapping[str, Any] | None:
        return self.finds(self.kept, key)


@dataclass
class OldShelf:
    """A target of the port that there was before."""

    name: str = "shelf"
    done: str = "sent"

    def apply(self, session: Any, draft: Any, *, key: str, now: Any) -> dict[str, Any]:
        return {}


def raises(error: BaseException) -> Callable[..., Any]:
    def act(*given: Any) -> Any:
        raise error

    return act


@dataclass
class Bench:
    """Runs the suite on targets that keep what they get in one list."""

    kept: list[str] = field(default_factory=list)

    def says(self, make: Callable[..., Any], actions: list[Outgoing] | None = None, **given: Any) -> str:
        with pytest.raises(AssertionError) as found:
            check_target(
                lambda: make(kept=self.kept),
                [TELL] if actions is None else actions,
                effects=lambda: len(self.kept),
                deadline=DEADLINE,
                **given,
            )
        assert str(found.value).startswith("The target does not do what its port says:\n")
        return str(found.value).partition("\n")[2]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def shelf(kind: type[Shelf] = Shelf, **given: Any) -> Callable[..., Any]:
    return lambda kept: kind(kept, **given)


def able(**given: Any) -> Callable[..., Any]:
    return shelf(able=lambda: Capabilities(**{"kinds": ("tell",), **given}))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda kept: OldShelf(), "apply: a target outside has none; it has deliver(action, key, deadline)"),
        (
            shelf(name="Shelf"),
            "name: 'Shelf'; allowed: 1 to 64 of a-z, 0-9, _ and -, and none of forum, none",
        ),
        (shelf(name="forum"), "name: 'forum'; allowed: "),
        (shelf(able=lambda: None), "capabilities: they are None; allowed: heartbeat.capabilities.Capabili"),
        (
            able(kinds=("tell", "post")),
            "actions: none of them is a post; allowed: at least one for each kind",
        ),
        (able(kinds=()), "actions: tell is no kind of the target; allowed: "),
        (able(settles_after=3), "settles_after: 3; allowed: 0, or at least time_limit, 30"),
        (able(remembers_keys=30), "remembers_keys: 30; allowed: 0, or more than time_limit, 30"),
        (able(deliver_within=5), "deliver_within: 5; allowed: at least time_limit, 30"),
        (able(remembers_keys=60), "deliver: a tell with the same key twice: it has 2 effects; allowed: 1"),
        (
            shelf(after=lambda place: None),
            "deliver: a tell: the receipt is None; allowed: a mapping of plain",
        ),
        (
            shelf(after=lambda place: {"x": float("nan")}),
            "deliver: a tell: the receipt is no JSON: Out of range",
        ),
        (
            shelf(after=lambda place: {"x": {1, 2}}),
            "deliver: a tell: the receipt is no JSON: Object of type set",
        ),
        (
            shelf(after=lambda place: {"x": (1, 2)}),
            "deliver: a tell: the receipt is {'x': (1, 2)}; allowed: a",
        ),
        (shelf(after=lambda place: {"x": "x" * 10_000}), "deliver: a tell: the receipt is {'x': 'xxxx"),
        (
            shelf(does=raises(OSError("no"))),
            "deliver: a tell with a text of 17 characters: it raises OSError: no",
        ),
        (
            shelf(SearchedShelf, finds=lambda kept, key: None),
            "find: it returns None for a key that was delivered; allowed: the receipt",
        ),
        (
            shelf(SearchedShelf, finds=lambda kept, key: {}),
            "find: it returns {} for a key that it never had; allowed: None",
        ),
        (shelf(SearchedShelf, finds=raises(OSError("no"))), "find: it raises OSError: no"),
    ],
)
def test_what_is_wrong_is_said(bench: Bench, make: Callable[..., Any], said: str) -> None:
    assert bench.says(make).startswith(said)


def test_texts_are_as_long_as_is_declared(bench: Bench) -> None:
    def short(action: Outgoing) -> None:
        if len((action.text or "").encode()) > 1_000:
            raise RefusedError("text: it is too long")

    said = bench.says(shelf(does=short))
    assert said == (
        "deliver: a tell with a text of 1000 characters: it raises RefusedError: text: it is too long"
    )


def test_fields_of_an_own_kind_are_checked(bench: Bench) -> None:
    action = ActionType("label", "Say what it is.", Label)
    make = shelf(able=lambda: Capabilities(kinds=(), actions=(action,)))
    assert bench.says(make, [Outgoing(kind="label")]) == "actions: fields of a label: Field required"
    check_target(
        lambda: make(kept=bench.kept),
        [Outgoing(kind="label", fields={"name": "idea"})],
        effects=lambda: len(bench.kept),
    )


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (lambda action: None, "deliver: it returns {'place': "),
        (raises(OSError("no")), "deliver: where it is refused, it raises OSError: no; allowed: RefusedError"),
        (
            raises(RefusedError("a\nb")),
            "deliver: RefusedError says 'a\\nb'; allowed: one sentence on one line",
        ),
    ],
)
def test_what_is_wrong_with_a_refusal_is_said(bench: Bench, does: Callable[..., Any], said: str) -> None:
    refused = Outgoing(kind="tell", text="Buy now")

    def sort(action: Outgoing) -> None:
        if action == refused:
            does(action)

    assert bench.says(shelf(does=sort), refused=refused).startswith(said)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError("no"),
            "deliver: where nothing can be reached, it raises OSError: no; allowed: NotSentError",
        ),
        (NotSentError("no", retry_after=-1), "retry_after: -1; allowed: seconds, or None"),
        (NotSentError(""), "deliver: NotSentError says ''; allowed: one sentence on one line"),
    ],
)
def test_what_is_wrong_where_nothing_is_reached_is_said(bench: Bench, error: Exception, said: str) -> None:
    unreachable = lambda: Shelf(bench.kept, does=raises(error))  # noqa: E731
    assert bench.says(shelf(), unreachable=unreachable) == said


def test_what_is_wrong_where_nothing_answers_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "GRACE", 0.05)
    hangs = threading.Event()
    for does, said in (
        (lambda action: hangs.wait(), "deliver: it goes on 0.05 s after its deadline; allowed: to end at it"),
        (
            raises(NotSentError("no")),
            "deliver: it raises NotSentError where nothing answers; allowed: another",
        ),
        (
            lambda action: None,
            "deliver: it returns {'place': 3} where nothing answers; allowed: an exception",
        ),
    ):
        assert bench.says(shelf(), hanging=lambda does=does: Shelf(bench.kept, does=does)).startswith(said)
        bench.kept.clear()
    hangs.set()
