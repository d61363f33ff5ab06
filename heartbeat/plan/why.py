"""Say in a few words why a rule is not followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from heartbeat.feed import Item
from heartbeat.instructions.secrets import mask_secrets
from heartbeat.plan.evaluate import Finding
from heartbeat.plan.reading import PlanLine
from heartbeat.plan.rule import MESSAGE
from heartbeat.plan.words import RuleState
from heartbeat.text import first_line, numbered, sentence

_NAMED = 3
_QUOTED = 60
_SHORT = 8
"""Characters of an id that a person may know; longer ones are of no use to anybody."""
_WHY: Mapping[RuleState, str] = {
    RuleState.DUE: "is due and waits for its turn",
    RuleState.JUDGE: "waits for the model to judge items",
    RuleState.SILENCED: "is silenced by another rule",
    RuleState.LACKS: "cannot be followed",
    RuleState.NOT_NOW: "does not hold at this time",
    RuleState.EXCEPTED: "has an exception now",
    RuleState.TOO_FEW: "needs more that is new",
    RuleState.NOTHING: "has nothing to follow it for",
    RuleState.LIMITED: "was followed as often as it may",
    RuleState.PASSED_OVER: "is passed over after two failures",
    RuleState.OVER: "is over",
    RuleState.SILENT: "asks for silence",
    RuleState.ELSE: "only says what happens else",
}


def why(finding: Finding) -> str:
    """Return why a rule is not followed, such as "line 3 needs more that is new (2 of 3)"."""
    rule = finding.rule
    state = f"is due, but {finding.hindrance}" if finding.hindrance else _WHY[finding.state]
    return f"{name_of(rule.id, rule.line)} {state}{_more(finding)}"


def name_of(rule_id: str, line: int) -> str:
    """Return what a rule is called in a sentence."""
    return "an order of the owner" if rule_id.startswith(MESSAGE) else f"line {line}"


def _more(finding: Finding) -> str:
    if finding.state == RuleState.TOO_FEW:
        return f" ({finding.count} of {finding.rule.when.count})"
    if finding.state == RuleState.LACKS:
        return f": {finding.lacks[:1].lower()}{finding.lacks[1:].rstrip('.')}"
    return ""


def why_left_out(finding: Finding) -> str:
    """Return which items a rule leaves out and why, in one sentence; empty where it leaves out none."""
    left = finding.left_out
    if not left:
        return ""
    more = [f"{len(left) - _NAMED} more"] if len(left) > _NAMED else []
    *first, last = [*(_named_item(item) for item in left[:_NAMED]), *more]
    named = f"{', '.join(first)} and {last}" if first else last
    were, tries = ("was", "it tries") if len(left) == 1 else ("were", "they try")
    how = "only named" if {item.key for item in left} <= {item.key for item in finding.items} else "left out"
    return sentence(f"{named[:1].upper()}{named[1:]} {were} {how}: {tries} to tell the agent what to do")


def _named_item(item: Item) -> str:
    title = first_line(mask_secrets(item.title or item.content), _QUOTED)
    return f"{item.kind} {item.id} (“{title}”)" if len(item.id) <= _SHORT else f"the {item.kind} “{title}”"


def why_silent(findings: Iterable[Finding]) -> str:
    """Return why nothing is done, in a sentence or two."""
    every = tuple(findings)
    shown = [each for each in every if each.state != RuleState.ELSE]
    silent = [each for each in shown if each.state == RuleState.SILENT]
    said = [why(each) for each in (silent or shown)]
    if not said:
        return "No line of the instructions asks for anything."
    more = [f"and {len(said) - _NAMED} more"] if len(said) > _NAMED else []
    found = sentence(f"No rule is followed: {'; '.join([*said[:_NAMED], *more])}")
    return " ".join([found, *dict.fromkeys(filter(None, map(why_left_out, every)))])


def why_unread(lines: Sequence[int]) -> str:
    """Return what it means that lines, by their numbers, are not read yet, in one sentence."""
    named = numbered("line", lines)
    is_one = len(lines) == 1
    return sentence(
        f"{named[:1].upper()}{named[1:]} {'is' if is_one else 'are'} not read yet, so nothing is done, and nothing "
        f"kept from being done, for {'it' if is_one else 'them'}"
    )


def why_unheard(messages: Sequence[PlanLine], thread: str) -> str:
    """Return why nothing is done while messages of the owner are not read, and how to go on, in one sentence."""
    named = numbered("message", [each.number for each in messages])
    each = f"heartbeat plan lift {messages[0].number} --thread {thread}"
    return (
        f"Nothing is done, since {named} in the conversation {'is' if len(messages) == 1 else 'are'} not read yet; "
        f"to go on without: {each}"
    )
