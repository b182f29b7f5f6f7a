"""Before an import: what a file is, what may be chosen, and that saying it gives exactly that import."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.crm.draft import ASKED_BY, arguments, asks, meanings, needs
from workbench.data import Choices
from workbench.errors import InputError
from workbench.i18n import texts
from workbench.sources.review import key

PARTNER = "Tag,Kampagne,Imps,Klicks,Kosten,Leads\n2026-03-01,Spring,1000,30,12.50,3\n"
GOOGLE = (
    "Day,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost,Conversions,Conv. value,All conv.\n"
    "2026-01-01,Brand,111,USD,1204,61,310.50,7.50,900.00,9\n"
)
ORDERS = "order id,customer id,amount,created at\n1,a,10.5,2026-03-01 10:00\n2,b,3,2026-03-02 11:00\n"


def look(store, file, choices=None):
    return wb.data.review_draft(store, file, choices or Choices())


def test_an_unknown_table_is_suggested_and_nothing_of_it_read(workspace, export):
    made, review = look(workspace, export(PARTNER))
    assert (made.table, made.source, review.status) == ("performance", "generic", "FAIL")
    found = {row.header: row.column for row in made.rows}
    assert (found["Tag"], found["Imps"]) == ("local_date", "impressions")
    assert made.rows[0].samples == ("2026-03-01",)
    assert made.may_leave_out
    assert set(made.columns) >= {"cost", "local_date", "region"}


def test_what_is_said_is_what_is_imported(workspace, export):
    file = export(PARTNER)
    made, _ = look(workspace, file)
    choices = (
        Choices(dict(meanings(made, Choices()))).with_column("Kosten", "cost").with_value("currency", "EUR")
    )
    made, review = look(workspace, file, choices)
    assert review.mapping["cost"] == "Kosten"
    done = wb.data.load(workspace, file, **arguments(made, choices))
    assert (done.rows_ok, done.mapping) == (1, review.mapping)
    (row,) = workspace.query("SELECT cost_micros, currency FROM performance").to_pylist()
    assert row == {"cost_micros": 12_500_000, "currency": "EUR"}


def test_a_column_stands_at_one_header_only(workspace, export):
    made, _ = look(workspace, export(PARTNER))
    moved = meanings(made, Choices().with_column("Kosten", "clicks"))
    assert (moved["Kosten"], moved["Klicks"]) == ("clicks", "")


def test_a_column_may_be_left_out_of_a_table_that_nobody_knows(workspace, export):
    file = export(PARTNER)
    made, _ = look(workspace, file)
    choices = Choices(dict(meanings(made, Choices()))).with_column("Leads", "")
    _, review = look(workspace, file, choices)
    assert "conversions" not in review.mapping
    assert review.status != "FAIL"


def test_a_platform_keeps_its_own_columns_and_takes_a_changed_one(workspace, export):
    file = export(GOOGLE)
    made, review = look(workspace, file)
    assert (made.source, review.source, made.may_leave_out) == ("google_ads", "google_ads", False)
    assert {row.header: row.column for row in made.rows}["Impr."] == "impressions"
    choices = Choices().with_column("Campaign ID", "campaign")
    made, review = look(workspace, file, choices)
    assert review.source == "google_ads"
    assert review.mapping["campaign"] == "Campaign ID"
    assert review.mapping["cost"] == "Cost"


def test_goals_of_a_file_may_be_chosen(workspace, export):
    text = "Date,Campaign,Cost,Orders,Leads\n2026-01-01,Brand,3.5,2,9\n"
    file = export(text)
    made, review = look(workspace, file)
    assert set(made.goals) >= {"orders", "leads"}
    assert "goal" in asks(review)
    _, review = look(workspace, file, Choices().with_value("goal", "leads"))
    assert "goal" not in asks(review)


def test_a_crm_table_asks_for_its_clock_and_comes_in_with_it(workspace, export):
    file = export(ORDERS)
    made, review = look(workspace, file)
    assert (made.table, made.is_report, review.status) == ("transactions", False, "FAIL")
    assert "timezone" in asks(review)
    choices = Choices().with_value("timezone", "Asia/Shanghai").with_value("currency", "CNY")
    made, review = look(workspace, file, choices)
    assert (review.table, review.rows_ok) == ("transactions", 2)
    assert "timezone" not in asks(review)


def test_the_kind_of_data_may_be_said_and_takes_its_own_columns_along(workspace, export):
    file = export(ORDERS)
    choices = Choices().with_column("amount", "margin").with_value("table", "customers")
    assert choices.columns == {}
    made, _ = look(workspace, file, choices)
    assert made.table == "customers"
    assert "email" in made.columns
    made, review = look(workspace, file, choices.with_value("table", "performance"))
    assert made.is_report
    assert review.status == "FAIL"


def test_settings_of_reports_are_not_asked_of_crm_tables(workspace, export):
    file = export(ORDERS)
    choices = Choices().with_value("timezone", "UTC").with_value("unit", "fen").with_value("account", "x")
    made, review = look(workspace, file, choices)
    assert "unit" not in arguments(made, choices)
    assert review.table == "transactions"


def test_a_unit_is_taken_for_amounts_that_do_not_say_it(workspace, export):
    file = export("Date,Campaign,Clicks,Cost\n2026-03-01,Spring,30,1250\n")
    choices = Choices().with_value("unit", "fen").with_value("currency", "CNY")
    made, _ = look(workspace, file, choices)
    wb.data.load(workspace, file, **arguments(made, choices))
    assert workspace.query("SELECT cost_micros FROM performance")["cost_micros"].to_pylist() == [12_500_000]


def test_what_is_still_needed_is_named(workspace, export):
    made, _ = look(workspace, export(PARTNER))
    assert needs(made, {"clicks"}) == ("local_date",)
    assert needs(made, {"local_date"}) == ("cost",)
    assert needs(made, {"local_date", "clicks"}) == ()
    orders, _ = look(workspace, export(ORDERS))
    assert "customer_id" in needs(orders, {"amount", "time"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\xff\xfe" * 99),
        ("none.xlsx", b""),
        ("x.parquet", b"PAR1"),
    ],
)
def test_what_is_no_table_has_a_review_and_no_columns(workspace, export, name, content):
    made, review = look(workspace, export(content, name))
    assert review.status == "FAIL"
    assert review.findings
    assert made is None
    assert workspace.version == 0


def test_a_saved_mapping_shows_in_the_draft(workspace, export):
    file = export(PARTNER)
    given = {"local_date": "Tag", "cost": "Kosten", "clicks": "Imps"}
    wb.data.load(workspace, file, mapping=given, currency="EUR", remember=True)
    made, review = look(workspace, export(PARTNER + "2026-03-02,Spring,900,20,9.00,1\n", "again.csv"))
    assert "saved_mapping" in [item.code for item in review.findings]
    assert {row.header: row.column for row in made.rows if row.column} == {v: k for k, v in given.items()}


def test_a_value_that_is_not_allowed_is_refused_in_words(workspace, export):
    with pytest.raises(InputError, match=r"Unknown currency.*Did you mean 'EUR'"):
        look(workspace, export(PARTNER), Choices().with_value("currency", "EURO"))
    assert Choices().with_value("currency", "EUR").with_value("currency", "").given == {}


def test_every_finding_that_asks_exists():
    assert not [code for codes in ASKED_BY.values() for code in codes if key(code) not in texts()]
