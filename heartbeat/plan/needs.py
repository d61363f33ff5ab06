"""What a rule needs, and what of that a thread lacks, each with a remedy. It is worked out without a model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from heartbeat.config import BUILT_IN_TARGETS
from heartbeat.plan.rule import Plan, Rule
from heartbeat.plan.words import About, Do
from heartbeat.text import sentence
from heartbeat.vocabulary import ConnectionKind

KINDS_SEEING: Mapping[About, ConnectionKind] = {
    About.CALENDAR: ConnectionKind.CALENDAR,
    About.FILES: ConnectionKind.FOLDER,
    About.FEEDS: ConnectionKind.FEED,
    About.MAIL: ConnectionKind.MAIL,
    About.PAGES: ConnectionKind.PAGE,
    About.CHECKS: ConnectionKind.CHECK,
}
"""The kind of connection that shows what a line is about."""
_NOUNS: Mapping[About, str] = {
    About.FORUM: "the forum",
    About.CONVERSATION: "the conversation",
    About.MAIL: "mail",
    About.CALENDAR: "a calendar",
    About.FILES: "files",
    About.FEEDS: "feeds",
    About.PAGES: "web pages",
    About.CHECKS: "whether a machine is up",
    About.GITHUB: "GitHub",
    About.OTHER: "what it is about",
}
_ACTS_ON: Mapping[str, str] = {Do.COMMENT: "a comment", Do.VOTE_UP: "a vote", Do.VOTE_DOWN: "a vote"}
"""What is done about one post or comment, and about nothing else."""
_INSTEAD = "Only posts and comments can. Ask for a post, a note, or to be told."
_NOTHING_CAN = "It asks for something that nothing here can do"
_ALWAYS = frozenset({Do.TELL, Do.SILENT})
"""What every thread can do: what it tells its owner stands in the panel at least."""


@dataclass(frozen=True)
class Known:
    """What there is for a thread to see and to do; without a thread, for any.

    ``shows`` says of each connection what it shows, ``seen`` are the names that the thread looks at, and ``takes``
    the kinds of acts that each of its targets takes. ``boards`` are those of the forum. ``unreached`` are names of
    services, such as Telegram, that a connection could lead to and none does. ``offered`` are the kinds of acts of
    targets' own, of any target. ``tasks`` are the names of the tasks of the text. ``thread`` is None for any.
    """

    shows: Mapping[str, About] = field(default_factory=dict)
    seen: Collection[str] = ()
    takes: Mapping[str, Collection[str]] = field(default_factory=dict)
    boards: Collection[str] = ()
    unreached: Collection[str] = ()
    offered: Collection[str] = ()
    tasks: Collection[str] = ()
    thread: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names of all boards and connections."""
        return frozenset({*self.shows, *self.boards, *self.takes})

    @property
    def nameable(self) -> frozenset[str]:
        """Those that a line can mean by name; the built-in targets are words that lines use for other things."""
        return frozenset({*self.shows, *self.boards, *(set(self.takes) - set(BUILT_IN_TARGETS))})

    def sees(self, about: About) -> bool:
        """Return whether something that the thread looks at shows things of a kind."""
        return about == About.CONVERSATION or any(self.shows.get(name) == about for name in self.seen)

    def showing(self, about: About) -> list[str]:
        """Return the connections that show things of a kind, looked at or not."""
        return sorted(name for name, shown in self.shows.items() if shown == about)


@dataclass(frozen=True)
class Lack:
    """What a rule lacks, as a sentence, and what to do about it."""

    message: str
    remedy: str


def needs(rule: Rule) -> tuple[str, ...]:
    """Return what a rule needs to be followed, each in a few words: what it sees and where it acts."""
    return (*(f"to see {_NOUNS[about]}" for about in rule.about), *_acts(rule))


def _acts(rule: Rule) -> Iterator[str]:
    if rule.do not in _ALWAYS:
        yield f"a target that takes {rule.do}" + (f" on {rule.where}" if rule.where else "")


def lacks(rule: Rule, known: Known) -> list[Lack]:
    """Return what a rule lacks; none if it can be followed.

    A rule about several kinds of things lacks something only if none of them can be seen.
    """
    found = [*_unseen(rule, known), *_unknown_places(rule, known), *_unknown_task(rule, known)]
    return found + _cannot(rule, known)


def lacking(plan: Plan, known: Known) -> dict[str, str]:
    """Return the first thing that each rule lacks, as a sentence, by the id of the rule; none of a rule without."""
    found = {rule.id: lacks(rule, known) for rule in plan.rules}
    return {rule_id: lacked[0].message for rule_id, lacked in found.items() if lacked}


def _unseen(rule: Rule, known: Known) -> list[Lack]:
    if not rule.about or any(known.sees(about) for about in rule.about):
        return []
    return [_unseen_kind(about, known) for about in rule.about]


def _unseen_kind(about: About, known: Known) -> Lack:
    noun, there = _NOUNS[about], known.showing(about)
    if there:
        name, thread = there[0], known.thread or "THREAD"
        return Lack(
            f"The thread does not look at {name}, which shows {noun}.",
            f"Let it look: heartbeat threads set {thread} sources=default,{name}",
        )
    kind = KINDS_SEEING.get(about)
    if kind is None:
        return Lack(f"Nothing here can see {noun}.", "Write the line in another way, or take it out.")
    return Lack(f"No connection can see {noun}.", f"Add one: heartbeat connections add {kind} {kind}")


def _unknown_places(rule: Rule, known: Known) -> Iterator[Lack]:
    for place in dict.fromkeys([*rule.places, *([rule.where] if rule.where else [])]):
        if place not in known.names:
            yield Lack(
                f"There is no board or connection {place}.",
                "Correct the rule, or add a connection of this name.",
            )


def _unknown_task(rule: Rule, known: Known) -> Iterator[Lack]:
    name = rule.when.task
    if name is None or name in known.tasks:
        return
    there = ", ".join(sorted(known.tasks))
    remedy = f"Name one that is there: {there}; or" if there else "Correct the rule, or"
    yield Lack(
        sentence(f"No tasks: block of the text has a task {name}"), f"{remedy} add it to a tasks: block."
    )


def _cannot(rule: Rule, known: Known) -> list[Lack]:
    if rule.do in _ALWAYS:
        return []
    if rule.do == Do.OTHER:
        said = f"Nothing here can do this: {rule.how}" if rule.how else _NOTHING_CAN
        return [Lack(sentence(said), "Ask for a post, a note, or to be told; or take the line out.")]
    if rule.do not in {*Do, *known.offered, *(kind for kinds in known.takes.values() for kind in kinds)}:
        allowed = ", ".join([*Do, *sorted(known.offered)])
        return [
            Lack(f"No target offers the kind {rule.do}.", sentence(f"Correct the rule; allowed: {allowed}"))
        ]
    if rule.do in _ACTS_ON and rule.about and About.FORUM not in rule.about:
        things = " or ".join(_NOUNS[about] for about in rule.about)
        return [Lack(f"Nothing about {things} can get {_ACTS_ON[rule.do]}.", _INSTEAD)]
    takers = sorted(name for name, kinds in known.takes.items() if rule.do in kinds)
    if not takers:
        return [
            Lack(f"No target of the thread takes {rule.do}.", "Name one that does in the thread's target.")
        ]
    if rule.where in known.takes and rule.where not in takers:
        return [Lack(f"{rule.where} takes no {rule.do}.", f"Let it go to {', '.join(takers)}.")]
    return []
