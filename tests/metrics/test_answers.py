"""What an answer is: frozen, JSON-safe, harmless as CSV and HTML; and how questions go wrong."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import FrozenInstanceError

import pandas as pd
import pytest
import worlds

import workbench.metrics as metrics
from workbench import __version__, i18n
from workbench.errors import QuestionError

NASTY = ['=cmd|"/c calc"!A1', "+1", "-2", "@sum", "<script>alert(1)</script>", "雪, “quoted”", None]


@pytest.fixture(scope="module")
def nasty_store(tmp_path_factory):
    from workbench import data

    frame = worlds.facts(6, rows=700)
    frame["campaign"] = [NASTY[number % len(NASTY)] for number in range(len(frame))]
    return worlds.commit(data.open(tmp_path_factory.mktemp("nasty")), frame)


def test_the_csv_opens_in_a_spreadsheet_and_runs_nothing(nasty_store, tmp_path):
    answer = metrics.kpis(nasty_store, "campaign", ["cost", "profit", "cpa"], compare="previous_period")
    content = answer.to_csv(tmp_path / "answer.csv")
    assert content == (tmp_path / "answer.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert [file.name for file in tmp_path.iterdir()] == ["answer.csv"]
    back = pd.read_csv(io.BytesIO(content), encoding="utf-8-sig")
    assert not back["campaign"].str.match(r"[=+\-@\t\r]").any()
    assert "'=cmd" in content.decode("utf-8-sig")
    assert "(unknown)" in set(back["campaign"])
    assert back["cost_diff"].min() < 0, "numbers stay numbers"
    pd.testing.assert_series_equal(back["cost"], answer.table["cost"])
    assert "cost_low" not in back
    assert "cpa_low" in back


def test_the_html_is_escaped_and_says_period_freshness_and_version(nasty_store):
    answer = metrics.kpis(nasty_store, "campaign", ["cost", "cpa", "ctr"])
    html = answer._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    for part in ("¥", "%", "–", "2026-03-14", "data to 2026-04-10", "v1", answer.code_version):
        assert part in html


def test_to_dict_is_json(random_store):
    for answer in (
        metrics.kpis(random_store, ["channel", "week"], compare="previous_period", where={"region": "north"}),
        metrics.slots(random_store, by="channel"),
        metrics.trend(random_store, ["cost"]),
    ):
        text = json.dumps(answer.to_dict(), allow_nan=False)
        assert "2026-" in text
    found = metrics.kpis(random_store, "channel").to_dict()
    assert None in [row["channel"] for row in found["rows"]]
    assert found["metrics"][0] == {"id": "impressions", "unit": "count"}


def test_an_answer_is_frozen_and_its_frame_a_copy(random_store):
    answer = metrics.kpis(random_store, "channel")
    with pytest.raises(FrozenInstanceError):
        answer.currency = "EUR"
    frame = answer.to_frame()
    frame["cost"] = 0
    assert (answer.table["cost"] > 0).all()


def test_it_says_which_data_and_code_made_it(random_store):
    answer = metrics.kpis(random_store, "channel", where={"channel": "search"}, compare="previous_period")
    assert answer.data_version == random_store.version
    assert answer.code_version.startswith(f"{__version__}+")
    assert answer.as_of == dt.date(2026, 4, 10)
    assert answer.where == {"channel": ("search",)}
    assert (answer.period.days, answer.compare.days) == (28, 28)
    assert answer.compare.end + dt.timedelta(days=1) == answer.period.start
    rows = random_store.query(answer.sql)
    assert (
        sum(rows.column("clicks").to_pylist()) == answer.table[["clicks", "clicks_before"]].to_numpy().sum()
    )


def test_an_empty_workspace_answers_with_a_note(empty_store):
    for answer in (
        metrics.kpis(empty_store, compare="previous_period"),
        metrics.kpis(empty_store, ["channel", "week"], where={"channel": "search"}),
        metrics.kpis(empty_store, period="all", compare="previous_year"),
        metrics.slots(empty_store, by="channel"),
        metrics.trend(empty_store, "cost", by="channel"),
        metrics.kpis(empty_store, "campaign", "reach"),
        metrics.kpis(empty_store, "channel", "cost", compare="target"),
    ):
        assert "empty" in [note.code for note in answer.notes]
        assert answer.table.drop(columns=["n", "n_before"], errors="ignore").isna().all(axis=None)
        assert answer.as_of is None
        json.dumps(answer.to_dict(), allow_nan=False)
        assert answer._repr_html_()
        assert answer.to_csv()


def test_nothing_in_the_period_is_said_and_one_row_stays_for_cards(random_store):
    answer = metrics.kpis(random_store, None, "cost", "2020")
    assert [note.code for note in answer.notes] == ["no_rows"]
    assert len(answer.table) == 1
    assert metrics.kpis(random_store, "channel", "cost", "2020").table.empty


def test_a_period_that_is_not_over_is_said(random_store):
    assert [note.code for note in metrics.kpis(random_store, None, "cost", "2026-04").notes] == ["unfinished"]


def test_before_all_data_there_is_nothing(random_store):
    answer = metrics.kpis(random_store, None, "cost", "all", "previous_period")
    assert answer.compare is None
    assert answer.table["cost_before"].isna().all()
    assert [note.code for note in answer.notes] == ["nothing_before"]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"metrics": "croas"}, "Did you mean 'roas'"),
        ({"by": 5}, "by=5 is no name"),
        ({"metrics": 5}, "metrics=5 is no name"),
        ({"by": [5]}, "5 in `by`"),
        ({"where": "campaign"}, "is no filter"),
        ({"where": {5: "x"}}, "5 in `where`"),
        ({"period": "0001"}, "1990–2100"),
        ({"by": "chanel"}, "Did you mean 'channel'"),
        ({"by": ["channel", "channel"]}, "named twice"),
        ({"by": ["creative", "ad"]}, "named twice"),
        ({"by": ["channel", "campaign", "region", "device"]}, "at most 3"),
        ({"period": "last_week"}, "names no period"),
        ({"compare": "previous_yr"}, "Did you mean 'previous_year'"),
        ({"where": {"chanel": "x"}}, "Unknown dimension"),
        ({"where": {"channel": "serch"}}, "Did you mean 'search'"),
        ({"where": {"channel": "zzz"}}, "It holds: search"),
        ({"where": {"hour": 24}}, "0 to 23"),
        ({"where": {"weekday": "Mon"}}, "Monday is 0"),
        ({"where": {"month": "March"}}, "2026-03"),
        ({"where": {"date": "2026-02-30"}}, "is no date"),
    ],
)
def test_a_wrong_question_says_what_is_allowed(random_store, question, says):
    with pytest.raises(QuestionError, match=says):
        metrics.kpis(random_store, **question)


def test_time_filters_take_dates_weeks_and_months_in_words(random_store):
    week = metrics.kpis(random_store, None, "cost", "all", where={"week": "2026-03-12"}).table["cost"][0]
    days = metrics.kpis(random_store, None, "cost", "2026-03-09..2026-03-15").table["cost"][0]
    assert week == pytest.approx(days)
    month = metrics.kpis(random_store, None, "cost", "all", where={"month": ["2026-03"]}).table["cost"][0]
    assert month == metrics.kpis(random_store, None, "cost", "2026-03").table["cost"][0]
    day = metrics.kpis(random_store, None, "cost", "all", where={"date": dt.date(2026, 3, 9)}).table["cost"][
        0
    ]
    assert day == metrics.kpis(random_store, None, "cost", "2026-03-09").table["cost"][0]


def test_an_empty_filter_filters_nothing(random_store):
    assert metrics.kpis(random_store, where={"channel": []}).where == {}


def test_every_note_has_its_sentence_in_both_languages():
    keys = [key for key in i18n.texts() if key.startswith("metrics.note_")]
    assert len(keys) >= 12
    for key in keys:
        assert set(i18n.texts()[key]) == {"en", "zh"}


def test_an_own_metric_of_the_workspace_is_answered(tmp_path):
    from workbench import data

    store = worlds.commit(data.open(tmp_path), worlds.facts(1, rows=300))
    (tmp_path / "metrics").mkdir(exist_ok=True)
    (tmp_path / "metrics" / "own.toml").write_text(
        '[cost_per_thousand_clicks]\nnumerator = "cost"\ndenominator = "clicks"\nscale = 1000\n'
    )
    fresh = data.open(store.path)
    row = metrics.kpis(fresh, None, ["cost_per_thousand_clicks", "cpc"]).table.iloc[0]
    assert row["cost_per_thousand_clicks"] == pytest.approx(1000 * row["cpc"])
