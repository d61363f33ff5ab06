"""``heartbeat prompts``: check, show and copy the prompt templates."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from heartbeat.errors import ConflictError, InvalidValueError, PromptError
from heartbeat.settings import load_settings
from heartbeat_decision.prompts import ASKING, NAMES, VARIABLES, file_of, load_templates, templates_of
from heartbeat_service.cli.failures import FAILED, complain
from heartbeat_service.cli.group import command_group
from heartbeat_service.cli.terminal import say, say_row

app = command_group("The prompt templates.")

Name = Literal[
    "system",
    "question",
    "write",
    "item",
    "age",
    "repair",
    "comment",
    "post",
    "tell",
    "note",
]
Template = Annotated[Name, typer.Argument(help="A template.")]


@app.command()
def check() -> None:
    """Show the templates in use and the variables of each; exit 1 when one cannot be used."""
    settings = load_settings()
    try:
        templates = templates_of(settings)
    except PromptError as error:
        complain(str(error))
        raise typer.Exit(FAILED) from None
    if templates.warning is not None:
        complain(templates.warning)
    for name in NAMES:
        say_row(name, str(templates.own.get(name, "as it came")), width=10)
        say_row("", f"may name {', '.join(VARIABLES[name])}", width=10)
    for name in ASKING:
        say_row(name, str(templates.own.get(name, "as it came")), width=10)
        say_row("", f"examples: {(len(templates.asking[name].prefix) - 1) // 2}", width=10)
    say("Make one your own with: heartbeat prompts copy NAME")


@app.command()
def show(name: Template) -> None:
    """Print the template in use."""
    typer.echo(templates_of(load_settings()).texts[name], nl=False)


@app.command()
def copy(name: Template) -> None:
    """Copy a built-in template into the workspace, to be changed there."""
    folder = load_settings().prompts_path
    path = folder / file_of(name)
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(load_templates(None).texts[name])
    except FileExistsError as error:
        raise ConflictError(f"{error.filename} is there already; nothing was changed") from None
    except OSError as error:
        said = f"HEARTBEAT_PROMPTS: {path} cannot be written: {error.strerror or error}; allowed: a folder"
        raise InvalidValueError("HEARTBEAT_PROMPTS", said) from None
    say(f"{path} is yours now; the next beat reads it. See: heartbeat prompts check")
