"""What this beat may do: the targets of the thread, what each takes, and the items that were shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar

from heartbeat.capabilities import ActionType, Capabilities, Direction
from heartbeat.config import NO_TARGET
from heartbeat.draft import Draft, Offer
from heartbeat.errors import HeartbeatError, NotFoundError, PluginError
from heartbeat.feed import Feed
from heartbeat.instructions import mask_secrets
from heartbeat.store.failure import DATABASE_ERRORS
from heartbeat.targets import BUILT_IN, AnyTarget, ForumTarget, NoTarget, Target, is_internal
from heartbeat.text import as_json
from heartbeat.validation import Verdict, validate
from heartbeat.vocabulary import ActionKind, FeedKind, Reach
from nodes.services import Services
from nodes.view import StateView

_EXPLAINED: Mapping[str, str] = {
    ActionKind.TELL: "send your owner a short message now; text says it in plain words, about names the shown item "
    "that it is about, if there is one.",
    ActionKind.NOTE: "write one line into a file of your owner; file is its path, text the line; mode append adds "
    "the line, tick ticks the open box that has exactly this text.",
}
"""What the kinds are for that are not in every question."""


@dataclass(frozen=True)
class Option:
    """A target with its capabilities, and what it offers for the items of ``feed``."""

    target: AnyTarget
    capabilities: Capabilities
    feed: Feed

    @cached_property
    def offer(self) -> Offer:
        """What is offered: what the target supports, without the kinds that wait."""
        without_board = not is_internal(self.target) and not self.capabilities.boards
        waits = {*self.feed.waits, *self.feed.blocked.get(self.name, ()), ActionKind.TELL}
        return Offer.of(self.feed.walk(), self.capabilities, waits, without_board=without_board)

    @property
    def name(self) -> str:
        """The name of the target."""
        return self.target.name


@dataclass(frozen=True)
class Telling:
    """The connections that a tell goes to, each with its capabilities; none where it is only recorded.

    ``feed`` has the items that it may be about. ``is_asked``: one question for everything offers it; a rule that asks
    for it is always followed, since the panel shows what is told.
    """

    targets: tuple[tuple[Target, Capabilities], ...]
    feed: Feed
    is_asked: bool

    @cached_property
    def offer(self) -> Offer:
        """What is offered: nothing while it waits."""
        waits = {*self.feed.waits, *self.feed.blocked.get(ActionKind.TELL, ())}
        return Offer.of(self.feed.walk(), _TELLS, waits)

    @property
    def text_limit(self) -> int:
        """The most characters that all of them take."""
        return min((can.text_limit for _, can in self.targets), default=Capabilities().text_limit)


@dataclass(frozen=True)
class ActionContext:
    """What this beat may do: each of its targets, in the order of the config, and how it tells the owner.

    ``problems`` are targets that cannot be used while others can, one sentence each.
    """

    options: tuple[Option, ...]
    telling: Telling
    problems: tuple[str, ...] = ()

    @cached_property
    def of_rules(self) -> Offer:
        """What rules may ask for: what is offered by any of them, and to tell the owner."""
        tells = self.telling.offer
        if self.telling.is_asked or not tells.kinds:
            return self.offer
        kinds = _unique([*self.offer.kinds, *tells.kinds])
        return self.offer.model_copy(update={"kinds": kinds, "about": tells.about | self.offer.about})

    @cached_property
    def offer(self) -> Offer:
        """What one question for everything offers: what any of them does."""
        if len(self.options) == 1 and not self.telling.is_asked:
            return self.options[0].offer
        offers = [option.offer for option in self.options]
        tells = [self.telling.offer] if self.telling.is_asked else []
        counted = Counter(chain.from_iterable(offer.kinds for offer in offers))
        shared = {kind for kind, times in counted.items() if times > 1}
        every = [*offers, *tells]
        return Offer(
            kinds=_unique(kind for offer in every for kind in offer.kinds),
            boards=_unique(
                board for offer in offers if ActionKind.POST in offer.kinds for board in offer.boards
            ),
            posts={key: shown for offer in reversed(offers) for key, shown in offer.posts.items()},
            comments={key: shown for offer in reversed(offers) for key, shown in offer.comments.items()},
            about={name: seen for offer in reversed(every) for name, seen in offer.about.items()},
            targets=tuple(option.name for option in self.options if shared & set(option.offer.kinds)),
        )

    @cached_property
    def capabilities(self) -> Capabilities:
        """The widest limits of any of them; the one that is chosen has its own."""
        all_ = [option.capabilities for option in self.options]
        if len(all_) == 1 and not self.telling.is_asked:
            return all_[0]
        own = {action.kind: action for can in reversed(all_) for action in can.actions}
        votes: dict[str, tuple[Direction, ...]] = {
            kind: _unique(direction for can in all_ for direction in can.votes.get(kind, ()))
            for kind in _unique(kind for can in all_ for kind in can.votes)
        }
        texts = [can.text_limit for can in all_ if ActionKind.NOTE in can.kinds]
        usual = Capabilities()
        return Capabilities(
            kinds=_unique(kind for can in all_ for kind in can.kinds),
            actions=tuple(own.values()),
            boards=_unique(board for can in all_ for board in can.boards),
            sources=_unique(source for can in all_ for source in can.sources),
            title_limit=max((can.title_limit for can in all_), default=usual.title_limit),
            content_limit=max((can.content_limit for can in all_), default=usual.content_limit),
            text_limit=max(
                [*texts, *([self.telling.text_limit] if self.telling.is_asked else [])],
                default=usual.text_limit,
            ),
            votes=votes,
        )

    def limits_of(self, kind: str) -> Capabilities:
        """Return the limits of texts that all keep to who may take an action of this kind."""
        if kind == ActionKind.TELL:
            return Capabilities(text_limit=self.telling.text_limit)
        taking = [option.capabilities for option in self.options if kind in option.offer.kinds]
        usual = self.capabilities
        return Capabilities(
            content_limit=min((can.content_limit for can in taking), default=usual.content_limit),
            text_limit=min((can.text_limit for can in taking), default=usual.text_limit),
        )

    @property
    def own_kinds(self) -> list[ActionType]:
        """The actions of a target's own kinds that are offered."""
        return [action for action in self.capabilities.actions if action.kind in self.offer.kinds]

    @property
    def explained(self) -> list[tuple[str, str]]:
        """The offered kinds that not every question names, each with what it is for."""
        own = [(action.kind, action.about) for action in self.own_kinds]
        return [*own, *((kind, _EXPLAINED[kind]) for kind in self.offer.kinds if kind in _EXPLAINED)]

    def check(self, decision: Mapping[str, Any], *, may_tell: bool) -> Verdict:
        """Check a decision against the offer of the target that takes it.

        ``may_tell``: the owner may be told, though no question offered it.

        Raises:
            PluginError: the check of a target's own kind failed.
        """
        kind = decision.get("action")
        if (may_tell or self.telling.is_asked) and kind in self.telling.offer.kinds:
            return validate(decision, self.telling.offer, Capabilities(text_limit=self.telling.text_limit))
        taking = [option for option in self.options if kind in option.offer.kinds]
        named = decision.get("target")
        if not taking:
            return validate(decision, self.offer, self.capabilities)
        if named and self.offer.targets and named not in (option.name for option in taking):
            allowed = ", ".join(option.name for option in taking)
            return Verdict(problems=(f"target: {as_json(named, 60)} takes no {kind}; allowed: {allowed}",))
        chosen = _chosen(taking, decision)
        verdict = validate(decision, chosen.offer, chosen.capabilities)
        if verdict.draft is None:
            return verdict
        return replace(verdict, draft=verdict.draft.model_copy(update={"target": chosen.name}))

    def option_of(self, draft: Draft) -> Option | None:
        """Return the target of a draft; None for a tell.

        A draft of an earlier version names none: it is for the first target that takes it.

        Raises:
            NotFoundError: the target that was chosen is not there any more.
        """
        if draft.kind == ActionKind.TELL:
            return None
        for option in self.options:
            if option.name == draft.target:
                return option
        if draft.target is not None or not self.options:
            raise NotFoundError(f'The target "{draft.target}" of the action is not configured any more')
        taking = [option for option in self.options if draft.kind in option.offer.kinds]
        return (taking or list(self.options))[0]

    def name_of(self, draft: Draft) -> str:
        """Return the name under which a draft is compared with what was done."""
        option = self.option_of(draft)
        return option.name if option else draft.kind


def _chosen(taking: Sequence[Option], decision: Mapping[str, Any]) -> Option:
    """Return the target that the decision names, or the first that was shown its item, or the first."""
    for option in taking:
        if option.name == decision.get("target"):
            return option
    post, comment = (str(decision.get(field) or "").strip() for field in ("post_id", "comment_id"))
    for option in taking:
        if comment in option.offer.comments if comment else post in option.offer.posts:
            return option
    return taking[0]


_T = TypeVar("_T")


def _unique(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))


def resolve_actions(beat: StateView, services: Services, feed: Feed | None = None) -> ActionContext:
    """Return what the beat may do about the items of ``feed``, or of the feed of its state.

    Raises:
        NotFoundError: none of the thread's targets is configured.
        PluginError: the thread's target is a plug-in that cannot be used, or a target fails.
    """
    feed = beat.feed if feed is None else feed
    found = [(target, capabilities_of(target, services)) for target in _targets(beat, services)]
    missing = [name for name in beat.config.targets if name not in {target.name for target, _ in found}]
    options = tuple(Option(target, can, feed) for target, can in found if not _only_tells(can))
    return ActionContext(
        options,
        _telling(beat, services, found, feed),
        tuple(f'target: "{name}" is not configured; the others are used' for name in missing),
    )


def _targets(beat: StateView, services: Services) -> list[AnyTarget]:
    """Return the targets that can be used."""
    known = services.targets
    found: list[AnyTarget] = []
    for name in beat.config.targets:
        target = known.get(name)
        if target is None:
            services.plugins.demand_target(name)
        else:
            found.append(target)
    if not found:
        name = beat.config.targets[0]
        raise NotFoundError(f"target: {name!r} is not configured; allowed: {', '.join(known)}")
    return found


def _only_tells(can: Capabilities) -> bool:
    return set(can.kinds) <= {ActionKind.TELL} and not can.actions


def _telling(
    beat: StateView, services: Services, named: Sequence[tuple[AnyTarget, Capabilities]], feed: Feed
) -> Telling:
    """Return where a tell goes: to the owner connections that the thread names, else to all of them.

    Where there are none it is shown in the panel alone; a model is offered that once a connection has brought
    something.
    """
    config = beat.config
    plain = set(config.targets) <= set(BUILT_IN)
    owners = tuple(_owners(services))
    own = tuple((target, can) for target, can in named if not is_internal(target) and _reaches_owner(can))
    known = () if config.targets == (NO_TARGET,) else own or owners
    return Telling(known, feed, is_asked=bool(not plain or owners) or _is_from_outside(feed))


def _is_from_outside(feed: Feed) -> bool:
    """Return whether a connection has brought something of the feed."""
    return any(item.kind not in _AT_HOME for item in feed.walk())


def _owners(services: Services) -> Iterator[tuple[Target, Capabilities]]:
    names = services.connections.owner_targets()
    known = services.connections.targets() if names else {}
    for name in names:
        target = known.get(name)
        if target is not None and _reaches_owner(can := capabilities_of(target, services)):
            yield target, can


def _reaches_owner(can: Capabilities) -> bool:
    return can.reach == Reach.OWNER and ActionKind.TELL in can.kinds


def capabilities_of(target: AnyTarget, services: Services) -> Capabilities:
    """Return what a target says that it can do.

    Raises:
        PluginError: it fails, or says something else.
    """
    try:
        found: object = _ask(target, services)
    except DATABASE_ERRORS:
        raise
    except (Exception, SystemExit) as error:
        said = mask_secrets(
            str(error) if isinstance(error, HeartbeatError) else f"{type(error).__name__}: {error}"
        )
        raise PluginError(f"The target {target.name} cannot say what it can do: {said}") from error
    if not isinstance(found, Capabilities):
        raise PluginError(
            f"The target {target.name} says {found!r:.80} of what it can do; allowed: Capabilities"
        )
    return found


def _ask(target: AnyTarget, services: Services) -> object:
    if type(target) in (ForumTarget, NoTarget):
        return services.store.shared(target.capabilities)
    # Those of a plug-in may depend on anything.
    return services.store.read(target.capabilities) if is_internal(target) else target.capabilities()


_AT_HOME = frozenset({FeedKind.POST, FeedKind.COMMENT, FeedKind.MESSAGE})
"""The kinds of items that are on the forum or in the conversation."""
_TELLS = Capabilities(kinds=(ActionKind.TELL,), sources=(), votes={})
