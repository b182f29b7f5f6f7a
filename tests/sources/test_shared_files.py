"""Real public exports: each is imported by its profile or refused with the reason; sums equal plain ones."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from workbench.sources import load

pytestmark = pytest.mark.shared

FOLDER = "platform_exports"
SHARED = Path(__file__).parents[3] / "shared" / "data"
KAG = {
    "local_date": "Date",
    "campaign": "xyz_campaign_id",
    "ad": "ad_id",
    "impressions": "Impressions",
    "clicks": "Clicks",
    "cost": "Spent",
    "conversions": "Approved_Conversion",
}

SOURCES = {
    "facebook": "meta_ads",
    "google": "google_ads",
    "linkedin": "linkedin_ads",
    "microsoft": "microsoft_ads",
    "snapchat": "snapchat_ads",
    "tiktok": "tiktok_ads",
}
CLICKS = ("inline_link_clicks", "swipes", "clicks")
COST = ("cost_micros", "cost_in_local_currency", "spend")
GOALS = {
    "google_ads": ("conversions", "conversions_value"),
    "linkedin_ads": ("external_website_conversions", "conversion_value_in_local_currency"),
    "microsoft_ads": ("conversions_qualified", "revenue"),
    "snapchat_ads": ("conversion_purchases", "conversion_purchases_value"),
    "tiktok_ads": ("conversion", "total_purchase_value"),
    "meta_ads": ("value", "value"),
}
"""Source → columns of its goal and of the goal's value."""


@dataclass(frozen=True)
class Plain:
    """One export read with nothing but the csv module."""

    name: str
    source: str
    headers: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    @property
    def refusal(self) -> str:
        """Why it is no report by day that can be imported; empty where it is one."""
        known = {*CLICKS, *COST} | ({"value"} if "action_type" in self.headers else set())
        if not known & set(self.headers):
            return "no_metrics"
        if not {"date", "day", "stat_time_day", "stat_time_hour"} & set(self.headers):
            return "refused_month"
        split = "action_type" in self.headers and "ad_id" not in self.headers
        return "refused_unnamed_split" if split else ""

    def micros(self, header: str) -> int:
        """What one unit of a column of money is in micros."""
        snapchat = self.source == "snapchat_ads"
        return 1 if header.endswith("_micros") or snapchat else 1_000_000

    def total(self, header: str, chosen: str = "") -> Decimal | None:
        """A column's sum, of rows of one kind of action; None where no row knows it."""
        known = self.known(header, chosen)
        return sum(map(Decimal, known), Decimal()) if known else None

    @property
    def clicked(self) -> float:
        """Clicks per impression; some of the files hold invented numbers."""
        clicks, shown = self.sums()["clicks"], self.sums()["impressions"]
        return float(clicks / shown) if clicks and shown else 0.0

    def known(self, header: str, chosen: str = "") -> list[str]:
        """A column's values, the missing ones left out."""
        rows = [row for row in self.rows if not chosen or row["action_type"] == chosen]
        return [row[header] for row in rows if row.get(header, "") not in ("", "-")]

    def first(self, names: tuple[str, ...]) -> str:
        """The first of some columns that the file has."""
        return next((name for name in names if name in self.headers), "")

    def sums(self, currency: str = "") -> dict[str, Decimal | None]:
        """The five facts; money in micros, of all currencies or of one."""
        if currency:
            kept = tuple(row for row in self.rows if row["currency_code"] == currency)
            amounts = replace(self, rows=kept).sums()
            return {**self.sums(), **{name: amounts[name] for name in ("cost_micros", "revenue_micros")}}
        cost = self.first(COST)
        count, value = self._goal()
        usual = Counter(row["action_type"] for row in self.rows if "action_type" in row)
        label = min(usual, key=lambda name: (-usual[name], name)) if usual else ""
        return {
            "impressions": self.total("impressions"),
            "clicks": self.total(self.first(CLICKS)) if self.first(CLICKS) else None,
            "cost_micros": self._money(cost),
            "conversions": self.total(count, label) if count else None,
            "revenue_micros": self._money(value, label),
        }

    def _goal(self) -> tuple[str, str]:
        count, value = GOALS[self.source]
        if self.source != "meta_ads":
            return self.first((count,)), self.first((value,))
        table = "value" if "value" in self.headers else ""
        return ("", table) if "action_values" in self.name else (table, "")

    def _money(self, header: str, label: str = "") -> Decimal | None:
        """A column of money in micros, each amount rounded as it is stored."""
        if not header:
            return None
        factor, whole = self.micros(header), Decimal(1)
        known = [
            (Decimal(value) * factor).quantize(whole, ROUND_HALF_UP) for value in self.known(header, label)
        ]
        return sum(known, Decimal()) if known else None


def plain(file: Path) -> Plain:
    """Read a file; header names in lower case."""
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        headers = tuple(name.lower() for name in next(reader))
        rows = tuple(dict(zip(headers, row, strict=True)) for row in reader)
    return Plain(file.stem, SOURCES[file.name.split("_")[0]], headers, rows)


def exports() -> list[Path]:
    """The public files, as they lie beside the project."""
    return sorted((SHARED / FOLDER).glob("*.csv"))


def test_there_are_all_of_them(shared_data):
    files = sorted((shared_data / FOLDER).glob("*.csv"))
    assert [file.name for file in files] == [file.name for file in exports()]
    read = [plain(file) for file in files]
    assert len(files) == 63
    assert {item.refusal for item in read} == {"", "no_metrics", "refused_month", "refused_unnamed_split"}
    assert all(item.refusal == "no_metrics" for item in read if "_history_" in item.name)
    assert {item.source for item in read if not item.refusal} == set(SOURCES.values())


@pytest.mark.parametrize("file", exports(), ids=lambda file: file.stem)
def test_a_file_is_imported_with_its_sums_or_refused_with_the_reason(file, workspace, shared_data):
    expected = plain(shared_data / FOLDER / file.name)
    review = load(workspace, file)
    if expected.refusal:
        assert (review.status, review.findings[0].code) == ("FAIL", expected.refusal), review
        assert file.name in review.findings[0].sentence
        assert review.findings[0].action
        assert workspace.version == 0
        return
    assert review.source == expected.source, review
    assert (review.rows_ok, review.rows_quarantined, review.rows_total) == (len(expected.rows), 0, 0), review
    alarms = {item.code for item in review.findings if item.code.startswith("odd_")}
    assert not alarms or expected.clicked > 1 / 3, "an alarm about usual rates"
    assert stored(workspace) == rounded(expected.sums())
    assert load(workspace, file).unchanged
    assert answered(workspace) == rounded(expected.sums(main_currency(expected)))


ANSWERED = {
    "impressions": ("impressions", 1),
    "clicks": ("clicks", 1),
    "cost": ("cost_micros", 1_000_000),
    "conversions": ("conversions", 1),
    "revenue": ("revenue_micros", 1_000_000),
}
"""Metric → column that holds it, units of the column in one of the metric."""


def answered(store) -> dict[str, float | None]:
    """The same sums as the panels show them, in stored units."""
    row = wb.metrics.kpis(store, None, list(ANSWERED), "all").table.iloc[0]
    return rounded(
        {
            column: None if pd.isna(row[name]) else row[name] * unit
            for name, (column, unit) in ANSWERED.items()
        }
    )


def main_currency(file: Plain) -> str:
    """The currency with the highest amounts: those of others have no rate and are left out."""
    costs: Counter[str] = Counter()
    for row in file.rows:
        costs[row.get("currency_code", "")] += Decimal(row.get(file.first(COST)) or 0)
    return max(costs, key=lambda code: costs[code])


def stored(store) -> dict[str, float | None]:
    """Sums of the stored facts; conversions are the goal's."""
    found = dict.fromkeys((column for column, _ in ANSWERED.values()), None)
    if "performance" in store.tables:
        names = ("impressions", "clicks", "cost_micros")
        found |= _sums(store, "performance", names, "true")
    if "conversions" in store.tables:
        found |= _sums(store, "conversions", ("conversions", "revenue_micros"), "is_goal")
    return rounded(found)


def _sums(store, table, names, where):
    listed = ", ".join(f"sum({name}) AS {name}" for name in names)
    return store.query(f"SELECT {listed} FROM {table} WHERE {where}").to_pylist()[0]


def rounded(sums) -> dict[str, float | None]:
    """Sums as they can be compared: fractions of a conversion are floats."""
    return {name: None if value is None else round(float(value), 6) for name, value in sums.items()}


@pytest.mark.parametrize("platform", SOURCES)
def test_levels_of_one_platform_are_never_added(platform, workspace, shared_data):
    files = sorted((shared_data / FOLDER).glob(f"{platform}_*.csv"))
    reviews = [load(workspace, file, currency="USD") for file in files]
    assert sum(review.status != "FAIL" for review in reviews) > 1
    reports = workspace.query(
        "SELECT coalesce(account, '') AS account, local_date, "
        "coalesce(sum(cost_micros) FILTER (currency = 'USD'), 0)::DOUBLE / 1e6 AS cost, "
        "coalesce(sum(impressions), 0)::DOUBLE AS impressions FROM performance "
        "GROUP BY account, local_date, grain, breakdown, scope"
    ).to_pandas()
    days = reports.groupby(["account", "local_date"])
    assert (days.size() > 1).any(), "no day of this platform has two reports"
    answer = wb.metrics.kpis(workspace, ["account", "date"], ["cost", "impressions"], "all").table
    found = {
        (row["account"] or "", str(row["date"])[:10]): row
        for row in answer.fillna({"cost": 0, "impressions": 0}).to_dict("records")
    }
    for key, levels in days:
        row = found[key[0], str(key[1])[:10]]
        one = [(a, b) for a, b in zip(levels["cost"], levels["impressions"], strict=True)]
        assert any(row["cost"] == pytest.approx(a) and row["impressions"] == b for a, b in one), key
        assert row["cost"] == pytest.approx(max(a for a, _ in one), rel=0.006), key


def test_the_kaggle_export_by_mapping(workspace, shared_data):
    review = load(workspace, shared_data / "KAG_conversion_data.csv", mapping=KAG)
    assert (review.status, review.rows_in, review.rows_ok) == ("REVIEW", 1143, 1143)
    assert review.source == "generic"
    assert review.reconciled is None
    assert [str(day) for day in review.period] == ["2023-08-01", "2023-08-31"]
    unused = next(item for item in review.findings if item.code == "unused")
    assert all(name in unused.sentence for name in ("age", "gender", "interest", "Total_Conversion"))
    sums = workspace.query(
        "SELECT campaign, sum(cost_micros) AS cost, sum(clicks) AS clicks, sum(conversions) AS conversions "
        "FROM performance_hourly WHERE preferred GROUP BY campaign ORDER BY campaign"
    ).to_pylist()
    rounded = [
        (row["campaign"], round(row["cost"] / 1e6, 2), row["clicks"], row["conversions"]) for row in sums
    ]
    assert rounded == [
        ("1178", 55662.15, 36068, 872.0),
        ("916", 149.71, 113, 24.0),
        ("936", 2893.37, 1984, 183.0),
    ]
    assert "708746" in workspace.members("creative")
    assert load(workspace, shared_data / "KAG_conversion_data.csv", mapping=KAG).unchanged


def test_hourly_files_keep_their_hours_and_ask_for_the_time_zone(workspace, shared_data):
    file = shared_data / "platform_exports" / "tiktok_ad_report_hourly_data.csv"
    review = load(workspace, file)
    assert "no_timezone_choice" in {item.code for item in review.findings}
    rows = workspace.query("SELECT DISTINCT local_hour, hour_utc, hour_of_week FROM performance").to_pylist()
    assert rows == [{"local_hour": 10, "hour_utc": None, "hour_of_week": 2 * 24 + 10}]
    again = load(workspace, file, timezone="America/New_York")
    assert not again.unchanged
    rows = workspace.query("SELECT hour_utc FROM performance").to_pylist()
    assert len(rows) == 4
    assert {row["hour_utc"].hour for row in rows} == {14}
