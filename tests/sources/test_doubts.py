"""What may be meant in another way is told: unread facts, doubled headers, other sheets, thousands."""

from __future__ import annotations

import pytest

from workbench.sources import load

MAPPING = {"local_date": "Date", "campaign": "Campaign", "impressions": "Impr", "clicks": "Clicks"}


def told(review):
    return {item.code: item for item in review.findings}


def table(*more, rows=2):
    """A table with Date, Campaign, Impr, Clicks, Cost and further (header, value) columns."""
    head = ["Date", "Campaign", "Impr", "Clicks", "Cost", *(header for header, _ in more)]
    lines = [
        [f"2026-01-{day + 15}", "A", "1000", "20", "30.5", *(value for _, value in more)]
        for day in range(rows)
    ]
    return "\n".join(",".join(row) for row in [head, *lines]) + "\n"


@pytest.mark.parametrize("header", ["Orders", "Conv", "Leads"])
def test_conversions_in_plain_words_are_read_by_the_generic_profile(header, workspace, export):
    review = load(workspace, export(table((header, "4"))), currency="USD")
    assert (review.source, review.status) == ("generic", "REVIEW"), review
    assert review.mapping["conversions"] == header
    total = workspace.query("SELECT sum(conversions) AS n FROM performance_hourly")["n"][0].as_py()
    assert total == 8


@pytest.mark.parametrize(
    ("more", "column", "header"),
    [
        ([("Avg. CPC", "1.5"), ("Orders", "4")], "orders", "Orders"),
        ([("Conversions", "3"), ("Revenue", "99")], "revenue", "Revenue"),
        ([("Avg. CPC", "1.5"), ("Conv", "4")], "conversions", "Conv"),
    ],
)
def test_a_fact_that_the_recognised_profile_leaves_out_is_told(more, column, header, workspace, export):
    file = export(table(*more))
    review = load(workspace, file, currency="USD", dry_run=True)
    assert (review.source, review.status) == ("google_ads", "REVIEW"), review
    item = told(review)["unread_fact"]
    assert f"{column} ← {header}" in item.sentence
    assert f"mapping={{'{column}': '{header}'}}" in item.action
    assert 'source="generic"' in item.action
    mapped = load(workspace, file, mapping={column: header}, currency="USD", dry_run=True)
    assert "unread_fact" not in told(mapped)
    named = load(workspace, file, source="google_ads", currency="USD", dry_run=True)
    assert "unread_fact" not in told(named)


def test_a_platform_without_conversions_stays_itself(workspace, export):
    review = load(workspace, export(table(("CTR", "2%"))), currency="USD", dry_run=True)
    assert (review.source, review.status) == ("google_ads", "PASS"), review


@pytest.mark.parametrize("header", ["Cost", "cost"])
def test_a_header_that_stands_twice_is_told_with_its_columns(header, workspace, export, facts):
    review = load(workspace, export(table((header, "99"))), source="google_ads", currency="USD")
    item = told(review)["twice"]
    assert (review.status, item.values) == ("REVIEW", {"header": "Cost", "columns": "5, 6", "taken": 5})
    assert [row["cost_micros"] for row in facts(workspace)] == [30_500_000, 30_500_000]


def test_an_unused_header_may_stand_twice(workspace, export):
    review = load(workspace, export(table(("Note", "x"), ("Note", "y"))), currency="USD", dry_run=True)
    assert "twice" not in told(review)


def test_one_column_for_two_facts_is_told(workspace, export):
    mapping = MAPPING | {"conversions": "clicks"}
    item = told(load(workspace, export(table()), mapping=mapping, dry_run=True))["shared_header"]
    assert item.status == "REVIEW"
    assert item.values == {"header": "Clicks", "columns": "clicks, conversions"}
    assert "shared_header" not in told(load(workspace, export(table()), mapping=MAPPING, dry_run=True))


def test_other_sheets_with_a_table_are_named(workspace, tmp_path):
    from openpyxl import Workbook

    rows = [line.split(",") for line in table().splitlines()]
    sheets = {"Notes": [["About"], ["Internal"]], "Jan": rows, "Feb": rows, "Empty": rows[:1]}
    book = Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(tmp_path / "book.xlsx")
    review = load(workspace, tmp_path / "book.xlsx", currency="USD", dry_run=True)
    item = told(review)["other_sheets"]
    assert (review.status, item.values) == ("REVIEW", {"taken": "Jan", "sheets": "Feb"})


@pytest.mark.parametrize(
    ("costs", "read", "other"),
    [
        (["1,234", "2,345"], "1234", "1.234"),
        (["1.234", "12.345"], "1.234", "1234"),
        (["1,234", ""], None, None),
        (["1,234", "2.345"], None, None),
        (["1,234", "2,345.5"], None, None),
        (["1,234", "567"], None, None),
    ],
)
def test_amounts_that_are_all_like_a_thousand_are_told(costs, read, other, workspace, export):
    lines = [f"2026-01-{15 + day};A;100;{cost}" for day, cost in enumerate(costs)]
    file = export("\n".join(["date;campaign;impressions;cost", *lines]) + "\n")
    found = told(load(workspace, file, currency="EUR", dry_run=True)).get("thousands")
    assert (found and (found.values["read"], found.values["other"])) == (read and (read, other))
    assert not found or "decimal=','" in found.action
    said = load(workspace, file, currency="EUR", decimal=".", dry_run=True)
    assert "thousands" not in told(said)


def test_counts_in_thousands_decide_the_sign_of_amounts(workspace, export):
    text = "date;campaign;impressions;cost\n2026-01-15;A;1,100;1,234\n2026-01-16;A;1,200;2,345\n"
    assert "thousands" not in told(load(workspace, export(text), currency="EUR", dry_run=True))
