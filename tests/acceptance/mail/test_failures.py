"""What keeps a mailbox from being read is told in a sentence with a remedy, and loses no mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from heartbeat.connections.mail_fetch import MailFetch
from heartbeat.fetching import FetchError
from tests.acceptance.mail.conftest import NOW, fetching, mail, since
from tests.support.imap import PASSWORD, MailServer, Wiretap, dovecot, scripted_server
from tests.support.web import certificate, trickling_server

GREETING = b"* OK [CAPABILITY IMAP4rev1] hello\r\n"
CAPABLE = b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"
LOGGED_IN = b"TAG OK in\r\n"
TO_CONNECT = 10.0
"""Seconds in which a busy machine connects; what a test waits for is that they have passed."""
EXAMINED = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 5] ok\r\n* OK [UIDNEXT 9] ok\r\nTAG OK [READ-ONLY] ok\r\n"


def refused(fetch: MailFetch, deadline: float = 30) -> str:
    with pytest.raises(FetchError) as error:
        fetch.fetch(NOW, {}, deadline)
    said = str(error.value)
    assert PASSWORD not in said
    return said


def test_a_server_that_hangs_up_in_the_middle_loses_no_mail(server: MailServer, tap: Wiretap) -> None:
    for number in range(60):
        server.put(mail(b"x" * 100_000, subject=f"{number}"), NOW + timedelta(minutes=number))
    fetch = fetching(server, since(None), tap=tap)
    tap.limit = 3_000_000
    first = fetch.fetch(NOW, {}, 30)
    assert 0 < len(first.items) < 60
    assert first.left == 60 - len(first.items)
    [problem] = first.problems
    assert problem == f"localhost:{tap.port} hung up, or gave an answer that cannot be used."
    tap.limit = None
    rest = fetch.fetch(NOW, first.memo, 30)
    assert (rest.left, list(rest.problems)) == (0, [])
    assert [item.title for item in (*first.items, *rest.items)] == [f"{number}" for number in range(60)]


@pytest.mark.parametrize("limit", [10, 400, 1_200, 60_000], ids=["greeting", "login", "sizes", "text"])
def test_a_server_that_hangs_up_before_it_gave_anything_fails_the_look(
    server: MailServer, tap: Wiretap, limit: int
) -> None:
    server.put(mail(b"x" * 100_000), NOW)
    tap.limit = limit
    assert "hung up" in refused(fetching(server, since(None), tap=tap))


def test_a_wrong_password_and_where_to_get_the_right_one(server: MailServer) -> None:
    said = refused(fetching(server, password="not this one"))
    where = f"localhost:{server.port} refuses the password of {server.user}"
    assert said.startswith(
        f"{where} (it says: [AUTHENTICATIONFAILED] Authentication failed); give the right one: "
    )
    assert "app password" in said
    remedy = "Gmail takes an app password. https://a.example"
    said = refused(fetching(server, password="pässword", remedy=remedy))
    assert said == f"{where}. {remedy}"


def test_a_mailbox_that_is_not_there(server: MailServer) -> None:
    said = refused(fetching(server, mailbox="Entwürfe"))
    assert f"localhost:{server.port} has no mailbox Entwürfe" in said
    assert said.endswith("; there are: INBOX.")


@pytest.fixture
def expired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    made = certificate(tmp_path, "localhost", lasts=timedelta(hours=-1))
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    with dovecot(made) as running:
        yield running.mailbox("ann")


def test_an_expired_certificate(expired: MailServer) -> None:
    assert refused(fetching(expired)) == (
        f"localhost:{expired.port} cannot be trusted: its certificate is not valid (certificate has expired); "
        "it has to be renewed or corrected."
    )


def test_a_certificate_of_another_name_and_one_of_nobody(
    server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = fetching(server, host="mail.example.org", resolve=lambda host, port: ["127.0.0.1"])
    assert "Hostname mismatch" in refused(elsewhere)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path, "other.example")))
    assert "its certificate is not valid (self-signed certificate)" in refused(fetching(server))


def test_encryption_that_begins_later_is_demanded(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(mail(), NOW)
    monkeypatch.setattr("heartbeat.fetching.imap_wire.STARTTLS_PORT", server.plain_port)
    assert len(fetching(server, since(None), port=server.plain_port).fetch(NOW, {}, 30).items) == 1
    with scripted_server(GREETING, CAPABLE) as port:
        monkeypatch.setattr("heartbeat.fetching.imap_wire.STARTTLS_PORT", port)
        assert "does not offer encryption (STARTTLS)" in refused(fetching(server, port=port))


def test_ports_and_hosts_that_are_others(server: MailServer) -> None:
    assert "does not speak TLS as expected; check port" in refused(fetching(server, port=server.plain_port))
    assert "cannot be reached: Connection refused" in refused(fetching(server, port=9))

    def resolve(host: str, port: int) -> list[str]:
        raise OSError("nobody knows it")

    said = refused(fetching(server, host="nowhere.example", resolve=resolve))
    assert said == "There is no host nowhere.example: nobody knows it; check host."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"port": 9}, "port"),
        ({"mailbox": "Nowhere"}, "mailbox"),
        ({"lan": False}, "lan"),
        ({"host": "nowhere.invalid"}, "host"),
    ],
)
def test_the_key_to_blame_is_told(server: MailServer, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FetchError) as error:
        fetching(server, **changes).fetch(NOW, {}, 30)
    assert error.value.field == field


@pytest.mark.parametrize(
    ("address", "lan", "said"),
    [
        ("127.0.0.1", False, "leads to 127.0.0.1 in this machine; lan = true"),
        ("10.1.2.3", False, "leads to 10.1.2.3 in a private network; lan = true"),
        ("169.254.169.254", True, "an address that nothing is fetched from"),
        ("93.184.216.34", True, "without encryption (tls = false) no password is sent there"),
    ],
)
def test_addresses_that_are_not_connected_to(server: MailServer, address: str, lan: bool, said: str) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return [address]

    changes: dict[str, Any] = {"host": "mail.example.org", "lan": lan, "tls": False, "resolve": resolve}
    assert said in refused(fetching(server, **changes))
    assert asked == ["mail.example.org"], "a name is resolved once"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((b"HTTP/1.1 400 Bad Request\r\n",), "hung up, or gave an answer that cannot be used"),
        ((b"* BYE go away\r\n",), "cannot be used"),
        (
            (GREETING, b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n"),
            "takes no password without encryption",
        ),
        (
            (GREETING, CAPABLE, b"TAG NO [UNAVAILABLE] try quick-brown-fox again\r\n"),
            "in just now (it says: [UNAVAILABLE] try … again)",
        ),
        ((GREETING, CAPABLE, LOGGED_IN, b"* 1 EXISTS\r\nTAG OK done\r\n"), "UIDVALIDITY"),
        ((GREETING, CAPABLE, LOGGED_IN, EXAMINED, b"* SEARCH x y\r\nTAG OK done\r\n"), "cannot be used"),
        (
            (
                GREETING,
                CAPABLE,
                LOGGED_IN,
                EXAMINED,
                b"* SEARCH 1\r\nTAG OK done\r\n",
                b"* 1 FETCH (UID 1 BODY[] {9999999}\r\n",
            ),
            "hung up, or gave an answer that cannot be used",
        ),
    ],
    ids=range(7),
)
def test_servers_that_say_odd_things(server: MailServer, lines: tuple[bytes, ...], said: str) -> None:
    with scripted_server(*lines) as port:
        assert said in refused(fetching(server, since(None), port=port, tls=False))


def test_a_server_that_says_nothing_is_given_up_in_time(server: MailServer) -> None:
    with scripted_server(b"") as port:
        said = refused(fetching(server, port=port, tls=False), TO_CONNECT)
    assert said == f"localhost:{port} takes too long to answer."


def test_a_server_that_never_ends_its_first_line_is_cut_off_in_time(server: MailServer) -> None:
    with trickling_server(b"* OK ") as url:
        port = int(url.rpartition(":")[2])
        said = refused(fetching(server, port=port, tls=False), TO_CONNECT)
    assert said == f"localhost:{port} takes too long to answer."


def test_a_mail_that_the_server_does_not_give_hides_no_other(server: MailServer) -> None:
    heads = (
        b"".join(b"* %d FETCH (UID %d RFC822.SIZE 9)\r\n" % (each, each) for each in (1, 2))
        + b"TAG OK done\r\n"
    )
    given = b"* 2 FETCH (UID 2 BODY[]<0> {15}\r\nSubject: B\r\n\r\nb)\r\nTAG OK done\r\n"
    no = b"TAG NO cannot\r\n"
    script = (
        GREETING,
        CAPABLE,
        LOGGED_IN,
        EXAMINED,
        b"* SEARCH 1 2\r\nTAG OK done\r\n",
        heads,
        no,
        no,
        given,
    )
    with scripted_server(*script, b"* BYE\r\nTAG OK done\r\n") as port:
        found = fetching(server, since(None), port=port, tls=False).fetch(NOW, {}, 30)
    assert [item.title for item in found.items] == ["B"]
    assert list(found.problems) == [
        "A mail was left out that the server did not give: it may be broken or deleted."
    ]
    assert found.memo["uid"] == 8
