"""A process of many subscribers: ``python -m tests.acceptance.http.subscribers PORT READING STALLED``.

It says "connected" when all are, reads until the server ends the streams, and then prints, as JSON, the beats whose
end each of the reading ones was told. The stalled ones never read.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys

REQUEST = b"GET /api/heartbeat/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_FINISHED = re.compile(rb"event: beat\.finished\r\ndata: (\{.*\})")


def main(port: int, reading: int, stalled: int) -> None:
    heard: dict[socket.socket, bytearray] = {}
    selector = selectors.DefaultSelector()
    asleep = [_connect(port, receive_buffer=4_096) for _ in range(stalled)]
    for _ in range(reading):
        connection = _connect(port)
        heard[connection] = bytearray(connection.recv(65_536))
        selector.register(connection, selectors.EVENT_READ)
    print("connected", flush=True)
    while selector.get_map():
        for key, _ in selector.select():
            connection = key.fileobj  # type: ignore[assignment]
            if part := connection.recv(262_144):
                heard[connection] += part
            else:
                selector.unregister(connection)
    told = [[json.loads(data)["beat_id"] for data in _FINISHED.findall(each)] for each in heard.values()]
    print(json.dumps(told), flush=True)
    for connection in (*heard, *asleep):
        connection.close()


def _connect(port: int, receive_buffer: int | None = None) -> socket.socket:
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(("127.0.0.1", port))
    connection.sendall(REQUEST)
    return connection


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:]))
