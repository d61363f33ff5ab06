"""Names and folded texts: what is the same to a reader is the same to the code, in any language."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.errors import InvalidValueError
from heartbeat.folding import fold
from heartbeat.names import mentions, same_name, shown_author
from heartbeat.settings import load_settings

ALIKE = [
    ("Ärni", "ärni"),
    ("ÄRNI", unicodedata.normalize("NFD", "ärni")),
    ("ЖУК", "жук"),
    ("ΟΔΟΣ", "οδος"),
    ("ΟΔΟΣ", "οδοσ"),
    ("İstanbul", "istanbul"),
    ("ISI", "ısı"),
    ("STRASSE", "straße"),
    ("STRAẞE", "strasse"),
    ("Ǆ", "ǆ"),
    ("\ufb01ve", "FIVE"),
    ("heart\u200bbeat", "Heartbeat"),
    ("co\u00adop", "COOP"),
]


@pytest.mark.parametrize(("first", "second"), ALIKE)
def test_texts_that_differ_in_case_or_composition_are_the_same(first: str, second: str) -> None:
    assert fold(first) == fold(second)
    assert mentions(f"Hello @{first}!", second)
    assert same_name(first, second)


@pytest.mark.parametrize(("first", "second"), [("Ärni", "Arni"), ("жук", "жуки"), ("é", "e"), ("ñ", "n")])
def test_other_letters_stay_other_letters(first: str, second: str) -> None:
    assert fold(first) != fold(second)
    assert not same_name(first, second)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_composition_makes_no_difference(text: str) -> None:
    assert len({fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")}) == 1


@pytest.mark.parametrize(
    "text",
    [
        *(
            "@Ärni",
            "hello @ärni!",
            "(@ÄRNI)",
            "„@Ärni“, what?",
            "a\n@Ärni\nb",
            "@Ärnis or @ärni",
            "1\ufe0f\u20e3@Ärni",
        ),
        unicodedata.normalize("NFD", "why, @Ärni?"),
    ],
)
def test_mention_is_found(text: str) -> None:
    assert mentions(text, "Ärni")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Ärni",
            "@Ärnis",
            "@ärni-bot",
            "@Ärni_",
            "@Ärniß",
            "x@ärni.org",
            ".@Ärni",
            "@@Ärni",
            "ä@Ärni",
            "@Arni",
        ),
        "a\u0308@Ärni",
        "@Ärni\u0301",
    ],
)
def test_part_of_a_longer_word_or_address_is_no_mention(text: str) -> None:
    assert not mentions(text, "Ärni")


def test_vowel_sign_after_a_name_makes_another_word() -> None:
    assert mentions("@राम, नमस्ते", "राम")
    assert not mentions("@रामे", "राम")


OWNERS = [
    "owner",
    "Owner",
    "OWNER ",
    " owner",
    "ｏｗｎｅｒ",
    "ow\u200bner",
    "o\u00adwner",
    "@owner",
    "owner:",
    "o w n e r",
]
OWNERS += ["owner\u202e", "«Owner»", "𝐨𝐰𝐧𝐞𝐫", "\ufeffowner", "ow\u034fner", "[owner]", "ⓞⓦⓝⓔⓡ"]


OWNERS += [
    "оwner",
    "Оwner",
    "οwner",
    "OWNΕR",
    "ОWNER",
    "оԝпег",
    "ωner".replace("ω", "oω"),
    "օwոer",
    "0wner",
    "ovvner",
]
OWNERS += ["ᴏᴡɴᴇʀ", "оｗner (ann@example.org)"]


@pytest.mark.parametrize("author", OWNERS)
def test_author_who_reads_as_the_owner_is_shown_as_a_stranger(author: str) -> None:
    assert shown_author(author, "heartbeat") == f"a stranger called {author.strip()}"


@pytest.mark.parametrize("author", ["Ärni", "ÄRNI", "a\u0308rni", "@ärni", "Är ni", "Ä\u200brni"])
def test_author_who_reads_as_the_agent_is_shown_as_a_stranger(author: str) -> None:
    assert shown_author(author, "Ärni") == f"a stranger called {author.strip()}"


@pytest.mark.parametrize(
    ("author", "agent"),
    [
        ("system", "heartbeat"),
        ("System:", "heartbeat"),
        ("ѕуѕtеm", "heartbeat"),
        ("ASSISTANT", "heartbeat"),
        ("аssistаnt", "heartbeat"),
        ("heаrtbeаt", "heartbeat"),
        ("ΗEARTBEAT", "heartbeat"),
        ("жyk", "Жук"),
    ],
)
def test_author_with_letters_that_look_alike_is_shown_as_a_stranger(author: str, agent: str) -> None:
    assert shown_author(author, agent) == f"a stranger called {author}"


@pytest.mark.parametrize(
    "author", ["Иван", "Анна", "Νίκος", "Ольга", "ann", "sysadmin", "assistants", "ower"]
)
def test_names_in_other_scripts_are_shown_as_written(author: str) -> None:
    assert shown_author(author, "heartbeat") == author


@pytest.mark.parametrize("author", ["bo", "owners", "the-owner-of-tea", "", "!", "co-owner", "heart", "Örni"])
def test_any_other_author_is_shown_as_written(author: str) -> None:
    assert shown_author(author, "Ärni") == author


@pytest.mark.parametrize("name", ["owner", "OWNER", "_owner_", "ＯＷＮＥＲ", "\u200d", "\u200d\u200d"])
def test_agent_cannot_be_called_as_the_owner_or_by_no_name(name: str) -> None:
    with pytest.raises(
        InvalidValueError, match=r"^HEARTBEAT_AGENT_NAME: .* is not allowed; allowed: 1 to 40"
    ):
        load_settings(agent_name=name)


def test_name_of_the_agent_is_composed() -> None:
    assert load_settings(agent_name="A\u0308rni").agent_name == "Ärni"


@pytest.mark.parametrize(
    "author", ["Owner (ann@example.org)", "heart-beat (x@example.org)", "owner (", "OWNER"]
)
def test_a_name_before_an_address_is_a_strangers_too(author: str) -> None:
    assert shown_author(author, "heartbeat") == f"a stranger called {author}"
    assert shown_author("Ann (owner)", "heartbeat") == "Ann (owner)"
    assert shown_author("owner <x@evil.example>", "heartbeat").startswith("a stranger called ")
