"""One Apprise address: a way to tell the owner, or a public voice."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from heartbeat.capabilities import CONTENT_LIMIT, TITLE_LIMIT, Capabilities
from heartbeat.connections.guides import SERVICES, Guide
from heartbeat.connections.service import (
    is_generic,
    masked,
    name_of,
    open_service,
    reads_files,
    scheme_of,
    unheard,
)
from heartbeat.connections.spec import FileOnly, Site, Spec
from heartbeat.errors import InvalidValueError, RefusedError, TargetError
from heartbeat.instructions import mask_secrets
from heartbeat.outgoing import Outgoing
from heartbeat.text import truncate
from heartbeat.vocabulary import NOTICE, ActionKind, NoticeKind, Reach

TELL_WITHIN = 3_600
"""Seconds after which something for the owner is given up."""
POST_WITHIN = 86_400
_TAKEN: Mapping[Reach, Collection[str]] = {
    Reach.OWNER: (ActionKind.TELL, NOTICE),
    Reach.PUBLIC: (ActionKind.POST,),
}
"""The kinds of what is sent to each."""
_AGAIN = "Again: "
_EVERYBODY = re.compile(r"@(?=(?:everyone|here|channel|all|team|room)\b)|<(?=!|@&)", re.IGNORECASE)
"""What calls everybody in a channel."""
_TYPES: Mapping[str, str] = {
    NoticeKind.APPROVAL_REQUESTED: "warning",
    NoticeKind.THREAD_PAUSED: "warning",
    NoticeKind.MODEL_UNREACHABLE: "failure",
    NoticeKind.MODEL_BACK: "success",
    NoticeKind.DATABASE_FAILING: "failure",
    NoticeKind.DATABASE_BACK: "success",
    NoticeKind.DELIVERY_FAILED: "failure",
    NoticeKind.DELIVERY_UNKNOWN: "warning",
    NoticeKind.TARGET_DOWN: "failure",
}


def _one_url(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not 1 <= len(text) <= 4_096 or re.search(r"[\s\x00-\x1f\ud800-\udfff]", text) or "://" not in text:
        raise ValueError("no URL")
    return value


class AppriseSpec(Spec):
    """``url`` is an Apprise address; ``reach`` says who reads there; ``repeat``: see `Capabilities`.

    The address holds host and login, so another one always comes as a whole: nothing of the kept one is used for it.
    """

    secret_keys: ClassVar[frozenset[str]] = frozenset({"url"})
    fixed_keys: ClassVar[frozenset[str]] = frozenset({"reach"})
    allowed: ClassVar[Mapping[str, str]] = {
        "url": "one Apprise URL, such as ntfys://ntfy.sh/TOPIC, without spaces",
        "reach": "owner or public; it never changes",
        "repeat": "true or false; left out: true for the owner, false for the public",
    }

    guides: ClassVar[Sequence[Guide]] = SERVICES

    url: Annotated[SecretStr, Field(strict=False), AfterValidator(_one_url)]
    reach: Annotated[Reach, Field(strict=False)] = Reach.OWNER
    repeat: bool | None = None

    def reaches(self) -> Reach:
        """Return what the key ``reach`` says."""
        return self.reach

    def leads_to(self) -> str:
        """Return the service."""
        return name_of(self.service(), self.url.get_secret_value())

    def address(self, site: Site) -> str:
        """Return the address."""
        return self.url.get_secret_value()

    def check(self, site: Site) -> None:
        """Check that Apprise understands the address."""
        self.service()

    def file_only(self, site: Site) -> FileOnly | None:
        """Return generic and local services, and addresses that name files of this machine."""
        service = self.service()
        if is_generic(service):
            return FileOnly("url", f"{self.leads_to()}, which is not one service but leads anywhere,")
        if reads_files(service, self.url.get_secret_value()):
            return FileOnly("url", f"an address of {self.leads_to()} that names a file of this machine")
        return None

    def target(self, name: str, site: Site) -> AppriseTarget:
        """Return the target."""
        service, url = self.service(), self.url.get_secret_value()
        repeat = self.reach == Reach.OWNER if self.repeat is None else self.repeat
        return AppriseTarget(
            name=name,
            service=name_of(service, url),
            reach=self.reach,
            repeat=repeat,
            room=Room(int(service.body_maxlen), merges_title=int(service.title_maxlen) <= 0),
            _url=url,
        )

    def service(self) -> Any:
        """Return Apprise's service of the address.

        Raises:
            InvalidValueError: Apprise does not understand it; only its scheme is shown.
        """
        url = self.url.get_secret_value()
        service = open_service(url)
        if service is None:
            raise InvalidValueError(
                "url",
                f"url: this {scheme_of(url)} address is none that Apprise understands; "
                f"allowed: {self.allowed['url']}",
            )
        return service


@dataclass(frozen=True)
class Room:
    """How many characters a service takes, and whether the title counts as part of the body."""

    body: int
    merges_title: bool

    def left(self, title: str) -> int:
        """Return the characters that are left for the body."""
        return max(1, self.body - (len(title) + 2 if self.merges_title and title else 0))


@dataclass(frozen=True)
class AppriseTarget:
    """Sends one message per delivery. Apprise answers only yes or no, so a no may have arrived."""

    name: str
    service: str
    reach: Reach
    repeat: bool
    room: Room
    _url: str = field(repr=False)

    def capabilities(self) -> Capabilities:
        """Return what the service takes: what is for the owner, or posts.

        What the owner is told is cut to the room of each service when it is sent, so that a short one does not
        shorten what the others get.
        """
        if self.reach == Reach.OWNER:
            return Capabilities(
                kinds=(ActionKind.TELL,),
                sources=(),
                votes={},
                title_required=False,
                reach=self.reach,
                repeat=self.repeat,
                deliver_within=TELL_WITHIN,
            )
        title = min(TITLE_LIMIT, max(1, self.room.body // 4)) if self.room.merges_title else TITLE_LIMIT
        return Capabilities(
            kinds=(ActionKind.POST,),
            sources=(),
            votes={},
            title_required=False,
            title_limit=title,
            content_limit=min(CONTENT_LIMIT, self.room.left("x" * title)),
            reach=self.reach,
            repeat=self.repeat,
            deliver_within=POST_WITHIN,
        )

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        """Send it; each request within has Apprise's own timeouts.

        Raises:
            RefusedError: it is not for those that it reaches.
            TargetError: the service said no, or did not answer.
        """
        if action.kind not in _TAKEN[self.reach]:
            # It may have been queued for another connection of this name.
            raise RefusedError(f"{self.name} reaches the {self.reach} and takes no {action.kind}")
        # A service of its own for each try: some keep a login between messages, and tries may overlap.
        service = open_service(self._url)
        title, body = message_of(action, self.reach, self.room)
        kind = _TYPES.get((action.notice or {}).get("kind", ""), "info")
        with unheard() as said:
            try:
                taken = service.notify(
                    title=title, body=body, notify_type=kind, body_format="text", overflow="truncate"
                )
            except Exception as error:  # noqa: BLE001 - its text may hold the address
                raise TargetError(f"{self.service} failed: {type(error).__name__}") from None
        if not taken:
            why = masked(said[-1], self._url) if said else f"{self.service} did not take it."
            raise TargetError(why)
        return {"service": self.service}


def message_of(action: Outgoing, reach: Reach, room: Room) -> tuple[str, str]:
    """Return title and body, cut to the room of a service; what may have arrived before begins with "Again:"."""
    to_owner = reach == Reach.OWNER
    title = _harmless(action.title or (to_owner and action.thread_id) or "")
    title = truncate(title, TITLE_LIMIT)
    link = f"\n{action.url}" if to_owner and action.url else ""
    text = _harmless(action.text or action.content or "")
    left = room.left(title)
    if left <= len(link) + len(_AGAIN):
        link = ""
    body = f"{_AGAIN if action.again else ''}{text}" or title
    return title, truncate(body, left - len(link)) + link


def _harmless(text: str) -> str:
    return _EVERYBODY.sub(lambda found: found[0] + "\u200b", mask_secrets(text))
