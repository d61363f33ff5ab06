"""The server's socket."""

from __future__ import annotations

import asyncio
import socket

import pytest

from heartbeat.errors import InvalidValueError
from heartbeat_service.server import bind


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_the_body_of_an_answer_does_not_wait_until_its_head_is_acknowledged(host: str) -> None:
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    try:
        listening = bind(host, 0)
    except (OSError, InvalidValueError):
        pytest.skip(f"this machine has no {host}")
    async with await asyncio.start_server(lambda _, writer: accepted.put(writer), sock=listening):
        _, client = await asyncio.open_connection(*listening.getsockname()[:2])
        writer = await accepted.get()
        assert writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for each in (client, writer):
            each.close()
            await each.wait_closed()
