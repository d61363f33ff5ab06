"""A real IMAP server, Debian's Dovecot, on loopback: it delivers from maildirs that tests write mails into."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

REQUIRED = os.environ.get("HEARTBEAT_REQUIRE_IMAP") == "1"
PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PASSWORD = "quick-brown-fox"
HOST = "localhost"
_NOBODY = 65_534
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain
mail_location = maildir:{folder}/mail/%n
first_valid_uid = 0
mail_uid = {uid}
mail_gid = {gid}
maildir_very_dirty_syncs = yes
{users}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  process_min_avail = 0
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {encrypted}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server; whoever knows `PASSWORD` is one of its users."""

    folder: Path
    port: int
    plain_port: int

    def mailbox(self, name: str, folder_name: str = "") -> MailServer:
        """Return the mailbox of a user, or a folder in it by its name on the disk, with nothing in it."""
        folder = self.folder / "mail" / name / folder_name
        for each in (folder, *(folder / part for part in ("new", "cur", "tmp"))):
            each.mkdir()
            os.chown(each, *_account())
        return MailServer(folder, f"{name}@example.org", self.port, self.plain_port)


@dataclass
class MailServer:
    """A server as one user sees it; it gives whatever lies in ``inbox``."""

    folder: Path
    user: str
    port: int
    plain_port: int
    _number: int = field(default=0, init=False)

    @property
    def inbox(self) -> Path:
        """The folder of the mails that the user has not opened."""
        return self.folder / "new"

    def put(self, data: bytes, at: datetime, *, flags: str | None = None) -> None:
        """Put a mail into the inbox that has arrived at an instant; one with ``flags`` was shown before."""
        self._number += 1
        name = f"{int(at.timestamp())}.M{self._number:07}.tests"
        file = self.folder / "tmp" / name
        file.write_bytes(data)
        os.utime(file, (at.timestamp(), at.timestamp()))
        file.rename(self.inbox / name if flags is None else self.inbox.parent / "cur" / f"{name}:2,{flags}")

    def put_many(self, count: int, data: bytes, at: datetime) -> None:
        """Put the same mail into the inbox many times, at little cost: as links to one file."""
        first = self.folder / "tmp" / "first"
        first.write_bytes(data)
        os.utime(first, (at.timestamp(), at.timestamp()))
        links = 0
        for number in range(count):
            if links == 30_000:
                # A file has at most 65,000 names.
                first.unlink()
                first.write_bytes(data)
                os.utime(first, (at.timestamp(), at.timestamp()))
                links = 0
            links += 1
            os.link(first, self.inbox / f"{int(at.timestamp())}.M{number:07}.many")
        first.unlink()

    def renumber(self) -> None:
        """Give the mails other numbers, as a server does that was restored from a backup."""
        for file in self.folder.glob("dovecot*"):
            with suppress(OSError):
                file.unlink()
        (self.folder / "dovecot-uidlist").write_text("3 V7777 N1\n")

    def files(self) -> list[str]:
        """Return the names of all mails, which say what is flagged and whether a mail was opened."""
        return sorted(
            f"{each}/{file.name}" for each in ("new", "cur") for file in (self.folder / each).iterdir()
        )


def demand_server() -> None:
    """Skip the test where no server is installed, or fail it where one is demanded."""
    if PROGRAM is None:
        said = "no Dovecot is installed (apt-get install dovecot-imapd)"
        if REQUIRED:
            pytest.fail(f"HEARTBEAT_REQUIRE_IMAP is 1, and {said}")
        pytest.skip(f"mail: {said}")


def _account() -> tuple[int, int]:
    """Return whose the mails are: Dovecot reads none as root."""
    return (_NOBODY, _NOBODY) if os.getuid() == 0 else (os.getuid(), os.getgid())


@contextmanager
def dovecot(certificate: Path) -> Iterator[Dovecot]:
    """Run a server in a folder of its own; ``certificate`` holds its key too."""
    demand_server()
    # Not in that of a test, which only the account of the tests may enter.
    with tempfile.TemporaryDirectory(prefix="imap-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        for each in ("run", "home", "mail"):
            (folder / each).mkdir()
        running = Dovecot(folder, _free_port(), _free_port())
        uid, gid = _account()
        name = pwd.getpwuid(os.getuid()).pw_name
        config = folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                folder=folder,
                certificate=certificate,
                plain=running.plain_port,
                encrypted=running.port,
                uid=uid,
                gid=gid,
                users=""
                if os.getuid() == 0
                else f"default_internal_user = {name}\ndefault_login_user = {name}",
                password=PASSWORD,
            )
        )
        process = subprocess.Popen([str(PROGRAM), "-F", "-c", str(config)])
        try:
            _wait(running.port, process, folder)
            yield running
        finally:
            process.terminate()
            process.wait(timeout=10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        return int(made.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                log = folder / "log"
                pytest.fail(
                    f"dovecot did not start: {log.read_text() if log.exists() else process.returncode}"
                )
            threading.Event().wait(0.02)


@dataclass
class Wiretap:
    """What lies between a client and a server: it counts, and hangs up after ``limit`` bytes of the server."""

    port: int = 0
    limit: int | None = None
    sent: bytearray = field(default_factory=bytearray)
    """What clients have sent."""
    received: int = 0
    """Bytes that the server has sent."""

    def commands(self) -> list[str]:
        """Return the names of the commands that clients have sent, in order."""
        words = (line.split() for line in bytes(self.sent).decode().splitlines())
        return [" ".join(each[1:3] if each[1] == "UID" else each[1:2]) for each in words if len(each) > 1]


@contextmanager
def wiretap(port: int) -> Iterator[Wiretap]:
    """Run a proxy to a port of this machine."""
    tap = Wiretap()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        tap.port = listening.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                server = socket.create_connection(("127.0.0.1", port))
                threading.Thread(target=up, args=(client, server), daemon=True).start()
                threading.Thread(target=down, args=(client, server), daemon=True).start()

        def up(client: socket.socket, server: socket.socket) -> None:
            with suppress(OSError):
                while data := client.recv(65_536):
                    tap.sent += data
                    server.sendall(data)
            _hang_up(server)

        def down(client: socket.socket, server: socket.socket) -> None:
            with suppress(OSError):
                while data := server.recv(16_384):
                    tap.received += len(data)
                    if tap.limit is not None and tap.received > tap.limit:
                        break
                    client.sendall(data)
            _hang_up(client)
            _hang_up(server)
            client.close()
            server.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield tap
        finally:
            _hang_up(listening)
            listening.close()
            thread.join(timeout=5)


def _hang_up(made: socket.socket) -> None:
    with suppress(OSError):
        made.shutdown(socket.SHUT_RDWR)


@contextmanager
def scripted_server(*lines: bytes) -> Iterator[int]:
    """Run a server that greets with the first line and answers each command with the next; yield its port.

    ``TAG`` stands for the tag of the command. When there is nothing left to say it stays silent.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                made, _ = listening.accept()
                with made, made.makefile("rb") as asked:
                    for number, line in enumerate(lines):
                        tag = asked.readline().split(b" ")[0] if number else b""
                        made.sendall(line.replace(b"TAG", tag))
                    while asked.readline():
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            _hang_up(listening)
            thread.join(timeout=5)
