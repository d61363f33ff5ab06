"""A signed webhook, which only the settings HEARTBEAT_WEBHOOK_URL and HEARTBEAT_WEBHOOK_SECRET make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from heartbeat.connections.spec import Site, Spec
from heartbeat.settings import Settings
from heartbeat.targets import Target
from heartbeat.vocabulary import Reach


class WebhookSpec(Spec):
    """``url`` is posted to; ``secret`` signs what is posted."""

    secret_keys: ClassVar[frozenset[str]] = frozenset({"url", "secret"})
    allowed: ClassVar[Mapping[str, str]] = {
        "url": Settings.allowed["webhook_url"],
        "secret": Settings.allowed["webhook_secret"],
    }

    url: SecretStr
    secret: SecretStr

    def reaches(self) -> Reach:
        """Return the owner."""
        return Reach.OWNER

    def leads_to(self) -> str:
        """Return the host."""
        return urlsplit(self.url.get_secret_value()).hostname or ""

    def shown(self) -> dict[str, Any]:
        """Return nothing: both keys are secret."""
        return {}

    def target(self, name: str, site: Site) -> Target | None:
        """Return None: it is not sent through the outbox yet."""
        return None
