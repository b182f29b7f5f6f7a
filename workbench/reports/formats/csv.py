"""CSV: every table of a report as a file that spreadsheets read rightly (UTF-8 with a mark)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from workbench import exports
from workbench.reports.formats.asked import Asked
from workbench.reports.formats.columns import Column, columns
from workbench.reports.formats.content import Table

FOLDER = "tables"
_UNSAFE = re.compile(r"[^\w.-]+")


def write(asked: Asked) -> tuple[Path, ...]:
    """Write one file a table into `tables/`; numbers as such, shares as parts of one."""
    import pandas as pd

    folder = asked.folder / FOLDER
    files = []
    for number, table in enumerate(asked.content.tables, 1):
        folder.mkdir(exist_ok=True)
        found = columns(table, asked)
        frame = pd.DataFrame(
            {at: [_plain(column, row) for row in table.rows] for at, column in enumerate(found)}
        )
        frame.columns = [column.name for column in found]
        file = folder / f"{number:02}-{_name(table)}.csv"
        exports.csv(frame.astype(object).where(frame.notna(), None), file)
        files.append(file)
    return tuple(files)


def _plain(column: Column, row: Any) -> Any:
    return column.value(row)


def _name(table: Table) -> str:
    return _UNSAFE.sub("-", table.title).strip("-.")[:60] or "table"
