"""Mailboxes among the connections: what may be said where, and that a password stays with its server."""

from __future__ import annotations

from typing import Any

import pytest

from heartbeat.connections import editing
from heartbeat.errors import InvalidValueError
from tests.support.world import World

PASSWORD = "quick-brown-fox"
KEYS: dict[str, Any] = {"host": "imap.example.org", "user": "ann@example.org", "password": PASSWORD}


def test_a_mailbox_is_private_and_may_be_on_the_own_network(world: World) -> None:
    connections = world.services.connections
    made = editing.add(connections, "mail", "mail", {**KEYS, "lan": True, "tls": False})
    assert (made.private, made.problem, made.kinds) == (True, None, ())
    with pytest.raises(
        InvalidValueError, match=r"^private: private = false is allowed in connections.toml only"
    ):
        editing.add(connections, "open", "mail", {**KEYS, "private": False})


def test_a_password_belongs_to_the_host_the_port_and_the_user_it_was_given_for(world: World) -> None:
    connections = world.services.connections
    editing.add(connections, "mail", "mail", {**KEYS, "lan": True})
    changed = editing.change(connections, "mail", {"every": "1h", "from": ["Ann@example.org"], "port": 993})
    assert changed.values["from"] == ["ann@example.org"]
    for key, value in (("host", "evil.example"), ("port", 994), ("user", "bob"), ("tls", False)):
        with pytest.raises(
            InvalidValueError, match=f"^password: it was given for another {key}; give it again"
        ):
            editing.change(connections, "mail", {key: value})
    changed = editing.change(connections, "mail", {"host": "mail.example.org", "password": "another one"})
    assert changed.leads_to == "ann@example.org at mail.example.org"
    assert "another one" not in str(changed.values)
    assert PASSWORD not in "".join(each.read_text() for each in world.settings.home.glob("secrets/*"))


def test_without_the_library_only_the_mailbox_is_faulty(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heartbeat.connections.mail.is_installed", lambda: False)
    world.settings.connections_path.write_text(
        '[mail]\nkind = "mail"\nhost = "imap.example.org"\nuser = "ann"\npassword = "x"\n[notes]\nkind = "folder"\n'
        'path = "."\n'
    )
    found = {each.name: each.problem for each in world.services.connections.all}
    assert found == {
        "mail": "kind: the library for mail is not installed; "
        "install it with: pip install 'langgraph-heartbeat[mail]'",
        "notes": None,
    }
