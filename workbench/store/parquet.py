"""Parquet files through DuckDB: how a pinned table is read, and how its new files are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from workbench.errors import StoreError
from workbench.schema import TABLES
from workbench.store.pointer import File, Pinned
from workbench.store.workspace import table_folder

if TYPE_CHECKING:
    import pyarrow as pa

FILE_BYTES = 8 * 2**20
"""Files stay small, so that replacing a month rewrites little; they are ordered by day."""

MEMORY_MB, THREAD_MB = 512, 128
"""Memory of a connection that imports or writes, and of each of its threads, in MiB."""

ROW_GROUP = 122_880
"""Rows that one DuckDB thread reads at a time."""

SQL_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
}


def connect() -> Any:
    """An in-memory DuckDB connection for imports and writes: what does not fit its memory goes to disk."""
    import duckdb

    connection = duckdb.connect()
    configure(connection)
    allowed, threads = connection.execute(
        "SELECT current_setting('memory_limit'), current_setting('threads')"
    ).fetchall()[0]
    wanted = MEMORY_MB + THREAD_MB * int(threads)
    if _megabytes(allowed) > wanted:
        connection.execute(f"SET memory_limit = '{wanted}MiB'")
    return connection


def alone() -> Any:
    """An in-memory DuckDB connection that works with one thread, to stand beside others."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    configure(connection)
    return connection


def threads() -> int:
    """Threads that DuckDB would use here."""
    import duckdb

    with duckdb.connect() as connection:
        return int(connection.execute("SELECT current_setting('threads')").fetchall()[0][0])


def unreadable(error: Exception) -> StoreError | None:
    """What is said of an error of DuckDB that a data file caused; None for any other."""
    import duckdb

    if not (isinstance(error, duckdb.IOException) or ".parquet" in str(error)):
        return None
    return StoreError(
        f"A data file of the workspace cannot be read: {str(error).splitlines()[0]}",
        "Restore the file from a backup, or import its report again.",
    )


@contextmanager
def readable() -> Iterator[None]:
    """A damaged data file becomes a sentence.

    Raises:
        StoreError: for a file of the workspace that cannot be read.
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise unreadable(error) or error from None


def on_disk(connection: Any, file: Path) -> None:
    """Let tables that are made from now on be kept compressed in a file, instead of in memory."""
    connection.execute(f"ATTACH {text(str(file))} AS kept; USE kept")


def _spill() -> Path:
    """A folder of its own for what does not fit into memory, which only this user may open.

    DuckDB makes it when it needs it and takes it away; two connections in one folder would overwrite
    each other's blocks.
    """
    import getpass
    import tempfile

    parent = Path(tempfile.gettempdir(), f"workbench-duckdb-{getpass.getuser()}")
    parent.mkdir(mode=0o700, exist_ok=True)
    return parent / uuid4().hex


def _megabytes(size: str) -> float:
    """A size as DuckDB shows it (`18.6 GiB`), in MiB."""
    number, unit = size.split()
    return float(number) * 1024.0 ** ("KMGT".find(unit[0]) - 1)


def configure(connection: Any) -> None:
    """Set what every DuckDB connection of a store needs, for its cursors too."""
    # DuckDB draws its bar on the output that reports and commands print to
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL python_enable_replacements = false")
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    # Memory of a large answer goes back while the next one is worked out, not when that one is done
    connection.execute("SET GLOBAL allocator_background_threads = true")
    connection.execute(f"SET GLOBAL temp_directory = {text(str(_spill()))}")


def select(root: Path, name: str, pinned: Pinned | None) -> str:
    """SELECT of a pinned table, in canonical columns where the table is canonical.

    A column that came with a newer workbench is null in older files.
    """
    files = pinned.files if pinned else ()
    source = f"FROM {_reader(table_folder(root, name), files)}" if files else "WHERE false"
    if name not in TABLES:
        return f"SELECT {_own_columns(pinned)} {source}"
    known = pinned.columns if pinned and files else ()
    columns = ", ".join(
        f'"{column.name}"'
        if column.name in known
        else f'CAST(NULL AS {SQL_TYPES[column.type]}) AS "{column.name}"'
        for column in TABLES[name].columns
    )
    return f"SELECT {columns} {source}"


def holding(connection: Any, folder: Path, pinned: Pinned, condition: str) -> set[str]:
    """Names of the files that hold rows which fulfil `condition`."""
    if not pinned.files:
        return set()
    found = (
        f"SELECT DISTINCT filename FROM {_reader(folder, pinned.files, 'filename = true')} WHERE {condition}"
    )
    return {Path(path).name for (path,) in connection.execute(found).fetchall()}


def in_order(connection: Any, rows: str, column: str) -> bool:
    """Whether the rows of a SELECT come in order of a column already."""
    before = f"SELECT {column} AS now, lag({column}) OVER () AS before FROM ({rows})"
    found = connection.execute(f"SELECT count(*) FILTER (now < before) FROM ({before})").fetchall()
    return not found[0][0]


def write(
    connection: Any, rows: str, folder: Path, columns: Sequence[str], empty: bool, ordered: bool = False
) -> list[File]:
    """Write the rows of a SELECT into new files of a table, ordered by day: a period reads few row groups.

    Args:
        connection: DuckDB connection that knows the tables in `rows`.
        rows: SELECT.
        folder: Folder of the table.
        columns: Names of its columns.
        empty: Whether a file without rows is kept, because it alone knows the columns' types.
        ordered: Whether the rows come in that order.

    Returns:
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = (
        f"FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {ROW_GROUP}, FILE_SIZE_BYTES {FILE_BYTES}, "
        "APPEND true, FILENAME_PATTERN 'part-{uuid}', RETURN_STATS true"
    )
    order = "ORDER BY local_date" if "local_date" in columns and not ordered else ""
    written = connection.execute(
        f"COPY (SELECT * FROM ({rows}) {order}) TO {text(str(folder))} ({options})"
    ).fetchall()
    files = [_file(entry) for entry in written]
    for file in files:
        if not (file.rows or empty):
            (folder / file.name).unlink()
    return [file for file in files if file.rows or empty]


def adopt(files: Path, folder: Path) -> list[File]:
    """Move files that `write` made elsewhere into the folder of a table."""
    import shutil

    folder.mkdir(parents=True, exist_ok=True)
    return [
        _found(Path(shutil.move(file, folder / f"part-{uuid4()}.parquet")))
        for file in sorted(files.glob("*.parquet"))
    ]


def _found(path: Path) -> File:
    """What the footer of a data file says of it."""
    import pyarrow.parquet as pq

    footer = pq.read_metadata(path)
    names = [footer.schema.column(place).name for place in range(footer.num_columns)]
    days: list[date] = []
    if "local_date" in names:
        groups = (footer.row_group(number) for number in range(footer.num_row_groups))
        told = [group.column(names.index("local_date")).statistics for group in groups]
        days = [day for item in told if item and item.has_min_max for day in (item.min, item.max)]
    first, last = (min(days), max(days)) if days else (None, None)
    return File(path.name, footer.num_rows, path.stat().st_size, first, last)


def name_rows(connection: Any, name: str, rows: pa.Table | Path) -> None:
    """Let SQL call an Arrow table, a Parquet file of rows or a folder of such files by a name."""
    connection.execute(f"DROP VIEW IF EXISTS {name}")
    if isinstance(rows, Path):
        place = _escaped(str(rows)) + ("/*.parquet" if rows.is_dir() else "")
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet({text(place)})")
    else:
        connection.register(name, rows)


def text(value: str) -> str:
    """SQL literal of a text."""
    return "'" + value.replace("'", "''") + "'"


def _reader(folder: Path, files: Iterable[File], options: str = "") -> str:
    paths = ", ".join(text(_escaped(str(folder / file.name))) for file in files)
    return f"read_parquet([{paths}], union_by_name = true{options and ', ' + options})"


def _own_columns(pinned: Pinned | None) -> str:
    return ", ".join('"' + name.replace('"', '""') + '"' for name in pinned.columns) if pinned else "*"


def _escaped(path: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?" else letter for letter in path)


def _file(entry: tuple[Any, ...]) -> File:
    path, rows, size, _, columns = entry[:5]
    days = columns.get('"local_date"', {})
    first, last = (date.fromisoformat(days[end]) if days.get(end) else None for end in ("min", "max"))
    return File(Path(path).name, rows, size, first, last)
