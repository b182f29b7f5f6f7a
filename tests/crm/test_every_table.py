"""Each CRM table end to end: Chinese and English headers, CSV, XLSX, Parquet, both databases; one content."""

from __future__ import annotations

import pandas as pd
import pytest
from every_table import SHEETS, TOLD, text

import workbench as wb
from workbench import exports
from workbench.crm.spec import specs
from workbench.schema import TABLES


def test_no_table_is_missing_here():
    assert set(SHEETS) == set(TOLD) == set(specs())


def codes(review):
    return {item.code: item.values for item in review.findings}


def stored(rows, table):
    """What a table holds, without where it came from."""
    return [
        {name: value for name, value in row.items() if name not in ("import_id", "line")}
        for row in rows(table)
    ]


def is_as_told(rows, table, pseudonym):
    found = rows(table)
    for name, values in TOLD[table].items():
        assert [row[name] for row in found] == values, (table, name)
    if "customer_id" in SHEETS[table][0]:
        place = list(SHEETS[table][0]).index("customer_id")
        assert [row["customer_id"] for row in found] == [pseudonym(row[place]) for row in SHEETS[table][1]]


@pytest.mark.parametrize("table", SHEETS)
def test_a_table_is_the_same_from_every_kind_of_file(workspace, export, tmp_path, rows, pseudonym, table):
    chinese = export(text(table, "zh"), "导出.csv", "gb18030")
    review = wb.data.load(workspace, chinese, table=table, timezone="Asia/Shanghai")
    assert (review.table, review.rows_quarantined) == (table, 0)
    is_as_told(rows, table, pseudonym)
    first = stored(rows, table)
    frame = pd.DataFrame(SHEETS[table][1], columns=list(SHEETS[table][0])).replace("", None)
    exports.xlsx(frame, tmp_path / "sheet.xlsx")
    frame.to_parquet(tmp_path / "sheet.parquet", index=False)
    for name in ("sheet.xlsx", "sheet.parquet"):
        again = wb.data.load(workspace, tmp_path / name, table=table, timezone="Asia/Shanghai")
        assert (again.rows_ok, again.rows_quarantined) == (len(frame), 0)
        moves = codes(again)["crm.moves"]
        assert (moves["new"], moves["changed"], moves["same"]) == ("0", "0", str(len(frame))), name
    assert stored(rows, table) == first


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("table", SHEETS)
def test_a_table_is_told_by_its_headers_and_name(workspace, export, table, lang):
    review = wb.data.load(workspace, export(text(table, lang), f"{table}.csv"), timezone="UTC", dry_run=True)
    assert (review.table, review.status != "FAIL") == (table, True)


def columns(table):
    return ", ".join(f"{name} varchar(60)" for name in SHEETS[table][0])


@pytest.mark.parametrize("table", SHEETS)
def test_a_table_of_a_database_comes_by_watermark(workspace, database, rows, pseudonym, table):
    kind = "timestamptz" if database.kind == "postgresql" else "timestamp(6) NULL"
    database.run(f"CREATE TABLE source ({columns(table)}, modified {kind})")
    moments = ["2026-03-01 10:00:00", "2026-03-01 11:00:00.000001", "2026-03-02 10:00:00"]
    if database.kind == "mysql":
        database.run("SET time_zone = '+00:00'")
    given = [
        (*(value or None for value in row), moment)
        for row, moment in zip(SHEETS[table][1], moments, strict=False)
    ]

    def load():
        return wb.data.load(
            workspace,
            database.url("source"),
            table=table,
            watermark="modified",
            timezone="UTC",
            currency="CNY",
        )

    database.fill("source", given[:1])
    assert load().rows_ok == 1
    database.fill("source", given[1:])
    assert load().rows_in == len(given) - 1  # the first one stood at the watermark, unchanged
    assert load().unchanged
    is_as_told(rows, table, pseudonym)
    fact = next(
        (name for name in ("amount", "price", "score", "value", "budget") if name in SHEETS[table][0]), ""
    )
    if fact and table not in ("tags", "external"):
        change_one(database, rows, table, fact, load)


def change_one(database, rows, table, fact, load):
    """A late update of one row comes in, and the others stay."""
    later = "2026-03-09 10:00:00+00" if database.kind == "postgresql" else "2026-03-09 10:00:00"
    key = next(iter(SHEETS[table][0])) if table != "order_lines" else "product_id"
    where = SHEETS[table][1][0][list(SHEETS[table][0]).index(key)]
    database.run(f"UPDATE source SET {fact} = '3', modified = '{later}' WHERE {key} = '{where}'")
    assert load().rows_in == 1
    name = fact if fact in TABLES[table].names else f"{fact}_micros"
    expected = 3.0 if name == fact else 3_000_000
    assert sum(row[name] == expected for row in rows(table)) == 1
    assert len(rows(table)) == len(SHEETS[table][1])
