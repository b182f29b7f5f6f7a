"""Small workspaces for reports that run unattended: a few days, a few campaigns, notebooks that misbehave."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import tiny_notebooks

CAMPAIGNS = ("Autumn", "Brand 品牌", "Search: generic/DE")
MAPPING = {
    "local_date": "Date",
    "campaign": "Campaign",
    "impressions": "Impressions",
    "clicks": "Clicks",
    "cost": "Cost",
}
PARAMETERS = 'campaign: str = ""  # one campaign\nx: int = 1\nlang: str = "en"\nperiod: str = "all"'
SPEND = """
import workbench as wb
store = wb.open()
where = {"campaign": [campaign]} if campaign else {}
table = wb.metrics.kpis(store, by=[], metrics=["cost"], period=period, where=where).table
cost = float(table["cost"].iloc[0])
print("COST", cost)
wb.reports.record("cost", cost, "money", "Cost", "EUR", ("2026-03-01", "2026-03-31"))
"""


def export(file: Path, days: int = 3, factor: float = 1.0, last: dt.date = dt.date(2026, 3, 15)) -> Path:
    """Write an export: a row for each campaign and day, its cost times `factor`."""
    rows = ["Date,Campaign,Impressions,Clicks,Cost"]
    for back in range(days):
        day = last - dt.timedelta(days=days - 1 - back)
        rows += [
            f"{day},{name},{100 + at},{5 + at},{factor * (at + 1):.2f}" for at, name in enumerate(CAMPAIGNS)
        ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def load(workspace: Path, file: Path) -> None:
    """Import an export as a person would, who keeps the mapping for the next ones."""
    from workbench import data

    given = {"mapping": MAPPING, "currency": "EUR", "channel": "search", "timezone": "UTC"}
    review = data.load(data.open(workspace), str(file), **given, remember=True)
    assert review.status == "PASS", review


def world(folder: Path, *code: str, name: str = "spend", parameters: str = PARAMETERS) -> Path:
    """A workspace with three days of three campaigns and one notebook of its own."""
    from workbench import data

    data.open(folder)
    load(folder, export(folder.with_name("first.csv")))
    tiny_notebooks.write(folder / "notebooks" / f"{name}.ipynb", *(code or (SPEND,)), parameters=parameters)
    return folder


def schedule(workspace: Path, text: str) -> None:
    """Write the schedule of a workspace."""
    (workspace / "reports").mkdir(exist_ok=True)
    (workspace / "reports" / "schedule.toml").write_text(text, encoding="utf-8")
