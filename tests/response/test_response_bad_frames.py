"""What cannot be fitted gets one sentence that says where and what to do; what can be gets a check."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mix_worlds import regional_world, world

import workbench as wb

MADE = world(0, channels=3, periods=60)
FRAME = MADE.frame


def changed(column, row, value):
    frame = FRAME.astype({column: object}) if isinstance(value, str) else FRAME.copy()
    frame.loc[row, column] = value
    return frame


def fit(frame=FRAME, spend=("c0", "c1", "c2"), outcome="y", **more):
    return wb.response.fit(frame, spend=list(spend), outcome=outcome, draws=0, **more)


FRAMES = {
    "no table": (lambda: [1, 2], "is a|are a list, which is no table"),
    "empty": (lambda: FRAME.iloc[:0], "has no row"),
    "missing spend": (lambda: changed("c1", 5, np.nan), "Column 'c1' is nan on 2021-02-08"),
    "words for spend": (lambda: changed("c1", 5, "n/a"), "Column 'c1' is n/a on 2021-02-08"),
    "infinite outcome": (lambda: changed("y", 3, np.inf), "Column 'y' is inf on 2021-01-25"),
    "negative spend": (
        lambda: changed("c2", 7, -5.0),
        "Column 'c2' is -5.0 on 2021-02-22. Spend is 0 or more",
    ),
    "a period twice": (lambda: pd.concat([FRAME, FRAME.iloc[[4]]]), "Period 2021-02-01 has several rows"),
    "a gap": (
        lambda: FRAME.drop(index=[10]),
        "After the period 2021-03-08 the next one is 2021-03-22, 14 days later",
    ),
    "too few periods": (lambda: FRAME.iloc[:6], "There are 6 periods, and from fewer than 8"),
    "nothing spent": (lambda: FRAME.assign(c1=0.0), "Nothing was ever spent on 'c1'"),
    "no outcome": (lambda: FRAME.assign(y=0.0), "The outcome is 0 throughout"),
    "numbers for time": (
        lambda: FRAME.assign(time=range(60)),
        "Column 'time' holds 0, a number, which is no day",
    ),
    "a column twice": (lambda: pd.concat([FRAME, FRAME[["c0"]]], axis=1), "Column 'c0' is there twice"),
    "an outcome that never varies": (lambda: FRAME.assign(y=7.0), "The outcome never varies"),
    "several currencies": (
        lambda: FRAME.assign(currency=["EUR", "USD"] * 30),
        "The amounts are in several currencies: EUR, USD",
    ),
    "no time": (lambda: FRAME.assign(time=["x"] * 60), "holds 'x', which is no day"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_that_cannot_be_fitted_is_refused_with_a_sentence(name):
    make, sentence = FRAMES[name]
    with pytest.raises(wb.WorkbenchError, match=sentence) as caught:
        fit(make())
    assert caught.value.fix


QUESTIONS = {
    "unknown spend": ({"spend": ["c0", "c9"]}, "Unknown column 'c9'"),
    "no spend": ({"spend": []}, "No column of spend"),
    "twice": ({"spend": ["c0", "c0"]}, "'c0' is named twice"),
    "two roles": ({"controls": ["c0"]}, "'c0' has two roles"),
    "unknown outcome": ({"outcome": "sales"}, "Unknown column 'sales'"),
    "unknown time": ({"time": "week"}, "Unknown column 'week'"),
    "unknown region": ({"region": "geo"}, "Unknown column 'geo'"),
    "unknown form": ({"saturation": "sigmoid"}, "Unknown form 'sigmoid'"),
    "form of no channel": ({"saturation": {"c7": "hill"}}, "Unknown channel 'c7'"),
    "unknown carry-over": ({"carryover": "forever"}, "Unknown carry-over 'forever'"),
    "unknown trend": ({"trend": "up"}, "Unknown trend 'up'"),
    "waves": ({"season": 30}, "season=30"),
    "longest": ({"longest": 0}, "longest=0"),
    "value": ({"value": -1}, "value=-1"),
    "prior": ({"priors": {"media": 3}}, "prior 'media' is 3"),
    "unknown prior": ({"priors": {"medium": 3}}, "Unknown prior 'medium'"),
    "price": ({"price": "x"}, "Column 'x' has a price of 0 or less"),
    "holiday": ({"holidays": {"new year": ["soon"]}}, "no days of a holiday"),
    "lift of no channel": (
        {"lifts": [{"channel": "tv", "start": "2021-02-01", "end": "2021-03-01", "effect": 1, "se": 1}]},
        "Unknown channel of an experiment 'tv'",
    ),
    "lift outside": (
        {"lifts": [{"channel": "c0", "start": "2020-02-01", "end": "2020-03-01", "effect": 1, "se": 1}]},
        "is not within the data",
    ),
    "lift without error": (
        {"lifts": [{"channel": "c0", "start": "2021-02-01", "end": "2021-03-01", "effect": 1}]},
        "has no standard error",
    ),
    "lift without effect": ({"lifts": [{"channel": "c0", "start": "2021-02-01"}]}, "names no 'end'"),
    "seed": ({"seed": "seven"}, "seed='seven' is no seed"),
    "bootstrap": ({"bootstrap": "jackknife"}, "'jackknife' is no bootstrap"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_that_is_none_is_refused_with_a_sentence(name):
    asked, sentence = QUESTIONS[name]
    with pytest.raises(wb.WorkbenchError, match=sentence) as caught:
        fit(**asked)
    assert caught.value.fix


def test_a_region_that_lacks_a_period_is_named():
    frame, _ = regional_world(0, regions=3, periods=30)
    with pytest.raises(wb.WorkbenchError, match="Region 'r1' has no row for the period 2022-02-07"):
        wb.response.fit(frame.drop(index=35), ["c0"], "y", region="region", draws=0)
    nameless = frame.assign(region=frame["region"].where(frame.index != 4))
    with pytest.raises(wb.WorkbenchError, match="Row 5 names no region"):
        wb.response.fit(nameless, ["c0"], "y", region="region", draws=0)
    with pytest.raises(wb.WorkbenchError, match=r"several rows.*region="):
        wb.response.fit(frame, ["c0"], "y", draws=0)


def findings(model):
    return {(item.status, item.code.removeprefix("response.")): item for item in model.diagnostics}


@pytest.mark.parametrize(
    ("frame", "spend", "expected"),
    [
        (FRAME, ["c0"], ("REVIEW", "channels")),
        (FRAME.assign(c1=500.0), ["c0", "c1"], ("FAIL", "varied")),
        (FRAME.assign(c1=FRAME["c0"] * 1.01 + np.arange(60) % 2), ["c0", "c1"], ("FAIL", "entangled")),
        (FRAME.iloc[:20], ["c0", "c1"], ("FAIL", "periods")),
        (FRAME, ["c0", "c1", "c2"], ("REVIEW", "calibrated")),
        (FRAME.assign(y=np.random.default_rng(0).gamma(2, 100, 60)), ["c0"], ("FAIL", "fit")),
        (FRAME.assign(y=FRAME["y"] * np.where(np.arange(60) > 51, 0.4, 1)), ["c0"], ("FAIL", "holdout")),
        (
            FRAME.assign(y=900 + 40 * np.cumsum(np.random.default_rng(6).normal(size=60))),
            ["c0"],
            ("FAIL", "persistence"),
        ),
    ],
    ids=["one", "never-varied", "entangled", "short", "uncalibrated", "noise", "break", "walk"],
)
def test_what_is_doubtful_is_a_check_with_a_sentence_in_both_languages(frame, spend, expected):
    found = findings(fit(frame, spend))
    assert expected in found
    for lang in ("en", "zh"):
        sentence, action = found[expected].told(lang)
        assert sentence
        assert action


def test_a_curve_beyond_what_was_seen_and_a_negative_baseline_are_said():
    wide = fit(FRAME, ["c0"], priors={"half_saturation": (3.0, 0.05)})
    assert ("REVIEW", "beyond") in findings(wide)
    spend = FRAME["c0"] / FRAME["c0"].mean()
    frame = FRAME.assign(y=300 * spend - 150)
    model = fit(frame, ["c0"], priors={"media": (1.5, 0.5), "spread": 2.0}, season=0)
    assert ("FAIL", "baseline") in findings(model)


def test_a_sound_fit_passes_and_says_so():
    made = world(1, channels=3, periods=156, noise=0.02)
    model = wb.response.fit(made.frame, made.channels, "y", controls=["x"], draws=0)
    passed = {code for status, code in findings(model) if status == "PASS"}
    assert {"periods_ok", "fit_ok", "holdout_ok", "persistence_ok", "baseline_ok"} <= passed
    assert model.status == "REVIEW"


def test_the_answer_is_plain_in_every_form():
    import json

    model = wb.response.fit(FRAME, ["c0", "c1"], "y", draws=10, value=2.5)
    assert json.loads(json.dumps(model.to_dict()))["label"] == "modelled"
    assert set(model.to_frame()["channel"]) == {"c0", "c1"}
    for lang, word in (("en", "bring"), ("zh", "贡献")):
        assert word in model.sentence(lang)
        assert model.source(lang) in model.to_html(lang)
    assert (
        "<script"
        not in wb.response.fit(FRAME.rename(columns={"c0": "<script>"}), ["<script>"], "y", draws=0).to_html()
    )
    table = model.contributions()
    assert table["roas"].to_numpy() == pytest.approx(2.5 * table["contribution"] / table["spend"])
    assert (model.curves()["value_per_response"] == 2.5).all()


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_frames_of_other_libraries_give_the_same(library):
    pytest.importorskip(library)
    if library == "polars":
        import polars as pl

        other = pl.from_pandas(FRAME)
    else:
        import pyarrow as pa

        other = pa.Table.from_pandas(FRAME)
    pd.testing.assert_frame_equal(fit(other).curves(), fit().curves())


def test_an_index_and_periods_of_pandas_are_read():
    known = fit().curves()
    pd.testing.assert_frame_equal(fit(FRAME.set_index("time")).curves(), known)
    pd.testing.assert_frame_equal(fit(FRAME.assign(time=FRAME["time"].dt.to_period("W"))).curves(), known)


CLAIMS = pd.DataFrame(
    {
        "channel": ["a", "b"] * 20,
        "time": np.repeat(pd.date_range("2025-01-06", periods=20, freq="7D"), 2),
        "spend": 100.0 + np.arange(40) % 7,
        "response": 5.0 + np.arange(40) % 7,
    }
)


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (CLAIMS.iloc[:0], "has no row"),
        (CLAIMS.drop(columns="spend"), "Unknown column 'spend'"),
        (CLAIMS.assign(spend=-1.0), "Column 'spend' is -1.0 on 2025-01-06"),
        (CLAIMS.assign(response=np.nan), "Column 'response' is nan on 2025-01-06"),
        (CLAIMS.assign(channel=[None] + ["b"] * 39), "Row 1 names no channel in column 'channel'"),
        (CLAIMS.iloc[:8], "There are 4 periods, and from fewer than 8"),
        (
            CLAIMS[CLAIMS["time"] != CLAIMS["time"][20]],
            "After the period 2025-03-10 the next one is 2025-03-24",
        ),
        (CLAIMS.assign(response=0.0), "No channel has 8 weeks with spend and response"),
        (CLAIMS.assign(currency=["EUR", "USD"] * 20), "several currencies"),
    ],
    ids=["empty", "spend", "negative", "missing", "channel", "short", "gap", "nothing", "currencies"],
)
def test_claims_that_make_no_curves_are_refused_with_a_sentence(frame, sentence):
    with pytest.raises(wb.WorkbenchError, match=sentence) as caught:
        wb.response.from_claims(frame, draws=0)
    assert caught.value.fix


def test_months_and_days_are_periods_too():
    for frequency in ("MS", "D"):
        times = pd.date_range("2021-01-01", periods=60, freq=frequency)
        model = fit(FRAME.assign(time=times.strftime("%Y-%m-%d")))
        assert len(model.predict(FRAME.assign(time=times))) == 60


EXPERIMENT = {"channel": "c0", "start": "2021-02-01", "end": "2021-02-28", "effect": 9.0, "se": 1.0}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"effect": "much"}, "The effect of an experiment on 'c0' is 'much'"),
        ({"se": "small"}, "The se of an experiment on 'c0' is 'small'"),
        ({"withheld": "half"}, "The withheld of an experiment on 'c0' is 'half'"),
        ({"withheld": 0}, "withheld in an experiment is 0"),
        ({"end": "2031-02-28"}, "is not within the data"),
        ({"start": "2020-12-28"}, "is not within the data"),
        ({"start": "2021-02-21", "end": "2021-02-07"}, "is not within the data"),
    ],
    ids=["effect", "se", "withheld", "none", "late", "early", "swapped"],
)
def test_an_experiment_that_is_none_is_refused_with_a_sentence(change, sentence):
    with pytest.raises(wb.WorkbenchError, match=sentence) as caught:
        fit(lifts=[EXPERIMENT | change])
    assert caught.value.fix


def test_an_experiment_without_spend_is_refused():
    frame = FRAME.copy()
    frame.loc[frame["time"].between("2021-02-01", "2021-02-28"), "c0"] = 0.0
    with pytest.raises(wb.WorkbenchError, match="Nothing was spent on 'c0' during its experiment"):
        fit(frame, lifts=[EXPERIMENT])


def test_the_value_of_an_outcome_may_be_a_number_of_numpy():
    assert fit(value=np.int64(80)).curves()["value_per_response"].tolist() == [80.0] * 3
