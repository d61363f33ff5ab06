"""Extraction of sections: headings and the items below them.

Each H1 and H2 opens a section, and so does a deeper heading outside of an H2; below an H2, deeper headings only
group items. Only an H2 has a kind; other sections have the kind "other" and are left out if they have no items.
Nested items count as items. A paragraph is not an item, except in a rules section if it starts like a rule
("Never ...", "必ず...").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from markdown_it.token import Token

from heartbeat.instructions.blocks import lines_of, without_comments
from heartbeat.instructions.emptiness import is_stub
from heartbeat.instructions.model import Item, Section
from heartbeat.instructions.titles import kind_of
from heartbeat.vocabulary import SectionKind

_CHECKBOX = re.compile(r"\[(?P<mark>[ xX✓✔]?)\](?:\s+|$)")
_RULE = re.compile(
    r"[*_]{0,3}(?:(?:never|always|don['’]?t|do\s+not|only|avoid|must|no|if|when|keep|niemals|nie|immer|nur|wenn|"
    r"jamais|toujours|ne|si|nunca|siempre|sempre|jamás|não|никогда|всегда|не)(?!\w)|"
    r"不要|不得|不能|绝不|永远|必须|总是|请勿|禁止|切勿|決して|必ず|絶対|절대|항상|반드시)",
    re.IGNORECASE,
)


@dataclass
class _DraftItem:
    line: int
    level: int
    texts: list[str] = field(default_factory=list)

    def finish(self) -> Item | None:
        if all(is_stub(text) for text in self.texts):
            return None
        text = " ".join(" ".join(without_comments(text) for text in self.texts).split())
        box = _CHECKBOX.match(text)
        if box:
            text = text[box.end() :]
        return Item(text=text, line=self.line, done=bool(box and box["mark"].strip())) if text else None


@dataclass
class _DraftSection:
    kind: SectionKind
    title: str
    line: int
    is_h2: bool
    items: list[_DraftItem] = field(default_factory=list)

    def finish(self) -> Section | None:
        items = tuple(item for draft in self.items if (item := draft.finish()))
        if not items and not self.is_h2:
            return None
        line = self.line or items[0].line
        return Section(kind=self.kind, title=self.title, line=line, items=items)


def read_sections(tokens: list[Token]) -> tuple[Section, ...]:
    """Return the sections of a text in order."""
    sections = [_DraftSection(kind=SectionKind.OTHER, title="", line=0, is_h2=False)]
    open_items: list[_DraftItem] = []
    for opening, token in pairwise(tokens):
        current = sections[-1]
        if opening.type == "list_item_open":
            open_items.append(_DraftItem(line=_line(opening), level=opening.level))
            current.items.append(open_items[-1])
        elif opening.type == "list_item_close":
            open_items.pop()
        if token.type != "inline":
            continue
        if open_items:
            # The inline token of an item's own paragraph or heading is two levels below the item.
            if token.level == open_items[-1].level + 2:
                open_items[-1].texts.append(token.content)
        elif opening.type == "heading_open" and opening.level == 0:
            if opening.tag in {"h1", "h2"} or not current.is_h2:
                sections.append(_open_section(opening, token))
        elif opening.type == "paragraph_open" and opening.level == 0 and current.kind == SectionKind.RULES:
            current.items.extend(_rules_in(token))
    return tuple(section for draft in sections if (section := draft.finish()))


def _open_section(heading: Token, title: Token) -> _DraftSection:
    text = " ".join(without_comments(title.content).split())
    is_h2 = heading.tag == "h2"
    return _DraftSection(
        kind=kind_of(text) if is_h2 else SectionKind.OTHER, title=text, line=_line(heading), is_h2=is_h2
    )


def _rules_in(paragraph: Token) -> list[_DraftItem]:
    rules: list[_DraftItem] = []
    for line, text in enumerate(paragraph.content.split("\n"), start=_line(paragraph)):
        if _RULE.match(text):
            rules.append(_DraftItem(line=line, level=0, texts=[text]))
        elif rules:
            rules[-1].texts.append(text)
    return rules


def _line(token: Token) -> int:
    return lines_of(token).start + 1
