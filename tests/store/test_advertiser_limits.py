"""A link for some advertisers: what its kernel sees of every table, and the ways around that lead nowhere."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from store_helpers import DAY, rows

import workbench as wb
from workbench import data, saved, settings
from workbench.data import Change
from workbench.errors import QuestionError, StoreError
from workbench.schema import TABLES
from workbench.store import limits

MINE, OTHER = "Northlight Home", "Lumi Beauty"


@pytest.fixture
def limited(monkeypatch):
    """Opens a store as the kernel of a visitor whose link is for these advertisers."""

    def open_(path, *advertisers):
        monkeypatch.setenv(settings.ADVERTISERS, json.dumps(advertisers))
        return data.open(path)

    return open_


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A workspace of two advertisers, with customers, a table of its own and labels."""
    store = data.open(tmp_path_factory.mktemp("limits") / "w")
    facts = [
        {"advertiser": who, "account": who, "campaign_id": number, "campaign": f"{who} {number}",
         "creative": f"{who} ad", "impressions": 100, "clicks": 5, "cost_micros": 7_000_000,
         "local_date": DAY.replace(day=last)}
        for who, number, last in (("A", "1", 6), ("B", "2", 9), (None, "3", 6))
    ]  # fmt: skip
    label = lambda dimension, value: {"dimension": dimension, "value": value, "lang": "en", "label": value}  # noqa: E731
    named = [("advertiser", "A"), ("advertiser", "B"), ("campaign", "A 1"), ("campaign", "B 2"),
             ("channel", "search"), ("product", "P"), ("variant:x", "y")]  # fmt: skip
    pairs = (("A", "1"), ("B", "2"))
    creatives = [{"creative_id": c, "creative": f"{c} ad", "campaign_id": n} for c, n in pairs]
    campaigns = [
        {"campaign_id": "1", "advertiser": "A"},
        {"campaign_id": "1x", "advertiser": None},
        {"campaign_id": "2", "advertiser": "B"},
        {"campaign_id": "2", "advertiser": None},
        {"campaign_id": "1", "advertiser": None},
    ]
    store.commit([
        Change("performance", rows("performance", facts)),
        Change("labels", rows("labels", [label(*pair) for pair in named])),
        Change("creatives", rows("creatives", creatives)),
        Change("campaigns", rows("campaigns", campaigns)),
        Change("customers", rows("customers", [{"customer_id": "u1"}])),
        Change("transactions", rows("transactions", [{"transaction_id": "t", "campaign_id": "1"}])),
        Change("external", rows("external", [{"series": "market"}])),
        Change("own_notes", pa.table({"advertiser": ["A"], "note": ["secret"]})),
    ])  # fmt: skip
    return store.path


def test_each_table_holds_what_belongs_to_the_advertiser(two, limited):
    store = limited(two, "A")
    assert store.row_counts == {
        "campaigns": 2, "creatives": 1, "external": 1, "labels": 3, "performance": 1, "performance_hourly": 1,
    }  # fmt: skip
    assert store.members("advertiser") == ("A",)
    assert store.members("campaign") == ("A 1",)
    assert set(store.labels("en")) == {("advertiser", "A"), ("campaign", "A 1"), ("channel", "search")}
    assert store.as_of == DAY.replace(day=6), "the last day of this advertiser, not of the others"
    assert data.open(two).as_of == store.as_of


def test_without_a_limit_nothing_is_missing(two, monkeypatch):
    monkeypatch.delenv(settings.ADVERTISERS, raising=False)
    store = data.open(two)
    assert store.advertisers is None
    assert store.row_counts["performance"] == 3
    assert store.row_counts["own_notes"] == 1
    assert store.as_of == DAY.replace(day=9)


@pytest.mark.parametrize("name", sorted({*TABLES, "own_notes"} - {"external", "exchange_rates"}))
def test_an_advertiser_without_data_and_a_broken_list_open_no_row(two, limited, monkeypatch, name):
    for said in ('["Nobody"]', "[]", "[1]", "{}", "broken", '"A"'):
        monkeypatch.setenv(settings.ADVERTISERS, said)
        store = data.open(two)
        count = store.query(store.table(name)).num_rows
        assert count == (1 if name == "labels" else 0), said  # the name of a channel is everybody's


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_parquet('{files}')",
        "SELECT * FROM parquet_scan('{files}')",
        "SELECT * FROM '{files}'",
        'SELECT * FROM "{files}"',
        "WITH read_parquet AS (SELECT 1) SELECT * FROM read_parquet('{files}')",
        'WITH "{files}" AS (SELECT 1) SELECT * FROM performance, (SELECT * FROM "{files}")',
        "SELECT * FROM performance WHERE 1 IN (SELECT 1 FROM read_text('{files}'))",
        "SELECT (SELECT count(*) FROM glob('{files}'))",
        "SELECT * FROM query('FROM performance')",
        "SELECT sql FROM duckdb_views()",
        "SELECT * FROM information_schema.tables",
        "FROM performance UNION ALL BY NAME FROM read_csv_auto('{files}')",
        "EXPLAIN SELECT * FROM performance",
    ],
)
def test_sql_reads_no_file_and_no_catalogue(two, limited, sql):
    files = two / "tables" / "performance" / "*.parquet"
    with pytest.raises(QuestionError, match="may not read"):
        limited(two, "A").query(sql.format(files=files))


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT * FROM performance WHERE advertiser = 'B' OR true", 1),
        ("SELECT * FROM customers", 0),
        ("SELECT * FROM own_notes", 0),
        ("WITH p AS (SELECT * FROM performance) SELECT * FROM p, range(2)", 2),
        ("SELECT unnest([1, 2, 3]) FROM v1.performance", 3),
    ],
)
def test_sql_over_tables_is_answered_within_the_limit(two, limited, sql, count):
    store = limited(two, "A")
    assert store.query(sql).num_rows == count


def test_two_advertisers_and_names_with_quotes(two, limited):
    assert limited(two, "A", "B").row_counts["performance"] == 2
    assert limited(two, "x') OR ('1' = '1").row_counts.get("performance") is None


def test_an_older_version_and_a_part_are_limited_too(two, limited):
    store = limited(two, "A")
    assert store.at(1).members("advertiser") == ("A",)
    assert store.versions()["imports"].tolist() == [""]
    question = wb.metrics.kpis(store, period="2026-01-01..2026-01-31", where={"advertiser": ["A"]})
    assert question.table["cost"].sum() == pytest.approx(7.0)
    with pytest.raises(QuestionError, match="'B'"):
        wb.metrics.kpis(store, period="2026-01-01..2026-01-31", where={"advertiser": ["B"]})


def test_data_cannot_be_changed_under_a_limit(two, limited):
    store = limited(two, "A")
    with pytest.raises(StoreError, match="some advertisers"):
        store.commit([Change("labels", rows("labels", []))])
    with pytest.raises(StoreError, match="some advertisers"), store.writing():
        pass


def test_every_table_is_closed_unless_a_rule_opens_it():
    opened = {name for name in TABLES if limits.condition(name, ["A"], "r", repr) != "false"}
    assert opened == {
        "performance", "performance_hourly", "conversions", "reach", "campaigns", "creatives", "labels",
        "external", "exchange_rates",
    }  # fmt: skip
    assert limits.condition("of_next_year", ["A"], "r", repr) == "false"


def test_saved_things_stay_with_whoever_sees_their_figures(two, monkeypatch):
    def limit(*names):
        monkeypatch.setenv(settings.ADVERTISERS, json.dumps(names))

    monkeypatch.delenv(settings.ADVERTISERS, raising=False)
    content = {"panel": "campaigns", "state": {}}
    whole = saved.create(two, "view", "Whole", content, who="Ann", shared=True)
    limit("A")
    small = saved.create(two, "view", "Small", content, who="Ann", shared=True)
    assert small.advertisers == ("A",)
    assert [item.name for item in saved.items(two, "view", "Ann")] == ["Small"]
    with pytest.raises(saved.Refused):
        saved.read(two, "view", whole.id, "Ann")
    with pytest.raises(saved.Refused):
        saved.trash(two, whole, "Ann")
    with pytest.raises(saved.Refused):
        saved.put(two, "view", whole.id, {"panel": "home"}, "Ann")
    limit("B")
    assert saved.items(two, "view", "Ann") == ()
    limit("A", "B")
    assert [item.name for item in saved.items(two, "view", "Bob")] == ["Small"]
    monkeypatch.delenv(settings.ADVERTISERS)
    assert [item.name for item in saved.items(two, "view", "Ann")] == ["Small", "Whole"]
    renamed = saved.rename(two, small, "Little", "Ann")
    assert renamed.advertisers == ("A",), "a new name brings no new figures"
    saved.update(two, renamed, {**content, "state": {"by": "x"}}, "Ann")
    limit("A")
    assert saved.items(two, "view", "Ann") == (), "what somebody changed who sees all may hold all"


def test_a_panel_under_a_limit_shows_downloads_and_opens_nothing_else(demo_store, limited):
    from workbench.widgets.session import Session

    store = limited(demo_store.path, MINE)
    panel = wb.widgets.Campaigns(store)
    session = Session(panel.panel if hasattr(panel, "panel") else panel)
    told = [json.dumps(session.page(), ensure_ascii=False, default=str)]
    other = json.dumps({"advertiser": [OTHER]})
    for message in (
        {"act": "query", "value": f"?filters={other}&by=advertiser,campaign"},
        {"act": "query", "value": "?by=advertiser,campaign,creative"},
        {"act": "toggle", "key": "advertiser", "value": OTHER},
        {"act": "set", "key": "filters", "value": other},
        {"act": "view", "key": "somebodys-view"},
    ):
        reply, files = session.receive(message)
        told += [json.dumps(reply, ensure_ascii=False, default=str), *map(str, files)]
    names = [*session.panel.files(), "kpis", "breakdown"]
    for name in names:
        reply, files = session.receive({"act": "download", "key": name})
        told += [json.dumps(reply, ensure_ascii=False, default=str)]
        told += [bytes(content).decode("utf-8", "replace") for content in files]
    seen = "".join(told)
    assert "Northlight" in seen
    strange = [
        word for word in ("Lumi ", "Ridgeway", "lumi-", "ridgeway-") if word in seen.replace(OTHER, "")
    ]
    assert strange == []
