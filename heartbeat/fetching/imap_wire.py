"""A connection to an IMAP server whose address was checked, with a verified certificate and bounded answers."""

from __future__ import annotations

import imaplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from io import BufferedReader
from ipaddress import ip_address

import httpx

from heartbeat.fetching.addresses import check_address
from heartbeat.fetching.cut import Cut
from heartbeat.fetching.http import Resolve, resolve_host
from heartbeat.fetching.port import FetchError, ForbiddenAddressError
from heartbeat.text import clause
from heartbeat.transport import NetworkError, tls_of

STARTTLS_PORT = 143
"""The port of IMAP whose sessions begin without TLS."""
LINE_LIMIT = 16_000_000
"""Bytes of one line of an answer: the numbers of two million mails."""
LITERAL_LIMIT = 1_100_000
"""Bytes of one text of an answer, a little more than is ever asked for."""
ANSWER_LIMIT = 64_000_000
"""Bytes of all answers of a session."""


@dataclass(frozen=True)
class ImapServer:
    """A mailbox of a user at a server; ``lan`` allows the private network and this machine.

    With ``tls`` the session is encrypted from its start, or on port 143 by STARTTLS; without, it is not at all, which
    is allowed in the private network only. ``remedy`` is what to do where the password is refused.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    mailbox: str = "INBOX"
    tls: bool = True
    lan: bool = False
    remedy: str = ""
    resolve: Resolve = resolve_host

    @property
    def shown(self) -> str:
        """The server as it is told to people."""
        return f"{self.host}:{self.port}"


class Wire(imaplib.IMAP4):
    """The protocol over a connection to an address that was checked, with answers that are bounded."""

    def __init__(self, server: ImapServer, cut: Cut, timeout: float) -> None:
        self._server, self._cut, self._timeout = server, cut, timeout
        self._context = _Tls(cut) if server.tls else None
        self._reader: BufferedReader | None = None
        self._read_from: socket.socket | None = None
        self._left = ANSWER_LIMIT
        super().__init__(server.host, server.port, timeout)
        try:
            self._start_tls()
        except BaseException:
            self.shutdown()
            raise

    def _start_tls(self) -> None:
        if self._context is None or self._server.port != STARTTLS_PORT:
            return
        if "STARTTLS" not in self.capabilities:
            raise FetchError(
                f"{self._server.shown} does not offer encryption (STARTTLS); take port = 993, or on your own network "
                "tls = false with lan = true.",
                field="port",
            )
        answer, _ = self.xatom("STARTTLS")
        if answer != "OK":
            raise self.error("no TLS")
        # What came before that nobody vouches for.
        self.untagged_responses.clear()
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)
        _, found = self.capability()
        self.capabilities = tuple(found[-1].decode("ascii", "replace").upper().split())

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Connect to the first of the server's addresses that answers."""
        self.host, self.port = host, port
        self.sock = self._connected(timeout or self._timeout)
        self._cut.note(self.sock)
        if self._context is not None and port != STARTTLS_PORT:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=host)

    def _connected(self, timeout: float) -> socket.socket:
        server, failed = self._server, OSError("no address")
        try:
            addresses = server.resolve(server.host, server.port)
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or error
            raise FetchError(
                f"There is no host {server.host}: {clause(str(why))}; check host.", field="host"
            ) from None
        for each in addresses:
            try:
                check_address(each, server.host, lan=server.lan)
            except ForbiddenAddressError as error:
                # Of mailboxes it is allowed elsewhere too, since no page is shown.
                raise ForbiddenAddressError(
                    str(error).replace(" in connections.toml", ""), field=error.field or "host"
                ) from None
            if not server.tls and ip_address(each.partition("%")[0]).is_global:
                raise FetchError(
                    f"{server.host} leads to {each}, which is not in your own network; without encryption "
                    "(tls = false) no password is sent there; set tls = true.",
                    field="tls",
                )
        for each in addresses[:3]:
            try:
                return socket.create_connection((each, server.port), timeout)
            except OSError as error:
                failed = error
        raise failed

    def _file(self) -> BufferedReader:
        # TLS that was started puts another socket in the place of the first, whose buffer is dropped.
        if self._reader is None or self._read_from is not self.sock:
            if self._reader is not None:
                self._reader.close()
            self._read_from, self._reader = self.sock, self.sock.makefile("rb")
        return self._reader

    def read(self, size: int) -> bytes:
        """Read a text that the server has announced."""
        if size > LITERAL_LIMIT:
            raise self.abort("a text is too large")
        return self._counted(self._file().read(size))

    def readline(self) -> bytes:
        """Read a line."""
        line = self._file().readline(LINE_LIMIT + 1)
        if len(line) > LINE_LIMIT:
            raise self.abort("a line is too long")
        return self._counted(line)

    def shutdown(self) -> None:
        """Close the connection."""
        with suppress(OSError):  # it is closed already
            if self._reader is not None:
                self._reader.close()
            self.sock.close()

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise self.abort("the answers are too large")
        return data


class _Tls:
    """What verifies a server; a handshake is cut off in time too."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        try:
            found = tls_of("https://")
        except NetworkError as error:
            raise FetchError(str(error)) from None
        self._context = found if isinstance(found, ssl.SSLContext) else httpx.create_ssl_context()

    def wrap_socket(self, sock: socket.socket, *, server_hostname: str | None) -> ssl.SSLSocket:
        """Return the connection encrypted, with its server verified."""
        made = self._context.wrap_socket(sock, server_hostname=server_hostname, do_handshake_on_connect=False)
        self._cut.note(made)
        try:
            made.do_handshake()
        except BaseException:
            made.close()
            raise
        return made
