"""What an experiment says about bad input, and the same numbers from every kind of frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from portable import problems
from trial_frames import frame, row

import workbench as wb
from workbench.compare import GroupSequential, Margin, Prior, Quantile
from workbench.errors import InputError, QuestionError


@pytest.fixture(scope="module")
def data():
    return frame(1200)


def broken(**changes):
    return frame(400).assign(**changes)


@pytest.mark.parametrize(
    ("given", "asked", "words"),
    [
        (broken(variant="A"), {}, "only one arm, 'A'"),
        (broken(), {"control": "D"}, "Unknown control 'D'. Allowed: A, B, C"),
        (broken(), {"metrics": "profits"}, "Unknown column 'profits'"),
        (broken(), {"metrics": "region"}, "'region' holds string values, not numbers"),
        (broken(revenue=np.inf), {}, "revenue holds infinite values"),
        (
            broken(customer_id=7),
            {},
            "Overlapping assignments: 1 values of 'customer_id' are in more than one arm",
        ),
        (pd.concat([broken()] * 2), {}, "400 values of 'customer_id' have more than one row"),
        (broken(currency=["CNY", "USD"] * 200), {}, "Unequal units: the amounts are in CNY, USD"),
        (broken(variant=None), {}, "There are no units in any arm"),
        (broken(), {"cluster": "store"}, "Overlapping assignments: 76 clusters of 'store'"),
        (broken(), {"metrics": []}, "No metric is named"),
        (broken(), {"metrics": [("clicks", "clicks")]}, "is no metric"),
        (broken(), {"metrics": [Quantile("wait", 1.5)]}, "1.5 is no quantile"),
        (broken(), {"covariates": {"clicks": ["visits_before"]}}, "'clicks', which is not among the metrics"),
        (broken(), {"shares": {"A": 1, "B": 1}}, "Give the planned share of every arm"),
        (broken(), {"shares": {"A": 1, "B": 1, "C": 0}}, "not positive"),
        (broken(), {"margins": {"revenue": -1}}, "allows no loss"),
        (broken(), {"correction": "bonferroni"}, "Unknown correction"),
        (broken(), {"sequential": "daily"}, "Unknown sequential plan"),
        (broken(), {"level": 95}, "no level of confidence"),
        (broken(), {"better": {"revenue": "more"}}, "Unknown direction"),
        (broken(), {"cuped": True}, "Unknown option 'cuped'"),
        (7, {}, "A int cannot be compared"),
    ],
)
def test_a_sentence_says_what_is_wrong(given, asked, words):
    with pytest.raises((QuestionError, InputError)) as error:
        wb.compare.experiment(given, **{"metrics": "revenue", **asked})
    assert words in str(error.value)
    assert error.value.fix


SMALL = frame(400)
EVERY_SECOND = np.where(np.arange(400) % 2, "B", "A")


def first(count: int) -> np.ndarray:
    """The first units are in B."""
    return np.where(np.arange(400) < count, "B", "A")


def codes(answer) -> dict[str, str]:
    return {item.code: item.status for item in answer.warnings}


@pytest.mark.parametrize(
    ("changes", "asked", "code", "status"),
    [
        ({"revenue": 5.0}, {}, "no_variance", "bad"),
        ({"revenue": SMALL["revenue"] - 1000}, {}, "negative", "info"),
        ({"revenue": SMALL["revenue"].where(SMALL["customer_id"] % 7 > 0)}, {}, "missing", "warn"),
        (
            {"revenue": SMALL["revenue"].where((SMALL["variant"] == "A") | (np.arange(400) % 2 == 0))},
            {},
            "missing_uneven",
            "bad",
        ),
        ({"revenue": np.where(np.arange(400) == 3, 1e5, 1.0) + np.arange(400)}, {}, "heavy_tail", "warn"),
        ({"converted": (np.arange(400) < 9) * 1.0}, {"metrics": "converted"}, "few_events", "warn"),
        ({"variant": first(20)}, {"shares": {"A": 19, "B": 1}}, "few_units", "warn"),
        ({"variant": first(150)}, {}, "srm", "bad"),
        (
            {"variant": EVERY_SECOND, "visits_before": np.arange(400) % 2 + SMALL["wait"] / 100},
            {"covariates": ["visits_before"]},
            "unbalanced",
            "warn",
        ),
        (
            {"store": np.arange(400) % 60, "variant": EVERY_SECOND},
            {"cluster": "store"},
            "few_clusters",
            "warn",
        ),
        ({}, {"planned": 1000}, "peeking", "warn"),
    ],
)  # fmt: skip
def test_a_warning_says_what_to_beware_of(changes, asked, code, status):
    answer = wb.compare.experiment(broken(**changes), **{"metrics": "revenue", **asked})
    assert codes(answer)[code] == status
    for lang in ("en", "zh"):
        assert all(len(item.sentence(lang)) > 10 for item in answer.warnings)


def test_a_healthy_experiment_has_no_warning(data):
    data = data.assign(wait_rank=data["wait"].rank())
    answer = wb.compare.experiment(data, ["wait_rank", "converted"], covariates=["revenue_before"])
    assert answer.warnings == ()
    assert answer.srm.ok


def test_a_frame_of_one_heavy_unit_is_not_healthy(data):
    whale = data.assign(revenue=data["revenue"].where(data["customer_id"] != 4, 1e5))
    assert codes(wb.compare.experiment(whale, "revenue"))["heavy_tail"] == "warn"


def test_group_sizes_that_do_not_fit_come_first():
    answer = wb.compare.experiment(broken(variant=first(150)), "revenue")
    assert answer.verdict.startswith("Do not decide on this")
    assert answer.sentence("zh").startswith("请勿据此决策")


def test_no_variance_gives_no_number(data):
    answer = wb.compare.experiment(data.assign(revenue=1.0), ["revenue", "converted"])
    assert np.isnan(
        row(answer, "revenue")[["low", "p_value", "p_adjusted", "probability"]].astype(float)
    ).all()
    assert np.isfinite(row(answer, "converted")["p_value"])


def test_missing_values_leave_their_units_out_of_that_metric_only(data):
    holes = data.assign(revenue=data["revenue"].where(data["customer_id"] % 5 > 0))
    answer = wb.compare.experiment(holes, ["revenue", "converted"])
    whole = wb.compare.experiment(holes.dropna(subset=["revenue"]), "revenue")
    for name in ("effect", "low", "p_value", "n"):
        assert row(answer, "revenue")[name] == pytest.approx(row(whole, "revenue")[name], rel=1e-9)
    assert row(answer, "converted")["n"] == (data["variant"] == "B").sum()


METRICS = ["revenue", "converted", ("clicks", "impressions"), Quantile("wait", 0.5)]


@pytest.mark.parametrize("kind", ["arrow", "polars", "lazy", "ibis", "ints", "nan for null"])
def test_every_kind_of_frame_gives_the_same_numbers(data, kind, tmp_path):
    import ibis

    if kind in ("polars", "lazy"):
        pl = pytest.importorskip("polars", reason="Polars is not installed")
        given = pl.from_pandas(data)
        given = given.lazy() if kind == "lazy" else given
    elif kind == "arrow":
        given = pa.Table.from_pandas(data)
    elif kind == "ibis":
        data.to_parquet(tmp_path / "units.parquet")
        given = ibis.duckdb.connect().read_parquet(tmp_path / "units.parquet")
    elif kind == "ints":
        given = data.astype({"converted": "int8", "clicks": "Int64", "impressions": "float32"})
    else:
        given = pa.Table.from_pandas(data).set_column(
            data.columns.get_loc("revenue"),
            "revenue",
            pa.array(data["revenue"].to_numpy(), from_pandas=False),
        )
    covariates = {"revenue": ["revenue_before"]}
    asked = {"metrics": METRICS, "covariates": covariates, "by": "region"}
    expected = wb.compare.experiment(data, **asked).table
    pd.testing.assert_frame_equal(wb.compare.experiment(given, **asked).table, expected, rtol=1e-9)


def test_a_column_of_the_frame_that_is_not_asked_for_is_not_touched(data):
    odd = data.assign(strange=[{"a": object()}] * len(data))
    assert len(wb.compare.experiment(odd, "revenue").table) == 2


def test_the_one_query_is_portable(data, monkeypatch):
    from workbench.compare import units

    met = []
    whole = units.units

    def watched(*given):
        found = whole(*given)
        return found.with_(run=lambda asked: met.append(asked) or found.run(asked))

    monkeypatch.setattr("workbench.compare.admission.units", watched)
    far = data.assign(revenue=np.where(data["region"] == "west", 1e12, data["revenue"]))
    far.loc[3, "clicks"] = np.nan
    wb.compare.experiment(far, METRICS, by="region", covariates=["revenue_before"])
    wb.compare.experiment(
        far.assign(variant=np.where(far["store"] % 2, "A", "B")), METRICS[:3], cluster="store"
    )
    assert len(met) >= 8
    assert {str(asked): found for asked in met if (found := problems(asked))} == {}


def test_one_query_fetches_all_sums(data):
    answer = wb.compare.experiment(data, ["revenue", "converted", ("clicks", "impressions")])
    assert answer.sql.count("GROUP BY") == 1
    assert len(answer.cube.rows) == 3


def test_a_slice_is_the_same_question_of_its_rows(data):
    answer = wb.compare.experiment(
        data, ["revenue", "converted"], covariates={"revenue": ["revenue_before"]}, keep=["region"]
    )
    part = answer.slice(where={"region": ["north", "west"]}, arms=["B"], metrics=["revenue"])
    rows = data[data["region"].isin(["north", "west"]) & (data["variant"] != "C")]
    again = wb.compare.experiment(rows, "revenue", covariates=["revenue_before"])
    assert len(part.table) == 1
    for name in ("effect", "low", "high", "lift_low", "p_value", "p_adjusted", "n", "reduction"):
        assert row(part, "revenue")[name] == pytest.approx(row(again, "revenue")[name], rel=1e-9)
    assert part.srm.p_value == pytest.approx(again.srm.p_value)
    by = answer.slice(by="region")
    own = wb.compare.experiment(
        data, ["revenue", "converted"], by="region", covariates={"revenue": ["revenue_before"]}
    )
    pd.testing.assert_frame_equal(by.table, own.table, rtol=1e-9)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"by": "device"}, "Unknown dimension 'device'"),
        ({"arms": ["Z"]}, "Unknown arm 'Z'"),
        ({"metrics": ["wait q50"]}, "Unknown metric 'wait q50'"),
    ],
)
def test_a_slice_says_what_the_cube_does_not_hold(data, asked, words):
    answer = wb.compare.experiment(data, METRICS, keep=["region"])
    with pytest.raises(QuestionError, match=words):
        answer.slice(**asked)


def test_lower_can_be_better(data):
    worse = data.assign(wait=data["wait"] + 5 * (data["variant"] == "B"))
    answer = wb.compare.experiment(worse, "wait", better={"wait": "lower"})
    assert "B is really worse than A in wait" in answer.verdict
    assert row(answer, "wait")["probability"] < 0.001
    assert wb.compare.experiment(worse, "wait").verdict.startswith("B is really better")


def test_the_verdict_in_money_is_the_effect_times_the_units(data):
    rich = data.assign(revenue=data["revenue"] + 30 * (data["variant"] == "B"))
    answer = wb.compare.experiment(rich, ["converted", "revenue"], rollout=50_000)
    worth = {item["arm"]: item for item in answer.details["worth"]}["B"]
    found = row(answer, "revenue")
    assert (worth["worth"], worth["low"], worth["high"]) == pytest.approx(
        tuple(50_000 * found[name] for name in ("effect", "low", "high"))
    )
    assert "Over 50,000 units, taking B is worth" in answer.verdict


def test_a_result_says_which_code_made_it(data):
    content = wb.compare.experiment(
        data, "revenue", margins={"revenue": Margin(1.0)}, prior=Prior(0.1)
    ).to_dict()
    assert content["kind"] == "experiment"
    assert content["data_version"] is None
    assert content["code_version"].startswith(wb.__version__)
    assert set(content["rows"][0]) >= {"metric", "arm", "lift_low", "p_adjusted", "noninferior"}


@pytest.mark.parametrize("fractions", [(), (0.5, 0.3), (0.0, 1.0), (0.5, 1.2)])
def test_looks_that_do_not_fit_are_refused(fractions):
    with pytest.raises(QuestionError, match="do not fit"):
        GroupSequential(fractions)
