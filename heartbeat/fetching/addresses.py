"""Which IP addresses may be fetched from.

The networks are those of IANA's special-purpose address registries that are not globally reachable (RFC 6890, as of
2025: https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry), with multicast and
what is reserved. They stand here because Python knows only those of its release.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from socket import inet_aton, inet_ntoa

from heartbeat.fetching.port import ForbiddenAddressError

_V4_SPECIAL = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind the NAT of a provider
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",  # IETF protocols
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # relays of 6to4, which are no more
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved
        ),
    )
)
_V6_PUBLIC = ip_network("2000::/3")
"""What IANA hands out; all else, such as 64:ff9b:1::/48, 5f00::/16 and fc00::/7, is special or not in use."""
_V6_SPECIAL = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # IETF protocols
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)
_V4_IN_LAST_BITS = tuple(
    map(
        IPv6Network,
        (
            "::/96",  # IPv4-compatible, no longer used
            "::ffff:0:0/96",  # IPv4-mapped
            "::ffff:0:0:0/96",  # IPv4-translated
            "64:ff9b::/96",  # NAT64
        ),
    )
)
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The bits before the IPv4 address in an interface identifier of ISATAP."""
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")))
"""The metadata and hosts of clouds at addresses that are not link-local; the last is Azure's wire server."""


def check_address(address: str, host: str, *, lan: bool) -> None:
    """Check that an address may be fetched from; ``lan`` allows the private network and this machine.

    Raises:
        ForbiddenAddressError: it may not.
    """
    reached = _reached(address)
    if any(ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _METADATA for ip in reached):
        raise ForbiddenAddressError(f"{host} leads to {address}, an address that nothing is fetched from.")
    if not lan and not all(map(_is_public, reached)):
        where = "this machine" if any(ip.is_loopback for ip in reached) else "a private network"
        raise ForbiddenAddressError(
            f"{host} leads to {address} in {where}; lan = true in connections.toml allows that.", field="lan"
        )


def is_never_fetched(host: str) -> bool:
    """Return whether a host is written as an address that nothing is fetched from, whatever a connection says."""
    address = _literal(host)
    if address is None:
        return False  # a name, which may lead anywhere tomorrow
    try:
        check_address(address, host, lan=True)
    except ForbiddenAddressError:
        return True
    return False


def _literal(host: str) -> str | None:
    """Return the IP address that a host is written as, also in the forms of resolvers (``0xa9fea9fe``), or None."""
    bare = host.removeprefix("[").removesuffix("]").partition("%")[0]
    with suppress(ValueError):
        return str(ip_address(bare))
    with suppress(OSError, UnicodeError, ValueError):
        return inet_ntoa(inet_aton(bare))
    return None


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _V4_SPECIAL)
    return ip in _V6_PUBLIC and not any(ip in network for network in _V6_SPECIAL)


def _reached(address: str) -> Sequence[IPv4Address | IPv6Address]:
    """Return an address without its zone, or the IPv4 address that it stands for; both where either may be meant."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return [ip]
    bits = int(ip)
    if bits > 1 and any(ip in network for network in _V4_IN_LAST_BITS):
        return [_v4(bits)]
    if ip.sixtofour is not None:
        return [ip.sixtofour]
    if ip.teredo is not None:
        return list(ip.teredo)
    if bits >> 32 & 0xFFFFFFFF in _ISATAP:
        return [ip, _v4(bits)]
    if ip in _LOCAL_NAT64:
        # Where the IPv4 address stands is up to the network (RFC 6052); bits 64 to 71 are left out.
        low = (bits >> 64 & 0xFFFF) << 56 | bits & (1 << 56) - 1
        found = (_v4(bits), *(_v4(low >> shift) for shift in (40, 32, 24)))
        return [ip, *(each for each in found if not each.is_unspecified)]
    return [ip]


def _v4(bits: int) -> IPv4Address:
    return IPv4Address(bits & 0xFFFFFFFF)
