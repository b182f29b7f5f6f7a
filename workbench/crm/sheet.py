"""What rows are read from, a file or a database: headers, texts with line numbers, raw rows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.crm.spec import specs
from workbench.errors import InputError
from workbench.sources import decode, grid
from workbench.sources.grid import Broken
from workbench.sources.words import normal

if TYPE_CHECKING:
    import pyarrow as pa

SOURCE = "crm"
"""Source of the rows of a file in the ledger."""


@dataclass(frozen=True)
class Sheet:
    """One table of texts.

    Attributes:
        name: How reviews and the ledger call it; holds no credentials.
        hint: Name of the file or database table, which may say what the table is.
        headers: As written; empty texts for unnamed columns.
        cells: Arrow table, or Parquet file, of `line` and one text column a header: `c0`, `c1`, …
        broken: Rows whose cells do not fit the header.
        raw: Lines → their text.
        content: Hash of the content.
        source: `crm`, `postgresql` or `mysql`.
        serial: Whether a bare number in a date column is an Excel day number.
        exact: Whether numbers are plain and dates in ISO form, as a database writes them.
        cut: Whether the file ends in the middle of a row.
    """

    name: str
    hint: str
    headers: tuple[str, ...]
    cells: pa.Table | Path
    broken: tuple[Broken, ...]
    raw: Callable[[Collection[int]], dict[int, str]]
    content: str
    source: str = SOURCE
    serial: bool = False
    exact: bool = False
    cut: bool = False


def read(path: Path, encoding: str | None = None, more: Collection[str] = ()) -> Sheet:
    """Read a file of CSV or other delimited text, a workbook or Parquet.

    Args:
        path: One file.
        encoding: Codec of its text, where the user names it.
        more: Further header words to look for.

    Raises:
        Unusable: for content that is no table.
        InputError: for a file that cannot be opened.
    """
    try:
        found = grid.read(path, words() | {normal(word) for word in more}, encoding)
        content = decode.digest(path)
    except OSError as error:
        raise InputError(
            f"It cannot be read: {error.strerror or error}.", "Check the file.", str(path)
        ) from None
    return Sheet(
        path.name, path.stem, found.headers, found.cells, found.body.broken, found.raw, content,
        serial=found.serial, cut=found.body.cut,
    )  # fmt: skip


def words() -> set[str]:
    """All header words of the CRM tables, in normal form."""
    return {normal(word) for item in specs().values() for field in item.fields for word in field.headers}
