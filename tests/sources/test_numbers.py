"""Numbers as exports write them; the decimal sign is decided by evidence, amounts stay exact."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.sources import load
from workbench.sources.values import (
    Measure,
    Style,
    number_sql,
    number_text_sql,
    sign_sql,
    stored_sql,
    styles,
    text_sql,
)
from workbench.sources.words import Heading, heading

POINT = Style()


def numbers(values, style=POINT, money=True):
    with duckdb.connect() as connection:
        places = list(range(len(values)))
        connection.execute("CREATE TABLE t AS SELECT unnest(?) AS v, unnest(?) AS place", [values, places])
        texts = f"SELECT place, {number_text_sql('v', money)} AS n FROM t"
        sql = f"SELECT {number_sql('n', style)} FROM ({texts}) ORDER BY place"
        return [row[0] for row in connection.execute(sql).fetchall()]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", "1234.5"),
        ("￥1,234.50", "1234.5"),
        ("¥ 0.10", "0.1"),
        ("$-3", "-3"),
        ("-$3", "-3"),
        ("(12.50)", "-12.5"),
        ("−7", "-7"),
        ("１２，３４５．６", "12345.6"),
        ("1 234.5", "1234.5"),
        ("1\u202f234.5", "1234.5"),
        ("1'234'567", "1234567"),
        ("1,23,456.7", "123456.7"),
        ("USD 12", "12"),
        ("12.30 EUR", "12.3"),
        ("5元", "5"),
        ("1.2E+05", "120000"),
        ("144.", "144"),
        (".5", "0.5"),
        ("+5", "5"),
        ("1.429999948", "1.429999948"),
        ("\t42 ", "42"),
        ('="42"', "42"),
    ],
)
def test_a_number_is_read(text, value):
    assert numbers([text]) == [Decimal(value)]


@pytest.mark.parametrize("text", ["", "-", "--", "—", "N/A", "null", "NaN", "None", "无", "  "])
def test_a_missing_number_is_null_and_no_error(text):
    with duckdb.connect() as connection:
        sql = f"SELECT {number_text_sql('v', True)} FROM (SELECT ? AS v)"
        assert connection.execute(sql, [text]).fetchall() == [(None,)]


@pytest.mark.parametrize(
    "text",
    ["abc", "12x", "inf", "1_000", "12 34", "0x10", "1e999", "1,2,3", "¥", "1.2.3", "5%", "--5", "1,2345.6"],
)
def test_what_is_no_number_is_not_made_one(text):
    assert numbers([text]) == [None]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,50", "1234.5"),
        ("0,5", "0.5"),
        ("1.234.567", "1234567"),
        ("12", "12"),
        ("1.234", "1234"),
        ("1,5e3", "1500"),
    ],
)
def test_decimal_commas(text, value):
    assert numbers([text], Style(",")) == [Decimal(value)]


def style_of(values, kind="money", decimal=None):
    measure = Measure("cost", "Cost", "c0", kind, "cost")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT unnest(?) AS n_cost", [values])
        return styles(connection, "t", [measure], decimal)["cost"]


@pytest.mark.parametrize(
    ("values", "style"),
    [
        (["1.50", "2,000"], Style(".")),
        (["1,50", "2.000"], Style(",")),
        (["1,234", "2,345"], Style(".")),
        (["1,234", "5678"], Style(".", undecided=True)),
        (["1,234", "567"], Style(".")),
        (["1,234", "0,5"], Style(",")),
        (["1.234,5"], Style(",")),
        (["1,234,567"], Style(".")),
        ([], Style(".")),
    ],
)
def test_the_decimal_sign_is_decided_by_the_columns_evidence(values, style):
    assert style_of(values) == style


def test_a_count_is_never_a_fraction_so_a_comma_is_a_thousand():
    assert style_of(["1,234", "5678"], "count") == Style(".")


def test_the_user_may_say_the_decimal_sign():
    assert style_of(["1,234", "5678"], decimal=",") == Style(",")


AMOUNTS = st.decimals(Decimal("-99999999"), Decimal("99999999"), places=6, allow_nan=False)


@settings(deadline=None, max_examples=20, derandomize=True)
@given(st.lists(AMOUNTS, min_size=1, max_size=60))
def test_money_is_exact_to_the_micro(amounts):
    measure = Measure("cost", "Cost", "c0", "money", "cost", 1_000_000)
    with duckdb.connect() as connection:
        sql = f"SELECT {stored_sql(number_sql('n', POINT), measure)} FROM (SELECT unnest(?) AS n)"
        stored = connection.execute(sql, [[f"{amount:f}" for amount in amounts]]).fetchall()
    exact = [int((amount * 1_000_000).to_integral_value(ROUND_HALF_UP)) for amount in amounts]
    assert [row[0] for row in stored] == exact


@pytest.mark.parametrize(
    ("text", "sign"), [("￥5", "¥"), ("HK$5", "HK$"), ("5 RMB", "CNY"), ("5", None), ("€5", "€")]
)
def test_signs_of_money(text, sign):
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {sign_sql('v')} FROM (SELECT ? AS v)", [text]).fetchall() == [
            (sign,)
        ]


def test_texts_lose_blanks_and_excel_quotes_but_not_their_zeros():
    with duckdb.connect() as connection:
        values = ['="00123"', " A\u00a0", "\t1700000000000001", "--", "0", "None"]
        connection.execute("CREATE TABLE t AS SELECT unnest(?) AS v", [values])
        found = [row[0] for row in connection.execute(f"SELECT {text_sql('v')} FROM t").fetchall()]
    assert found == ["00123", "A", "1700000000000001", None, "0", "None"]


GERMAN = (
    "Tag;Kampagne;Impressionen;Klicks;Kosten\n15.01.2026;A;1.000;10;1.234,56\n16.01.2026;A;12.345;20;0,50\n"
)
GERMAN_MAP = {
    "local_date": "Tag",
    "campaign": "Kampagne",
    "impressions": "Impressionen",
    "clicks": "Klicks",
    "cost": "Kosten",
}


def test_a_file_with_decimal_commas_imports(workspace, export, facts):
    review = load(workspace, export(GERMAN), mapping=GERMAN_MAP, currency="EUR")
    assert review.status == "PASS", review
    rows = facts(workspace)
    assert [(row["impressions"], row["cost_micros"]) for row in rows] == [
        (1000, 1_234_560_000),
        (12_345, 500_000),
    ]


def test_an_undecided_amount_is_set_aside_until_the_sign_is_said(workspace, export, facts):
    text = 'date,campaign,impressions,cost\n2026-01-15,A,100,"1,234"\n2026-01-16,A,100,5678\n'
    review = load(workspace, export(text), currency="EUR", dry_run=True)
    assert (review.rows_ok, review.rows_quarantined) == (1, 1)
    assert "decimal" in next(item for item in review.findings if item.code == "undecided_number").action
    load(workspace, export(text), currency="EUR", decimal=",")
    assert [row["cost_micros"] for row in facts(workspace)] == [1_234_000, 5_678_000_000]


def test_a_bad_number_sets_its_row_aside_with_column_and_value(workspace, export):
    text = (
        "date,campaign,impressions,clicks,cost\n2026-01-15,A,100,5,1.5\n"
        "2026-01-16,A,10O,5,1.5\n2026-01-17,A,7.5,5,-1\n"
    )
    review = load(workspace, export(text), currency="EUR")
    assert review.quarantine["line"].tolist() == [3, 4]
    first, second = review.quarantine["reasons"]
    assert "impressions '10O' is no number" in first
    assert "impressions '7.5' is no whole number" in second
    assert "cost '-1' is negative" in second


def test_a_missing_value_becomes_null_and_its_row_stays(workspace, export, facts):
    text = "date,campaign,impressions,clicks,cost,conversions\n2026-01-15,A,100,,--,12\n2026-01-16,,,,,\n"
    review = load(workspace, export(text), currency="EUR")
    assert (review.rows_ok, review.rows_quarantined) == (2, 0)
    rows = facts(workspace)
    assert (rows[0]["impressions"], rows[0]["clicks"], rows[0]["cost_micros"]) == (100, None, None)
    assert rows[1]["campaign"] is None
    assert facts(workspace, "conversions")[0]["conversions"] == 12


def test_conversions_above_clicks_are_plausible_and_clicks_above_impressions_are_told(workspace, export):
    text = "date,campaign,impressions,clicks,conversions\n2026-01-15,A,1000,5,9\n2026-01-16,A,3,5,0\n"
    review = load(workspace, export(text))
    assert review.rows_ok == 2
    told = {item.code: item.lines for item in review.findings}
    assert told["clicks_above"] == (3,)


@pytest.mark.parametrize(("cost", "code"), [("20836690", "odd_cpc"), ("0.000001", "odd_cpc")])
def test_a_wrong_unit_shows_in_the_rates(cost, code, workspace, export):
    text = f"date,campaign,impressions,clicks,cost\n2026-01-15,A,6319,51,{cost}\n"
    review = load(workspace, export(text), currency="USD", dry_run=True)
    assert code in {item.code for item in review.findings}


def test_micros_and_fen_in_the_header_are_units(workspace, export, facts):
    text = "date,campaign,impressions,cost_micros\n2026-01-15,A,1000,2500000\n"
    load(workspace, export(text), currency="USD")
    assert facts(workspace)[0]["cost_micros"] == 2_500_000
    text = "日期,计划,展示量,总消耗（分）\n2026-01-15,B,1000,250\n"
    load(workspace, export(text, "fen.csv"))
    row = next(row for row in facts(workspace) if row["campaign"] == "B")
    assert (row["cost_micros"], row["currency"]) == (2_500_000, "CNY")


def test_currencies_mix_only_by_a_column(workspace, export, facts):
    text = (
        "date,campaign,impressions,cost,currency\n2026-01-15,A,1000,5,usd\n"
        "2026-01-15,B,1000,6,EUR\n2026-01-15,C,10,6,EURO\n"
    )
    review = load(workspace, export(text))
    assert review.quarantine["line"].tolist() == [4]
    assert [row["currency"] for row in facts(workspace)] == ["USD", "EUR"]


def test_a_sign_of_another_currency_sets_its_row_aside(workspace, export):
    text = "date,campaign,impressions,cost\n2026-01-15,A,1000,$5\n2026-01-16,A,1000,€6\n"
    review = load(workspace, export(text), currency="USD")
    assert review.quarantine["line"].tolist() == [3]
    review = load(workspace, export(text.replace("€", "$"), "usd.csv"))
    assert "guessed_currency" in {item.code for item in review.findings}


@pytest.mark.parametrize(
    ("header", "name", "unit", "currency"),
    [
        ("Amount spent (USD)", "amount spent", "", "USD"),
        ("消耗（元）", "消耗", "units", "CNY"),
        ("总消耗(分)", "总消耗", "fen", "CNY"),
        ("Kosten EUR", "kosten", "", "EUR"),
        ("cost_micros", "cost", "micros", ""),
        ("Clicks (all)", "clicks (all)", "", ""),
        ("转化数（计费时间）", "转化数(计费时间)", "", ""),
        ("Impr. (Top) %", "impr. (top) %", "", ""),
    ],
)
def test_a_header_says_unit_and_currency(header, name, unit, currency):
    assert heading(header) == Heading(name, unit, currency)


@pytest.mark.parametrize(("sign", "status"), [("€", "PASS"), ("$", "REVIEW"), ("￥", "REVIEW")])
def test_a_sign_of_one_currency_is_enough(sign, status, workspace, export):
    text = f"date,campaign,impressions,cost\n2026-01-15,A,1000,{sign}5\n"
    review = load(workspace, export(text), dry_run=True)
    told = next(item for item in review.findings if item.code == "guessed_currency")
    assert told.status == status


def test_a_yuan_sign_in_a_dollar_file_sets_its_row_aside(workspace, export):
    text = "date,campaign,impressions,cost (USD)\n2026-01-15,A,1000,$5\n2026-01-16,A,1000,￥6\n"
    assert load(workspace, export(text), dry_run=True).quarantine["line"].tolist() == [3]
