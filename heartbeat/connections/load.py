"""All connections of a workspace: those of connections.toml, of the database and of the settings."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from heartbeat.config import DEFAULT_SOURCES
from heartbeat.connections.connection import Connection
from heartbeat.connections.file import Tables, read_tables
from heartbeat.connections.making import Maker, faulty, is_private
from heartbeat.connections.references import located, path_of
from heartbeat.connections.secrets import Secrets
from heartbeat.connections.service import scheme_of, split_urls
from heartbeat.connections.spec import Site
from heartbeat.errors import InvalidValueError, NotFoundError
from heartbeat.plugins import GROUPS, RESERVED, FetchedSource, source_names, target_names
from heartbeat.settings import Settings
from heartbeat.store import connections, destinations, inbox, outbox
from heartbeat.store.database import Database
from heartbeat.store.inbox_tables import ConnectionLook
from heartbeat.store.tables import ConnectionRow, TargetHealth
from heartbeat.targets import Target
from heartbeat.vocabulary import ConnectionKind, ConnectionOrigin, ConnectionState, Reach

WEBHOOK = "webhook"
"""The name of the webhook of the settings."""
PLUGIN_KIND = "source"
"""What the kind of a source of a plug-in is called."""
SECRETS_KEY = "secrets"
"""The key of a row's values that names the file of its secrets."""
_RESERVED = ("default", "thread", "conversation")
# How often a file that changes while it is read is read again at once; then at the next question.
_TRIES = 3
"""Words of the config and of people that mean no connection."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Connections:
    """The connections as they are now: what changed in file or database is seen at the next call."""

    settings: Settings
    store: Database
    maker: Maker
    secrets: Secrets
    sources: Sequence[FetchedSource] = ()
    """Sources of plug-ins that are looked at like connections."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _seen: Any = field(default=None, init=False, repr=False)
    _made: list[Connection] = field(default_factory=list, init=False, repr=False)
    _tables: Tables = field(default_factory=Tables, init=False, repr=False)

    @classmethod
    def load(
        cls,
        settings: Settings,
        store: Database,
        *,
        clock: Callable[[], datetime] = _utc_now,
        sources: Sequence[FetchedSource] = (),
    ) -> Connections:
        """Return the connections of a workspace; ``sources`` of plug-ins are among them."""
        names = {*target_names(settings), *source_names(settings), *_RESERVED}
        names.update(name for group in GROUPS for name in RESERVED[group])
        maker = Maker(Site.from_settings(settings, clock), names)
        return cls(settings, store, maker, Secrets(settings.home / "secrets"), sources)

    @property
    def all(self) -> list[Connection]:
        """Every connection by name, faulty and hidden ones too, each as its last deliveries and looks left it."""
        health, looks, named = self.store.shared(_known)
        judged = [_judged(each, health.get(each.name)) for each in self._current()]
        return [_looked(each, self._look_at(each, looks), named) for each in judged]

    @property
    def problem(self) -> str | None:
        """What is wrong with connections.toml as a whole, or None."""
        self._current()
        return self._tables.problem

    @property
    def exposed(self) -> bool:
        """Whether connections.toml itself holds a secret and others may read the file."""
        self._current()
        literal = any(
            isinstance(values, dict) and self.maker.holds_secret(values.get("kind"), values)
            for values in self._tables.tables.values()
        )
        return literal and others_may_read(self.settings.connections_path)

    @property
    def exposure(self) -> str | None:
        """Return that others may read a secret of connections.toml and what helps, in one sentence, or None."""
        if not self.exposed:
            return None
        file = self.settings.connections_path
        return (
            f"{file} holds a secret, and other accounts of this machine may read it; run: chmod 600 {file}, or name "
            "the secret by ${NAME} or file:PATH."
        )

    @property
    def has_private(self) -> bool:
        """Whether a connection is private, faulty or not, or what a removed one brought is still in the inbox."""
        return any(each.private and not each.hidden for each in self._current()) or any(
            look.private for look in self.store.shared(inbox.all_looks).values()
        )

    def get(self, name: str) -> Connection:
        """Return the connection that is used under a name, or else the faulty one.

        Raises:
            NotFoundError: there is none.
        """
        for each in self.all:
            if each.name == name and not each.hidden:
                return each
        fault = self._tables.problem
        if fault is not None:
            raise NotFoundError(f'There is no connection "{name:.64}" that can be read: {fault}')
        raise NotFoundError(
            f'There is no connection "{name:.64}"; list them with: heartbeat connections list'
        )

    def targets(self) -> dict[str, Target]:
        """Return the targets of usable connections by name."""
        return {each.name: each.target for each in self._current() if each.target is not None}

    def looked_at(self) -> dict[str, Connection]:
        """Return the usable connections that are looked at, by name."""
        return {each.name: each for each in self._current() if each.fetch is not None}

    def private_names(self) -> frozenset[str]:
        """Return the names of what is private, also of what cannot be used now and was private when it could."""
        made = {each.name: each for each in self._current() if not each.hidden}
        looks = self.store.shared(inbox.all_looks)
        before = {
            name
            for name, look in looks.items()
            if look.private and (made[name].fetch is None if name in made else look.used)
        }
        return frozenset(
            {name for name, each in made.items() if each.private and each.fetch is not None} | before
        )

    def look_addresses(self) -> dict[str, str]:
        """Return a hash of where each connection that is looked at leads, by name."""
        found = {name: self._address_of(each) for name, each in self.looked_at().items()}
        return {
            name: hashlib.sha256(address.encode()).hexdigest() for name, address in found.items() if address
        }

    def source_names(self) -> tuple[str, ...]:
        """Return what a thread's sources may be: default, the forum, those of plug-ins, usable connections."""
        return tuple(dict.fromkeys((DEFAULT_SOURCES, *source_names(self.settings), *self.looked_at())))

    def target_names(self) -> tuple[str, ...]:
        """Return what a thread's target may be: built-in targets, those of plug-ins, usable connections."""
        return (*target_names(self.settings), *self.targets())

    def owner_targets(self) -> list[str]:
        """Return the names of usable connections that reach the owner by messages: those that take a tell."""
        return [
            each.name
            for each in self._current()
            if each.target is not None and each.reach == Reach.OWNER and each.kind != ConnectionKind.FOLDER
        ]

    def follow(self, names: Collection[str] | None = None) -> None:
        """Cancel what waits for connections that lead elsewhere than when it was queued, and forget how they fared.

        Of ``names``, before something is queued for these. Without, of all, and also of those that are removed; only
        a process that delivers may ask for that, since a command may run without the settings of the others.
        """
        made, now = self._current(), self.maker.site.clock()
        leads = {
            each.name: self._address_of(each)
            for each in made
            if each.origin != ConnectionOrigin.PLUGIN
            and not each.hidden
            and (names is None or each.name in names)
        }
        whole = names is None and self._tables.problem is None
        if not self.store.read(destinations.is_followed, leads, now, whole=whole):
            self.store.write_durably(destinations.follow, leads, now, whole=whole)

    def _look_at(self, connection: Connection, looks: Mapping[str, ConnectionLook]) -> ConnectionLook | None:
        """Return when a connection was looked at; what became of another address under its name does not count."""
        look = looks.get(connection.name)
        address = self._address_of(connection) if connection.fetch is not None else None
        is_of_it = address is None or (
            look is not None and look.address == hashlib.sha256(address.encode()).hexdigest()
        )
        return look if is_of_it else None

    def _address_of(self, connection: Connection) -> str | None:
        spec = connection.spec
        if connection.origin == ConnectionOrigin.PLUGIN:
            return f"{connection.origin}\n{connection.name}"
        if spec is None:
            return None  # faulty for now, as where a variable of the environment is missing
        return "\n".join((connection.kind, str(connection.reach), spec.address(self.maker.site)))

    def _current(self) -> list[Connection]:
        return self.store.found_once(self._look_at_files)

    def _look_at_files(self) -> list[Connection]:
        with self._lock:
            rows = self.store.shared(connections.versions)
            for _ in range(_TRIES):
                # Before they are read: what is written meanwhile makes another state. Then again, since what was
                # read may name other files.
                state = (self._files(rows), rows)
                if state == self._seen:
                    break
                self._made, self._seen = self._make(), state
            return self._made

    def _files(self, rows: Sequence[connections.Version]) -> list[Any]:
        return [*map(_state_of, self._paths(rows)), *self._roots(rows)]

    def _roots(self, rows: Sequence[connections.Version]) -> Iterator[str]:
        """Yield where the folders really are: what was allowed may have become a link since."""
        tables = (values for values in self._tables.tables.values() if isinstance(values, dict))
        for values in (*tables, *(row.values for row in rows)):
            path = values.get("path")
            if isinstance(path, str):
                with suppress(ValueError):  # no folder has such a path
                    yield os.path.realpath(located(path, self.maker.site.folder))

    def _paths(self, rows: Sequence[connections.Version]) -> Iterator[Path]:
        yield self.settings.connections_path
        yield from self._secret_files()
        for row in rows:
            kept = row.values.get(SECRETS_KEY)
            if isinstance(kept, str):
                yield self.secrets.path(kept)

    def _secret_files(self) -> Iterator[Path]:
        """Yield the files that values of connections.toml name."""
        for values in self._tables.tables.values():
            for value in values.values() if isinstance(values, dict) else ():
                path = path_of(value, self.maker.site.folder)
                if path is not None and "\x00" not in str(path):
                    yield path

    def _make(self) -> list[Connection]:
        self._tables = read_tables(self.settings.connections_path)
        site = Site.from_settings(self.settings, self.maker.site.clock)
        self.maker = replace(self.maker, site=replace(site, spared=(*site.spared, *self._secret_files())))
        made = [self._of_table(name, values) for name, values in self._tables.tables.items()]
        made += [self._of_row(row) for row in self.store.read(connections.every)]
        made += self._of_settings()
        made += map(_of_plugin, self.sources)
        return sorted(made, key=lambda each: (each.name, each.hidden))

    def _of_table(self, name: str, values: Any) -> Connection:
        if self._tables.problem is not None:
            return faulty(Connection(name, "", ConnectionOrigin.FILE), self._tables.problem)
        if not isinstance(values, dict):
            problem = f"{name}: is no table; allowed: a line [NAME] and its keys below it"
            return faulty(Connection(name, "", ConnectionOrigin.FILE), problem)
        rest = {key: value for key, value in values.items() if key != "kind"}
        return self.maker.connection(name, values.get("kind"), rest, ConnectionOrigin.FILE)

    def _of_row(self, row: ConnectionRow) -> Connection:
        bare = Connection(row.name, row.kind, ConnectionOrigin.ROW, private=is_private(row.kind, row.values))
        if self._tables.problem is not None and self._tables.may_have(row.name):
            # What the file says of it goes first, once it is mended.
            return replace(faulty(bare, self._tables.problem), hidden=row.name in self._tables.tables)
        if row.name in self._tables.tables:
            return replace(
                bare, hidden=True, problem="connections.toml has a table of this name, which is used"
            )
        try:
            values = self.values_of(row)
        except InvalidValueError as error:
            return faulty(replace(bare, values=_public(row)), str(error))
        return self.maker.connection(row.name, row.kind, values, ConnectionOrigin.ROW)

    def values_of(self, row: ConnectionRow) -> dict[str, Any]:
        """Return the values of a row with its secrets.

        Raises:
            InvalidValueError: the secrets cannot be read.
        """
        kept = row.values.get(SECRETS_KEY)
        return _public(row) | (self.secrets.read(kept) if isinstance(kept, str) else {})

    def _of_settings(self) -> Iterator[Connection]:
        settings = self.settings
        urls = split_urls(settings.notify.get_secret_value()) if settings.notify else ()
        for number, url in enumerate(urls, 1):
            made = self.maker.connection(
                f"notify-{number}", ConnectionKind.APPRISE, {"url": url}, ConnectionOrigin.SETTING
            )
            yield made if made.problem is None else faulty(made, _not_understood(number, url))
        if settings.webhook_url is not None:
            secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
            values = {"url": settings.webhook_url.get_secret_value(), "secret": secret}
            yield self.maker.connection(WEBHOOK, ConnectionKind.WEBHOOK, values, ConnectionOrigin.SETTING)


def _of_plugin(source: FetchedSource) -> Connection:
    return Connection(
        source.name,
        PLUGIN_KIND,
        ConnectionOrigin.PLUGIN,
        reach=Reach.OWNER,
        private=source.private,
        leads_to=source.package,
        fetch=source,
        every=source.every,
    )


def _not_understood(number: int, url: str) -> str:
    return (
        f"HEARTBEAT_NOTIFY: number {number} ({scheme_of(url)}) is no address that Apprise understands; "
        f"allowed: {Settings.allowed['notify']}"
    )


def _public(row: ConnectionRow) -> dict[str, Any]:
    return {key: value for key, value in row.values.items() if key != SECRETS_KEY}


def _judged(connection: Connection, health: TargetHealth | None) -> Connection:
    # A target of a plug-in may have the name of one of its sources.
    if health is None or connection.hidden or connection.origin == ConnectionOrigin.PLUGIN:
        return connection
    known = replace(
        connection,
        last_try=health.last_try,
        last_sent=health.last_sent,
        down_since=health.down_since,
    )
    if health.misses and known.state == ConnectionState.OK:
        return replace(known, state=ConnectionState.FAILING, problem=health.said or "The last try failed.")
    return known


def _known(session: Session) -> tuple[dict[str, TargetHealth], dict[str, ConnectionLook], set[str]]:
    return outbox.health(session), inbox.all_looks(session), inbox.named(session)


def _looked(connection: Connection, look: ConnectionLook | None, named: Collection[str]) -> Connection:
    if connection.fetch is None:
        return connection
    unused = connection.private and connection.name not in named
    if look is None:
        return replace(connection, unused=unused)
    known = replace(
        connection,
        last_look=look.last_look,
        next_look=look.next_look,
        failing_since=look.failing_since,
        left_out=None if look.misses else look.said,
        held_back=look.held_back,
        unused=unused,
    )
    if look.misses and known.state == ConnectionState.OK:
        said = look.said or "The last look failed."
        return replace(known, state=ConnectionState.FAILING, problem=said)
    return known


def others_may_read(path: Path) -> bool:
    """Return whether other accounts of the machine may read a file."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & 0o044)
    except OSError:
        return False


def _state_of(path: Path) -> Any:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        return str(path), str(error)
    return str(path), status.st_mtime_ns, status.st_size, status.st_mode, status.st_ino
