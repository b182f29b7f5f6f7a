"""Tables as CSV and XLSX files that no spreadsheet runs: the one way out for everything that leaves.

A text that begins like a formula is data from a campaign name or a customer, and a spreadsheet would run
it (OWASP, CSV Injection). It gets an apostrophe in CSV, and in XLSX is stored as text, marked as quoted.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = re.compile(r"[\s\u200b\ufeff'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME, _LONGEST_CELL = 31, 32_767
_MAX_ROWS = 1_048_575
_heard: ContextVar[list[pd.DataFrame] | None] = ContextVar("heard", default=None)
"""Where `table_of` listens for what is written as CSV."""


def harmless(value: Any) -> Any:
    """A value that a spreadsheet shows and does not run; only texts can be anything else."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def csv(frame: pd.DataFrame, path: str | Path | None = None, mark: bool = True) -> bytes:
    """A table as CSV in UTF-8.

    Args:
        frame: The table; its index is left out.
        path: File to write as well, in one step.
        mark: Begin with a byte order mark, which spreadsheets need to read Chinese.

    Returns:
        The file's bytes.

    Raises:
        InputError: when the file cannot be written.
    """
    if (heard := _heard.get()) is not None:
        heard.append(frame)
        return b""
    safe = frame.copy(deep=False)
    for at in range(frame.shape[1]):
        if _may_hold_text(frame.iloc[:, at]):
            safe.isetitem(at, [harmless(value) for value in frame.iloc[:, at]])
    safe.columns = [harmless(name) for name in frame.columns]
    encoding = "utf-8-sig" if mark else "utf-8"
    content = safe.to_csv(index=False, lineterminator="\r\n").encode(encoding, "replace")
    return _written(content, path)


def xlsx(sheets: pd.DataFrame | Mapping[str, pd.DataFrame], path: str | Path | None = None) -> bytes:
    """Tables as an Excel workbook: numbers and dates as such, every text as text.

    Args:
        sheets: One table, or name of the sheet → table.
        path: File to write as well, in one step.

    Returns:
        The file's bytes.

    Raises:
        InputError: for a table with more rows than a sheet has, or a file that cannot be written.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    named = sheets if isinstance(sheets, Mapping) else {"data": sheets}
    for name, frame in named.items():
        if len(frame) > _MAX_ROWS:
            raise InputError(
                f"Sheet {name!r} has {len(frame):,} rows, and Excel takes {_MAX_ROWS:,}.", "Write CSV."
            )
        sheet = book.create_sheet(_NOT_IN_NAMES.sub(" ", str(name))[:_LONGEST_NAME] or "data")
        sheet.append([_cell(sheet, column) for column in frame.columns])
        for row in frame.itertuples(index=False, name=None):
            sheet.append([_cell(sheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return _written(stream.getvalue(), path)


def rows(sheets: Mapping[str, pd.DataFrame]) -> int:
    """Rows of all tables together."""
    return sum(len(frame) for frame in sheets.values())


def table_of(write: Callable[[], bytes]) -> pd.DataFrame:
    """The table that an answer's `to_csv` would write, for another form with the same rows and columns.

    Raises:
        InputError: for what writes no CSV.
    """
    heard: list[pd.DataFrame] = []
    token = _heard.set(heard)
    try:
        write()
    finally:
        _heard.reset(token)
    if not heard:
        raise InputError("This answer is no table.", "Take its report instead.")
    return heard[0]


def _may_hold_text(column: pd.Series) -> bool:
    import pandas as pd

    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def _cell(sheet: Any, value: Any) -> Any:
    """A value of a cell; a text that looks like a formula is a text, also when somebody edits it."""
    import numpy as np
    import pandas as pd
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, list | tuple | dict | np.ndarray) and pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.tz_convert("UTC").tz_localize(None) if value.tz else value.to_pydatetime()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return str(value)
    if not isinstance(value, str | list | tuple | dict | np.ndarray):
        return value
    text = _NOT_XML.sub("\ufffd", str(value))[:_LONGEST_CELL]
    if harmless(text) == text:
        return text
    cell = WriteOnlyCell(sheet)
    cell.value, cell.data_type = text, "s"
    cell.quotePrefix, cell.number_format = True, "@"
    return cell


def save(content: bytes, path: str | Path, private: bool = False) -> None:
    """Write a file in one step.

    Args:
        content: Its bytes.
        path: The file.
        private: Nobody but this user may read it.

    Raises:
        InputError: when it cannot be written; then nothing of it is left.
    """
    file = Path(path).expanduser()
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600 if private else 0o666)
        part.write_bytes(content)
        os.replace(part, file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(
            f"It cannot be written: {error.strerror}.", "Choose another file.", str(file)
        ) from None


def _written(content: bytes, path: str | Path | None) -> bytes:
    if path is not None:
        save(content, path)
    return content
