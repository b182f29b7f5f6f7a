"""Undo of imports: the tables are what they were, the ledger tells, and what came later stays."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from store_helpers import comparable

import workbench as wb
from workbench.errors import StoreError

HEAD = "Day,Customer ID,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost,Conversions,Conv. value\n"
FACTS = ("performance", "conversions", "performance_hourly")


def report(days, campaigns=("1",), clicks=10, account="acct"):
    """A Google Ads report: one row a day and campaign."""
    return HEAD + "".join(
        f"2026-01-{day:02},{account},C{campaign},{campaign},USD,1000,{clicks},5.50,2,40.00\n"
        for day in days
        for campaign in campaigns
    )


@pytest.fixture
def store(tmp_path):
    return wb.data.open(tmp_path / "w")


@pytest.fixture
def load(store, tmp_path):
    """Import a text as a file; gives the import's id."""

    def load(text, name="report.csv"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        review = wb.data.load(store, file)
        assert review.status != "FAIL", review
        assert not review.unchanged
        return review.import_id

    return load


def dump(store, *names):
    """All rows of tables, in one order."""
    return {name: comparable(store.query(store.table(name)).to_pylist()) for name in names or FACTS}


def active(store):
    return {
        row["import_id"]: row["active"]
        for row in store.query("SELECT import_id, active FROM imports").to_pylist()
    }


def test_the_first_import_is_undone_and_can_be_imported_again(store, load):
    text = report(range(1, 6))
    first = load(text)
    there = dump(store)
    assert wb.data.undo(store, first) == store.version == 2
    assert not any(dump(store).values())
    assert active(store) == {first: False}
    assert load(text) == first
    assert dump(store) == there
    assert active(store) == {first: True}
    assert wb.data.undo(store, first) == 4
    assert not any(dump(store).values())


def test_what_an_import_replaced_comes_back(store, load):
    first = load(report(range(1, 11), "12"))
    other = load(report(range(1, 6), account="other"), "other.csv")
    before = dump(store)
    second = load(report(range(4, 13), "12", clicks=11), "restated.csv")
    assert dump(store) != before
    wb.data.undo(store, second[:6])
    assert dump(store) == before
    assert active(store) == {first: True, other: True, second: False}
    assert dump(store.at(3)) != before  # what was undone can still be looked at


def test_an_import_that_was_replaced_whole_is_in_force_again(store, load):
    first = load(report(range(1, 6)))
    before = dump(store)
    second = load(report(range(1, 6), clicks=12), "restated.csv")
    assert active(store) == {first: False, second: True}
    wb.data.undo(store, second)
    assert active(store) == {first: True, second: False}
    assert dump(store) == before


def test_days_that_a_later_import_replaced_stay(store, load):
    load(report(range(1, 11)))
    wrong = load(report(range(1, 11), clicks=900), "wrong.csv")
    later = load(report(range(6, 13), clicks=12), "later.csv")
    wb.data.undo(store, wrong)
    clicks = store.query(
        "SELECT local_date, sum(clicks) AS n FROM performance_hourly GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    assert [row["n"] for row in clicks] == [10] * 5 + [12] * 7
    assert active(store)[later]


def test_undoing_in_any_order_leads_to_the_same(store, load):
    first = load(report(range(1, 6)))
    second = load(report(range(3, 8), clicks=11), "second.csv")
    third = load(report(range(5, 10), clicks=12), "third.csv")
    for name in (second, third, first):
        wb.data.undo(store, name)
    assert not any(dump(store).values())
    assert set(active(store).values()) == {False}


def test_mixed_days_are_refused_by_the_later_imports_name(store, load):
    """A filtered export stands beside the import, which had replaced rows: nobody can take that apart."""
    load(report(range(1, 6), "13"))
    second = load(report(range(1, 6), "1", clicks=11), "second.csv")
    third = load(report(range(1, 6), "3", clicks=12), "third.csv")
    before, version = dump(store), store.version
    with pytest.raises(StoreError, match=rf"{third} \(third.csv\).*Undo the latest of them first"):
        wb.data.undo(store, second)
    assert (dump(store), store.version, store.refresh()) == (before, version, version)
    wb.data.undo(store, third)
    wb.data.undo(store, second)
    assert {row["n"] for row in store.query("SELECT sum(clicks) AS n FROM performance").to_pylist()} == {100}


def test_an_import_that_replaced_nothing_goes_from_beside_later_ones(store, load):
    first = load(report(range(1, 6), "1"))
    load(report(range(1, 6), "2", clicks=11), "second.csv")
    wb.data.undo(store, first)
    assert _rows(store, "SELECT DISTINCT campaign_id FROM performance_hourly") == [("2",)]
    assert _rows(store, "SELECT sum(clicks) FROM performance") == [(55,)]


def test_a_file_imported_twice_under_one_id_goes_whole(store, load):
    text = report(range(1, 11))
    first = load(text)
    load(report(range(6, 11), clicks=12), "later.csv")
    assert load(text) == first
    wb.data.undo(store, first)
    assert _rows(store, "SELECT local_date::VARCHAR, clicks FROM performance ORDER BY 1") == [
        (f"2026-01-{day:02}", 12) for day in range(6, 11)
    ]


@pytest.mark.parametrize("text", ["", "ffff", "%", "'"])
def test_unknown_imports_are_refused(store, load, text):
    load(report(range(1, 3)))
    with pytest.raises(StoreError, match=r"There is no import|More than one"):
        wb.data.undo(store, text)
    assert store.version == 1


def test_an_import_is_undone_once(store, load):
    first = load(report(range(1, 3)))
    wb.data.undo(store, first)
    with pytest.raises(StoreError, match="is not in force"):
        wb.data.undo(store, first)


def test_an_empty_workspace_has_nothing_to_undo(store):
    with pytest.raises(StoreError, match="There is no import"):
        wb.data.undo(store, "abc")


def test_the_list_of_versions_tells_of_imports_and_undos(store, load):
    first = load(report(range(1, 3)))
    wb.data.undo(store, first)
    told = store.versions()
    assert told["act"].tolist() == ["undo", "import"]
    assert told["imports"].tolist() == [first, first]


def _rows(store, sql):
    return [tuple(row.values()) for row in store.query(sql).to_pylist()]


def customers(name, *pairs):
    """Customers with a region, as an import brings them."""
    ids, regions = zip(*pairs, strict=True)
    return pa.table({"customer_id": list(ids), "region": list(regions), "import_id": [name] * len(ids)})


def crm_import(store, name, *pairs):
    """Customers merged by key, as the CRM loaders do."""
    new = customers(name, *pairs)
    known = store.query(store.table("customers")).select(new.column_names)
    rest = known.filter(pc.invert(pc.is_in(known["customer_id"], new["customer_id"])))
    rows = pa.concat_tables([rest, new])
    entry = pa.table({"import_id": [name], "active": [True], "file": [f"{name}.csv"]})
    store.commit([wb.data.Change("customers", rows, "all")], entry)


def regions(store):
    return dict(_rows(store, "SELECT customer_id, region FROM customers ORDER BY 1"))


def test_rows_with_a_key_come_back_one_by_one(store):
    crm_import(store, "i1", ("a", "north"), ("b", "south"))
    crm_import(store, "i2", ("b", "west"), ("c", "east"), ("d", "east"))
    crm_import(store, "i3", ("d", "north"), ("e", "north"))
    wb.data.undo(store, "i2")
    assert regions(store) == {"a": "north", "b": "south", "d": "north", "e": "north"}
    wb.data.undo(store, "i3")
    wb.data.undo(store, "i1")
    assert regions(store) == {}


def test_imports_of_one_commit_are_not_undone_alone(store):
    entries = pa.table({"import_id": ["i1", "i2"], "active": [True, True]})
    store.commit([wb.data.Change("customers", customers("i1", ("a", "north")))], entries)
    with pytest.raises(StoreError, match=r"in one commit with 1 others \(i2\)"):
        wb.data.undo(store, "i1")


def test_own_tables_are_not_guessed_at(store):
    entry = pa.table({"import_id": ["i1"], "active": [True]})
    store.commit([wb.data.Change("notes", pa.table({"n": [1]}))], entry)
    with pytest.raises(StoreError, match=r"the own table 'notes', whose rows have no known key"):
        wb.data.undo(store, "i1")


def test_what_is_no_longer_kept_cannot_come_back(store, load):
    for number in range(1, 4):
        last = load(report(range(1, 6), clicks=number), f"{number}.csv")
    wb.data.vacuum(store, keep_days=0, keep_versions=1, grace_hours=0)
    before = dump(store)
    with pytest.raises(
        StoreError, match=rf"from before import {last} is no longer kept. Kept are versions 3 to 3"
    ):
        wb.data.undo(store, last)
    assert dump(store) == before
