"""What was read from lines: a row for each, and what another model read until it is read anew."""

from __future__ import annotations

from sqlalchemy import text as sql

from heartbeat.plan import LineRole, PlanLine, Reading, RuleBody
from heartbeat.plan.lines import plan_lines
from heartbeat.plan.rule import When
from heartbeat.plan.words import WhenKind
from heartbeat.store import plan_readings
from heartbeat.store.plan_readings import Usage, reads_with
from heartbeat.store.plan_tables import LineReading
from tests.support.world import World

SMALL, LARGE = reads_with("a", "1", ()), reads_with("b", "1", ())
POST = Reading(rules=(RuleBody(when=When(kind=WhenKind.ALWAYS), do="post"),))
TELL = Reading(rules=(RuleBody(when=When(kind=WhenKind.ALWAYS), do="tell"),), unsure=True)
STYLE = Reading(role=LineRole.STYLE)
USAGE = Usage(3, 100, 12, 250)


def keep(world: World, line: PlanLine, reading: Reading = POST, reads: str = SMALL) -> None:
    world.store.write(plan_readings.keep, line, reads, reading, USAGE, world.clock())


def fail(world: World, line: PlanLine) -> int:
    return world.store.write(plan_readings.fail, line, SMALL, USAGE, world.clock())


def test_a_line_is_found_wherever_it_stands_and_read_once(world: World) -> None:
    [line] = plan_lines("- Post a summary\n")
    keep(world, line)
    lines = plan_lines("- Look at mail\n- Post a summary\n- Post a summary\n")
    found = world.store.read(plan_readings.find, lines, SMALL)
    assert [line.text for line in lines if line.id in found] == ["Post a summary"] * 2
    assert found[lines[1].id].kept.reading == POST
    assert found[lines[1].id].is_current
    left = world.store.read(plan_readings.unread, (*lines, lines[0]), SMALL)
    assert [line.text for line in left] == ["Look at mail"]


def test_what_a_line_is_read_with_is_part_of_it(world: World) -> None:
    [line] = plan_lines("- Post a summary\n")
    keep(world, line)
    for other in (
        plan_lines("# Mail\n- Post a summary\n"),
        plan_lines("- [ ] Post a summary\n"),
        plan_lines("Post a summary. Be brief.\n")[:1],
        (line.model_copy(update={"task": "brief"}),),
    ):
        assert world.store.read(plan_readings.find, other, SMALL) == {}


def test_another_models_reading_stands_until_the_line_is_read_anew(world: World) -> None:
    [line] = plan_lines("- Post a summary\n")
    keep(world, line)
    first = world.clock()
    found = world.store.read(plan_readings.find, [line], LARGE)[line.id]
    assert (found.kept.reading, found.is_current) == (POST, False)
    assert world.store.read(plan_readings.unread, [line], LARGE) == [line]
    world.clock.move(hours=1)
    keep(world, line, TELL, LARGE)
    found = world.store.read(plan_readings.find, [line], LARGE)[line.id]
    assert (found.kept.reading, found.is_current) == (TELL, True)
    assert found.kept.read_at == first
    # Back with the first model, its own reading holds again, though it is older.
    assert world.store.read(plan_readings.find, [line], SMALL)[line.id].kept.reading == POST


def test_a_line_that_failed_twice_counts_as_read(world: World) -> None:
    [line] = plan_lines("- Florble the wug\n")
    assert fail(world, line) == 1
    assert world.store.read(plan_readings.find, [line], SMALL) == {}
    assert world.store.read(plan_readings.unread, [line], SMALL) == [line]
    assert fail(world, line) == 2
    found = world.store.read(plan_readings.find, [line], SMALL)[line.id]
    assert found.kept.failed
    assert world.store.read(plan_readings.unread, [line], SMALL) == []
    assert world.store.read(plan_readings.spent) == Usage(6, 200, 24, 500)


def test_a_reading_of_another_form_counts_as_unread(world: World) -> None:
    [line] = plan_lines("- Post a summary\n")
    keep(world, line)
    world.store.write(
        lambda session: session.execute(sql("UPDATE line_reading SET reading = '{\"new\": 1}'"))
    )
    assert world.store.read(plan_readings.unread, [line], SMALL) == [line]


def test_the_owner_is_told_of_each_doubtful_reading_once(world: World) -> None:
    sure, unsure, failing = plan_lines("- Post a summary\n- Perhaps post\n- Florble the wug\n")
    keep(world, sure)
    keep(world, unsure, TELL)
    fail(world, failing)
    fail(world, failing)
    found = world.store.read(plan_readings.find, [sure, unsure, failing], SMALL)
    assert world.store.read(plan_readings.untold, found) == {unsure.id, failing.id}
    world.store.write(plan_readings.mark_told, [found[unsure.id].key])
    assert world.store.read(plan_readings.untold, found) == {failing.id}
    # What only another model read with doubt is to be read again, not to be looked at.
    assert (
        world.store.read(plan_readings.untold, world.store.read(plan_readings.find, [unsure], LARGE)) == set()
    )


def test_no_text_of_a_line_is_kept(world: World) -> None:
    [line] = plan_lines("# Above\nSay hello. Be brief.\n")[:1]
    keep(world, line, STYLE)
    row = world.store.read(lambda session: session.get_one(LineReading, _only_key(world)))
    assert not any(word in row.model_dump_json() for word in ("hello", "Above", "brief"))


def _only_key(world: World) -> str:
    with world.store.engine.connect() as connection:
        return str(connection.execute(sql("SELECT key FROM line_reading")).scalar_one())


def test_only_what_was_long_in_no_text_is_pruned(world: World) -> None:
    there, gone = plan_lines("- Post a summary\n- Look at mail\n")
    keep(world, there)
    keep(world, gone, STYLE)
    world.clock.move(days=20)
    assert not world.store.read(plan_readings.are_seen, [there], world.clock())
    world.store.write(plan_readings.see, [there], world.clock())
    assert world.store.read(plan_readings.are_seen, [there], world.clock())
    world.clock.move(days=11)
    world.store.write(plan_readings.prune, world.clock())
    assert set(world.store.read(plan_readings.find, [there, gone], SMALL)) == {there.id}
