"""Make one connection of its name, kind and values; what is wrong with one concerns no other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from heartbeat.connections.apprise import AppriseSpec
from heartbeat.connections.calendar import CalendarSpec
from heartbeat.connections.check import CheckSpec
from heartbeat.connections.connection import Connection
from heartbeat.connections.feed import FeedSpec
from heartbeat.connections.folder import FolderSpec
from heartbeat.connections.mail import MailSpec
from heartbeat.connections.page import PageSpec
from heartbeat.connections.references import environment_of, filled, is_reference, resolve
from heartbeat.connections.spec import Site, Spec
from heartbeat.connections.veil import Veil, check_address
from heartbeat.connections.webhook import WebhookSpec
from heartbeat.errors import InvalidValueError
from heartbeat.vocabulary import ConnectionKind, ConnectionOrigin, ConnectionState

SPECS: Mapping[ConnectionKind, type[Spec]] = {
    ConnectionKind.APPRISE: AppriseSpec,
    ConnectionKind.CALENDAR: CalendarSpec,
    ConnectionKind.CHECK: CheckSpec,
    ConnectionKind.FEED: FeedSpec,
    ConnectionKind.FOLDER: FolderSpec,
    ConnectionKind.MAIL: MailSpec,
    ConnectionKind.PAGE: PageSpec,
    ConnectionKind.WEBHOOK: WebhookSpec,
}
CONFIGURABLE = (
    ConnectionKind.APPRISE,
    ConnectionKind.CALENDAR,
    ConnectionKind.CHECK,
    ConnectionKind.FEED,
    ConnectionKind.FOLDER,
    ConnectionKind.MAIL,
    ConnectionKind.PAGE,
)
"""The kinds that can be configured; the webhook comes from the settings alone."""
_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_OF_SETTINGS = re.compile(r"notify-[0-9]+|webhook")


@dataclass(frozen=True)
class Maker:
    """Makes connections at a site; ``taken`` are the names of targets and sources that are no connections."""

    site: Site
    taken: Collection[str]

    def spec(self, kind: object, values: Mapping[str, Any], origin: ConnectionOrigin) -> Spec:
        """Return the checked spec of a connection, with its secrets.

        Raises:
            InvalidValueError: kind or values are not allowed, or not from there.
        """
        found = spec_of(kind, origin)
        for key in sorted(found.address_keys & values.keys()):
            if isinstance(values[key], str):
                check_address(key, values[key])
        with _explained():
            spec = found.parse(self._resolved(found, values, origin))
            spec.check(self.site)
            only = spec.file_only(self.site) if origin == ConnectionOrigin.ROW else None
        if only is not None:
            raise InvalidValueError(
                only.key, f"{only.key}: {only.what} is allowed in {self._file} only; write it there"
            )
        return spec

    def connection(
        self, name: str, kind: object, values: Mapping[str, Any], origin: ConnectionOrigin
    ) -> Connection:
        """Return the connection; a faulty one has its problem and no target."""
        made = Connection(name, str(kind), origin, private=is_private(kind, values))
        named, veil = self._named(kind, values, origin)
        try:
            if origin != ConnectionOrigin.SETTING:
                self.check_name(name)
            spec = self.spec(kind, values, origin)
            with _explained():
                return Connection(
                    name,
                    made.kind,
                    origin,
                    reach=spec.reaches(),
                    private=spec.is_private(),
                    leads_to=veil.address(spec.leads_to()),
                    values={**spec.shown(), **named},
                    secrets=tuple(sorted(spec.secret_keys)),
                    target=spec.target(name, self.site),
                    fetch=veil.fetch(spec.fetch(name, self.site)),
                    every=spec.looks_every(),
                    spec=spec,
                    veil=veil,
                )
        except InvalidValueError as error:
            return faulty(made, Veil.of(values, named).address(str(error)))

    def _named(
        self, kind: object, values: Mapping[str, Any], origin: ConnectionOrigin
    ) -> tuple[Mapping[str, str], Veil]:
        """Return the values that name something of the environment as they are written, and what hides the rest."""
        if origin != ConnectionOrigin.FILE or kind not in CONFIGURABLE:
            return {}, Veil()
        spec = SPECS[ConnectionKind(str(kind))]
        shown = {
            key: value
            for key, value in values.items()
            if key not in spec.secret_keys and isinstance(value, str) and environment_of(value)
        }
        return shown, Veil.of(values, shown.keys() & spec.address_keys)

    def holds_secret(self, kind: object, values: Mapping[str, Any]) -> bool:
        """Return whether the values of a table hold a secret themselves, and do not only name where it is."""
        keys = SPECS[ConnectionKind(str(kind))].secret_keys if kind in CONFIGURABLE else frozenset()
        return any(
            isinstance(values[key], str) and not is_reference(values[key]) for key in keys & values.keys()
        )

    def check_name(self, name: str) -> None:
        """Check the name of a connection.

        Raises:
            InvalidValueError: it has another form, or is taken.
        """
        if not _NAME.fullmatch(name):
            raise InvalidValueError(
                "name", f"name: {name!r:.80} is not allowed; allowed: 1 to 64 of a-z, 0-9, _ and -"
            )
        if name in self.taken or _OF_SETTINGS.fullmatch(name):
            raise InvalidValueError(
                "name",
                f'name: "{name}" is taken by a built-in target or source, a plug-in or a setting; take another',
            )

    def _resolved(
        self, spec: type[Spec], values: Mapping[str, Any], origin: ConnectionOrigin
    ) -> dict[str, Any]:
        if origin == ConnectionOrigin.FILE:
            folder = self.site.folder
            return {
                key: resolve(key, value, folder) if key in spec.secret_keys else filled(key, value)
                for key, value in values.items()
            }
        if origin == ConnectionOrigin.ROW:
            for key in spec.secret_keys & values.keys():
                if is_reference(values[key]):
                    raise InvalidValueError(
                        key,
                        f"{key}: ${{NAME}} and file: are read in {self._file} only; give the value itself",
                    )
        return dict(values)

    @property
    def _file(self) -> str:
        return "connections.toml"


@contextmanager
def _explained() -> Iterator[None]:
    """Turn whatever Apprise raises at odd addresses into an error that can be shown: its own may hold secrets."""
    try:
        yield
    except InvalidValueError:
        raise
    except Exception as error:  # noqa: BLE001 - Apprise may raise anything
        raise InvalidValueError(
            "values", f"it cannot be used: an unexpected {type(error).__name__}"
        ) from None


def spec_of(kind: object, origin: ConnectionOrigin) -> type[Spec]:
    """Return the spec of a kind.

    Raises:
        InvalidValueError: the kind is unknown, or cannot be configured there.
    """
    allowed = tuple(ConnectionKind) if origin == ConnectionOrigin.SETTING else CONFIGURABLE
    if kind not in allowed:
        given = "it is missing" if kind is None else f"{kind!r:.80} is not allowed"
        raise InvalidValueError("kind", f"kind: {given}; allowed: {', '.join(CONFIGURABLE)}")
    return SPECS[ConnectionKind(str(kind))]


def is_private(kind: object, values: Mapping[str, Any]) -> bool:
    """Return whether a connection is private, as far as kind and values say; they may be faulty."""
    spec = SPECS[ConnectionKind(str(kind))] if kind in CONFIGURABLE else None
    field = spec.model_fields.get("private") if spec else None
    return field is not None and values.get("private", field.default) is not False


def faulty(connection: Connection, problem: str) -> Connection:
    """Return a connection that cannot be used, with the reason."""
    return Connection(
        connection.name,
        connection.kind,
        connection.origin,
        private=connection.private,
        values=connection.values,
        state=ConnectionState.FAULTY,
        problem=problem,
    )
