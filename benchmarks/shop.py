"""A shop of many customers and their orders, written once by the store's own writer, slice by slice.

Rows are drawn by the engine from their numbers, so that nothing but the files ever grows with the shop.
"""

from __future__ import annotations

from typing import Any

from benchmarks.measure import CACHE

DAY, DAYS = "2026-06-30", 730
ORDERS_EACH = 9.4
REGIONS = ("north", "south", "east", "west", "centre")
SLICE = 2_000_000


def build(buyers: int) -> dict[str, Any]:
    """Write the shop once: a workspace whose plain Parquet files the other libraries read, too.

    Args:
        buyers: Customers; with 9.4 orders each on average over two years, at random days and skewed.

    Returns:
        `folder` of the workspace, its files as globs (`people`, `orders`), and `rows` of orders.
    """
    from workbench import data
    from workbench.store import transaction

    folder, rows = CACHE / f"shop-{buyers}", int(buyers * ORDERS_EACH)
    store = data.open(folder)
    if "transactions" not in store.tables:
        with transaction.begin(folder, store.lock) as work:
            for name, total, columns in (
                ("customers", buyers, _customers()),
                ("transactions", rows, _orders(buyers, rows)),
            ):
                slices = [_select(name, columns, first, total) for first in range(0, total, SLICE)]
                work.write(name, slices, work.schema(name), "all")
    files = {
        key: str(folder / "tables" / name / "*.parquet")
        for key, name in (("people", "customers"), ("orders", "transactions"))
    }
    return {"folder": str(folder), "rows": rows, **files}


def _select(name: str, columns: dict[str, str], first: int, total: int) -> str:
    """Some rows of a canonical table; columns that are not drawn are empty."""
    from workbench.schema import TABLES
    from workbench.store.parquet import SQL_TYPES

    shown = ", ".join(
        f'CAST({columns.get(column.name, "NULL")} AS {SQL_TYPES[column.type]}) AS "{column.name}"'
        for column in TABLES[name].columns
    )
    return f"SELECT {shown} FROM range({first}, {min(first + SLICE, total)}) AS rows_(i)"


def _customers() -> dict[str, str]:
    regions = ", ".join(f"'{region}'" for region in REGIONS)
    return {
        "customer_id": "i",
        "region": f"[{regions}][1 + {_whole(1, len(REGIONS))}]",
        "gender": f"['female', 'male'][1 + {_whole(2, 2)}]",
    }


def _orders(buyers: int, rows: int) -> dict[str, str]:
    return {
        "transaction_id": "i",
        "customer_id": f"CAST(floor({buyers} * pow({_drawn(3)}, 1.5)) AS BIGINT)",
        "local_date": f"DATE '{DAY}' - {DAYS - 1} + CAST(i * {DAYS} // {rows} AS INTEGER)",
        "amount_micros": f"10000 * (100 + {_whole(4, 49_900)})",
        "kind": "'order'",
    }


def _drawn(stream: int) -> str:
    """SQL of a number in [0, 1) that depends on the row and the stream alone."""
    return f"((hash(8 * i + {stream}) >> 11) / 9007199254740992)"


def _whole(stream: int, below: int) -> str:
    return f"CAST(floor({below} * {_drawn(stream)}) AS BIGINT)"


def frame(files: str, columns: list[str]) -> Any:
    """Columns of Parquet files as pandas: days as `datetime64`, nothing held twice."""
    import glob

    import pyarrow.parquet as pq

    table = pq.ParquetDataset(sorted(glob.glob(files))).read(columns=columns)
    return table.to_pandas(date_as_object=False, self_destruct=True, split_blocks=True)
