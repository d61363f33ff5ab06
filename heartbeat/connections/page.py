"""A page of the web, of which each change is an item."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from heartbeat.connections.page_change import Line, PageState, compare, cut_lines
from heartbeat.connections.reachable import check_url
from heartbeat.connections.spec import LOOKED_AT, FileOnly, LookedAt, Site
from heartbeat.errors import InvalidValueError
from heartbeat.fetching import Fetch, FetchedItem, FetchError, FetchResult
from heartbeat.fetching.html_page import Readable, decoded, page_of_html
from heartbeat.fetching.html_text import lines_of
from heartbeat.fetching.http import Page, Web, shown
from heartbeat.targets import Target
from heartbeat.text import clean, count, sentence, truncate, utc
from heartbeat.vocabulary import FeedKind, Reach

TIME_LIMIT = 30.0
NO_TEXT = (
    "The page has no text: it may be made by scripts, which are not run; give the address of another page, or of a "
    'feed with kind = "feed".'
)
_TEXTS = ("text/", "application/json", "application/xhtml+xml", "application/xml")
_MARKUP = ("html", "xml")


def _http(value: str) -> str:
    if not value.startswith(("http://", "https://")) or any(each.isspace() for each in value):
        raise ValueError("no address of the web")
    return value


class PageSpec(LookedAt):
    """``url`` of a web page; it is public unless ``private`` says otherwise."""

    allowed: ClassVar[Mapping[str, str]] = {
        "url": "the http or https address of a web page",
        "lan": "true or false: whether the address may be on your own network or this machine",
        **LOOKED_AT,
    }

    address_keys: ClassVar[frozenset[str]] = frozenset({"url"})
    file_keys: ClassVar[frozenset[str]] = frozenset({"lan"})

    url: Annotated[str, Field(max_length=2_000), AfterValidator(_http)]
    lan: bool = False

    def reaches(self) -> Reach:
        """Return the owner, for whom it is looked at."""
        return Reach.OWNER

    def leads_to(self) -> str:
        """Return the address without its query."""
        return shown(self.url)

    def address(self, site: Site) -> str:
        """Return the whole address."""
        return self.url

    def file_only(self, site: Site) -> FileOnly | None:
        """Return the own network."""
        return FileOnly("lan", "lan = true") if self.lan else None

    def check(self, site: Site) -> None:
        """Check that it does not lead where nothing is fetched from."""
        check_url("url", self.url)

    def target(self, name: str, site: Site) -> Target | None:
        """Return None: nothing is sent there."""
        return None

    def fetch(self, name: str, site: Site) -> Fetch:
        """Return how it is looked at."""
        return PageFetch(self.url, Web(lan=self.lan))

    def trial(self, site: Site) -> str:
        """Return how much text the page has.

        Raises:
            InvalidValueError: it cannot be read, or has none.
        """
        try:
            found = PageFetch(self.url, Web(lan=self.lan)).read(site.clock(), {}, TIME_LIMIT)[1]
        except FetchError as error:
            raise InvalidValueError(error.field or "url", str(error)) from None
        size = sum(map(len, found.lines))
        title = f' of "{truncate(clean(found.title, multiline=False), 80)}"' if found.title else ""
        return sentence(
            f"It shows {count(size, 'character')} of text{title}, in {count(len(found.lines), 'line')}"
        )


@dataclass(frozen=True)
class PageFetch:
    """Fetches a page and compares its text with that of the last look."""

    url: str
    web: Web
    time_limit: float = TIME_LIMIT

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return the change since the last look as an item, at the first look the page itself.

        Raises:
            FetchError: it cannot be read, or has no text.
        """
        before = PageState.of_memo(memo)
        page, found = self.read(now, memo if before else {}, deadline)
        if page.unchanged:
            return FetchResult(memo=memo, unchanged=True)
        lines, is_cut = cut_lines(found.lines)
        kept = "line is" if len(lines) == 1 else f"{len(lines)} lines are"
        problems = [f"Only the first {kept} compared."] if is_cut or found.is_cut else []
        title = found.title or shown(page.url)
        if before is None:
            fresh = PageState(tuple(map(Line, lines)), {}, now)
            first = _item(f"first {utc(now)}", title, lines, page, now)
            return FetchResult([first], {**page.memo, **fresh.as_memo()}, problems=problems)
        state, change = compare(before, lines, now)
        if change.restless:
            said = "1 line changes" if change.restless == 1 else f"{change.restless} lines change"
            problems.append(f"{said} at every look, which is news once a day only.")
        items = [_item(_name(change.shown, now), title, change.shown, page, now)] if change.shown else []
        return FetchResult(items, {**page.memo, **state.as_memo()}, problems=problems)

    def read(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> tuple[Page, Readable]:
        """Return the page and what it says.

        Raises:
            FetchError: it cannot be read, or has no text.
        """
        page = self.web.get(self.url, now, deadline=deadline, memo=memo)
        if page.unchanged:
            return page, Readable("", [])
        media = page.content_type.partition(";")[0].strip().lower()
        if media and not media.startswith(_TEXTS):
            raise FetchError(
                f"What is there is no web page but {media:.80}; give the address of a page of text."
            )
        text = decoded(page.body, page.charset)
        is_markup = not media or any(each in media for each in _MARKUP)
        found = page_of_html(text) if is_markup else Readable("", list(lines_of(clean(text, multiline=True))))
        if not found.lines:
            raise FetchError(NO_TEXT)
        return page, found


def _name(lines: Sequence[str], now: datetime) -> str:
    """Return what a change is called: what a page says may come again, and is news again."""
    digest = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{utc(now)} {digest[:8]}"


def _item(name: str, title: str, lines: Sequence[str], page: Page, now: datetime) -> FetchedItem:
    return FetchedItem(
        external_id=name,
        kind=FeedKind.PAGE,
        created_at=now,
        title=title,
        content="\n".join(lines),
        url=page.url,
    )
