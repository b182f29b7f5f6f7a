"""`workbench watch`: exports imported as they land in a folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.group import INTERRUPTED, command, lang_option, spoken, table
from workbench.cli.imports import import_folder, in_terminal, mapping_of, reading_options, target_option

if TYPE_CHECKING:
    from workbench.data import Store

_COLUMNS = ("folder", "state", "looked_at", "file", "file_status", "waiting", "error")
_COLOURS = {"PASS": None, "REVIEW": "yellow", "FAIL": "red"}


@command("watch")
@click.argument("folder", required=False)
@target_option
@click.option("--once", is_flag=True, help="Import what has landed, then end: for a scheduler.")
@click.option("--every", default=10.0, show_default=True, help="Seconds between two looks, events or not.")
@click.option("--settle", default=2.0, show_default=True, help="Seconds that a file has to stay the same.")
@click.option("--poll", is_flag=True, help="Look by the clock only, as on a network share without events.")
@click.option("--again", is_flag=True, help="Try files again that failed before.")
@reading_options
@click.option("--save-mapping", is_flag=True, help="Remember --map, --timezone, … for this folder.")
@click.option("--strict", is_flag=True, help="With --once: exit with 1 on REVIEW, too.")
@lang_option
def watch(
    folder: str | None,
    workspace: str | None,
    once: bool,
    every: float,
    settle: float,
    poll: bool,
    again: bool,
    pairs: tuple[str, ...],
    save_mapping: bool,
    strict: bool,
    lang: str | None,
    **given: Any,
) -> None:
    """Import the exports in FOLDER as they land: one line a file, until Ctrl-C or SIGTERM.

    What landed while nobody watched comes first, in the order it came. A file is imported when it is
    whole: it has stayed the same for a while and ends as its kind does. Hidden, temporary and empty files
    are left out. A file that fails is left until it, or a saved mapping, changes; the watch goes on.
    A stop lets the file under way be finished; a second one gives it up, and nothing of it is in.
    Without FOLDER it says how the watched folders are.

    \b
    Examples:
      workbench watch exports/ -w my-workspace
      workbench watch exports/ --once -w my-workspace
      workbench watch partner/ --timezone Europe/Berlin --currency EUR --save-mapping -w my-workspace
      workbench watch -w my-workspace

    Exit code 0 when it is stopped; with --once 1 if a file failed (and for REVIEW with --strict).
    """
    from workbench import data, i18n

    store = data.open(import_folder(workspace))
    spoke = spoken(lang, store.path)
    if folder is None:
        _how_they_are(store, spoke)
        return
    with _until_stopped(spoke) as stop:
        landed = data.watch(
            store, folder, once=once, every=every, settle=settle, poll=poll, again=again, stop=stop,
            remember=save_mapping, **{**given, "mapping": mapping_of(pairs) or None},
        )  # fmt: skip
        if not once:
            click.echo(i18n.text("watch.begun", spoke, folder=folder, workspace=store.path))
        statuses = [_print(item, spoke) for item in landed]
    if stop.is_set():
        click.echo(_word("stopped", spoke))
    else:
        _caught_up(store, folder, statuses, strict, spoke)


@contextmanager
def _until_stopped(lang: str) -> Iterator[Event]:
    """An event that Ctrl-C and SIGTERM set: the file under way is finished, then the watch ends.

    An interrupt is never raised into an import, for libraries in C cannot always take it. A second signal
    ends the process at once, as a kill does; a workspace outlives that with nothing half-written.
    """
    stop = Event()

    def end(*_: object) -> None:
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()
        os.write(1, f"{_word('stopping', lang)}\n".encode())

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _word(name: str, lang: str) -> str:
    """A text of the room `watch` without values."""
    from workbench import i18n

    return i18n.text(f"watch.{name}", lang)


def _print(landed: Any, lang: str) -> str:
    click.secho(in_terminal(landed.line(lang)), fg=_COLOURS[landed.status])
    return str(landed.status)


def _caught_up(store: Store, folder: str, statuses: list[str], strict: bool, lang: str) -> None:
    from pathlib import Path

    from workbench import data, i18n

    click.echo(i18n.text("watch.caught_up", lang, count=len(statuses)))
    told = data.watched(store).set_index("folder")["waiting"]
    if waiting := int(told.get(str(Path(folder).expanduser().resolve()), 0)):
        click.echo(i18n.text("watch.still", lang, count=waiting))
    if "FAIL" in statuses or (strict and "REVIEW" in statuses):
        click.get_current_context().exit(1)


def _how_they_are(store: Store, lang: str) -> None:
    from workbench import data

    rows = data.watched(store).to_dict("records")
    if not rows:
        click.echo(_word("none", lang))
        return
    head = tuple(_word(f"col_{name}", lang) for name in _COLUMNS)
    table([tuple(_cell(name, row[name], lang) for name in _COLUMNS) for row in rows], head)


def _cell(name: str, value: Any, lang: str) -> str:
    if name == "state":
        return _word(f"state_{value}", lang)
    if name == "looked_at":
        return f"{value:%Y-%m-%d %H:%M:%S}" if value == value else "–"
    return str(value) or "–"
