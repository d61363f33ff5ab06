"""Call the criteria of plug-ins for a beat."""

from __future__ import annotations

from sqlmodel import Session

from heartbeat import criteria
from heartbeat.criteria import Situation
from heartbeat.draft import Draft
from heartbeat.feed import Feed
from heartbeat.memory import Memory
from heartbeat.store import beats
from heartbeat.store.outcomes import with_answers
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, Reason
from nodes.services import Services
from nodes.state import Update, ending
from nodes.view import StateView


def with_facts(feed: Feed, beat: StateView, services: Services, thread_id: str) -> Feed:
    """Add the facts of the criteria and the problems of plug-ins to the feed.

    Raises:
        PluginError: a criterion is missing.
    """
    plugins = services.plugins
    plugins.demand_criteria()
    facts: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    if plugins.criteria:
        facts, problems = criteria.facts(plugins.criteria, _situation(feed, beat, services, thread_id))
    problems = (*plugins.problems(), *feed.problems, *problems)
    return feed.model_copy(update={"facts": facts, "problems": problems})


def refusals(beat: StateView, draft: Draft, services: Services, thread_id: str) -> tuple[str, ...]:
    """Return the objections of the criteria to an action, one sentence each.

    Raises:
        PluginError: a criterion is missing, or gave no answer.
    """
    services.plugins.demand_criteria()
    if not services.plugins.criteria:
        return ()
    asked = _situation(beat.feed, beat, services, thread_id)
    return criteria.refusals(services.plugins.criteria, draft, asked)


def rejected(refusals: tuple[str, ...]) -> Update:
    """Return the end of a beat whose action a criterion refused."""
    return ending(
        BeatStatus.REJECTED, sentence(f"A criterion said no: {'; '.join(refusals)}"), reason=Reason.CRITERION
    )


def _remembered(session: Session, thread_id: str) -> Memory:
    return with_answers(session, thread_id, Memory.newest(beats.latest_memory(session, thread_id)))


def _situation(feed: Feed, beat: StateView, services: Services, thread_id: str) -> Situation:
    return Situation(
        thread_id=thread_id,
        agent_name=services.settings.agent_name,
        now=services.clock(),
        config=beat.config,
        feed=feed,
        # An answer to a waiting beat comes without the state of its run, so the memory is read from the row too.
        memory=Memory.newest(beat.memory, services.store.read(_remembered, thread_id)),
    )
