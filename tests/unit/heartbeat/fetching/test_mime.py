"""What a person would read of a mail: subjects, senders, texts in any character set, and of what is broken."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage

import pytest

from heartbeat.connections.mail_fetch import mail_item
from heartbeat.fetching.charsets import decode_text
from heartbeat.fetching.imap_answers import Head, imap_date, parse_answers, parse_head
from heartbeat.fetching.mime import read_mail
from heartbeat.fetching.port import TEXT_LIMIT

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def mail(body: bytes = b"Hello", *headers: str, subject: str = "Tea") -> bytes:
    return (
        "\r\n".join(("From: Ann <ann@example.org>", f"Subject: {subject}", *headers, "", "")).encode() + body
    )


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Grüße aus Kraków, 東京"),
        ("iso-8859-1", "Grüße aus Málaga"),
        ("iso-8859-2", "Zażółć gęślą jaźń"),
        ("iso-8859-15", "Der Preis: 5 €"),
        ("windows-1251", "Привет из Москвы"),
        ("windows-1252", "“Quotes” – and €"),
        ("koi8-r", "Привет из Москвы"),
        ("iso-2022-jp", "こんにちは世界"),
        ("shift_jis", "こんにちは世界"),
        ("gb2312", "你好，世界"),
        ("big5", "你好，世界"),
        ("euc-kr", "안녕하세요"),
        ("utf-16", "Grüße"),
        ("utf-7", "Grüße"),
    ],
)
def test_charsets_of_texts_and_subjects(charset: str, text: str) -> None:
    data = text.encode(charset)
    word = f"=?{charset}?b?{b64encode(data).decode()}?="
    headers = (f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: base64")
    found = read_mail(mail(b64encode(data), *headers, subject=word))
    assert (found.text, found.subject) == (text, text)


@pytest.mark.parametrize(
    ("declared", "data", "text"),
    [
        ("iso-8859-1", "Grüße".encode(), "Grüße"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("utf-8", "Grüße".encode("cp1252"), "Grüße"),
        (None, "Grüße".encode("cp1252"), "Grüße"),
        ("no-such-set", "Grüße".encode(), "Grüße"),
        ("idna", b"xn--a", "xn--a"),
        ("base64", b"abcd", "abcd"),
        ("utf-8", "Grüß".encode()[:-1], "Grü"),
        ("iso-8859-1", "“a”".encode("cp1252"), "“a”"),
    ],
)
def test_charsets_that_are_declared_wrongly_or_not_at_all(
    declared: str | None, data: bytes, text: str
) -> None:
    assert decode_text(data, declared) == text


def test_plain_text_goes_before_html_and_attachments_are_named_only() -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "Ann <ann@example.org>", "Minutes"
    made.set_content("In plain words.")
    made.add_alternative("<p>In <b>HTML</b>.</p>", subtype="html")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Übersicht.pdf")
    made.add_attachment("of a text file", filename="note.txt")
    found = read_mail(made.as_bytes())
    assert found.text == "In plain words."
    assert found.attachments == ("Übersicht.pdf", "note.txt")


def test_html_alone_is_read_as_text() -> None:
    body = b'<html><head><meta charset="koi8-r"><style>p {}</style></head><p>' + "Привет".encode("koi8-r")
    found = read_mail(mail(body + b"<script>alert(1)</script></p>", "Content-Type: text/html"))
    assert found.text == "Привет"
    empty = mail(
        b"--x\r\nContent-Type: text/plain\r\n\r\n \r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>\r\n--x--",
        "Content-Type: multipart/alternative; boundary=x",
    )
    assert read_mail(empty).text == "Hi"


def test_an_attached_mail_is_named_and_not_read() -> None:
    inner = EmailMessage()
    inner["Subject"] = "The older one"
    inner.set_content("Not to be read.")
    made = EmailMessage()
    made.set_content("See below.")
    made.add_attachment(inner)
    found = read_mail(made.as_bytes())
    assert (found.text, found.attachments) == ("See below.", ("The older one",))


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("Ann Example <ann@example.org>", "Ann Example (ann@example.org)"),
        (
            '"Example, Ann" <ann@example.org>, b@example.org',
            "Example, Ann (ann@example.org) and b@example.org",
        ),
        ("ann@example.org", "ann@example.org"),
        (f"{Header('Jürgen', 'iso-8859-1').encode()} <j@example.org>", "Jürgen (j@example.org)"),
        ("=?utf-8?q?boss=40bank=2Eexample?= <x@evil.example>", "boss@bank.example <x@evil.example>"),
        ("=?utf-8?q?a=0D=0Ab?= <x@evil.example>", "a b (x@evil.example)"),
        ("ann@example.org <Ann@example.org>", "ann@example.org <Ann@example.org>"),
        ("ann@example.org (Ann)", "Ann (ann@example.org)"),
        ("=?utf-8?q?Ann_=E2=80=AEgro=2Elive?= <x@evil.example>", "Ann gro.live (x@evil.example)"),
        ("=?utf-8?q?ann=EF=BC=A0example=2Eorg?= <x@evil.example>", "ann＠example.org <x@evil.example>"),
        ("", ""),
        ("<>", ""),
        ("undisclosed", "undisclosed"),
    ],
)
def test_senders(line: str, author: str) -> None:
    assert read_mail(f"From: {line}\r\n\r\nx".encode()).author == author


@pytest.mark.parametrize(
    "line",
    [
        "ann@example.org <evil@x.org>",
        "<ann@example.org>evil@x.org",
        "<ann@example.org> <evil@x.org>",
        "ann@example.org evil@x.org",
        "<ann@example.org> Evil",
        "ann@example.org@x.org",
        '"ann@example.org"@x.org',
        "<@x.org:ann@example.org>",
        "ann @example.org",
        "<ann@example.org(>evil@x.org",
        "friends: ann@example.org;",
        '"ann@example.org',
        "ann@example.org, , ",
        "ann@[127.0.0.1]",
        "ann@example\u202e.org",
        "ann@example.org, " + "b@example.org, " * 300,
    ],
)
def test_a_sender_who_is_not_clear_has_no_address_and_is_marked(line: str) -> None:
    found = read_mail(f"From: {line}\r\n\r\nx".encode())
    assert found.addresses == ()
    assert found.author.endswith("[unclear who sent it]")


def test_all_senders_of_all_headers_are_known() -> None:
    found = read_mail(b"From: ann@example.org\r\nFrom: Evil <evil@x.org>\r\n\r\nx")
    assert found.addresses == ("ann@example.org", "evil@x.org")
    assert found.author == "ann@example.org and Evil (evil@x.org)"


@pytest.mark.parametrize("body", [b"<img src=x>", b"<style>p{}</style>", b"<template><p>Hello"])
def test_a_mail_of_which_nothing_can_be_read_says_so(body: bytes) -> None:
    data = mail(body, "Content-Type: text/html")
    item = mail_item(data, Head(1, 9, None), NOW, is_whole=True)
    assert item.content == "The text of this mail cannot be read."


def nested(levels: int) -> bytes:
    parts = [
        f"Content-Type: multipart/mixed; boundary=b{each}\r\n\r\n--b{each}\r\n" for each in range(levels)
    ]
    return "".join((*parts, "Content-Type: text/plain\r\n\r\ndeep")).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe",
        b"no header at all",
        b"Subject: =?utf-8?b?broken\xff?=\r\n\r\nx",
        b"Subject: =?utf-8?b?a?=\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
        b"Content-Type: multipart/mixed\r\n\r\n--x\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: ;;;\r\n\r\nno end",
        b'Content-Type: text/plain; charset="a\xffb"\r\n\r\nx',
        b"Content-Type: text/plain; charset*=utf-8'en'bad%ff\r\n\r\nx",
        b"Content-Disposition: attachment; filename*=xx'%ff\r\nContent-Type: a/b\r\n\r\nx",
        b"Content-Transfer-Encoding: uuencode\r\n\r\nbegin 666 x\r\n!!!\r\n",
        b"From: " + b"(" * 3_000 + b"\r\nDate: Fri, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
        b"Subject: \xff\xfe\xed\xa0\x80\r\n\r\n\xed\xa0\x80",
        nested(60),
        b"Message-ID: \r\n \r\nReferences: " + b"<a@b> " * 2_000 + b"\r\n\r\nx",
    ],
    ids=range(15),
)
def test_what_is_broken_is_an_item_all_the_same(data: bytes) -> None:
    item = mail_item(data, Head(1, len(data), None), NOW, is_whole=True)
    assert item.title
    assert len(item.external_id) == 64
    assert item.created_at <= NOW
    f"{item.title}{item.content}{item.author}".encode()


def test_what_cannot_be_taken_apart_keeps_its_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_: bytes) -> None:
        raise RecursionError

    monkeypatch.setattr("heartbeat.fetching.mime.message_from_bytes", stumble)
    item = mail_item(mail(b"The text"), Head(1, 100, NOW), NOW, is_whole=True)
    assert (item.title, item.author) == ("Tea", "Ann (ann@example.org)")
    assert item.content == "The text of this mail cannot be read."


def test_an_item_says_what_was_not_read_however_long_its_text_is() -> None:
    head = Head(1, 30_000_000, NOW)
    item = mail_item(mail(b"word " * 10_000), head, NOW, is_whole=False)
    assert item.content.endswith("Only the beginning of this mail was read; it has 30 MB.")
    assert "…" in item.content
    assert len(item.content) <= TEXT_LIMIT


def test_a_mail_has_one_name_wherever_it_lies_and_another_mail_cannot_take_it() -> None:
    dated = ("Date: Mon, 2 Nov 2026 11:00:00 +0100", "Message-ID: <1@example.org>")

    def name(data: bytes, uid: int) -> str:
        return mail_item(data, Head(uid, len(data), NOW), NOW, is_whole=True).external_id

    assert name(mail(b"Hello", *dated), 1) == name(mail(b"Hello", *dated, "X-Moved: yes"), 70)
    assert name(mail(b"Hello", *dated), 1) != name(mail(b"Pay this", *dated), 2)


def test_a_mail_from_the_future_is_of_now() -> None:
    data = mail(b"x", "Date: Mon, 2 Nov 2099 11:00:00 +0100")
    assert mail_item(data, Head(1, 9, None), NOW, is_whole=True).created_at == NOW


def test_answers_of_servers_in_their_order_and_form() -> None:
    answer = [
        (
            b'1 (UID 7 RFC822.SIZE 10 INTERNALDATE " 2-Nov-2026 11:00:00 +0100" BODY[HEADER.FIELDS (FROM)]<0> {5}',
            b"From:",
        ),
        b")",
        b'2 (BODY[HEADER.FIELDS (FROM)]<0> "From: \\"UID 99\\" RFC822.SIZE 1" RFC822.SIZE 20 UID 8)',
        b"3 (FLAGS (\\Seen))",
    ]
    heads = [parse_head(*each) for each in parse_answers(answer)]
    assert heads == [
        Head(7, 10, datetime(2026, 11, 2, 10, tzinfo=UTC), b"From:"),
        Head(8, 20, None, b'From: "UID 99" RFC822.SIZE 1'),
        None,
    ]
    assert imap_date(NOW) == "2-Nov-2026"


def test_long_headers_are_cut_and_mails_of_thousands_of_parts_are_not_taken_apart() -> None:
    text = "Привет".encode("koi8-r")
    near, far = ("a=b; " * times + "charset=koi8-r" for times in (10, 2_000))
    assert read_mail(mail(text, f"Content-Type: text/plain; {near}")).text == "Привет"
    assert read_mail(mail(text, f"Content-Type: text/plain; {far}")).text != "Привет"
    parts = read_mail(mail(b"--x\r\n\r\n" * 6_000, "Content-Type: multipart/mixed; boundary=x"))
    assert (parts.subject, parts.is_broken) == ("Tea", True)
