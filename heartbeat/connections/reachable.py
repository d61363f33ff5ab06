"""Hosts that no connection may lead to, whatever it says."""

from __future__ import annotations

from urllib.parse import urlsplit

from heartbeat.errors import InvalidValueError
from heartbeat.fetching.addresses import is_never_fetched


def check_host(key: str, host: str) -> None:
    """Check that a host is not written as an address that nothing is fetched from; a name may lead anywhere.

    Raises:
        InvalidValueError: it is link-local (the metadata of clouds), multicast or unspecified.
    """
    if is_never_fetched(host):
        raise InvalidValueError(
            key,
            f"{key}: {host:.80} is an address that nothing is fetched from; allowed: the address of a server",
        )


def check_url(key: str, url: str) -> None:
    """Check the host of an address of the web as `check_host` does.

    Raises:
        InvalidValueError: nothing is fetched from it.
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return  # no valid address, which a fetch says
    check_host(key, host or "")
