"""The group of commands: one sentence on failure, exit codes, shared options."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from workbench.errors import WorkbenchError

F = TypeVar("F", bound=Callable[..., Any])
DEBUG = "workbench.debug"
INTERRUPTED, TERMINATED = 130, 143
HELP = {"help_option_names": ["-h", "--help"]}
"""Taken over by the commands of a group."""


class TerminatedError(KeyboardInterrupt):
    """SIGTERM, raised where Ctrl-C would be, so that what is under way is tidied up in the same way."""


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end what is inside as Ctrl-C does; a second one ends the process at once."""

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise TerminatedError

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread, which alone hears signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


class Commands(click.Group):
    """Commands in the order of a day's work; an error is one sentence on stderr."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """A group whose help is asked for in either way, like that of its commands."""
        super().__init__(*arguments, **{"context_settings": HELP, **options})

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order they were given, not by the alphabet."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what goes wrong is said, not dumped."""
        try:
            return super().invoke(ctx)
        except WorkbenchError as error:
            return _fail(ctx, error, _told(ctx, error))
        except KeyboardInterrupt as ended:
            click.echo(err=True)
            return ctx.exit(TERMINATED if isinstance(ended, TerminatedError) else INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001  (the last line of defence; --debug shows it whole)
            first = " ".join(str(error).split())[:200]
            sentence = f"Unexpected {type(error).__name__}: {first} Run it again with --debug to see where."
            return _fail(ctx, error, sentence)


def _told(ctx: click.Context, error: WorkbenchError) -> str:
    """The sentence of an error in the language that the command speaks."""
    from workbench.i18n.errors import told

    said, workspace = (ctx.meta.get(f"workbench.{name}") for name in ("lang", "workspace"))
    folder = Path(workspace).expanduser() if workspace and workspace != "demo" else None
    try:
        return told(error, spoken(said, folder if folder and folder.is_dir() else None))
    except WorkbenchError:  # the settings are what is wrong
        return told(error, said or "en")


def _fail(ctx: click.Context, error: Exception, sentence: str) -> None:
    if ctx.meta.get(DEBUG):
        raise error
    click.echo(sentence, err=True)
    ctx.exit(1)


def command(name: str) -> Callable[[F], click.Command]:
    """A command with the option `--debug`."""

    def decorate(function: F) -> click.Command:
        made = click.command(name)(function)
        made.params.append(debug_option())
        return made

    return decorate


def debug_option() -> click.Option:
    """The option `--debug`, of a command or of a group of commands."""
    return click.Option(
        ["--debug"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_remember_debug,
        help="Show the whole traceback of an error.",
    )


def _remember_debug(ctx: click.Context, _option: click.Parameter, value: bool) -> bool:
    ctx.meta[DEBUG] = value or ctx.meta.get(DEBUG) or bool(os.environ.get("WORKBENCH_DEBUG"))
    return value


def _remember(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    ctx.meta[f"workbench.{option.name}"] = value
    return value


workspace_option = click.option(
    "--workspace",
    "-w",
    callback=_remember,
    metavar="FOLDER",
    help="Workspace folder, or 'demo'. Default: $WORKBENCH_WORKSPACE, else the demo world.",
)
lang_option = click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    callback=_remember,
    help="Language. Default: the workspace's.",
)


def spoken(lang: str | None, workspace: Path | None = None) -> str:
    """The language to speak: the one asked for, else the workspace's."""
    from workbench import settings

    return lang or settings.load(workspace).lang


def say(key: str, lang: str, **values: object) -> None:
    """Print a text of the room `cli`."""
    from workbench import i18n

    click.echo(i18n.text(f"cli.{key}", lang, **values))


def word(name: str, lang: str) -> str:
    """A text of the room `cli` without values."""
    from workbench import i18n

    return i18n.text(f"cli.{name}", lang)


def table(rows: Sequence[tuple[str, ...]], head: tuple[str, ...] = ()) -> None:
    """Print rows in columns; Chinese characters take two places."""
    lines = [head, *rows] if head else list(rows)
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)] if lines else []
    for line in lines:
        cells = [cell + " " * (room - _width(cell)) for cell, room in zip(line, widths, strict=True)]
        click.echo("  " + "  ".join(cells).rstrip())


def _width(text: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(mark) in "WF" else 1 for mark in text)
