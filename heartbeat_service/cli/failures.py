"""Errors of commands, as one line on stderr and an exit code: 1 for a failure, 2 for wrong usage."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.exceptions import TyperException

from heartbeat.errors import FenceLostError, HeartbeatError
from heartbeat.text import clause
from heartbeat_service.cli import streams
from heartbeat_service.escaping import one_line

if TYPE_CHECKING:
    from heartbeat.store.unreadable import Unreadable

FAILED, MISUSED = 1, 2
_QUIET = logging.NullHandler()


def guarded(run: Callable[[], Any]) -> NoReturn:
    """Run a command and exit; tracebacks are shown only for unexpected errors with HEARTBEAT_DEBUG=1."""
    streams.prepare()
    debug = os.environ.get("HEARTBEAT_DEBUG") == "1"
    if not debug:
        # Without a handler Python prints logged warnings and tracebacks to stderr.
        logging.getLogger().addHandler(_QUIET)
    try:
        code = run()
        sys.stdout.flush()
    except (HeartbeatError, TyperException) as error:
        complain(_asked_wrongly(error))
        sys.exit(FAILED if isinstance(error, FenceLostError) else MISUSED)
    except UnicodeEncodeError:
        complain("an argument is not valid text; allowed: Unicode")
        sys.exit(MISUSED)
    except typer.Abort:
        complain("stopped; nothing was done")
        sys.exit(FAILED)
    except Exception as error:
        if streams.is_unread(error, sys.stdout, sys.stderr):
            sys.exit(FAILED)  # the reader of the output is gone, so no message is written
        if debug:
            raise
        complain(_unexpected(error))
        sys.exit(FAILED)
    finally:
        streams.abandon(sys.stdout, sys.stderr)
    sys.exit(code if isinstance(code, int) else 0)


def complain(sentence: str) -> None:
    """Print an error on one line of stderr."""
    with suppress(OSError, ValueError):
        print(f"heartbeat: {one_line(sentence)}", file=sys.stderr, flush=True)


def _asked_wrongly(error: Exception) -> str:
    if not isinstance(error, TyperException):
        return str(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "heartbeat"
    message = error.format_message().replace("Value error, ", "")
    return f"{clause(message)}; see: {path} --help"


def _unexpected(error: Exception) -> str:
    # Imported only after a failure, since it imports the database library.
    from heartbeat.store.failure import failure_of

    if (cell := _cell(error)) is not None:
        return cell
    cause: BaseException = getattr(error, "orig", None) or error
    failure = failure_of(error)
    if failure is not None:
        return str(failure)
    if isinstance(cause, OSError):
        where = f"{cause.filename}: " if cause.filename else ""
        return f"{where}{cause.strerror or cause}"
    kind = type(error).__name__
    return f"unexpected {kind}: {error}; HEARTBEAT_DEBUG=1 shows where it happened"


def _cell(error: Exception) -> str | None:
    """Return which cell of the database cannot be read, by which an error may be explained; None if there is none."""
    from heartbeat.settings import load_settings
    from heartbeat.store import unreadable

    if not unreadable.may_be_met(error):
        return None
    found: Unreadable | str | None = unreadable.said_of_text(error)
    if found is None:
        try:
            found = unreadable.find_in(load_settings().database_path)
        except HeartbeatError:
            return None  # a setting that is not allowed: there is no database of this command
    return None if found is None else unreadable.told(found)
