from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event
from sqlmodel import Session, SQLModel

import heartbeat.store
from heartbeat.errors import (
    ConflictError,
    FenceLostError,
    InvalidValueError,
    NotFoundError,
    SchemaTooNewError,
)
from heartbeat.store import (
    Claim,
    Lease,
    Outcome,
    Refusal,
    Store,
    beats,
    claims,
    forum,
    history,
    threads,
    unsettled,
    views,
)
from heartbeat.store.database import Database
from heartbeat.store.failure import is_locked
from heartbeat.store.migrate import HEAD
from heartbeat.store.tables import Board
from heartbeat.vocabulary import BeatStatus, Trigger
from tests.support.plan_beats import order_post
from tests.support.world import START, World

DONE = Outcome(BeatStatus.NONE, "Quiet.")


def opened(world: World, **options: bool) -> Claim:
    claim = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), **options)
    assert not isinstance(claim, Refusal)
    return claim


def test_migrations_make_the_models(world: World) -> None:
    with world.store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_head_is_the_newest_migration() -> None:
    scripts = Path(heartbeat.store.__file__).parent / "migrations" / "versions"
    assert max(path.name.split("_")[0] for path in scripts.glob("0*.py")) == HEAD


def test_newer_schema_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(SchemaTooNewError, match=r"was written by a newer Heartbeat \(schema 9999\)"):
        Store(path)


def test_work_that_fails_changes_nothing(world: World) -> None:
    def half(session: Session) -> None:
        session.add(Board(id="half", title="Half", created_at=START))
        session.flush()
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        world.store.write(half)
    assert [board.id for board in world.store.read(forum.boards)] == ["general", "heartbeat"]


def test_locked_database_is_tried_again_then_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Store(path).close()
    patient = Database(path, busy_timeout=0.01)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tries: list[int] = []

    def work(session: Session) -> int:
        tries.append(1)
        return forum.add_board(session, "b", "B", START).created_at.year

    with pytest.raises(Exception, match="locked") as caught:
        patient.write(work)
    assert is_locked(caught.value)
    other.execute("ROLLBACK")
    assert patient.write(work) == START.year
    other.close()
    patient.close()


def test_times_come_back_as_they_went(world: World) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(Exception, match="naive"):
        world.store.write(forum.add_board, "x", "X", naive)
    there = datetime(2026, 1, 1, 2, tzinfo=UTC) + timedelta(microseconds=7)
    world.store.write(forum.add_board, "y", "Y", there)
    boards = {board.id: board.created_at for board in world.store.read(forum.boards)}
    assert boards["y"] == there


class TestThreads:
    @pytest.mark.parametrize("name", ["", "A", "a b", "x" * 65, "../x", "ä", "a.b", "a/b"])
    def test_id_is_checked(self, world: World, name: str) -> None:
        with pytest.raises(InvalidValueError, match="allowed: 1 to 64 of a-z, 0-9, _ and -"):
            world.thread(name)

    def test_one_of_a_name(self, world: World) -> None:
        world.thread()
        with pytest.raises(ConflictError, match="exists already"):
            world.thread()

    def test_remove_takes_all_with_it(self, world: World) -> None:
        world.thread()
        world.beat()
        world.store.write(threads.remove, "demo", START)
        assert world.history() == []
        with pytest.raises(NotFoundError):
            world.store.read(threads.get, "demo")


class TestLease:
    def test_settles_once(self, world: World) -> None:
        claim = opened(world)
        world.store.write(beats.settle, claim, DONE, world.clock(), memory={"beat": claim.beat_id})
        world.store.write(beats.settle, claim, Outcome(BeatStatus.FAILED, "late"), world.clock())
        assert world.store.read(beats.get, claim.beat_id).status == "none"
        assert world.store.read(beats.latest_memory, "demo") == {"beat": claim.beat_id}

    def test_takeover_fences_the_first_owner(self, world: World) -> None:
        claim = opened(world, supervised=True)
        other = Lease(30, "other")
        with pytest.raises(ConflictError, match="is running in test-process"):
            world.store.write(claims.take, claim.beat_id, other, world.clock())
        world.clock.move(seconds=30)
        taken = world.store.write(claims.take, claim.beat_id, other, world.clock())
        assert taken.fence == claim.fence + 1
        for write in (
            lambda: world.store.write(beats.settle, claim, DONE, world.clock()),
            lambda: world.store.write(claims.renew, claim, world.store.lease, world.clock()),
            lambda: world.store.write(beats.give_up, claim, DONE, world.clock()),
            lambda: world.store.write(claims.release, claim, world.clock()),
        ):
            with pytest.raises(FenceLostError, match="taken over by other"):
                write()
        world.store.write(beats.settle, taken, DONE, world.clock())

    def test_a_lease_that_was_released_is_not_renewed(self, world: World) -> None:
        """The thread that renews may still be at it when the process stops."""
        claim = opened(world, supervised=True)
        world.store.write(claims.release, claim, world.clock())
        world.store.write(claims.renew, claim, world.store.lease, world.clock())
        taken = world.store.write(claims.take, claim.beat_id, Lease(30, "other"), world.clock())
        assert taken.fence == claim.fence + 1

    def test_renewed_lease_holds(self, world: World) -> None:
        claim = opened(world)
        world.clock.move(seconds=29)
        world.store.write(claims.renew, claim, world.store.lease, world.clock())
        world.clock.move(seconds=29)
        with pytest.raises(ConflictError):
            world.store.write(claims.take, claim.beat_id, Lease(30, "other"), world.clock())

    def test_run_from_outside_is_abandoned_not_taken_over(self, world: World) -> None:
        claim = opened(world)
        world.clock.move(seconds=31)
        assert world.store.read(unsettled.left_behind, world.clock()) == []
        assert world.beat()["status"] == "none"
        assert world.store.read(beats.get, claim.beat_id).status == "abandoned"

    def test_run_of_a_runner_is_left_for_another(self, world: World) -> None:
        claim = opened(world, supervised=True)
        assert world.store.read(unsettled.left_behind, world.clock()) == []
        world.clock.move(seconds=30)
        assert world.store.read(unsettled.left_behind, world.clock()) == [claim.beat_id]


class TestForum:
    def test_one_vote_per_voter(self, world: World) -> None:
        post = world.post()
        now = world.clock()
        assert world.store.write(forum.vote, "post", post, voter="a", value=1, now=now) == 1
        assert world.store.write(forum.vote, "post", post, voter="a", value=1, now=now) == 1
        assert world.store.write(forum.vote, "post", post, voter="b", value=1, now=now) == 2
        assert world.store.write(forum.vote, "post", post, voter="a", value=-1, now=now) == 0
        with pytest.raises(InvalidValueError, match="value: 2 is not allowed; allowed: 1 or -1"):
            world.store.write(forum.vote, "post", post, voter="a", value=2, now=now)

    def test_sorts(self, world: World) -> None:
        old, new = world.post("old"), None
        for voter in "abc":
            world.store.write(forum.vote, "post", old, voter=voter, value=1, now=world.clock())
        world.clock.move(hours=48)
        new = world.post("new")
        world.store.write(forum.vote, "post", new, voter="a", value=1, now=world.clock())

        def order(sort: forum.Sort) -> list[str]:
            return [post.title for post in world.store.read(forum.posts, now=world.clock(), sort=sort)]

        assert order("new") == ["new", "old"]
        assert order("top") == ["old", "new"]
        assert order("hot") == ["new", "old"]

    def test_parent_stands_under_the_same_post(self, world: World) -> None:
        first, second = world.post(), world.post()
        comment = world.comment(first)
        with pytest.raises(InvalidValueError, match="under another post"):
            world.comment(second, parent_comment_id=comment)

    def test_nobody_takes_the_agents_name(self) -> None:
        assert forum.check_author("bo", "heartbeat") == "bo"
        with pytest.raises(InvalidValueError, match="own name"):
            forum.check_author("HeartBeat", "heartbeat")

    def test_unknown_board_names_those_there_are(self, world: World) -> None:
        with pytest.raises(NotFoundError, match="there are: general, heartbeat"):
            world.store.write(
                forum.add_post, board="x", title="t", content="c", author="a", now=world.clock()
            )


def test_a_page_of_history_takes_two_queries_however_long_it_is(world: World) -> None:
    world.thread(recheck_after=0)
    for number in range(4):
        order_post(world, title=f"T{number}", content="C")
        world.beat()
    asked: list[str] = []
    event.listen(world.store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    page = world.store.read(views.history_view)
    assert [[action.title for action in beat.actions] for beat in page] == [["T3"], ["T2"], ["T1"], ["T0"]]
    assert [each.split()[0] for each in asked] == ["BEGIN", "SELECT", "SELECT"]
    assert "beat.prompt," not in asked[1]
    assert [beat.model_dump() for beat in page] == [
        world.store.read(views.beat_view, beat.id).model_dump() for beat in page
    ]


FOLDED = [
    ("ÄPFEL", "Äpfel und Birnen"),
    ("äpfel", "A\u0308pfel"),
    ("ЖУКИ", "Про жуки"),
    ("ΟΔΟΣ", "ο δρόμος, η οδός, η οδος"),
    ("istanbul", "İSTANBUL"),
    ("ISLIK", "ıslık"),
    ("strasse", "Lange Straße"),
    ("straße", "LANGE STRASSE"),
    ("100%", "it is 100% sure"),
    ("a_b", "A_B"),
    ("tea", "T\u200bea"),
]


@pytest.mark.parametrize(("words", "text"), FOLDED)
def test_search_finds_words_in_any_language_and_case(world: World, words: str, text: str) -> None:
    world.store.write(threads.create, "found", world.clock(), title=text)
    world.store.write(threads.create, "other", world.clock(), title="Apfel, axb, 100, dromos")
    assert [row.id for row in world.store.read(threads.every, words=words)] == ["found"]
    world.thread()
    world.store.write(beats.settle, opened(world), Outcome(BeatStatus.NONE, text), world.clock())
    world.store.write(threads.remove, "other", START)
    assert world.store.read(history.count, history.Filter(words=words)) == 1
    assert world.store.read(history.count, history.Filter(words=f"{words}x")) == 0


def test_search_passes_over_what_is_not_there(world: World) -> None:
    world.thread()
    world.store.write(beats.settle, opened(world), DONE, world.clock())
    assert world.history()[0].reason is None
    assert world.store.read(history.count, history.Filter(words="none")) == 0
    assert world.store.read(history.count, history.Filter(words="QUIET")) == 1
