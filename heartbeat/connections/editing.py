"""Add, change and remove the connections that are kept in the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heartbeat.connections.connection import Connection
from heartbeat.connections.forgetting import Forgotten, go_on
from heartbeat.connections.load import SECRETS_KEY, Connections
from heartbeat.connections.making import spec_of
from heartbeat.connections.spec import Spec
from heartbeat.errors import ConflictError, InvalidValueError, NotFoundError
from heartbeat.store import connections as rows
from heartbeat.store import forgetting
from heartbeat.vocabulary import ConnectionOrigin

FILE = "connections.toml"


def add(found: Connections, name: str, kind: str, values: Mapping[str, Any]) -> Connection:
    """Add a connection and return it.

    Raises:
        InvalidValueError: name, kind or a value is not allowed, or not from here.
        ConflictError: there is one of this name.
    """
    _check_new(found, name)
    spec = found.maker.spec(kind, values, ConnectionOrigin.ROW)
    with _kept(found, name, _secrets_in(spec, values)) as kept:
        now = found.maker.site.clock()
        found.store.write(rows.add, name, kind, _public(spec) | kept, now)
    return found.get(name)


def preview(found: Connections, name: str, kind: str, values: Mapping[str, Any]) -> Connection:
    """Return the connection that `add` would add.

    Raises:
        InvalidValueError: name, kind or a value is not allowed, or not from here.
    """
    found.maker.check_name(name)
    found.maker.spec(kind, values, ConnectionOrigin.ROW)
    return found.maker.connection(name, kind, values, ConnectionOrigin.ROW)


def change(found: Connections, name: str, values: Mapping[str, Any]) -> Connection:
    """Change some keys of a connection and return it; None returns a key to its default.

    Raises:
        NotFoundError: there is none of this name.
        InvalidValueError: a value is not allowed, not from here, or never changes, or a secret has to be given again.
        ConflictError: it is not kept in the database, or was changed meanwhile.
    """
    _check_origin(found.get(name))
    row = found.store.read(rows.get, name)
    spec = spec_of(row.kind, ConnectionOrigin.ROW)
    try:
        before = found.values_of(row)
    except InvalidValueError:
        # Its secrets are lost; what is demanded and not given again is refused below.
        before = {key: value for key, value in row.values.items() if key != SECRETS_KEY}
    for key in spec.fixed_keys & values.keys():
        default = spec.model_fields[key].default
        wanted = default if values[key] is None else values[key]
        if wanted != before.get(key, default):
            raise InvalidValueError(key, f"{key}: it never changes; remove the connection and add it anew")
    merged = {key: value for key, value in {**before, **values}.items() if value is not None}
    _check_bound(spec, before, merged, values)
    made = found.maker.spec(row.kind, merged, ConnectionOrigin.ROW)
    with _kept(found, name, _secrets_in(made, merged)) as kept:
        now = found.maker.site.clock()
        found.store.write(rows.change, name, _public(made) | kept, now, since=row.updated_at)
    _forget(found, row.values)
    return found.get(name)


def remove(found: Connections, name: str, *, forget: bool = False) -> Forgotten | None:
    """Remove a connection that is kept in the database, and cancel what is on its way to it.

    One that connections.toml hides can be removed too; what is on its way to the other is not concerned.
    With ``forget`` every text that it has brought is deleted too, and what was made from it; how far that came is
    returned. What a connection brought that is gone already can be forgotten as well.

    Raises:
        NotFoundError: there is none of this name.
        ConflictError: it is not kept in the database, or the one that connections.toml has is to be forgotten.
    """
    now = found.maker.site.clock()
    try:
        row = found.store.read(rows.get, name)
    except NotFoundError:
        if (
            forget
            and all(each.name != name for each in found.all)
            and found.store.read(forgetting.knows, name)
        ):
            found.store.write(forgetting.begin, name, now)
            return go_on(found.settings, found.store, name, found.maker.site.clock)
        _check_origin(found.get(name))
        raise
    used = found.get(name).origin == ConnectionOrigin.ROW
    if forget and not used:
        raise ConflictError(
            f"Connection {name} of {FILE} is used in its place, and what was brought belongs to that; remove it "
            "without forgetting"
        )
    found.store.write(_remove, name, now, used=used, forget=forget)
    _forget(found, row.values)
    return go_on(found.settings, found.store, name, found.maker.site.clock) if forget else None


def _remove(session: Session, name: str, now: datetime, *, used: bool, forget: bool) -> None:
    rows.remove(session, name, now, used=used)
    if forget:
        forgetting.begin(session, name, now)


def _check_new(found: Connections, name: str) -> None:
    found.maker.check_name(name)
    for each in found.all:
        if each.name == name:
            where = f"in {FILE}" if each.origin == ConnectionOrigin.FILE else "already"
            raise ConflictError(f'name: there is a connection "{name}" {where}; take another name')


def _check_bound(
    spec: type[Spec], before: Mapping[str, Any], merged: Mapping[str, Any], given: Mapping[str, Any]
) -> None:
    """Check that a secret is given again where what it belongs to changes."""

    def value_of(values: Mapping[str, Any], key: str) -> Any:
        return values.get(key, spec.model_fields[key].default)

    changed = [key for key in sorted(spec.bound_keys) if value_of(before, key) != value_of(merged, key)]
    for key in sorted(spec.secret_keys - given.keys()) if changed else ():
        raise InvalidValueError(
            key, f"{key}: it was given for another {changed[0]}; give it again with the new {changed[0]}"
        )


def _check_origin(connection: Connection) -> None:
    if connection.origin == ConnectionOrigin.FILE:
        raise ConflictError(f"Connection {connection.name} is in {FILE}; change it there")
    if connection.origin == ConnectionOrigin.SETTING:
        raise ConflictError(
            f"Connection {connection.name} comes from HEARTBEAT_NOTIFY or HEARTBEAT_WEBHOOK_URL; change it there"
        )
    if connection.origin == ConnectionOrigin.PLUGIN:
        raise ConflictError(
            f"Connection {connection.name} is a source of the plug-in {connection.leads_to}; change or uninstall that"
        )


def _public(spec: Spec) -> dict[str, Any]:
    return spec.model_dump(mode="json", exclude=set(spec.secret_keys), exclude_unset=True)


def _secrets_in(spec: Spec, values: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(values[key]) for key in spec.secret_keys & values.keys()}


@contextmanager
def _kept(found: Connections, name: str, secrets: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Keep the secrets of a new version of a row; they are forgotten if it is not written."""
    if not secrets:
        yield {}
        return
    made = found.secrets.keep(name, secrets)
    try:
        yield {SECRETS_KEY: made}
    except BaseException:
        found.secrets.forget(made)
        raise


def _forget(found: Connections, values: Mapping[str, Any]) -> None:
    kept = values.get(SECRETS_KEY)
    if isinstance(kept, str):
        found.secrets.forget(kept)
