"""Services that no connection leads to."""

from __future__ import annotations

from pathlib import Path

from heartbeat.connections.apprise import AppriseSpec
from heartbeat.connections.connection import Connection
from heartbeat.connections.spec import Site
from heartbeat.connections.unreached import SCHEMES, unreached
from heartbeat.vocabulary import ConnectionKind, ConnectionOrigin
from nodes.services import utc_now


def _connection(url: str, tmp_path: Path, *, usable: bool = True) -> Connection:
    spec = AppriseSpec.model_validate({"url": url})
    site = Site(tmp_path, tmp_path, (), tmp_path, (), utc_now)
    target = spec.target("phone", site) if usable else None
    return Connection(
        "phone", ConnectionKind.APPRISE, ConnectionOrigin.ROW, leads_to=spec.leads_to(), target=target
    )


def test_services_without_a_usable_connection_are_named(tmp_path: Path) -> None:
    every = unreached(())
    assert {"Telegram", "Slack", "ntfy"} <= set(every)
    ntfy = _connection("ntfys://ntfy.sh/topic", tmp_path)
    assert set(every) - set(unreached([ntfy])) == {"ntfy"}
    assert unreached([_connection("ntfys://ntfy.sh/topic", tmp_path, usable=False)]) == every


def test_each_service_is_known_by_the_schemes_of_its_addresses(tmp_path: Path) -> None:
    import apprise

    schemes = {
        name.casefold(): {*_names(each["protocols"]), *_names(each["secure_protocols"])}
        for each in apprise.Apprise().details()["schemas"]
        for name in [str(each["service_name"])]
    }
    for name, known in SCHEMES.items():
        assert known <= schemes[name.casefold()], name


def _names(given: object) -> tuple[str, ...]:
    return tuple(given) if isinstance(given, list | tuple | set) else (str(given),) if given else ()
