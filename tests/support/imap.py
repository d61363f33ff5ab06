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
USER, PASSWORD = "ann@example.org", "quick-brown-fox"
HOST = "localhost"
_NOBODY = 65_534
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain
mail_location = maildir:{folder}/mail
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
}}
"""


@dataclass
class MailServer:
    """A running server with one user; it gives whatever lies in ``inbox``."""

    folder: Path
    port: int
    plain_port: int
    _number: int = field(default=0, init=False)

    @property
    def inbox(self) -> Path:
        """The folder of the mails that the user has not opened."""
        return self.folder / "mail" / "new"

    def put(self, data: bytes, at: datetime, *, mailbox: str = "") -> None:
        """Put a mail into the inbox that has arrived at an instant."""
        self._number += 1
        self.put_file(self._number, data, at)

    def put_file(self, number: int, data: bytes, at: datetime) -> None:
        name = f"{int(at.timestamp())}.M{number:07}.tests"
        file = self.folder / "mail" / "tmp" / name
        file.write_bytes(data)
        os.utime(file, (at.timestamp(), at.timestamp()))
        file.rename(self.inbox / name)

    def put_many(self, count: int, data: bytes, at: datetime) -> None:
        """Put the same mail into the inbox many times, at little cost: as links to one file."""
        first = self.folder / "mail" / "tmp" / "first"
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
        for file in (self.folder / "mail").glob("dovecot*"):
            with suppress(OSError):
                file.unlink()

    def files(self) -> list[str]:
        """Return the names of all mails, which say what is flagged and whether a mail was opened."""
        return sorted(
            f"{each}/{file.name}"
            for each in ("new", "cur")
            for file in (self.folder / "mail" / each).iterdir()
        )

    def log(self) -> str:
        """Return what the server has logged."""
        return (self.folder / "log").read_text()


def demand_server() -> None:
    """Skip the test where no server is installed, or fail it where one is demanded."""
    if PROGRAM is None:
        said = "there is no dovecot; install it with: apt-get install dovecot-imapd"
        if REQUIRED:
            pytest.fail(f"HEARTBEAT_REQUIRE_IMAP is 1, and {said}")
        pytest.skip(said)


@contextmanager
def mail_server(certificate: Path) -> Iterator[MailServer]:
    """Run a server in a folder of its own; ``certificate`` holds its key too."""
    demand_server()
    # Not in that of the test, which only its own account may enter: Dovecot reads mail as no root.
    with tempfile.TemporaryDirectory(prefix="imap-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        with _serving(folder, certificate) as server:
            yield server


@contextmanager
def _serving(folder: Path, certificate: Path) -> Iterator[MailServer]:
    is_root = os.getuid() == 0
    uid, gid = (_NOBODY, _NOBODY) if is_root else (os.getuid(), os.getgid())
    for each in ("run", "home", "mail", "mail/new", "mail/cur", "mail/tmp"):
        (folder / each).mkdir()
        if is_root and each != "run":
            os.chown(folder / each, uid, gid)
    server = MailServer(folder, _free_port(), _free_port())
    name = pwd.getpwuid(os.getuid()).pw_name
    me = "" if is_root else f"default_internal_user = {name}\ndefault_login_user = {name}"
    config = folder / "dovecot.conf"
    config.write_text(
        _CONFIG.format(
            folder=folder,
            ssl="yes",
            certificate=certificate,
            plain=server.plain_port,
            encrypted=server.port,
            uid=uid,
            gid=gid,
            users=me,
            password=PASSWORD,
        )
    )
    process = subprocess.Popen([str(PROGRAM), "-F", "-c", str(config)])
    try:
        _wait(server.port, process, folder)
        yield server
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
