"""Text of HTML as it is found, and as it is written to stop what reads it."""

from __future__ import annotations

import time

import pytest

from heartbeat.fetching.html_page import page_of_html
from heartbeat.fetching.html_text import text_of_html


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("one <b>bold</b> word", "one bold word"),
        ("<p>one\ntwo</p><P class='x'>three<br/>four", "one two\nthree\nfour"),
        ("<tr><td>a</td><td>b</td></tr>", "a b"),
        ('<img alt="a > b">after', "after"),
        ("5 < 6 &amp; 7 &gt; 6 &#8212; &nbsp;x", "5 < 6 & 7 > 6 — x"),
        ("a<b and c<d", "a<b and c<d"),
        ("<script>if (a<b) { x('</p>') }</SCRIPT>seen<style>p>a{}</style>", "seen"),
        ("<head><title>t</title></head><body>seen", "seen"),
        ("<template>hidden", ""),
        ("<template/>seen", "seen"),
        ("<!DOCTYPE html><!-- <p>no --><?xml version='1'?></3>seen", "seen"),
        ("<![CDATA[ <p>no]]>seen<![endif]>too", "seentoo"),
        ("seen<!-- never closed <p>no", "seen"),
        ("<![<!<![", ""),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        (f"a&#{'9' * 5_000};b&#x{'f' * 5_000}z", "a\ufffdb\ufffdz"),
        ("<head><title>x</title><body>The head was not closed", "The head was not closed"),
        ("<html><head><meta charset=utf-8><p>Hello visible text</p></html>", "Hello visible text"),
        ("<head><title>x</title><div>hi</div>", "hi"),
        ("<head><style>p{}</style>hi <p>there", "hi\nthere"),
        ("<head><title>x</head></title>hi", "hi"),
        ("<p title=it's>a</p><p>it's b</p>", "a\nit's b"),
        ("", ""),
    ],
)
def test_text_of_html(markup: str, text: str) -> None:
    assert text_of_html(markup) == text


@pytest.mark.parametrize(
    "markup",
    [
        "<head><meta charset=utf-8><title>Tea</title><p>Hello",
        "<html><head><script>x</script><title>Tea</title></head><body><p>Hello</body>",
    ],
)
def test_pages_and_mails_are_read_by_one_reader(markup: str) -> None:
    assert (page_of_html(markup).title, page_of_html(markup).lines) == ("Tea", [text_of_html(markup)])


@pytest.mark.parametrize(
    "part",
    [
        "<",
        "<a ",
        "<a/",
        "<a b='",
        "<a b=\"'",
        "</a ",
        "<!--",
        "<![",
        "<!",
        "<?",
        "&#9",
        "<script>",
        "<b>",
        "</script",
    ],
)
def test_markup_that_is_closed_nowhere_takes_no_longer_than_other_text(part: str) -> None:
    def seconds(text: str) -> float:
        began = time.process_time()
        text_of_html(text)
        return time.process_time() - began

    # Read in the square of its length, this would take minutes.
    assert seconds((part * 200_000)[:200_000]) < 5
