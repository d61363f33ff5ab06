"""Addresses that may be fetched from, also where an address stands for another one."""

from __future__ import annotations

import pytest

from heartbeat.fetching.addresses import check_address, is_never_fetched
from heartbeat.fetching.port import ForbiddenAddressError

PUBLIC = [
    "93.184.215.14",
    "1.1.1.1",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::",
]
PRIVATE = [
    "10.0.0.5",
    "100.64.0.1",
    "127.0.0.1",
    "172.31.0.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "fd00::1",
    "fec0::1",
    "100::1",
    "2001:db8::1",
    "2001:2::1",
    "3fff::1",
    "5f00::1",
    "64:ff9b:1::101:101",
    "::10.0.0.5",
    "::ffff:10.0.0.5",
    "::ffff:0:10.0.0.5",
    "64:ff9b::a00:5",
    "2002:a00:5::",
    "2001:0:101:101::f5ff:fffa",
    "2606:4700::5efe:a00:5",
    "2606:4700::200:5efe:a00:5",
]
NEVER = [
    "0.0.0.0",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "224.0.0.1",
    "::",
    "ff02::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "::169.254.169.254",
    "::ffff:168.63.129.16",
    "::ffff:0:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "fd00::5efe:a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "64:ff9b:1:a9fe:a9:fe00::",
    "64:ff9b:1:a9:fe:a9fe::",
    "64:ff9b:1:0:a9:fea9:fe00:0",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_fetched_from(address: str) -> None:
    check_address(address, "news.example", lan=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_fetched_from_only_when_asked(address: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="lan = true"):
        check_address(address, "news.example", lan=False)
    check_address(address, "news.example", lan=True)


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_fetched_from(address: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="an address that nothing is fetched from"):
        check_address(address, "news.example", lan=True)


@pytest.mark.parametrize(
    ("host", "never"),
    [
        *((each, True) for each in NEVER),
        ("[fe80::1]", True),
        ("0", True),
        ("0xa9fea9fe", True),
        ("2852039166", True),
        ("10.0.0.1", False),
        ("127.1", False),
        ("news.example", False),
        ("", False),
    ],
)
def test_which_hosts_are_written_as_addresses_that_are_never_fetched_from(host: str, never: bool) -> None:
    assert is_never_fetched(host) is never
