"""Copy and write files so that they last through a power failure, accessible to the user only."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from heartbeat.instructions.saving import sync_folder, write_all


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, with mode 0600."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_new(source: Path, copy: Path) -> None:
    """Copy the content of a file to one that is not there yet, with mode 0600."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with source.open("rb") as read, os.fdopen(os.open(copy, flags, 0o600), "wb") as written:
        shutil.copyfileobj(read, written, 1024 * 1024)
        written.flush()
        os.fsync(written.fileno())


def keep_copy(source: Path, copy: Path) -> None:
    """Copy a file to one that is there as a whole or not at all."""
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    try:
        copy_new(source, part)
        part.replace(copy)
    finally:
        part.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Make what was written to a file last through a power failure."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make the names in a folder and in its folders last through a power failure."""
    for each in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
        sync_folder(each)


def remove_tree(folder: Path) -> None:
    """Delete a folder with all that it holds, if it is there."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
