"""docs/be-told.md: each of its connections reaches its service, whose address is that of a sink."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

from heartbeat.connections.service import open_service
from tests.integration.cli.conftest import Cli
from tests.support.ollama import FakeOllama, decision
from tests.support.paths import ROOT
from tests.support.sinks import HttpSink, SmtpSink, http_sink, smtp_sink

SAID = "This is a test: Heartbeat reaches you here."
SECRETS = {
    "NTFY_TOPIC": "garden-4711",
    "TELEGRAM_TOKEN": "123456789:AAbbccddeeffgghhiijjkkllmmnnooppqqr",
    "TELEGRAM_CHAT": "12315544",
    "MAIL_PASSWORD": "hunter2hunter2",
    "SLACK_WEBHOOK": "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
}


def described() -> str:
    [toml] = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "be-told.md").read_text(), re.DOTALL)
    return str(toml)


def point_at(sink: HttpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Apprise take a sink for the services."""
    for url, attribute in {
        "ntfys://topic": "cloud_notify_url",
        "tgram://123456789:AAbbccddeeffgghhiijjkkllmmnnooppqqr/1": "notify_url",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ": "webhook_url",
    }.items():
        service = type(open_service(url))
        assert getattr(service, attribute).startswith("https://")
        monkeypatch.setattr(service, attribute, f"http://{sink.address}/{attribute}/")


def written(smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write connections.toml as the page says, but for the mail server, which has neither TLS nor accounts."""
    server = "mailtos://ann:${MAIL_PASSWORD}@smtp.example.org:465?mode=ssl&"
    assert server in described()
    Path("connections.toml").write_text(described().replace(server, f"mailto://{smtp.address}?format=text&"))
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def test_each_connection_of_the_page_arrives(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with http_sink() as http, smtp_sink() as smtp:
        http.reply = lambda path: b"ok" if "webhook_url" in path else b"{}"
        point_at(http, monkeypatch)
        written(smtp, monkeypatch)
        listed = {each["name"]: each["leads_to"] for each in cli.lines("connections", "list")}
        assert listed == {"mail": "mailto", "phone": "ntfy", "slack": "slack", "telegram": "tgram"}
        for name in listed:
            assert cli.fine("connections", "test", name) == "It was sent; look whether it has arrived.\n"
        phone, slack, telegram = http.got
        assert (phone.json["topic"], phone.json["message"]) == ("garden-4711", SAID)
        assert (slack.path, SAID in json.dumps(slack.json)) == (
            "/webhook_url//T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
            True,
        )
        assert telegram.path.endswith("/sendMessage")
        assert SAID in unquote_plus(telegram.body.decode())
        [mail] = smtp.got
        assert (smtp.recipients, mail.get_content().strip()) == (["ann@example.org"], SAID)


def test_the_mail_of_the_page_as_it_stands_is_understood(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp_sink() as smtp:
        written(smtp, monkeypatch)
        Path("connections.toml").write_text(described())
        assert {each["state"] for each in cli.lines("connections", "list")} == {"ok"}


@pytest.mark.one_question
def test_a_beat_tells_by_phone_and_mail(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama
) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)
    Path("HEARTBEAT.md").write_text("- If a reading is below zero, tell me\n")
    with http_sink() as http, smtp_sink() as smtp:
        http.reply = lambda path: b"ok" if "webhook_url" in path else b"{}"
        point_at(http, monkeypatch)
        written(smtp, monkeypatch)
        cli.fine("threads", "add", "garden")
        cli.fine("forum", "post", "general", "--title", "Reading", "--content=-2", "--author", "sensor")
        ollama.says(decision(action="tell", text="Frost tonight."))
        beat = cli.json("beat", "garden")
        assert (beat["status"], [each["status"] for each in beat["actions"]]) == ("acted", ["sent"])
        assert [got.json.get("message") for got in http.got if b"garden-4711" in got.body] == [
            "Frost tonight."
        ]
        assert len(http.got) == 3
        [mail] = smtp.got
        assert (mail["Subject"], mail.get_content().strip()) == ("garden", "Frost tonight.")
