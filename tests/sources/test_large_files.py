"""A large file, whose rows wait on disk while it is imported, brings what a small one does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import workbench as wb
from workbench.data import Change
from workbench.errors import StoreError
from workbench.schema import TABLES
from workbench.sources import engine, load
from workbench.store import parquet

HEADER = (
    "Date,Account,Campaign name,Impressions,Clicks,Cost,Currency,Conversions,Conversion value,Purchases\n"
)
FIRST = HEADER + "".join(
    f"2026-01-0{1 + n % 9},acct {n % 2},Sale {n % 7},{1000 + n},{n % 90},{n / 4:.2f},CNY,{n % 5},{n % 5}0,1\n"
    for n in range(400)
)
BROKEN = "2026-01-03,acct 1,Sale 1,ten,1,1.00,CNY,0,0,0\n2026-01-03,acct 1,Sale 1\n"
OTHER = HEADER + "".join(f"2026-01-0{1 + n},acct 1,Other {n},50,5,2.50,CNY,1,9,1\n" for n in range(4))
HELD = ("performance", "conversions", "performance_hourly")


def told(review):
    """What a review says, without its frame of rows set aside."""
    kept = replace(review, rejected=None, version=None)
    return kept, review.quarantine.to_dict("records")


def held(store):
    found = {}
    for table in HELD:
        names = ", ".join(name for name in TABLES[table].names if name != "import_id")
        found[table] = store.query(f"SELECT {names} FROM {table} ORDER BY ALL").to_pylist()
    return found


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Import the same files with everything in memory, and with everything on disk."""

    def run(files):
        results = []
        for size in (10**9, 0):
            monkeypatch.setattr(engine, "LARGE", size)
            store = wb.open(tmp_path / f"w{size}")
            reviews = [told(load(store, file, source="generic", timezone="Asia/Shanghai")) for file in files]
            results.append((reviews, held(store)))
        return results

    return run


def test_a_large_file_brings_the_same_facts_and_review(both, export):
    small, large = both([export(FIRST + BROKEN)])
    assert small == large
    review, aside = large[0][0]
    assert (review.rows_ok, review.rows_quarantined) == (400, 2)
    assert [row["line"] for row in aside] == [402, 403]
    assert len(large[1]["performance"]) == 400


def test_a_large_report_stays_beside_other_objects_and_replaces_its_own(both, export):
    files = [export(FIRST, "a.csv"), export(OTHER, "b.csv"), export(FIRST.replace(",1\n", ",2\n"), "c.csv")]
    small, large = both(files)
    assert small == large
    assert {row["campaign"] for row in large[1]["performance"]} == {
        *(f"Sale {n}" for n in range(7)),
        *(f"Other {n}" for n in range(4)),
    }
    assert len(large[1]["performance"]) == 404


def test_nothing_is_left_on_disk(both, export, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    both([export(FIRST)])
    assert list(tmp_path.rglob("workbench-import-*")) == []
    assert list(tmp_path.rglob("workbench-duckdb-*/*")) == []


def file_of(folder, **values):
    row = {
        "source": "generic",
        "grain": "ad",
        "breakdown": "",
        "scope": "",
        "currency": "CNY",
        "local_date": wb.open(folder / "w").as_of,
    }
    table = pa.Table.from_pylist([row | values], TABLES["performance"].arrow())
    pq.write_table(table, folder / "rows.parquet")
    return folder / "rows.parquet"


@pytest.mark.parametrize(
    ("values", "said"),
    [({}, "local_date"), ({"local_date": parquet.date(2026, 1, 1), "grain": "planet"}, "another grain")],
)
def test_a_file_of_facts_is_checked_as_rows_are(tmp_path, values, said):
    file = file_of(tmp_path, **values)
    with pytest.raises(StoreError, match=said):
        wb.open(tmp_path / "w").commit([Change("performance", file)])


def test_a_file_with_other_columns_is_refused(tmp_path):
    pq.write_table(pa.table({"source": ["generic"]}), tmp_path / "rows.parquet")
    with pytest.raises(StoreError, match="exactly the columns"):
        wb.open(tmp_path / "w").commit([Change("performance", Path(tmp_path / "rows.parquet"))])


def test_a_file_of_facts_can_be_appended(tmp_path):
    file = file_of(tmp_path, local_date=parquet.date(2026, 1, 1), impressions=7)
    store = wb.open(tmp_path / "w")
    store.commit([Change("performance", file)])
    assert store.query("SELECT sum(impressions) AS n FROM performance_hourly")["n"].to_pylist() == [7]


def test_memory_of_writers_is_bounded():
    with parquet.connect() as connection:
        allowed = connection.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]
        threads = connection.execute("SELECT current_setting('threads')").fetchall()[0][0]
    assert parquet._megabytes(allowed) <= parquet.MEMORY_MB + parquet.THREAD_MB * int(threads) + 1
    assert parquet._megabytes("1.5 GiB") == 1536


def test_two_connections_spill_into_folders_of_their_own():
    with parquet.connect() as one, parquet.connect() as other:
        folders = {
            Path(each.execute("SELECT current_setting('temp_directory')").fetchall()[0][0])
            for each in (one, other)
        }
    assert len(folders) == 2
    assert {folder.parent.stat().st_mode & 0o777 for folder in folders} == {0o700}
