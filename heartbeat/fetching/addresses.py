"""Which IP addresses may be fetched from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from heartbeat.fetching.port import ForbiddenAddressError

_NAT64 = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")
"""IPv4 addresses as IPv6 ones, in the form that is no longer used."""
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")))
"""The metadata of clouds at addresses that are not link-local."""


def check_address(address: str, host: str, *, lan: bool) -> None:
    """Check that an address may be fetched from; ``lan`` allows the private network and this machine.

    Raises:
        ForbiddenAddressError: it may not.
    """
    ip = _plain(address)
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _METADATA:
        raise ForbiddenAddressError(f"{host} leads to {address}, an address that nothing is fetched from.")
    is_public = ip.is_global and not (isinstance(ip, IPv6Address) and ip.is_site_local)
    if not is_public and not lan:
        where = "this machine" if ip.is_loopback else "a private network"
        raise ForbiddenAddressError(
            f"{host} leads to {address} in {where}; lan = true in connections.toml allows that."
        )


def _plain(address: str) -> IPv4Address | IPv6Address:
    """Return an address without its zone, and the IPv4 address that an IPv6 address stands for."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
