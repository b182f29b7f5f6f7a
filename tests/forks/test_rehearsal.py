"""What is rehearsed before the fork is what a page would have worked out: the same text, and no less."""

from __future__ import annotations

import datetime as dt

import ibis
import pytest
import sqlglot

import workbench as wb
from workbench import settings
from workbench.forks import rehearsal
from workbench.metrics import query
from workbench.metrics.periods import Period


@pytest.fixture
def rehearsed(monkeypatch):
    """The texts of a warm process, in the place of this one's."""
    texts: dict = {}
    monkeypatch.setattr(query, "_texts", texts)
    rehearsal._compiled(ibis.duckdb.connect())
    return texts


def test_rehearsed_text_is_what_a_store_compiles(rehearsed, demo_store):
    assert {shape for _, shape, _ in rehearsed} == {*rehearsal.usual()}
    table = demo_store.table(query.ROLLUP)
    for (_, shape, switches), sql in rehearsed.items():
        assert sql == demo_store.sql(query.expression(table, shape, switches)), shape


def test_a_page_that_opens_compiles_nothing_but_what_it_filters_by(rehearsed, demo_store):
    known = set(rehearsed)
    wb.widgets.Campaigns(wb.open(demo_store.path)).to_html()
    new = [shape for _, shape, _ in set(rehearsed) - known]
    assert all(shape.where for shape in new), new


def test_a_shared_text_reads_each_store_by_its_own_limit(rehearsed, demo_store, monkeypatch):
    known = set(rehearsed)
    shape = query.Shape(("channel", "campaign"), rehearsal._FACTS, (), 2)
    assert shape in rehearsal.usual()
    days = [Period(demo_store.as_of - dt.timedelta(28), demo_store.as_of, "")] * 2
    everybodys, _ = query.day_sums(wb.open(demo_store.path), shape, days)
    monkeypatch.setenv(settings.ADVERTISERS, '["nobody"]')
    limited = wb.open(demo_store.path)
    assert limited.advertisers == ("nobody",)
    theirs, _ = query.day_sums(limited, shape, days)
    assert (everybodys.num_rows > 0, theirs.num_rows) == (True, 0)
    assert set(rehearsed) == known, "neither store compiled a text of its own"


@pytest.mark.parametrize("day", [dt.date(1601, 1, 1), dt.date(2024, 2, 29), dt.date(2026, 11, 3)], ids=str)
def test_a_day_is_written_as_ibis_writes_it(demo_store, day):
    select = ibis.to_sql(ibis.literal(day).name("day"), dialect="duckdb")
    assert demo_store.literal(day) == sqlglot.parse_one(select, dialect="duckdb").selects[0].this.sql(
        "duckdb"
    )
