"""Corrected rows come back: read as their import read them, merged into what it brought, and noted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.crm import sheet
from workbench.crm.engine import Wish, run
from workbench.crm.sheet import Sheet
from workbench.errors import InputError
from workbench.sources import additions, quarantine
from workbench.sources.problems import Unusable
from workbench.sources.quarantine import LINE, RAW, REASONS
from workbench.sources.request import Request
from workbench.sources.review import ImportReview, finding
from workbench.store.changes import literal
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.store import Store


@on_this_machine
def requeue(store: Store, import_id: str, path: str | Path, dry_run: bool = False) -> ImportReview:
    """Import corrected rows of an earlier import, with its table, mapping, time zone and currency.

    Args:
        store: The workspace; it moves to the new data version.
        import_id: Id of the import that set the rows aside, or a beginning that only one id has.
        path: CSV, workbook or Parquet with the columns of the original, as `quarantine.export` writes it:
            correct the cells, drop what is to stay out. `_line` ties a row to the one set aside.
        dry_run: Review only; nothing is written.

    Returns:
        The review of the corrected rows. Those that came in are set aside no more, as long as this import
        is not undone.

    Raises:
        InputError: for an unknown import, or a file that cannot be read or has none of its rows.
        StoreError: when the data cannot be written; nothing changes then.
    """
    store.refresh()
    entry = _entry(store, import_id)
    name = str(entry["import_id"])
    given = _read(Path(path).expanduser())
    corrected = _restored(given, f"{entry['file']} (corrected)")
    rows = dict(_rows(corrected))
    lines = list(rows)
    _check_open(store, name, lines, given)
    settings = json.loads(entry["settings"] or "{}")
    request = Request(**{item.name: settings[item.name] for item in fields(Request) if item.name in settings})
    if str(entry["profile"]).startswith("crm/"):
        wish = Wish(
            settings["table"], settings["mapping"], replace(request, mapping=None), {"corrects": name}
        )
        review = run(store, corrected, wish, dry_run)
    else:
        request = replace(request, source=entry["source"])
        review = additions.add(store, corrected.name, corrected.headers, rows, request, dry_run)
    return review if dry_run or review.status == "FAIL" else _noted(store, review, name, lines)


def _entry(store: Store, text: str) -> dict[str, Any]:
    """The ledger's row of an import."""
    found = []
    if "imports" in store.tables and text:
        query = f"SELECT * FROM imports WHERE starts_with(import_id, {literal(text)})"
        found = store.query(query).to_pylist()
    if len(found) != 1:
        raise InputError(
            f"{'More than one import has' if found else 'No import has'} an id that begins with {text!r}.",
            "List the imports with: workbench review",
        )
    entry: dict[str, Any] = found[0]
    return entry


def _read(path: Path) -> Sheet:
    if not path.is_file():
        raise InputError(f"There is no file {str(path)!r}.", "Check the path.")
    try:
        return sheet.read(path, more=[LINE, REASONS])
    except Unusable as problem:
        item = finding("FAIL", problem.code, "en", (), **problem.values)
        raise InputError(item.sentence, item.action) from None


def _restored(given: Sheet, name: str) -> Sheet:
    """The sheet with the original's columns, line numbers and cells."""
    import pyarrow as pa

    cells = given.cells
    assert isinstance(cells, pa.Table)
    places = [at for at, header in enumerate(given.headers) if header not in (LINE, REASONS, RAW)]
    columns = [pa.array([_cell(text) for text in cells[f"c{at}"].to_pylist()], pa.string()) for at in places]
    names = [f"c{number}" for number in range(len(places))]
    table = pa.table([_lines(given, cells), *columns], names=["line", *names])
    shown = dict(zip(cells["line"].to_pylist(), table["line"].to_pylist(), strict=True))
    return replace(
        given,
        name=name,
        headers=tuple(given.headers[at] for at in places),
        cells=table,
        raw=lambda lines: _raw(table, lines),
        broken=tuple(replace(item, line=shown.get(item.line, item.line)) for item in given.broken),
    )


def _lines(given: Sheet, cells: pa.Table) -> pa.Array:
    """The rows' lines in the original; where they are not all told, their lines in the corrected file."""
    import pyarrow as pa

    if LINE in given.headers:
        texts = cells[f"c{given.headers.index(LINE)}"].to_pylist()
        numbers = [int(text) for text in texts if (text or "").strip().isdecimal()]
        if len(numbers) == len(texts) == len(set(numbers)):
            return pa.array(numbers, pa.int64())
        raise InputError(
            f"The column {LINE} has lines that are empty, no numbers, or there twice.",
            "Leave the column as it was exported.",
        )
    return cells["line"].combine_chunks()


def _cell(text: str | None) -> str | None:
    return text if text is None else quarantine.harmful(text)


def _rows(corrected: Sheet) -> Iterator[tuple[int, list[str | None]]]:
    """Line → cells."""
    import pyarrow as pa

    assert isinstance(corrected.cells, pa.Table)
    columns = [corrected.cells[name].to_pylist() for name in corrected.cells.column_names]
    for line, *cells in zip(*columns, strict=True):
        yield line, cells


def _raw(table: pa.Table, lines: Any) -> dict[int, str]:
    from workbench.sources.records import csv_line

    columns: list[Sequence[Any]] = [table[name].to_pylist() for name in table.column_names]
    return {line: csv_line(row) for line, *row in zip(*columns, strict=True) if line in lines}


def _check_open(store: Store, import_id: str, lines: Sequence[int], given: Sheet) -> None:
    """Refuse rows that are not set aside, or not any more: a platform's rows would count twice."""
    kept = quarantine.kept(store, import_id)
    there = set(kept["line"].to_pylist()) if kept is not None else set()
    if not there:
        raise InputError(f"Import {import_id} has no rows set aside.", "There is nothing to correct.")
    strange = [line for line in lines if line not in there]
    if LINE in given.headers and strange:
        shown = ", ".join(map(str, strange[:10]))
        raise InputError(
            f"Lines {shown} are not among the rows that import {import_id} has set aside.",
            "Export them anew with: workbench review ID --csv FILE",
        )
    if LINE not in given.headers:
        raise InputError(
            f"The file has no column {LINE}, so nothing tells which rows are corrected.",
            "Correct the file that was exported with: workbench review ID --csv FILE",
        )


def _noted(store: Store, review: ImportReview, import_id: str, lines: Sequence[int]) -> ImportReview:
    """Mark the rows that came in, and say so."""
    rejected = set(review.rejected["line"].to_pylist()) if review.rejected is not None else set()
    back = [line for line in lines if line not in rejected]
    quarantine.returned(store.path, import_id, back, review.import_id)
    kept = quarantine.kept(store, import_id)
    left = 0 if kept is None else len(kept)
    told = finding("PASS", "crm.requeued", review.lang, rows=len(back), id=import_id[:8], left=left)
    return replace(review, findings=(told, *review.findings))
