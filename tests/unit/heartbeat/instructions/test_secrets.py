from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartbeat.instructions import MASK, mask_secrets, secrets

KEY_LINES = "\n".join(["MIIEpAIBAAKCAQEA" * 4] * 3)
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_LINES}\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-" + "abcDEF1234567890abcd",
        "sk-ant-api03-" + "aB3-" * 20,
        "ghp_" + "a1" * 18,
        "github_pat_" + "a1_b" * 12,
        "glpat-" + "abcdefghij0123456789",
        "xoxb-" + "123456789012-abcdefABCDEF",
        "xoxp-" + "1-2-3-abcdef",
        "AIzaSyA" + "1234567890abcdefghij1234567890ab",
        "moltbook_sk_Ab12cd34Ef56gh78",
        "hf_" + "aBcD" * 8,
        "npm_" + "aB3d" * 9,
        "AKIA" + "IOSFODNN7EXAMPLE",
        "SG." + "a" * 22 + "." + "b" * 43,
        "sk_live_" + "a1b2" * 6,
        "12345678:" + "AAabcdefghijklmnopqrstuvwxyz1234567",
        "https://hooks.slack.com/services/" + "T0000/B0000/abcdEFGH",
        JWT,
        PEM,
        PEM.replace("\n", "\\n"),
        PEM.replace("\n", "\r\n"),
        PEM.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
    ],
)
def test_a_known_shape_is_masked_wherever_it_stands(secret: str) -> None:
    assert mask_secrets(f"- Use {secret} for it\n") == f"- Use {MASK} for it\n"
    assert mask_secrets(f'"{secret}"') == f'"{MASK}"'
    assert mask_secrets(secret) == MASK


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("api_key: abcdef", "api_key: [secret]"),
        ('apiKey = "hunter2"', 'apiKey = "[secret]"'),
        ("MOLTBOOK_API_KEY=abc", "MOLTBOOK_API_KEY=[secret]"),
        ("X-API-Key: abc12345", "X-API-Key: [secret]"),
        ("- API key: kx72hs8a (staging)", "- API key: [secret] (staging)"),
        ("**Token:** abc123def", "**Token:** [secret]"),
        ("`api_key`: `abc123`", "`api_key`: `[secret]`"),
        ("password: hunter2 # staging", "password: [secret] # staging"),
        ("The password: swordfish.", "The password: [secret]."),
        ("(password: swordfish)", "(password: [secret])"),
        ("password: p'ss,w0rd", "password: [secret]"),
        ('secret: "two words" rest', 'secret: "[secret]" rest'),
        ('{"token": "abc123def", "x": 1}', '{"token": "[secret]", "x": 1}'),
        ("https://x.com/?token=abc123&b=1", "https://x.com/?token=[secret]&b=1"),
        ("Check the secret, token: password: hunter2", "Check the secret, token: password: [secret]"),
        ("密码：hunter2", "密码：[secret]"),
        ("Passwort: geheim", "Passwort: [secret]"),
        ("aws_secret_key = '" + "wJalrXUtnF" * 4 + "'", "aws_secret_key = '[secret]'"),
        ("AccountKey=" + "ab+/" * 22, "[secret]"),
        ("Bearer mb_1234567890", "Bearer [secret]"),
        ('-H "authorization: bearer abcdef"', '-H "authorization: bearer [secret]"'),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [secret]"),
        ("postgres://u:pa55word@host/db", "postgres://u:[secret]@host/db"),
        ("redis://:s3cret@host", "redis://:[secret]@host"),
        ("token=" + "a1" * 10_000, "token=[secret]"),
        ("Log in with the password:\nhunter2. Then look.", "Log in with the password:\n[secret]. Then look."),
        ("> - Token:\r\n>   swordfish\r\n", "> - Token:\r\n>   [secret]\r\n"),
        ("Passwort:\n`zwei Wörter`", "Passwort:\n`[secret]`"),
        ("Password:\n\nabc-1234", "Password:\n\n[secret]"),
        ("API key:\r\n\r\n> 9f8a7b6c5d4e", "API key:\r\n\r\n> [secret]"),
        ("Password:\n- x81kd92j\n", "Password:\n- [secret]\n"),
        ("Kennwort:\n\n1. Sommer1999", "Kennwort:\n\n1. [secret]"),
        (
            f"-----BEGIN PRIVATE KEY-----\n{KEY_LINES}\n\n- Check mail\n",
            "[secret]\n- Check mail\n",
        ),
    ],
)
def test_what_names_a_secret_stays(text: str, masked: str) -> None:
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "See 9fceb02d0ae598e95dc970b74767f19372d61af8 and 0x" + "9f" * 32,
        "550e8400-e29b-41d4-a716-446655440000",
        "https://example.com:8080/a@b?page=2#top",
        "Token: https://example.com/get-one",
        "Mail ann@example.com at 9:00",
        "Password: ask Ann first",
        "Ask Ann for the password:\nshe has it",
        "About the token:\n- never post it",
        "Token:\n\nhunter2 is a film",
        "The secret:\n\nButter",
        "My secret:\n- sleep\n- tea",
        "Rules for a password:\n- 12 characters or more",
        "Talks on secrets, token:\n\n10:30 Room 4",
        "password reset, token refresh, secret garden",
        "keep the token budget: 4000",
        "max_tokens: 500000",
        "Token: 4000",
        "secret: no",
        "password: null",
        "if token == null: stop",
        "the bearer of good news",
        "Bearer authentication is used",
        "sk-learn-is-nice-for-models, task-management-1234567890",
        "moltbook_heartbeat_interval_seconds",
        "Authorization: Bearer YOUR_API_KEY",
        "Authorization: Bearer $TOKEN",
        "password=$DB_PASSWORD",
        "password: ${PASSWORD}",
        "token: <your token>",
        "api_key: your-key-here",
        "postgres://user:$PASSWORD@host",
        "-----BEGIN CERTIFICATE-----\nMIIEpAIBAAKCAQEA\n-----END CERTIFICATE-----",
        "检查密码和令牌",
    ],
)
def test_prose_and_placeholders_survive(text: str) -> None:
    assert mask_secrets(text) == text


@pytest.mark.parametrize(
    "unit",
    [
        "token=",
        "token: <",
        "token:\n",
        "token:\n> ",
        "sk-",
        "eyJa.",
        "-----BEGIN PRIVATE KEY-----\n",
        "://a:",
    ],
)
def test_adversarial_text_is_masked_in_one_go(unit: str) -> None:
    masked = mask_secrets(unit * (65_536 // len(unit)))

    assert mask_secrets(masked) == masked


MARKS = [*" \n\r:=\"'`&@/.-_*,;)]}>[({<#\\aB1", "://"]
NAMES = [
    "token",
    "password",
    "Bearer ",
    "Authorization: ",
    "$TOKEN",
    "YOUR_KEY",
    "12345678:",
    "eyJ",
    "xoxb-1",
]
SECRETS = [MASK, JWT, "hunter2", "ghp_" + "a1" * 18, "sk-" + "a1" * 10, "AKIA" + "IOSFODNN7EXAMPLE"]
PEM_PARTS = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "MIIEpAIBAAKCAQEA"]
FRAGMENTS = st.sampled_from([*MARKS, *NAMES, *SECRETS, *PEM_PARTS])


# The first masking loads the detectors, which takes longer than Hypothesis allows an example.
@settings(deadline=None)
@given(st.lists(FRAGMENTS, max_size=30).map("".join))
def test_masking_twice_changes_nothing(text: str) -> None:
    masked = mask_secrets(text)

    assert mask_secrets(masked) == masked


@settings(deadline=None)
@given(st.text(st.characters()))
def test_any_text_can_be_masked(text: str) -> None:
    assert isinstance(mask_secrets(text), str)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_follows_a_key_of_several_lines_may_stay_on_its_line(end: str) -> None:
    key = ["-----BEGIN PRIVATE KEY-----", "A" * 64, "-----END PRIVATE KEY-----"]
    text = end.join(["one", *key, "two"])
    assert mask_secrets(text, keep_lines=True) == end.join(["one", "[secret]", "", "", "two"])
    assert mask_secrets(text) == end.join(["one", "[secret]", "two"])


def test_every_name_of_a_secret_is_looked_for_in_any_case() -> None:
    words = secrets._NAMED.pattern.removeprefix("(?:").partition(")")[0]
    names = [
        re.sub(r"\s+(?=\||$)", "", each).replace("[-_ ]?", " ").replace("\\ ", " ")
        for each in words.split("|")
    ]
    assert len(names) > 15
    for name in names:
        for written in (name, name.upper(), name.replace("s", "ſ").replace("k", "\N{KELVIN SIGN}")):
            assert mask_secrets(f"{written}: hunter22") == f"{written}: [secret]"
