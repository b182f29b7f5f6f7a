"""Rows set aside: kept in `quarantine/<import_id>.parquet`, exported for correction, marked when they return.

A row that came back corrected stays in the file and names the import that brought it; when that import is
undone, the row is set aside again.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError
from workbench.exports import harmless
from workbench.privacy.acts import exported
from workbench.sources.records import DELIMITERS
from workbench.store.changes import among

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.store.store import Store

FOLDER = "quarantine"
LINE, REASONS, RAW = "_line", "_reasons", "_raw"
"""Columns of an export beside the file's own; `_raw` holds rows that do not fit the header."""

_HEADERS = b"headers"
_RETURNED = "returned"


def table(rows: Sequence[Mapping[str, Any]], headers: Sequence[str], more: Sequence[str] = ()) -> pa.Table:
    """Rows set aside as a table.

    Args:
        rows: Mappings of `line`, `raw`, `reasons` and the further columns.
        headers: Of the file; kept in the metadata, so that the rows can be laid out again.
        more: Names of further text columns.
    """
    import pyarrow as pa

    texts = ("raw", "reasons", *more)
    schema = pa.schema([("line", pa.int64()), *((name, pa.string()) for name in texts)])
    known = {_HEADERS: json.dumps(list(headers), ensure_ascii=False).encode()}
    return pa.Table.from_pylist(sorted(rows, key=lambda row: row["line"]), schema.with_metadata(known))


def keep(workspace: Path, import_id: str, rejected: pa.Table) -> None:
    """Write the rows that an import set aside, in one step."""
    import pyarrow.parquet as pq

    file = _file(workspace, import_id)
    file.parent.mkdir(exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    pq.write_table(rejected, part)
    os.replace(part, file)


def kept(store: Store, import_id: str) -> pa.Table | None:
    """The rows of an import that are set aside still: those that no import in force brought back corrected.

    Args:
        store: The workspace.
        import_id: Id in the ledger.

    Returns:
        Arrow table of `line`, `raw`, `reasons` and, for CRM rows, `key`; None where nothing was set aside.
    """
    rows = _read(store.path, import_id)
    if rows is None or _RETURNED not in rows.column_names:
        return rows
    import pyarrow.compute as pc

    back = _in_force(store, pc.unique(rows[_RETURNED]).to_pylist())
    away = [value in back for value in rows[_RETURNED].to_pylist()]
    return rows.filter([not value for value in away]).drop_columns([_RETURNED])


def returned(workspace: Path, import_id: str, lines: Collection[int], by: str) -> None:
    """Note that rows came back with another import."""
    import pyarrow as pa

    rows = _read(workspace, import_id)
    if rows is None or not lines:
        return
    before = rows[_RETURNED].to_pylist() if _RETURNED in rows.column_names else [None] * len(rows)
    wanted = set(lines)
    after = [
        by if line in wanted else old for line, old in zip(rows["line"].to_pylist(), before, strict=True)
    ]
    if _RETURNED in rows.column_names:
        rows = rows.drop_columns([_RETURNED])
    keep(workspace, import_id, rows.append_column(_RETURNED, pa.array(after, pa.string())))


def export(store: Store, import_id: str, path: str | Path) -> Path:
    """Write the rows that an import set aside to a CSV file in which a person can correct them.

    The file has the columns of the original, and `_line` and `_reasons`; give it to `requeue` when it is
    corrected. Cells that a spreadsheet would take for a formula begin with an apostrophe, which `requeue`
    takes off again. It holds what the file said, names too, so the audit log gets a line first.

    Args:
        store: The workspace.
        import_id: Id in the ledger.
        path: File to write.

    Raises:
        InputError: when nothing is set aside, or the file cannot be written.
        PrivacyError: when the audit log cannot be written; then no file is.
    """
    rows = kept(store, import_id)
    if rows is None or not len(rows):
        raise InputError(f"Import {import_id} has no rows set aside.", "There is nothing to correct.")
    headers = _headers(rows)
    listed = [_laid_out(row, headers) for row in rows.to_pylist()]
    loose = [RAW] if any(row[-1] for row in listed) or not headers else []
    file = Path(path).expanduser()
    exported(store, "quarantine", len(rows))
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([LINE, REASONS, *headers, *loose])
            width = 2 + len(headers) + len(loose)
            writer.writerows([[_harmless(cell) for cell in row[:width]] for row in listed])
    except OSError as error:
        raise InputError(
            f"It cannot be written: {error.strerror}.", "Choose another file.", str(file)
        ) from None
    return file


def harmful(text: str) -> str:
    """A cell as it was before the export made it harmless."""
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


def _harmless(cell: object) -> str:
    return str(harmless("" if cell is None else str(cell)))


def _laid_out(row: Mapping[str, Any], headers: Sequence[str]) -> list[object]:
    """Line, reasons, the cells, and the raw text where it does not fit the header."""
    raw = row["raw"] or ""
    cells = _cells(raw, len(headers))
    if cells is None:
        return [row["line"], row["reasons"], *([""] * len(headers)), raw]
    return [row["line"], row["reasons"], *cells, ""]


def _cells(raw: str, width: int) -> list[str] | None:
    """The cells of a row's text, by the separator that gives as many as the header has."""
    for delimiter in DELIMITERS if width else ():
        try:
            rows = list(csv.reader(raw.splitlines(keepends=True), delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        if len(rows) == 1 and len(rows[0]) == width:
            return rows[0]
    return [raw] if width == 1 else None


def _headers(rows: pa.Table) -> list[str]:
    known = (rows.schema.metadata or {}).get(_HEADERS)
    return [str(text) for text in json.loads(known)] if known else []


def _read(workspace: Path, import_id: str) -> pa.Table | None:
    import pyarrow.parquet as pq

    file = _file(workspace, import_id)
    return pq.read_table(file) if file.is_file() else None


def _file(workspace: Path, import_id: str) -> Path:
    return workspace / FOLDER / f"{import_id}.parquet"


def _in_force(store: Store, ids: Sequence[str | None]) -> set[str]:
    names = [name for name in ids if name]
    if not names or "imports" not in store.tables:
        return set()
    found = store.query(f"SELECT import_id FROM imports WHERE active AND {among('import_id', names)}")
    return set(found["import_id"].to_pylist())
