from __future__ import annotations

import pytest

from heartbeat.instructions import Item, parse


def titles(text: str) -> list[tuple[str, str, int]]:
    return [(section.kind, section.title, section.line) for section in parse(text).sections]


def items(text: str) -> list[Item]:
    return [item for section in parse(text).sections for item in section.items]


def texts(text: str) -> list[str]:
    return [item.text for item in items(text)]


def test_parser_sections() -> None:
    found = parse(
        "# Heartbeat\n"
        "\n"
        "## Checklist\n"
        "- [ ] Look for mentions\n"
        "- [x] Say hello\n"
        "\n"
        "## Rules\n"
        "1. Stay silent when in doubt\n"
        "2. Be kind\n"
        "\n"
        "## Proactive Behaviors\n"
        "* Welcome newcomers\n"
    )

    assert found.section("checklist") == (
        Item(text="Look for mentions", line=4),
        Item(text="Say hello", line=5, done=True),
    )
    assert found.section("rules") == (
        Item(text="Stay silent when in doubt", line=8),
        Item(text="Be kind", line=9),
    )
    assert found.section("proactive") == (Item(text="Welcome newcomers", line=12),)
    assert found.section("tasks") == found.section("other") == ()
    assert [section.line for section in found.sections] == [3, 7, 11]
    assert not found.empty
    assert not found.problems
    assert not found.warnings


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("checklist", "Checklist"),
        ("checklist", "✅ CHECK-LIST (every beat)"),
        ("checklist", "Check your feed"),
        ("checklist", "Aufgabenliste"),
        ("checklist", "Prüfliste"),
        ("checklist", "Liste de contrôle"),
        ("checklist", "Чек-лист"),
        ("checklist", "服务健康检查"),
        ("checklist", "チェックリスト"),
        ("checklist", "چک‌لیست"),
        ("rules", "Rules"),
        ("rules", "**Rules** for tasks"),
        ("rules", "5) Stand-down rules"),
        ("rules", "Verhaltensregeln"),
        ("rules", "Règles"),
        ("rules", "Re\u0300gles"),
        ("rules", "Reglas"),
        ("rules", "Правила"),
        ("rules", "规则"),
        ("rules", "ルール"),
        ("rules", "규칙"),
        ("rules", "القواعد"),
        ("rules", "Don’ts"),
        ("proactive", "Proactive Behaviours"),
        ("proactive", "Proactive checks"),
        ("proactive", "Proaktives Verhalten"),
        ("proactive", "Comportements proactifs"),
        ("proactive", "主动交流规则"),
        ("tasks", "Tasks"),
        ("tasks", "To-Dos"),
        ("tasks", "Tâches"),
        ("tasks", "Задачи"),
        ("tasks", "任务"),
        ("other", "Notes"),
        ("other", "Rulers of the world"),
        ("other", "Paycheck"),
        ("other", ""),
    ],
)
def test_an_h2_is_classified_by_meaning(kind: str, title: str) -> None:
    (section,) = parse(f"## {title}\n- one\n").sections

    assert section.kind == kind
    assert section.title == title


def test_only_an_h2_has_a_kind() -> None:
    assert titles("# Rules\n- a\n### Checklist\n- b\n") == [("other", "Rules", 1), ("other", "Checklist", 3)]


def test_several_h1_and_no_h2_keep_their_items() -> None:
    text = "# Morning\n- a\n\n# Night\n- b\n- c\n"

    assert titles(text) == [("other", "Morning", 1), ("other", "Night", 4)]
    assert texts(text) == ["a", "b", "c"]


def test_items_above_the_first_heading_have_a_section_without_title() -> None:
    assert titles("\n\n- a\n\n## Rules\n- b\n") == [("other", "", 3), ("rules", "Rules", 5)]


def test_deeper_headings_group_the_items_of_an_h2() -> None:
    found = parse("## Checklist\n### Mail\n- a\n#### Inbox\n- b\n# Else\n- c\n### Deep\n- d\n")

    assert [item.text for item in found.section("checklist")] == ["a", "b"]
    assert titles(found.content)[1:] == [("other", "Else", 6), ("other", "Deep", 8)]


def test_an_h2_without_items_stays_and_an_h1_without_items_goes() -> None:
    assert titles("# Comment of old\n## Rules\n") == [("rules", "Rules", 2)]


def test_underlined_headings_are_headings() -> None:
    assert titles("Rules\n-----\n- a\n\nElse\n====\n- b\n") == [("rules", "Rules", 1), ("other", "Else", 5)]


def test_sections_of_the_same_kind_are_read_together() -> None:
    found = parse("## Rules\n- a\n## Checklist\n- b\n## More rules\n- c\n")

    assert [item.text for item in found.section("rules")] == ["a", "c"]


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("- a", Item(text="a", line=1)),
        ("* a", Item(text="a", line=1)),
        ("+ a", Item(text="a", line=1)),
        ("7. a", Item(text="a", line=1)),
        ("7) a", Item(text="a", line=1)),
        ("- [ ] a", Item(text="a", line=1)),
        ("- [] a", Item(text="a", line=1)),
        ("- [x] a", Item(text="a", line=1, done=True)),
        ("1. [X] a", Item(text="a", line=1, done=True)),
        ("- [x]a", Item(text="[x]a", line=1)),
        ("- [link](https://example.org)", Item(text="[link](https://example.org)", line=1)),
        ("- **Bold:** stays *raw*", Item(text="**Bold:** stays *raw*", line=1)),
        ("- a <!-- not this --> b", Item(text="a b", line=1)),
        ("- a\n  wrapped", Item(text="a wrapped", line=1)),
        ("- a\n\n  and more", Item(text="a and more", line=1)),
        ("- # a", Item(text="a", line=1)),
        ("> - a", Item(text="a", line=1)),
        ("- 检查邮件", Item(text="检查邮件", line=1)),
        ("- تحقق من البريد", Item(text="تحقق من البريد", line=1)),
    ],
)
def test_an_item_is_read_without_its_marker(line: str, item: Item) -> None:
    assert items(line) == [item]


def test_nested_items_come_after_their_parent_with_their_own_box() -> None:
    assert items("- [x] a\n  - b\n    1. [x] c\n- d\n") == [
        Item(text="a", line=1, done=True),
        Item(text="b", line=2),
        Item(text="c", line=3, done=True),
        Item(text="d", line=4),
    ]


def test_stubs_fences_tables_and_prose_are_no_items() -> None:
    text = "Prose.\n\n- \n- [ ]\n1.\n\n```\n- in a fence\n```\n\n| a | b |\n|---|---|\n| - c | d |\n"

    assert items(text) == []


def test_a_fence_in_a_fence_hides_its_items() -> None:
    assert texts("````markdown\n```\n- a\n```\n- b\n````\n- c\n") == ["c"]


def test_paragraphs_are_items_in_rules_only_and_only_where_they_start_like_a_rule() -> None:
    text = (
        "## Checklist\nNever mind.\n\n"
        "## Rules\nSome thoughts first.\n\n"
        "**Never** post\nabout politics.\nAlways be kind.\n\n- listed\n\n不要发送垃圾邮件\n"
    )

    assert [(item.text, item.line) for item in parse(text).section("rules")] == [
        ("**Never** post about politics.", 7),
        ("Always be kind.", 9),
        ("listed", 11),
        ("不要发送垃圾邮件", 13),
    ]
    assert parse(text).section("checklist") == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_bom_change_no_line_number(end: str) -> None:
    text = "\ufeff" + end.join(["---", "title: x", "---", "## Rules", "", "- a", "- b"])
    found = parse(text)

    assert found.content == text
    assert titles(text) == [("rules", "Rules", 4)]
    assert [(item.text, item.line) for item in found.section("rules")] == [("a", 6), ("b", 7)]


def test_nothing_below_deep_nesting_is_lost_without_a_word() -> None:
    found = parse("- " * 200 + "deep\n\n# Later\n")

    assert not found.empty
    assert "nested too deep" in found.warnings[0].message
