"""The Customer value panel: the same numbers in panel, code and download; links; contracts; small cells."""

from __future__ import annotations

import datetime as dt
import html
import re
import shutil

import cdnow
import pyarrow as pa
import pytest
from test_panel_answers import same

import workbench as wb
from workbench import data
from workbench.widgets.answers import Answers
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError

LAW = {"r": 0.8, "alpha": 40.0, "a": 0.4, "b": 4.0, "p": 5.0, "q": 4.0, "v": 90.0}


@pytest.fixture(scope="module")
def answers(demo_store):
    return Answers(demo_store)


@pytest.fixture
def panel(demo_store, answers):
    found = wb.widgets.CustomerValue(demo_store)
    found._answers = answers
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A workspace without delivery: orders in two currencies, and contracts."""
    orders = cdnow.drawn(900, 500, LAW, seed=9)
    size = len(orders)
    columns = {
        "transaction_id": [f"o{at}" for at in range(size)],
        "customer_id": list(orders.customer_id),
        "kind": ["order"] * size,
        "local_date": list(orders.order_time),
        "end_date": [None] * size,
        "currency": ["EUR" if customer < "c00700" else "USD" for customer in orders.customer_id],
        "amount_micros": [int(1e6 * amount) for amount in orders.amount],
    }
    for at in range(200):
        day = dt.date(2024, 1, 5) + dt.timedelta(at % 50)
        for number in range(1 + at % 5):
            row = (f"k{at}-{number}", f"k{at:03}", "contract", day, day + dt.timedelta(59), "EUR", 90_000_000)
            for name, value in zip(columns, row, strict=True):
                columns[name].append(value)
            day += dt.timedelta(60)
    store = wb.open(tmp_path_factory.mktemp("value") / "shop")
    types = {"local_date": pa.date32(), "end_date": pa.date32()}
    table = pa.table({name: pa.array(values, types.get(name)) for name, values in columns.items()})
    store.commit([data.Change("transactions", table, "all")])
    return store


def test_the_code_gives_the_numbers_of_the_panel(shop):
    panel = wb.widgets.CustomerValue(shop, segment="champions", horizon="90")
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    assert same(cell["worth"], panel.answers["worth"])
    assert same(cell["tested"], panel.answers["tested"])
    assert same(cell["contracts"], panel.answers["contracts"])
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_the_sentence_comes_first_and_its_numbers_are_the_answer(panel):
    html = panel.to_html()
    worth = panel.answers["worth"]
    lead = re.search(r'class="wb-lead">([^<]*)', html)[1]
    assert f"({worth.customers:,})" in lead
    assert f"{100 * worth.share_of_best():.0f}%" in lead
    assert html.index("wb-lead") < html.index("wb-kpis") < html.index('data-chart="pareto"')
    assert "wb-broken" not in html
    for name in ("pareto", "chances", "bias", "reliability"):
        assert f'data-chart="{name}"' in html


def test_it_speaks_chinese(panel):
    panel.state.update(lang="zh")
    html = panel.to_html(live=True)
    assert "客户价值" in html
    assert "重要价值客户" in html
    shown = re.sub(r"<script.*?</script>|<pre.*?</pre>|<[^>]*>", "", html, flags=re.S)
    assert not {"Segment", "customers", "champions"} & set(re.findall(r"[A-Za-z]+", shown))


def test_a_segment_asks_the_back_test_not_again(panel):
    before = panel.answers
    Session(panel).receive({"act": "set", "key": "segment", "value": "loyal", "seq": 1})
    after = panel.answers
    assert panel.state.segment == "loyal"
    assert after["tested"] is before["tested"]
    assert after["worth"].table.segment.tolist() == ["loyal"]


def test_a_link_opens_the_same_view_and_wrong_values_are_said(panel):
    panel.state.update(horizon="180", as_of="2026-08-31", segment="at_risk")
    assert panel.query == "horizon=180&as_of=2026-08-31&segment=at_risk"
    again = wb.widgets.CustomerValue.from_query(panel.store, panel.query)
    assert again.state.snapshot() == panel.state.snapshot()
    odd = wb.widgets.CustomerValue.from_query(panel.store, "horizon=7&as_of=soon&currency=GBP&colour=red")
    said = " ".join(notice.sentence for notice in odd.notices)
    for part in ("Unknown horizon '7'", "'soon' is no day", "Unknown currency 'GBP'", "colour"):
        assert part in said
    for wrong in ({"segment": "rich"}, {"as_of": "2031-01-01"}, {"as_of": 3}):
        with pytest.raises(StateError):
            wb.widgets.CustomerValue(panel.store, **wrong)


@pytest.mark.parametrize("name", ["worth", "tested"])
def test_what_is_downloaded_is_the_answer(panel, name):
    reply, files = Session(panel).receive({"act": "download", "key": name, "value": "", "seq": 1})
    assert reply["kind"] == "file"
    assert files[0] == panel.answers[name].to_csv()


def test_a_workspace_of_orders_alone_shows_contracts_and_currencies(shop):
    panel = wb.widgets.CustomerValue(shop, horizon="90")
    html = panel.to_html(live=True)
    assert "wb-broken" not in html
    assert panel.state.currency == "EUR"
    assert 'data-chart="survival"' in html
    assert re.search(r'<option value="USD"', html)
    chart = panel.draw(live=True)["survival"].charts["survival"]
    curve = panel.answers["contracts"].curve()
    assert chart.data[1]["m"] == pytest.approx(curve["survival"][0], rel=1e-5)
    small = panel.answers["worth"].table.query("suppressed")
    assert len(small) > 0
    for segment in small.segment:
        row = re.search(rf'data-id="row-{segment}".*?</tr>', html, re.S)[0]
        assert re.findall(r"<td[^>]*>([^<]*)</td>", row)[:2] == ["–", "–"]


def test_a_workspace_without_orders_says_what_to_do(hostile_store):
    panel = wb.widgets.CustomerValue(hostile_store)
    html = panel.to_html(live=True)
    assert "no orders of customers yet" in html
    assert "wb-broken" not in html
    assert panel.questions() == {}


def test_too_short_a_history_is_said_in_place(shop):
    html = wb.widgets.CustomerValue(shop, as_of="2024-01-20").to_html()
    assert "Not enough history" in html


def test_the_page_comes_first_and_asks_for_what_takes_longer(panel):
    page = Session(panel).page()
    assert 'data-await="' in page["regions"]["address"]
    assert page["regions"]["lift"] == ""
    assert "lift" not in page["charts"]
    session = Session(panel)
    session.page()
    reply, _ = session.receive({"act": "await", "key": "", "value": "", "seq": 1})
    model = panel.answers["propensity"]
    assert not reply["push"]
    assert {"address", "lift", "proven", "groups"} <= set(reply["regions"])
    assert {"lift", "proven"} <= set(reply["charts"])
    assert model.best(0.2).sentence("en") in html.unescape(reply["regions"]["address"])
    shown = re.findall(r"<td[^>]*>([\d,]+)</td>", reply["regions"]["groups"])
    assert [int(text.replace(",", "")) for text in shown] == model.table["n"].tolist()
    assert "data-await" not in panel.to_html(live=True)


def test_the_back_test_stands_window_by_window_before_and_after(panel):
    tested = panel.answers["tested"]
    shown = html.unescape(re.sub(r"<[^>]*>", "|", str(panel.draw(live=False)["windows"].html)))
    for origin in tested.origins:
        assert f"{100 * origin.before['coverage']:.1f}%" in shown
        for found in (origin.before, origin.after or origin.before):
            assert f"{100 * found['ece']:.1f}%" in shown
            assert f"{found['brier']:.3f}" in shown
    assert shown.count("→") == 3 * sum(bool(origin.after) for origin in tested.origins)


def test_a_report_waits_for_everything_and_has_no_form(panel):
    text = panel.to_html()
    assert 'data-chart="lift"' in text
    assert "data-await" not in text
    assert "<form" not in text


def test_whom_to_address_becomes_a_segment_and_the_page_stays(demo_store, tmp_path):
    shutil.copytree(demo_store.path, tmp_path / "demo")
    store = wb.open(tmp_path / "demo")
    panel = wb.widgets.CustomerValue(store, horizon="30", outcome="churn", best="10", lang="zh")
    session = Session(panel)
    session.receive({"act": "await", "key": "", "value": "", "seq": 1})
    version = store.version
    reply, _ = session.receive({"act": "address", "key": "shared", "value": "快要流失", "seq": 2})
    assert "快要流失" in reply["regions"]["notice"]
    assert store.version == version
    chosen = panel.answers["propensity"].best(0.1)
    newer = wb.open(tmp_path / "demo")
    assert wb.segments.count(newer, "快要流失") == chosen.customers
    again, _ = session.receive({"act": "address", "key": "own", "value": "快要流失", "seq": 3})
    assert "wb-bad" in again["regions"]["notice"]


def test_where_nothing_can_be_learnt_a_sentence_stands_and_the_rest_goes_on(shop):
    panel = wb.widgets.CustomerValue(shop, horizon="90", as_of="2024-08-30")
    session = Session(panel)
    session.page()
    reply, _ = session.receive({"act": "await", "key": "", "value": "", "seq": 1})
    assert "Not enough history" in reply["regions"]["address"]
    assert "wb-none" in reply["regions"]["lift"]
    # an error is an outcome: the page does not ask for ever
    assert "data-await" not in panel.to_html(live=True)
    assert 'data-chart="pareto"' in panel.to_html()
