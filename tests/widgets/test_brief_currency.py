"""A report in another currency is in it from the first figure to the proposal."""

from __future__ import annotations

import html
import re
import shutil

import pandas as pd
import pytest

import workbench as wb
from workbench import data

RATE = 8.0


@pytest.fixture(scope="module")
def abroad(demo_store, tmp_path_factory):
    """The demo world with a rate for every day: a dollar is eight yuan."""
    folder = tmp_path_factory.mktemp("abroad") / "ws"
    shutil.copytree(demo_store.path, folder)
    store = wb.open(folder)
    days = pd.date_range("2025-04-20", demo_store.as_of)
    rates = pd.DataFrame({"date": days, "from_currency": "USD", "to_currency": "CNY", "rate": RATE})
    data.load_rates(store, rates)
    return wb.open(folder)


def test_a_proposal_is_in_the_currency_that_is_asked_for(abroad):
    own, theirs = wb.plans.propose(abroad), wb.plans.propose(abroad, currency="usd")
    assert (own.currency, theirs.currency) == ("CNY", "USD")
    assert theirs.table["spend"].sum() * RATE == pytest.approx(own.table["spend"].sum())
    assert theirs.table["response"].to_numpy() == pytest.approx(own.table["response"].to_numpy(), rel=1e-3)
    assert wb.plans.propose(abroad).currency == "CNY"


@pytest.mark.soak
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("Weekly", {}),
        ("CampaignReview", {}),
        ("AdvertiserReport", {"filters": {"advertiser": ["Lumi Beauty"]}}),
    ],
)
def test_no_amount_of_a_report_is_in_another_currency(abroad, kind, settings):
    page = getattr(wb.widgets, kind)(abroad, currency="USD", lang="en", **settings).to_html()
    shown = html.unescape(re.sub(r"<[^>]+>", " ", page))
    assert "$" in shown
    assert "¥" not in shown
    assert 'data-currency="CNY"' not in page
