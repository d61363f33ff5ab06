"""Bodies that grow as they are read."""

from __future__ import annotations

import gzip

from heartbeat.fetching.http import SIZE_LIMIT
from tests.integration.heartbeat.fetching.test_http import peak_of, refused, server
from tests.support.web import Answer, WebServer

__all__ = ["server"]


def test_a_compressed_body_that_grows_without_end_is_cut_off(server: WebServer) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    server.answer = lambda _: Answer(body=bomb, headers={"Content-Encoding": "gzip"})
    assert str(refused(server.url)) == f"{server.url}/ is larger than 10 MB."
    assert peak_of(lambda: refused(server.url)) < 4 * SIZE_LIMIT
