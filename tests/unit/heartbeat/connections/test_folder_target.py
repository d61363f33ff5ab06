"""Notes into a folder: lines that are added and boxes that are ticked, while the owner's editor saves the file."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from heartbeat.connections import folder_target as module
from heartbeat.connections import inside, note_journal
from heartbeat.connections.folder_target import WAIT, FolderTarget
from heartbeat.errors import NotSentError, RefusedError, TargetError
from heartbeat.instructions import saving
from heartbeat.outgoing import Outgoing
from tests.support.editor import Editor

LIST = "# Shopping\n\n- [ ] Milk\n- [x] Tea\n- [ ] A < B\n"


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    made = tmp_path / "vault"
    made.mkdir()
    return made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


class Sleep:
    """A sleep that takes no time; ``on_look`` is called in the waits before a note is looked at again."""

    def __init__(self, *on_look: Callable[[], Any]) -> None:
        self.waits = list(on_look)

    def __call__(self, seconds: float) -> None:
        if seconds == WAIT and self.waits:
            self.waits.pop(0)()


def target(vault: Path, home: Path, *on_look: Callable[[], Any], **given: Any) -> FolderTarget:
    return FolderTarget("vault", vault, home=home, sleep=Sleep(*on_look), **given)


def add(text: str, file: str = "list.md") -> Outgoing:
    return Outgoing(kind="note", file=file, mode="append", text=text)


def tick(text: str, file: str = "list.md") -> Outgoing:
    return Outgoing(kind="note", file=file, mode="tick", text=text)


def nothing() -> None:
    """Let a wait pass."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b"Bread\n"),
        (b"", b"Bread\n"),
        (b"Milk\n", b"Milk\nBread\n"),
        (b"Milk", b"Milk\nBread\n"),
        (b"Milk\r\nTea", b"Milk\r\nTea\r\nBread\r\n"),
        (b"Milk\r\n", b"Milk\r\nBread\r\n"),
        (b"Milk\r", b"Milk\rBread\r"),
        (b"\xef\xbb\xbfMilk\n", b"\xef\xbb\xbfMilk\nBread\n"),
        ("\ufeffMilk\n".encode("utf-16-le"), "\ufeffMilk\nBread\n".encode("utf-16-le")),
        ("\ufeffMilk".encode("utf-16-be"), "\ufeffMilk\nBread\n".encode("utf-16-be")),
    ],
)
def test_a_line_is_added_in_the_way_of_the_file(
    vault: Path, home: Path, before: bytes | None, after: bytes
) -> None:
    path = vault / "list.md"
    if before is not None:
        path.write_bytes(before)
    receipt = target(vault, home).deliver(add("Bread"), "k", 30)
    assert path.read_bytes() == after
    line = len(after.decode("utf-16" if after[:1] in (b"\xff", b"\xfe") else "utf-8").splitlines())
    assert receipt == {"file": "list.md", "line": line, "undo": f"Delete line {line} of list.md: Bread"}


def test_a_box_is_ticked_and_the_file_keeps_mode_owner_and_the_rest(vault: Path, home: Path) -> None:
    path = vault / "list.md"
    path.write_bytes(LIST.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    receipt = target(vault, home).deliver(tick("Milk"), "k", 30)
    assert path.read_bytes() == LIST.replace("[ ] Milk", "[x] Milk").replace("\n", "\r\n").encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert receipt == {
        "file": "list.md",
        "line": 3,
        "undo": "Take the x out of line 3 of list.md: - [x] Milk",
    }
    assert [each.name for each in vault.iterdir()] == ["list.md"]


@pytest.mark.parametrize("seen", ["A < B", "A &lt; B", "- [ ] A < B", "- [ ] A &lt; B"])
def test_a_box_is_named_by_its_text_or_line_in_either_spelling(vault: Path, home: Path, seen: str) -> None:
    (vault / "list.md").write_text(LIST)
    target(vault, home).deliver(tick(seen), "k", 30)
    assert "- [x] A < B\n" in (vault / "list.md").read_text()


@pytest.mark.parametrize(
    ("text", "seen", "said"),
    [
        ("- [ ] Oat milk\n", "Milk", 'text: "Milk" is no box of list.md; allowed: one whose text is still'),
        ("- [ ] Milk\n  - [ ] Milk\n", "Milk", 'text: "Milk" is on the lines 1, 2 of list.md; allowed: one'),
        ("Milk\n", "Milk", 'text: "Milk" is no box of list.md'),
        (None, "Milk", 'file: "list.md" is not there; allowed: a file with the box'),
    ],
)
def test_a_box_that_is_not_as_it_was_seen_is_refused(
    vault: Path, home: Path, text: str | None, seen: str, said: str
) -> None:
    path = vault / "list.md"
    if text is not None:
        path.write_text(text)
    with pytest.raises(RefusedError) as refused:
        target(vault, home).deliver(tick(seen), "k", 30)
    assert str(refused.value).startswith(said)
    assert (path.read_text() if path.exists() else None) == text


def test_a_box_that_is_ticked_already_is_left_as_it_is(vault: Path, home: Path) -> None:
    path = vault / "list.md"
    path.write_text(LIST)
    receipt = target(vault, home).deliver(tick("Tea"), "k", 30)
    assert receipt["line"] is None
    assert path.read_text() == LIST


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "post"}, 'kind: "post" cannot be written to a folder; allowed: note'),
        ({"mode": "replace"}, 'mode: "replace" is unknown; allowed: append, tick'),
        ({"mode": None}, "mode: null is unknown; allowed: append, tick"),
        ({"text": " "}, "text: it has 0 characters; allowed: 1 to 1000"),
        ({"text": "x" * 1_001}, "text: it has 1001 characters; allowed: 1 to 1000"),
        ({"text": "a\nb"}, "text: it holds a line end or a control character; allowed: one line"),
        ({"text": "a\u2028b"}, "text: it holds a line end or a control character; allowed: one line"),
        ({"text": "a\x1bb"}, "text: it holds a line end or a control character; allowed: one line"),
        ({"file": None}, 'file: "" is no name of a file; allowed: a name inside the folder'),
        ({"file": "list.txt"}, 'file: "list.txt" is none of the files of this folder; allowed: names that'),
        (
            {"file": "no/list.md"},
            'file: "no/list.md" lies in "no", which is not there; allowed: folders that',
        ),
        ({"file": "latin.md"}, 'file: "latin.md" is not UTF-8 on line 1 (byte 1); save it as UTF-8'),
    ],
)
def test_bad_notes_are_refused_in_one_sentence(
    vault: Path, home: Path, given: dict[str, Any], said: str
) -> None:
    (vault / "latin.md").write_bytes(b"a\xe4\n")
    action = add("Bread").model_copy(update=given)
    with pytest.raises(RefusedError) as refused:
        target(vault, home).deliver(action, "k", 30)
    assert str(refused.value).startswith(said)
    assert [each.name for each in vault.iterdir()] == ["latin.md"]


class TestWhileAnEditorSaves:
    def test_a_line_that_a_save_dropped_is_added_once_more(self, vault: Path, home: Path) -> None:
        path = vault / "list.md"
        path.write_text("Milk\n")
        receipt = target(vault, home, lambda: path.write_text("Milk\nTea\n")).deliver(add("Bread"), "k", 30)
        assert path.read_text() == "Milk\nTea\nBread\n"
        assert receipt["line"] == 3

    def test_a_line_that_is_dropped_twice_is_not_known_to_be_there(self, vault: Path, home: Path) -> None:
        path = vault / "list.md"
        path.write_text("Milk\n")
        drop = [lambda text=text: path.write_text(text) for text in ("Tea\n", "Salt\n")]
        folder = target(vault, home, *drop)
        with pytest.raises(TargetError, match=r"^another program saved list\.md twice without the note$"):
            folder.deliver(add("Bread"), "k", 30)
        with pytest.raises(TargetError, match=r"^list\.md was changed since, so it cannot be told"):
            folder.find("k")
        path.write_text("Salt\nBread\n")
        assert folder.find("k") == {
            "file": "list.md",
            "line": 2,
            "undo": "Delete line 2 of list.md: Bread",
        }

    def test_a_tick_that_a_save_dropped_is_made_once_more(self, vault: Path, home: Path) -> None:
        path = vault / "list.md"
        path.write_text(LIST)
        target(vault, home, lambda: path.write_text(f"{LIST}More\n")).deliver(tick("Milk"), "k", 30)
        assert path.read_text() == f"{LIST}More\n".replace("[ ] Milk", "[x] Milk")

    def test_a_file_that_is_saved_before_the_tick_is_left_as_it_was_saved(
        self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = vault / "list.md"
        path.write_text(LIST)
        usual = saving.copy_metadata

        def save_first(*given: Any) -> None:
            usual(*given)
            path.write_text(f"{LIST}More\n")

        monkeypatch.setattr(inside, "copy_metadata", save_first)
        with pytest.raises(NotSentError, match="was saved by another program at the same time"):
            target(vault, home).deliver(tick("Milk"), "k", 30)
        assert path.read_text() == f"{LIST}More\n"
        assert [each.name for each in vault.iterdir()] == ["list.md"]

    def test_what_an_editor_writes_into_the_file_that_was_replaced_comes_back(
        self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = vault / "list.md"
        path.write_text(LIST)
        usual = os.replace
        with path.open("r+b", buffering=0) as editor:

            def replace_then_save(*given: Any, **named: Any) -> None:
                usual(*given, **named)
                editor.seek(0)
                editor.write(b"Saved by the editor\n")
                editor.truncate()

            with monkeypatch.context() as patch:
                patch.setattr(os, "replace", replace_then_save)
                with pytest.raises(NotSentError, match="was saved by another program at the same time"):
                    target(vault, home).deliver(tick("Milk"), "k", 30)
        assert path.read_text() == "Saved by the editor\n"

    def test_an_editor_loses_nothing_and_no_line_is_there_twice(self, vault: Path, home: Path) -> None:
        write_beside_an_editor(vault, home, notes=12)


def write_beside_an_editor(vault: Path, home: Path, notes: int) -> None:
    """Check that an editor and so many notes lose nothing, and that no line is there twice."""
    path = vault / "list.md"
    first = [f"first {number} {'-' * 80}" for number in range(50)]
    path.write_text("\n".join([*first, ""]))
    with Editor(path, seed=19) as editor:

        def sleep(seconds: float) -> None:
            # A wait is longer than what the editor needs from loading to saving, and half of it than saving.
            if seconds >= WAIT / 2:
                editor.wait_for(2 if seconds == WAIT else 0)
            else:
                editor.pause()

        folder = FolderTarget("vault", vault, home=home, sleep=sleep)
        ends = {f"ours {number}": send(folder, f"ours {number}", str(number)) for number in range(notes)}
    lines = path.read_text().splitlines()
    assert sorted(line for line in lines if line not in ends) == sorted([*first, *editor.typed])
    assert {lines.count(line) for line, end in ends.items() if end == "sent"} == {1}
    assert {lines.count(line) for line in ends} <= {0, 1}
    assert list(ends.values()).count("sent") > notes * 3 / 4


def send(folder: FolderTarget, text: str, key: str) -> str:
    """Deliver as the deliverer does: again after *not sent*, searched after *perhaps*; return how it ended."""
    for _ in range(20):
        try:
            folder.deliver(add(text), key, 30)
        except NotSentError:
            continue
        except TargetError:
            try:
                if folder.find(key) is None:
                    continue
            except (TargetError, NotSentError):
                return "unknown"
        return "sent"
    return "unknown"


class TestOutsideOfTheFolder:
    @pytest.mark.parametrize(
        "name",
        [
            *("../out.md", "sub/../../out.md", "/etc/out.md", "sub/..", "..", "a//b.md", "./a.md"),
            *("C:out.md", "..\\out.md", "a\0.md", "a\n.md", "NUL.md", "con.md", "sub/COM1.md", "lpt¹.x.md"),
            *("a.md.", "a.md ", "", " ", "sub/", f"{'a' * 300}.md", f"{'a/' * 300}b.md", "\ud800.md"),
            *(".obsidian/a.md", ".a.md"),
        ],
    )
    @pytest.mark.parametrize("make", [add, tick])
    def test_names_that_lead_elsewhere_are_refused(
        self, vault: Path, home: Path, make: Callable[..., Outgoing], name: str
    ) -> None:
        (vault / "sub").mkdir()
        (vault / ".obsidian").mkdir()
        with pytest.raises(RefusedError, match=r"^file: .*; allowed: "):
            target(vault, home).deliver(make("Bread", name), "k", 30)
        assert sorted(path.name for path in vault.rglob("*")) == [".obsidian", "sub"]
        assert not (vault.parent / "out.md").exists()

    @pytest.mark.parametrize("make", [add, tick])
    @pytest.mark.parametrize("name", ["link.md", "sub/out.md", "dangling.md"])
    def test_links_are_not_followed(
        self, vault: Path, home: Path, make: Callable[..., Outgoing], name: str
    ) -> None:
        outside = vault.parent / "outside"
        outside.mkdir()
        (outside / "out.md").write_text(LIST)
        (vault / "link.md").symlink_to(outside / "out.md")
        (vault / "dangling.md").symlink_to(outside / "new.md")
        (vault / "sub").symlink_to(outside)
        with pytest.raises(RefusedError, match=r"^file: .* link"):
            target(vault, home).deliver(make("Milk", name), "k", 30)
        assert [path.name for path in outside.iterdir()] == ["out.md"]
        assert (outside / "out.md").read_text() == LIST

    def test_a_folder_that_becomes_a_link_in_between_is_not_followed(
        self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        outside = vault.parent / "outside"
        outside.mkdir()
        (vault / "sub").mkdir()
        usual = inside._spelled

        def swap(names: Any, part: str, name: str) -> str | None:
            found = usual(names, part, name)
            if part == "sub":
                (vault / "sub").rmdir()
                (vault / "sub").symlink_to(outside)
            return found

        monkeypatch.setattr(inside, "_spelled", swap)
        with pytest.raises(RefusedError, match="leads through a link or a file"):
            target(vault, home).deliver(add("Bread", "sub/out.md"), "k", 30)
        assert list(outside.iterdir()) == []

    def test_a_hard_link_to_outside_is_neither_added_to_nor_ticked_there(
        self, vault: Path, home: Path
    ) -> None:
        outside = vault.parent / "out.md"
        outside.write_text(LIST)
        (vault / "list.md").hardlink_to(outside)
        with pytest.raises(RefusedError, match="has a second name"):
            target(vault, home).deliver(add("Bread"), "k", 30)
        target(vault, home).deliver(tick("Milk"), "k2", 30)
        assert outside.read_text() == LIST
        assert "[x] Milk" in (vault / "list.md").read_text()

    @pytest.mark.parametrize("name", ["LIST.md", "list.MD", "Sub/list.md"])
    def test_another_case_is_refused_since_it_is_the_same_file_on_some_systems(
        self, vault: Path, home: Path, name: str
    ) -> None:
        (vault / "sub").mkdir()
        (vault / "list.md").write_text("Milk\n")
        with pytest.raises(RefusedError, match=r"is spelled \"(list\.md|sub)\" there|none of the files"):
            target(vault, home).deliver(add("Bread", name), "k", 30)
        assert (vault / "list.md").read_text() == "Milk\n"

    def test_a_name_in_another_unicode_form_is_the_file_that_is_there(self, vault: Path, home: Path) -> None:
        (vault / "Bu\u0308cher.md").write_text("Milk\n")
        target(vault, home).deliver(add("Bread", "B\u00fccher.md"), "k", 30)
        assert [each.read_text() for each in vault.iterdir()] == ["Milk\nBread\n"]

    @pytest.mark.parametrize("make", [add, tick])
    def test_pipes_and_folders_are_no_files(
        self, vault: Path, home: Path, make: Callable[..., Outgoing]
    ) -> None:
        os.mkfifo(vault / "pipe.md")
        (vault / "folder.md").mkdir()
        for name in ("pipe.md", "folder.md"):
            with pytest.raises(RefusedError, match=r"^file: .* is (a folder|a device|no file)"):
                target(vault, home).deliver(make("Bread", name), "k", 30)

    def test_where_the_system_cannot_open_folders_real_paths_are_compared(
        self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inside, "_CAN_WALK", False)
        (vault / "sub").symlink_to(vault.parent)
        (vault / "own").mkdir()
        (vault / "own" / "list.md").write_text(LIST)
        with pytest.raises(RefusedError, match="leads through a link"):
            target(vault, home).deliver(add("Bread", "sub/out.md"), "k", 30)
        target(vault, home).deliver(add("Bread", "own/list.md"), "k", 30)
        target(vault, home).deliver(tick("Milk", "own/list.md"), "k2", 30)
        assert (vault / "own" / "list.md").read_text() == LIST.replace("[ ] Milk", "[x] Milk") + "Bread\n"


class TestNotSent:
    def test_a_full_disk_is_tried_again(
        self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (vault / "list.md").write_text(LIST)

        def full(*given: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            for action in (add("Bread"), tick("Milk")):
                with pytest.raises(
                    NotSentError, match=r"^list\.md could not be written: No space left on device$"
                ):
                    target(vault, home).deliver(action, "k", 30)
        assert (vault / "list.md").read_text() == LIST
        target(vault, home).deliver(add("Bread"), "k", 30)
        assert (vault / "list.md").read_text() == f"{LIST}Bread\n"

    def test_half_a_line_is_no_note(self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = vault / "list.md"
        path.write_text(LIST)
        usual, left = os.write, [3]

        def filling(descriptor: int, data: Any) -> int:
            if not left:
                raise OSError(errno.ENOSPC, "No space left on device")
            return usual(descriptor, data[: left.pop()])

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", filling)
            with pytest.raises(TargetError, match="took a part of the line: No space left on device"):
                target(vault, home).deliver(add("Bread"), "k", 30)
        with pytest.raises(TargetError, match="cannot be told"):
            target(vault, home).find("k")

    def test_a_file_that_is_locked_read_only_or_a_folder_that_is_gone(
        self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = vault / "list.md"
        path.write_text(LIST)
        path.chmod(0o444)
        for action in (add("Bread"), tick("Milk")):
            with pytest.raises(NotSentError):
                target(vault, home).deliver(action, "k", 30)
        with pytest.raises(NotSentError, match="could not be written: No such file or directory"):
            target(vault.parent / "gone", home).deliver(add("Bread"), "k", 30)
        assert path.read_text() == LIST

    def test_another_process_that_writes_is_waited_for_and_then_given_up(
        self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_PATIENCE", 0.01)
        with (
            note_journal.NoteJournal(home / "notes" / "vault.jsonl").locked(1),
            pytest.raises(NotSentError, match="another process is writing a note to the folder"),
        ):
            target(vault, home).deliver(add("Bread"), "k", 30)
        assert list(vault.iterdir()) == []

    def test_nothing_is_written_after_the_deadline(self, vault: Path, home: Path) -> None:
        instants = iter([0.0, 31.0])
        with pytest.raises(NotSentError, match="could not be written in time"):
            target(vault, home, monotonic=lambda: next(instants)).deliver(add("Bread"), "k", 30)
        assert list(vault.iterdir()) == []


class TestFind:
    def test_a_note_whose_receipt_was_lost_is_found_and_not_written_again(
        self, vault: Path, home: Path
    ) -> None:
        path = vault / "list.md"
        path.write_text(f"Bread\n{LIST}")
        for action, key in ((add("Bread"), "a"), (tick("Milk"), "t")):
            receipt = target(vault, home).deliver(action, key, 30)
            text = path.read_text()
            again = target(vault, home)
            assert again.find(key) == receipt
            assert again.deliver(action, key, 30) == receipt
            assert path.read_text() == text

    def test_what_was_never_written_is_not_found(
        self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = vault / "list.md"
        path.write_text(LIST)
        assert target(vault, home).find("k") is None

        def die(*given: Any) -> int:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", die)
            with pytest.raises(KeyboardInterrupt):
                target(vault, home).deliver(add("Bread"), "k", 30)
        assert target(vault, home).find("k") is None
        path.write_text("Milk\n")
        with pytest.raises(TargetError, match="cannot be told"):
            target(vault, home).find("k")

    def test_the_journal_holds_no_text_and_is_the_accounts_alone(self, vault: Path, home: Path) -> None:
        target(vault, home).deliver(add("Bread"), "k", 30)
        journal = home / "notes" / "vault.jsonl"
        assert "Bread" not in journal.read_text()
        assert stat.S_IMODE(journal.stat().st_mode) == 0o600
        assert stat.S_IMODE(journal.parent.stat().st_mode) == 0o700

    def test_the_journal_is_bounded_and_forgets_the_oldest(
        self, vault: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(note_journal, "KEPT", 5)
        folder = target(vault, home)
        for number in range(23):
            folder.deliver(add(f"Line {number}"), str(number), 30)
        journal = home / "notes" / "vault.jsonl"
        assert 5 <= len(journal.read_text().split()) <= 10
        assert stat.S_IMODE(journal.stat().st_mode) == 0o600
        assert folder.find("0") is None
        assert (folder.find("22") or {})["line"] == 23

    def test_a_record_that_was_cut_off_is_left_out(self, vault: Path, home: Path) -> None:
        folder = target(vault, home)
        folder.deliver(add("Bread"), "a", 30)
        with (home / "notes" / "vault.jsonl").open("a") as file:
            file.write('{"key": "b", "fi')
        folder.deliver(add("Tea"), "c", 30)
        assert folder.find("b") is None
        assert [(folder.find(key) or {})["line"] for key in ("a", "c")] == [1, 2]


def test_no_note_turns_the_direction_of_what_follows_it(vault: Path, home: Path) -> None:
    file = vault / "list.md"
    file.write_text("- [ ] Pay \u202eBo\n", encoding="utf-8")
    target(vault, home).deliver(add("Call \u202eBo\u2066 \u05d1\u200f"), "k", 2.0)
    target(vault, home).deliver(tick("Pay \u202eBo"), "k2", 2.0)
    assert file.read_text(encoding="utf-8") == "- [x] Pay \u202eBo\nCall Bo \u05d1\u200f\n"
    with pytest.raises(RefusedError, match="allowed: a name inside the folder"):
        target(vault, home).deliver(add("Hi", "a\u202edm.exe.md"), "k3", 2.0)
