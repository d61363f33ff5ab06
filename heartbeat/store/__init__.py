"""The domain database: one SQLite file, its tables, queries and migrations.

Queries are functions whose first parameter is a session. ``store.read`` and ``store.write`` run each in one
transaction: ``store.write(threads.create, "demo", now)``.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Self

from heartbeat.private import keep_private
from heartbeat.restoring import refuse_unfinished
from heartbeat.settings import Settings
from heartbeat.store import admission
from heartbeat.store.admission import Refusal
from heartbeat.store.beats import Claim, Outcome
from heartbeat.store.database import BUSY_TIMEOUT, Database
from heartbeat.store.lease import Lease
from heartbeat.store.migrate import migrate
from heartbeat.vocabulary import Trigger

__all__ = ["Claim", "Lease", "Outcome", "Refusal", "Store"]


class Store(Database):
    """The domain database, migrated to this version's schema, and the lease with which this process claims beats.

    Raises:
        SchemaTooNewError: the file was written by a newer version.
    """

    def __init__(self, path: Path, *, lease: Lease | None = None, busy_timeout: float = BUSY_TIMEOUT) -> None:
        super().__init__(path, busy_timeout=busy_timeout)
        self.lease = lease or Lease()
        migrate(self.engine, path)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Open the database of the settings, after restricting it and HEARTBEAT_HOME to the current user.

        Raises:
            ConflictError: a restore of the workspace has not ended.
        """
        refuse_unfinished(settings)
        keep_private(settings)
        return cls(settings.database_path, lease=Lease(settings.lease_seconds))

    def open_beat(
        self,
        thread_id: str,
        trigger: Trigger,
        slot: datetime | None,
        now: datetime,
        *,
        dry_run: bool = False,
        supervised: bool = False,
        known: bool = False,
    ) -> Claim | Refusal:
        """Claim a beat before any run starts; see `heartbeat.store.admission.open_beat`."""
        return self.write(
            admission.open_beat,
            thread_id,
            trigger,
            slot,
            now,
            lease=self.lease,
            dry_run=dry_run,
            supervised=supervised,
            known=known,
        )
