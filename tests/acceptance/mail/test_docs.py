"""The mailbox of docs/connect.md is looked at, and a thread sees its mail."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from heartbeat_service.cli.workspace import utc_now
from tests.acceptance.mail.conftest import mail
from tests.integration.cli.conftest import Cli
from tests.support.imap import HOST, PASSWORD, MailServer
from tests.support.paths import ROOT


def test_the_mailbox_of_the_page(server: MailServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    section = (ROOT / "docs" / "connect.md").read_text().partition("\n## Mail\n")[2].partition("\n## ")[0]
    [table] = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    [console] = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    # The server of the page is this machine, which has to be allowed.
    here = table.replace('"imap.example.org"', f'"{HOST}"\nport = {server.port}\nlan = true')
    here = here.replace("ann@example.org", server.user)
    assert here != table
    Path("connections.toml").write_text(here)
    for sender in ("head@school.example.org", "shop@example.com"):
        server.put(mail(subject="An old one", sender=sender), utc_now() - timedelta(days=1))
    cli = Cli()
    cli.fine("threads", "add", "default")
    commands = re.findall(r"^\$ heartbeat (.*)$", console, re.M)
    assert commands == ["connections test mail", "look mail", "threads set default sources=default,mail"]
    shown = console.split("\n")[1]
    assert cli.fine(*commands[0].split()).strip() == shown.replace("ann@example.org", server.user)
    cli.fine(*commands[1].split())
    cli.fine(*commands[2].split())
    for sender in ("head@school.example.org", "shop@example.com"):
        server.put(mail(subject=f"Excursion of {sender}", sender=sender), utc_now())
    cli.fine("look", "mail")
    seen = cli.fine("inbox", "--thread", "default")
    assert "Excursion of head@school.example.org" in seen
    assert "shop@example.com" not in seen
    assert "An old one" not in seen
