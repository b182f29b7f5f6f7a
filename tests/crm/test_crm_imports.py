"""CRM imports whole: every kind of file, folders, refusals, mappings, dry runs, undo, suggestions."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from crm_helpers import CUSTOMERS, ORDERS, codes, load, orders

import workbench as wb
from workbench.errors import InputError

UTC = dt.UTC


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "csv", "tsv"])
def test_every_kind_of_file_gives_the_same_rows(workspace, tmp_path, rows, ending):
    frame = pd.DataFrame(
        {
            "order_id": ["A", "B"],
            "customer_id": [1, 2],
            "order_time": pd.to_datetime(["2026-03-01 10:00:00", "2026-03-02 11:30:15"]),
            "amount": [1234.5, 0.07],
        }
    )
    file = tmp_path / f"orders.{ending}"
    {
        "xlsx": lambda: frame.to_excel(file, index=False),
        "parquet": lambda: frame.to_parquet(file, index=False),
        "csv": lambda: frame.to_csv(file, index=False),
        "tsv": lambda: frame.to_csv(file, index=False, sep="\t"),
    }[ending]()
    review = load(workspace, file, timezone="Asia/Shanghai", currency="CNY")
    assert review.table == "transactions"
    found = [(row["transaction_id"], row["amount_micros"], row["time"]) for row in rows("transactions")]
    assert found == [
        ("A", 1_234_500_000, dt.datetime(2026, 3, 1, 2, tzinfo=UTC)),
        ("B", 70_000, dt.datetime(2026, 3, 2, 3, 30, 15, tzinfo=UTC)),
    ]


def test_a_folder_takes_customers_before_orders_and_exports_beside(workspace, export):
    export(CUSTOMERS, "z-customers.csv")
    export(ORDERS, "a-orders.csv")
    export(
        "Day,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost\n2026-03-01,A,1,EUR,100,5,2.50\n",
        "google.csv",
    )
    export("just,words\nthat,say nothing\n", "notes.csv")
    review = load(workspace, export("x", "ignored.doc").parent)
    tables = {part.file: (part.table, part.status) for part in review.parts}
    assert tables["z-customers.csv"][0] == "customers"
    assert tables["a-orders.csv"][0] == "transactions"
    assert tables["google.csv"][0] == "performance"
    assert tables["notes.csv"][1] == "FAIL"
    orders_review = next(part for part in review.parts if part.file == "a-orders.csv")
    assert "crm.strangers" not in codes(orders_review)


def test_a_file_that_nobody_can_tell_is_refused_with_candidates(workspace, export):
    review = load(workspace, export("id,customer,when,comment\n1,2,2026-01-01,hi\n", "x.csv"))
    assert review.status == "FAIL"
    assert workspace.refresh() == 0


def test_a_missing_column_is_named_with_a_suggestion(workspace, export):
    review = load(workspace, export("kundennummer_customer,tag\n1,vip\n", "tags.csv"), "tags")
    assert review.status == "FAIL"
    assert "customer_id" in review.findings[0].sentence
    assert "kundennummer_customer" in review.findings[0].action


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"table": "customer"}, "customers"),
        ({"table": "customers", "mapping": {"emial": "email"}}, "email"),
        ({"table": "customers", "mapping": {"email": "e-post"}}, "e-post"),
        ({"table": "customers", "goal": "x"}, "goal"),
        ({"table": "customers", "watermark": "x"}, "watermark"),
        ({"table": "customers", "timezone": "Mars/Base"}, "Mars/Base"),
        ({"table": "transactions", "mapping": {"customer_id": "customer_id"}}, "time"),
    ],
)
def test_wrong_arguments_are_one_sentence(workspace, export, more, word):
    with pytest.raises(InputError, match=word):
        load(workspace, export("customer_id,email\n1,a@b.de\n", "x.csv"), **more)


def test_a_remembered_mapping_is_used_again(workspace, export, rows):
    head = "kd,str\n"
    mapping = {"customer_id": "kd", "region": "str"}
    load(workspace, export(head + "1,East\n", "a.csv"), "customers", mapping=mapping, remember="ours")
    review = load(workspace, export(head + "2,West\n", "b.csv"))
    assert (review.table, review.status) == ("customers", "PASS")
    assert "saved_mapping" in codes(review)
    assert len(rows("customers")) == 2


def test_a_dry_run_writes_nothing_and_foresees(workspace, export):
    review = load(workspace, export(ORDERS, "orders.csv"), dry_run=True)
    assert (review.rows_ok, review.version, workspace.refresh()) == (2, None, 0)
    assert not list((workspace.path / "quarantine").iterdir())
    assert "crm.moves" in codes(review)


def test_an_import_can_be_undone(workspace, export, rows):
    load(workspace, export(ORDERS, "orders.csv"))
    second = orders(
        workspace, export, "B,1,2026-03-02T10:00:00+08:00,25,CNY", "C,2,2026-03-03T10:00:00+08:00,5,CNY"
    )
    wb.data.undo(workspace, second.import_id)
    assert {row["transaction_id"]: row["amount_micros"] for row in rows("transactions")} == {
        "A": 10_500_000,
        "B": 20_000_000,
    }


def test_suggestions_have_confidence_and_samples(workspace, export):
    found = wb.data.suggest(export(CUSTOMERS.replace("地域", "所在地域"), "x.csv"))
    rows = {row.header: row for row in found.rows}
    assert found.source == "customers"
    assert rows["客户编号"].column == "customer_id"
    assert rows["所在地域"].column == "region"
    assert 0 < rows["所在地域"].confidence < rows["客户编号"].confidence
    assert rows["姓名"].samples == ("张三", "李四")


def test_every_sentence_is_there_in_both_languages(workspace, export):
    review = load(workspace, export(CUSTOMERS.replace("zhang@", "zhang"), "x.csv"))
    for item in review.findings:
        assert item.told("en") != item.told("zh")
