"""Verdicts: one question about one content is asked once in the workspace, and nothing of it outlives its use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import select

from heartbeat.connections import editing
from heartbeat.feed import Item
from heartbeat.plan.verdict import Verdict
from heartbeat.store import verdicts
from heartbeat.store.plan_tables import VerdictRow
from heartbeat.store.verdicts import Pair, judged_with
from heartbeat.vocabulary import FeedKind
from tests.support.bringing import bring
from tests.support.world import START, World

SMALL, LARGE = judged_with("a", "1"), judged_with("b", "1")
YES = Verdict(yes=True, odds=1.5)
NO = Verdict(yes=False)


def item(number: int = 1, kind: FeedKind = FeedKind.POST, source: str = "forum", **given: Any) -> Item:
    return Item(
        source=source, kind=kind, id=str(number), position=number, author="bo", created_at=START, **given
    )


def put(world: World, pair: Pair, verdict: Verdict = YES, about: Item | None = None) -> None:
    world.store.write(verdicts.put, pair, about or item(), SMALL, verdict, world.clock())


def find(world: World, *pairs: Pair, judged: str = SMALL) -> dict[Pair, Verdict]:
    return world.store.read(verdicts.find, pairs, judged)


def rows(world: World) -> list[VerdictRow]:
    return world.store.read(lambda session: list(session.exec(select(VerdictRow))))


def test_a_verdict_is_found_by_question_content_model_and_prompts(world: World) -> None:
    pair = Pair("Is it spam?", "c1")
    put(world, pair)
    put(world, Pair("Is it spam?", "c2"), NO)
    assert find(world, pair, Pair("Is it spam?", "c2")) == {pair: YES, Pair("Is it spam?", "c2"): NO}
    assert find(world, Pair("Is it ham?", "c1"), Pair("Is it spam?", "c3")) == {}
    assert find(world, pair, judged=LARGE) == find(world, pair, judged=judged_with("a", "2")) == {}


def test_a_thousand_pairs_are_found_at_once(world: World) -> None:
    pairs = [Pair("Is it spam?", f"c{number}") for number in range(1_100)]
    for pair in (pairs[0], pairs[700], pairs[-1]):
        put(world, pair)
    assert set(find(world, *pairs)) == {pairs[0], pairs[700], pairs[-1]}


def test_the_verdict_that_was_put_first_stays_and_what_is_private_is_labelled(world: World) -> None:
    pair = Pair("Is it spam?", "c1")
    put(world, pair)
    put(world, pair, NO, item(2, private=True))
    assert find(world, pair) == {pair: YES}
    [row] = rows(world)
    assert (row.item_key, row.item_digest, row.private) == ("forum.post:1", item().digest, True)


def test_no_text_of_an_item_and_no_secret_is_kept(world: World) -> None:
    secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
    put(world, Pair(f"Does it hold {secret}?", "c1"), about=item(title="Top", content="hush"))
    kept = str([row.model_dump() for row in rows(world)])
    assert secret not in kept
    assert "hush" not in kept
    assert "Top" not in kept


def test_what_nobody_needs_for_a_month_is_deleted(world: World) -> None:
    used, unused = Pair("Is it spam?", "c1"), Pair("Is it spam?", "c2")
    put(world, used)
    put(world, unused)
    world.clock.move(days=29)
    world.store.write(verdicts.use, [used], SMALL, world.clock())
    world.clock.move(days=2)
    world.store.write(verdicts.prune, world.clock() - verdicts.KEPT, 100)
    assert set(find(world, used, unused)) == {used}


def test_use_is_written_once_a_day(world: World) -> None:
    pair = Pair("Is it spam?", "c1")
    put(world, pair)
    first = world.clock()
    world.clock.move(hours=23)
    world.store.write(verdicts.use, [pair], SMALL, world.clock())
    assert rows(world)[0].used_at == first
    world.clock.move(hours=2)
    world.store.write(verdicts.use, [pair], SMALL, world.clock())
    assert rows(world)[0].used_at == first + timedelta(hours=25)


def test_a_forgotten_connection_takes_its_verdicts_and_those_on_what_was_made_of_it(
    world: World,
) -> None:
    (world.folder / "vault").mkdir()
    editing.add(world.services.connections, "vault", "folder", {"path": str(world.folder / "vault")})
    bring(world, [], "vault", private=True)
    about = {
        Pair("q", "vault"): item(7, FeedKind.TASK, "vault", private=True),
        Pair("q", "private post"): item(1, private=True),
        Pair("q", "private message"): item(1, FeedKind.MESSAGE, "thread", private=True),
        Pair("q", "post"): item(2),
        Pair("q", "other connection"): item(3, FeedKind.MAIL, "inbox", private=True),
    }
    for pair, each in about.items():
        put(world, pair, about=each)
    done = editing.remove(world.services.connections, "vault", forget=True)
    assert done is not None
    assert done.is_finished
    assert {pair.content for pair in find(world, *about)} == {"post", "other connection"}


def test_verdicts_on_single_items_are_deleted(world: World) -> None:
    put(world, Pair("q", "1"), about=item(1))
    put(world, Pair("q", "2"), about=item(2))
    world.store.write(verdicts.forget_items, ["forum.post:1", "forum.comment:2"])
    assert [row.item_key for row in rows(world)] == ["forum.post:2"]
