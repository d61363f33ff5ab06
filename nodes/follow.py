"""Follow the plan of a beat: judge items, choose the rule that is due, and have the text of its act written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from heartbeat.feed import Item
from heartbeat.plan import Finding, Plan, Situation
from heartbeat.plan.finding_view import RuleFinding
from heartbeat.plan.plain import list_of, plain_texts
from heartbeat.plan.why import why_silent, why_unheard
from heartbeat.schedule import parse_zone
from heartbeat.text import first_line
from heartbeat.vocabulary import NO_ACTION, ActionKind, Decider, FeedKind, Trigger
from heartbeat_decision.judging import read_prompts
from heartbeat_decision.model import ModelUnreachableError, Question
from heartbeat_decision.prompts import ASKING
from nodes.calls import Calls
from nodes.choice import Acts, Choice, Outcome, choose
from nodes.entry import Entry, reply_entry, undecided
from nodes.judge import Judge, to_ask, with_kept
from nodes.line_reader import read_first, read_lines_first
from nodes.plan import BeatPlan, load_plan
from nodes.question import QuestionBuilder
from nodes.situation import acts_of, lines_of, situation_of
from nodes.verdicts import KeptVerdicts, Verdicts
from nodes.writing import writing_question

_UNWRITTEN = "Of none of the items to write about is it known that it does not tell the agent what to do."
USUAL_BOARD = "heartbeat"
"""The board that a post goes to where its line names none."""


class UnheardError(ModelUnreachableError):
    """A message of the owner is not read, and the model that reads it cannot be asked: nothing may be done.

    ``why`` says so, and how to go on.
    """

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True)
class Following:
    """The plan of a beat and the moment at which it is followed."""

    builder: QuestionBuilder
    beat_plan: BeatPlan
    situation: Situation

    @classmethod
    async def load(cls, builder: QuestionBuilder) -> Following:
        """Load the plan of the builder's beat.

        What the owner said is read first; the instructions too, where a person asked for the beat.

        Raises:
            UnheardError: a message of the owner is not read, and the model that reads it cannot be asked.
            ModelUnreachableError: so it is with the instructions.
        """
        found, services = await asyncio.to_thread(cls.loaded, builder), builder.services
        unheard = found.beat_plan.said.unread
        reads_text = found.beat_plan.unread and builder.beat.trigger == Trigger.MANUAL
        if unheard:
            try:
                await read_lines_first(services, unheard)
            except ModelUnreachableError as error:
                raise UnheardError(str(error), why_unheard(unheard, builder.beat.thread_id)) from error
        if reads_text:
            await read_first(services, builder.beat.instructions.text)
        if not (unheard or reads_text):
            return found
        return await asyncio.to_thread(cls.loaded, builder)

    @classmethod
    def loaded(cls, builder: QuestionBuilder) -> Following:
        """Return the plan of the builder's beat as far as it is read.

        What the owner has said or corrected since the beat was claimed counts. It also reads the files that judging
        needs, since it runs in a thread and judging does not.
        """
        beat, services = builder.beat, builder.services
        services.store.look_again()
        read_prompts()
        found = load_plan(services, beat.thread_id, beat.instructions.text, beat.config)
        now = services.clock()
        return cls(builder, found, situation_of(beat, builder.row, found, beat.feed, {}, now))

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.beat_plan.plan

    @property
    def acts(self) -> Acts:
        """What the beat can do now."""
        return acts_of(self.beat_plan, self.builder.choice.of_rules, self.builder.beat.memory)

    async def quiet(self) -> Entry | None:
        """Return the entry of a beat that takes no model, since it does nothing or votes; None if it may take one."""
        return await asyncio.to_thread(self._quiet)

    def _quiet(self) -> Entry | None:
        outcome = self.known_outcome()
        if next(to_ask(outcome.findings, self.acts.can), None) is not None:
            return None
        choice = outcome.choice
        if choice is None:
            return self.silence(outcome)
        return self.vote(outcome, choice) if choice.kind == ActionKind.VOTE else None

    def known_outcome(self, digest: str | None = None) -> Outcome:
        """Return what is found of the plan with the verdicts that the model of this digest gave, or the last one."""
        services, judged_with = self.builder.services, self.builder.beat.memory.judged_with
        kept = (
            KeptVerdicts(services, judged_with) if digest is None else KeptVerdicts.of_model(services, digest)
        )
        return self._outcome(with_kept(self.plan, self.situation, kept.find), kept.judged_with)

    async def outcome(self, calls: Calls, whole: Question, digest: str) -> Outcome:
        """Return what is found of the plan, with items judged by the model that ``whole`` is for.

        ``digest`` identifies the model's version.

        Raises:
            ModelError: the model gave no answer.
        """
        kept = KeptVerdicts.of_model(self.builder.services, digest)
        verdicts = Verdicts(kept, calls, whole)
        limit = self.builder.services.settings.max_judgements
        judge = Judge(verdicts.kept, verdicts.ask, self.acts.can, limit)
        findings = await judge.findings(self.plan, self.situation)
        return self._outcome(findings, kept.judged_with)

    def _outcome(self, findings: Sequence[Finding], judged_with: str) -> Outcome:
        acts = self.acts
        return Outcome(
            acts.with_hindrances(findings),
            choose(findings, acts),
            acts,
            lines_of(self.beat_plan),
            judged_with,
            unread_tasks=self.beat_plan.unread_tasks,
            warnings=self.beat_plan.warnings,
        )

    async def decide(
        self, calls: Calls, whole: Question, digest: str, noted: Entry
    ) -> tuple[Question, Entry]:
        """Return the question that led to the decision, and the entry of this round.

        ``whole`` says which model to ask, and ``digest`` identifies its version. ``noted`` is filled with what is
        found of the plan as soon as it is known, so that it is kept if a text cannot be written.
        """
        outcome = await self.outcome(calls, whole, digest)
        noted |= _noted(outcome)
        choice = outcome.choice
        if choice is None:
            return whole, self.silence(outcome)
        if choice.kind == ActionKind.VOTE:
            return whole, self.vote(outcome, choice)
        if choice.items and not choice.told and choice.kind in ASKING:
            plain = self._plain(choice)
            return whole, self.unwritten(outcome) if plain is None else self.in_plain_words(
                outcome, choice, plain
            )
        above = await self._above(
            choice, Verdicts(KeptVerdicts.of_model(self.builder.services, digest), calls, whole)
        )
        writing = writing_question(self.builder, self.plan, choice, above)
        listed = (
            list_of(choice.listed, parse_zone(self.builder.beat.config.timezone)) if choice.listed else None
        )
        can = self.builder.choice.limits_of(choice.kind)
        entry = reply_entry(await calls.ask(writing), can, self.fields(choice), listed)
        return writing, {**entry, "schema": dict(writing.schema)}

    async def _above(self, choice: Choice, verdicts: Verdicts) -> dict[str, Item]:
        """Return the posts above the comments of a text, by their id, that do not tell an agent what to do."""
        wanted = {item.post_id for item in choice.told if item.kind == FeedKind.COMMENT}
        if not wanted or choice.kind not in ASKING:
            return {}
        feed = self.builder.beat.feed
        posts = [item for item in feed.walk() if item.kind == FeedKind.POST and item.id in wanted]
        return {post.id: post for post in await verdicts.innocent(posts, choice.finding)}

    def in_plain_words(self, outcome: Outcome, choice: Choice, texts: dict[str, str]) -> Entry:
        """Return the entry of an act whose text is made of the names of items, since a model may be shown none."""
        said = _said(choice)
        decision = {**self.fields(choice), **texts, "reasoning": said}
        return _entry(outcome, said, decided_by=Decider.PLAN.value, decision=decision)

    def unwritten(self, outcome: Outcome) -> Entry:
        """Return the entry of a beat that does nothing, since a model may be shown none of the items of its text."""
        return self.silence(replace(outcome, choice=None), f"{_UNWRITTEN} {why_silent(outcome.findings)}")

    def silence(self, outcome: Outcome, why: str = "") -> Entry:
        """Return the entry of a beat that does nothing; ``why`` is said in place of what was found of its rules."""
        reasoning = why or why_silent(outcome.findings)
        decision = {"action": NO_ACTION, "reasoning": reasoning}
        return _entry(outcome, reasoning, decided_by=Decider.PLAN.value, decision=decision)

    def vote(self, outcome: Outcome, choice: Choice) -> Entry:
        """Return the entry of a vote, which needs no text."""
        said = _said(choice)
        decision = {**choice.fields, "reasoning": said}
        return _entry(outcome, said, decided_by=Decider.PLAN.value, decision=decision)

    def without_model(self, why: str) -> Entry:
        """Return the entry of what can be done without a model: the first rule that takes no judgement and no text.

        What is told or posted lists the items. While a message of the owner is not read, only tell is done. Where no
        such rule is due the entry has no decision, and its ``unfollowed`` says why nothing was followed.
        """
        outcome = self.plain_outcome()
        choice = outcome.choice
        texts = None if choice is None else self._plain(choice)
        if choice is None or texts is None:
            return _entry(outcome, why, why=why, unfollowed=self.unfollowed(outcome))
        said = _said(choice)
        decision = {**self.fields(choice), **texts, "reasoning": said}
        return _entry(outcome, said, decided_by=Decider.RULES.value, decision=decision, why=why)

    def plain_outcome(self) -> Outcome:
        """Return what is found of the plan, with the first rule that takes no judgement and no text of a model."""
        outcome = self.known_outcome()
        acts = replace(self.acts, tells_only=self.acts.tells_only or bool(self.beat_plan.said.unread))
        choices = (choose([finding], acts) for finding in outcome.findings)
        choice = next((each for each in choices if each is not None and self._plain(each) is not None), None)
        return replace(outcome, choice=choice, unread=self._not_followed_for(choice) if choice else ())

    def _not_followed_for(self, choice: Choice) -> tuple[str, ...]:
        """Return the keys of new items that lines without a rule yet may mean, where there are such lines."""
        if not self.beat_plan.unread:
            return ()
        done = {item.key for item in choice.items}
        return tuple(item.key for item in self.situation.items if item.new and item.key not in done)

    def _plain(self, choice: Choice) -> dict[str, str] | None:
        zone, can = parse_zone(self.builder.beat.config.timezone), self.builder.choice.limits_of(choice.kind)
        limit = can.text_limit if choice.kind == ActionKind.TELL else can.content_limit
        return plain_texts(choice.rule, choice.items, zone, limit)

    def unfollowed(self, outcome: Outcome) -> str:
        """Return why no rule is followed without a model, in one sentence."""
        if self.beat_plan.said.unread:
            return "A message of the owner is not read yet, and until then only tell is done without a model."
        if outcome.findings:
            return "No rule that can be followed without a model is due."
        if self.beat_plan.unread:
            return (
                "No rule can be followed without a model, since no line of HEARTBEAT.md is read yet; "
                "say what one asks for with: heartbeat plan correct LINE"
            )
        return "No rule can be followed without a model, since no line of HEARTBEAT.md asks for anything."

    def fields(self, choice: Choice) -> dict[str, Any]:
        """Return the fields of a decision that no model decides: action, item, direction and board."""
        fields, offer = choice.fields, self.builder.choice.of_rules
        about = offer.about.get(fields.get("about", ""))
        if choice.item is None or about is None or about.key != choice.item.key:
            fields.pop("about", None)  # another item that was shown is called the same
        if choice.kind == ActionKind.POST and (board := _board(choice, offer.boards)):
            fields["board"] = board
        return fields


def _board(choice: Choice, boards: Sequence[str]) -> str | None:
    """Return the board of a post: the one that the line names, else the agent's, else the first."""
    if choice.rule.where in boards:
        return choice.rule.where
    return USUAL_BOARD if USUAL_BOARD in boards else next(iter(boards), None)


def _said(choice: Choice) -> str:
    named = "An order of the owner" if choice.rule.is_order else f"Line {choice.rule.line}"
    return f"{named}: {first_line(choice.rule.text, 200)}"


def _entry(outcome: Outcome, found: str, **fields: Any) -> Entry:
    """Return the entry of a round; a plan's says what is to be remembered, and what was found of each rule."""
    return {**undecided(), **fields, **_noted(outcome), "found": found}


def _noted(outcome: Outcome) -> dict[str, Any]:
    """Return what a row keeps of a plan: what is to be remembered, what was found of each rule, warnings."""
    return {
        "warnings": list(outcome.warnings),
        "followed": outcome.followed().model_dump(mode="json"),
        "rules": [RuleFinding.of(each).model_dump(mode="json") for each in outcome.findings],
    }
