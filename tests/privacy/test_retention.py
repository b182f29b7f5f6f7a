"""Retention: what is too old goes from every kept version, with what the vault holds of it."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from privacy_helpers import NOON, person, rows

import workbench as wb
from workbench import privacy
from workbench.data import Change
from workbench.store import history

TODAY = NOON.date() + dt.timedelta(days=3)


def count(store, table, condition="true"):
    return store.query(f"SELECT count(*) AS n FROM {table} WHERE {condition}")["n"][0].as_py()


def test_old_rows_go_from_every_version_and_young_ones_stay(filled):
    cut = "TIMESTAMPTZ '2026-03-04T00:00:00+00:00'"
    old, young = (
        count(filled, "transactions", f"time < {cut}"),
        count(filled, "transactions", f"time >= {cut}"),
    )
    assert old
    assert young
    done = privacy.retain(filled, {"transactions": 1}, TODAY)
    assert done.rows["transactions"] >= old
    for number in history.numbers(filled.path):
        past = filled.at(number)
        assert count(past, "transactions", f"time < {cut}") == 0
    assert count(filled, "transactions") == young
    assert filled.versions()["act"].tolist()[0] == "retain"
    assert privacy.retain(filled, {"transactions": 1}, TODAY).rows == {}


def test_sealed_words_go_with_their_rows(filled):
    privacy.retain(filled, {"feedback": 1}, TODAY)
    left = filled.query("SELECT feedback_id FROM feedback")["feedback_id"].to_pylist()
    sealed = filled.query("SELECT row_id FROM vault WHERE of_table = 'feedback'")["row_id"].to_pylist()
    assert sorted(left) == sorted(sealed)
    assert 0 < len(left) < 30
    assert count(filled, "vault", "of_table = 'customers'") == 30


def test_a_row_without_a_time_stays(store):
    store.commit([Change("events", rows("events", [{"event_id": "e1", "customer_id": "x"}]))])
    assert privacy.retain(store, {"events": 1}, TODAY).rows == {}
    assert count(store, "events") == 1


def test_customers_of_whom_nothing_was_heard_are_forgotten(filled):
    silent = person(50, created_date=dt.date(2020, 1, 1))
    filled_again = [person(number, created_date=dt.date(2020, 1, 1)) for number in range(30)]
    with filled.writing():
        made = privacy.protect(filled, "customers", rows("customers", [*filled_again, silent]))
        filled.commit([Change("customers", made.rows, "all"), *made.changes])
    done = privacy.retain(filled, {"customers": 400}, TODAY)
    assert done.customers == 1
    with pytest.raises(wb.WorkbenchError, match="was forgotten"):
        privacy.open_personal(filled, "CRM-00050", "check")
    assert privacy.open_personal(filled, "CRM-00007", "check").values


def test_rows_set_aside_go_by_the_day_of_their_import(store):
    entries = [
        {"import_id": name, "imported_at": NOON - dt.timedelta(days=days)}
        for name, days in (("a", 100), ("b", 1))
    ]
    store.commit([], rows("imports", entries))
    for name in "ab":
        pq.write_table(pa.table({"line": [1], "raw": ["x"]}), store.path / "quarantine" / f"{name}.parquet")
    assert privacy.retain(store, {"quarantine": 90}, TODAY).files == 1
    assert [file.name for file in (store.path / "quarantine").iterdir()] == ["b.parquet"]


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ({"performance": 10}, "Unknown table"),
        ({"event": 10}, "Did you mean 'events'"),
        ({"consent": 10}, "cannot grow old"),
        ({"events": 0}, "at least 1"),
        ({"events": "ten"}, "at least 1"),
    ],
)
def test_a_limit_that_makes_no_sense_is_a_sentence(store, days, sentence):
    with pytest.raises(wb.WorkbenchError, match=sentence):
        privacy.retain(store, days)


def test_the_setting_is_read_written_and_refused(tmp_path):
    from workbench import settings

    store = wb.data.open(tmp_path / "w")
    file = store.path / settings.FILE_NAME
    file.write_text(file.read_text() + "\nretention_days = { feedback = 730, events = 400 }\n")
    found = settings.load(store.path)
    assert found.retention_days == (("events", 400), ("feedback", 730))
    settings.save(store.path, found)
    assert settings.load(store.path) == found
    file.write_text("retention_days = 5\n")
    with pytest.raises(wb.WorkbenchError, match="retention_days"):
        settings.load(store.path)
