"""Curves from other libraries: their own formulas, worked out by hand, give the same response."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.response.saturation import value

LAWS = {
    "logistic": (
        ("beta", "lam"),
        lambda x, beta, lam: beta * (1 - math.exp(-lam * x)) / (1 + math.exp(-lam * x)),
    ),
    "inverse_scaled_logistic": (
        ("beta", "lam"),
        lambda x, beta, lam: beta * (1 - 3 ** (-x / lam)) / (1 + 3 ** (-x / lam)),
    ),
    "michaelis_menten": (("alpha", "lam"), lambda x, alpha, lam: alpha * x / (lam + x)),
    "tanh": (("b", "c"), lambda x, b, c: b * math.tanh(x / (b * c))),
    "hill": (
        ("beta", "kappa", "slope"),
        lambda x, beta, kappa, slope: beta * x**slope / (kappa**slope + x**slope),
    ),
    "root": (("beta", "alpha"), lambda x, beta, alpha: beta * x**alpha),
}


def posterior(names, draws=20):
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product(
        [range(2), range(draws), ["tv", "web"]], names=["chain", "draw", "channel"]
    )
    frame = pd.DataFrame(
        {f"saturation_{name}": rng.uniform(0.3, 0.9, len(index)) for name in names}, index=index
    )
    return frame.reset_index()


@pytest.mark.parametrize("law", LAWS)
def test_the_posterior_of_pymc_marketing_gives_its_own_response(law, tmp_path):
    names, by_hand = LAWS[law]
    frame, scales, target = posterior(names), {"tv": 5000.0, "web": 800.0}, 1e6
    file = tmp_path / "posterior.csv"
    frame.to_csv(file, index=False)
    current = {"tv": 2000.0, "web": 300.0}
    found = wb.response.from_pymc(
        file, scales, target, None if law != "inverse_scaled_logistic" else law, current
    )
    long = found.curves(draws=True)
    assert long["draw"].nunique() == 40
    for row, own in zip(long.itertuples(), frame.itertuples(), strict=True):
        x = 0.7 * scales[own.channel]
        expected = target * by_hand(0.7, *(getattr(own, f"saturation_{name}") for name in names))
        assert value(row.form, x, row.scale, row.half_saturation, row.shape) == pytest.approx(
            expected, rel=1e-9
        )
    table = found.curves()
    for row in table.itertuples():
        own = long[long["cell"] == row.cell]
        mean = value(row.form, row.current, own["scale"], own["half_saturation"], own["shape"]).mean()
        assert value(row.form, row.current, row.scale, row.half_saturation, row.shape) == pytest.approx(mean)
    plan = wb.optimize.allocate(table.assign(max=5000.0), budget=2300, draws=long)
    assert plan.total_spend == pytest.approx(2300)
    assert plan.gain is not None
    assert "steady" in found.sentence("en")
    assert "滞后" in found.sentence("zh")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("posterior.nc", "NetCDF needs a heavy library"),
        ("posterior.csv", "no such file"),
        ("a.docx", "no file of"),
    ],
)
def test_a_file_that_is_no_posterior_is_refused(file, sentence):
    with pytest.raises(wb.WorkbenchError, match=sentence) as caught:
        wb.response.from_pymc(file, {"tv": 1.0}, 1.0)
    assert caught.value.fix


def test_a_posterior_that_lacks_something_says_what():
    frame = posterior(("beta", "lam"))
    with pytest.raises(wb.WorkbenchError, match="names no scale of 'web'"):
        wb.response.from_pymc(frame, {"tv": 1.0}, 1.0)
    with pytest.raises(wb.WorkbenchError, match="Unknown column 'chain'"):
        wb.response.from_pymc(frame.drop(columns="chain"), {"tv": 1.0, "web": 1.0}, 1.0)
    with pytest.raises(wb.WorkbenchError, match="make none of the known saturations"):
        wb.response.from_pymc(frame.drop(columns="saturation_lam"), {"tv": 1.0, "web": 1.0}, 1.0)
    with pytest.raises(wb.WorkbenchError, match="missing, 0 or negative"):
        wb.response.from_pymc(frame.assign(saturation_lam=np.nan), {"tv": 1.0, "web": 1.0}, 1.0)


def robyn(adstock="geometric"):
    return {
        "InputCollect": {"adstock": adstock, "paid_media_spends": ["tv_S"], "paid_media_vars": ["tv_S"]},
        "ExportedModel": {
            "summary": [{"variable": "tv_S", "coef": 5000.0}, {"variable": "trend", "coef": 1.0}],
            "hyper_values": {"tv_S_alphas": [1.4], "tv_S_gammas": [0.6], "tv_S_thetas": [0.3]},
        },
    }


def test_a_robyn_model_gives_robyns_own_response(tmp_path):
    spend = np.random.default_rng(1).gamma(2, 300, 80)
    file = tmp_path / "RobynModel-1_2_3.json"
    file.write_text(json.dumps(robyn()), encoding="utf-8")
    found = wb.response.from_robyn(file, pd.DataFrame({"tv_S": spend}))
    carried = [spend[0]]
    for amount in spend[1:]:
        carried.append(amount + 0.3 * carried[-1])
    inflexion = 0.4 * min(carried) + 0.6 * max(carried)
    steady = 700 / (1 - 0.3)
    expected = 5000 * steady**1.4 / (steady**1.4 + inflexion**1.4)
    row = found.curves().iloc[0]
    assert value("hill", 700, row["scale"], row["half_saturation"], row["shape"]) == pytest.approx(expected)
    assert {"no_draws", "no_carryover"} == {note.code for note in found.notes}
    with pytest.raises(wb.WorkbenchError, match="without draws"):
        found.curves(draws=True)


ROBYN = pd.DataFrame(
    {
        "tv_S": (2.6886555963, 0.34784301161, 0.33105499008, 420253.2720871196, 10274478.602604372),
        "ooh_S": (0.51639771924, 0.45726715963, 0.39376241356, 366029.6133531044, 18313590.906038873),
        "print_S": (2.936020043, 0.40663323608, 0.11429085007, 82529.925537053, 1874746.8747315351),
        "facebook_S": (2.9891167988, 0.67868843033, 0.03797674341, 368248.5235131345, 3964483.7447699076),
        "search_S": (0.6371621796, 0.49874553391, 0.008522596644, 71340.0466080032, 3995647.6244657589),
    },
    index=["alphas", "gammas", "thetas", "coef", "decompAgg"],
)
"""What Robyn 3.11.1 wrote of its model 3_165_9 on `robyn_dt_simulated_weekly.csv`: in its own repository."""


def written():
    """The parts of that file that are read, written as Robyn writes them: every value a list."""
    channels = list(ROBYN)
    hyper = {f"{name}_{part}": [ROBYN.loc[part, name]] for name in channels for part in ROBYN.index[:3]}
    summary = [{"variable": "(Intercept)", "coef": 769387.3242038387}]
    summary += [{"variable": name, "coef": ROBYN.loc["coef", name]} for name in channels]
    window = {"rollingWindowStartWhich": [7], "rollingWindowEndWhich": [163], "dayInterval": [7]}
    media = {
        "paid_media_spends": channels,
        "paid_media_vars": [*channels[:3], "facebook_I", "search_clicks_P"],
    }
    return {
        "InputCollect": {"adstock": ["geometric"], **window, **media},
        "ExportedModel": {"summary": summary, "hyper_values": hyper},
    }


def test_robyns_own_decomposition_comes_back(shared_data, tmp_path):
    """A real model: its curves add up to what Robyn says each channel brought in the modelling window."""
    file = tmp_path / "RobynModel-3_165_9.json"
    file.write_text(json.dumps(written()), encoding="utf-8")
    frame = pd.read_csv(shared_data / "robyn_dt_simulated_weekly.csv")
    curves = wb.response.from_robyn(file, frame).curves()
    assert curves.attrs["period_days"] == 7
    for row in curves.itertuples():
        carried, kept = [], ROBYN.loc["thetas", row.cell]
        for amount in frame[row.cell]:
            carried.append(amount + kept * (carried[-1] if carried else 0.0))
        steady = (1 - kept) * np.array(carried[6:163])
        brought = value("hill", steady, row.scale, row.half_saturation, row.shape).sum()
        assert brought == pytest.approx(ROBYN.loc["decompAgg", row.cell], rel=1e-6)
    with pytest.raises(wb.WorkbenchError, match="rows 7 to 163, and the frame has 100"):
        wb.response.from_robyn(file, frame.iloc[:100])


def test_robyns_shares_lie_where_the_fit_expects_them(shared_data):
    """Another method on the same file; its window is shorter, so shares are compared."""
    from benchmarks.truth import CASES

    name = "robyn_dt_simulated_weekly.csv"
    frame = pd.read_csv(shared_data / name)
    rows = wb.response.fit(frame, **CASES[name], draws=60).contributions().set_index("channel")
    share = ROBYN.loc["decompAgg"] / frame["revenue"][6:163].sum()
    inside = (rows["share_low"] <= share) & (share <= rows["share_high"])
    assert inside.sum() >= 4
    assert rows["share"].sum() == pytest.approx(share.sum(), abs=0.05)


def test_a_robyn_model_of_another_kind_is_refused():
    frame = pd.DataFrame({"tv_S": [1.0, 2.0]})
    with pytest.raises(wb.WorkbenchError, match="carry-over is 'weibull_pdf'"):
        wb.response.from_robyn(robyn("weibull_pdf"), frame)
    with pytest.raises(wb.WorkbenchError, match="no hyper_values"):
        wb.response.from_robyn({}, frame)
    with pytest.raises(wb.WorkbenchError, match="Unknown column of spend 'tv_S'"):
        wb.response.from_robyn(robyn(), frame.rename(columns={"tv_S": "tv"}))


def meridian():
    rows = []
    for channel, (scale, half, shape) in {"tv": (9e5, 4e5, 1.3), "web": (3e5, 1e5, 0.8)}.items():
        for times in np.arange(0, 2.3, 0.1):
            spend = times * 3e5
            mean = scale * spend**shape / (half**shape + spend**shape)
            for metric, factor in (("mean", 1.0), ("ci_lo", 0.7), ("ci_hi", 1.3)):
                rows.append((channel, round(times, 1), metric, spend, factor * mean))
    return pd.DataFrame(
        rows, columns=["channel", "spend_multiplier", "metric", "spend", "incremental_outcome"]
    )


def test_the_response_curves_of_meridian_come_back_a_period():
    found = wb.response.from_meridian(meridian(), periods=100)
    table = found.curves().set_index("cell")
    assert table.loc["tv", ["scale", "half_saturation", "shape"]].tolist() == pytest.approx(
        [9e3, 4e3, 1.3], rel=1e-3
    )
    assert table.loc["web", ["scale", "half_saturation", "shape"]].tolist() == pytest.approx(
        [3e3, 1e3, 0.8], rel=1e-3
    )
    assert (table["current"] == 3e3).all()
    long = found.curves(draws=True)
    spread = (long["scale"] / long["cell"].map(table["scale"])).std()
    assert spread == pytest.approx(0.3 / 1.645, rel=0.15)
    assert "no_draws" not in {note.code for note in found.notes}


def test_points_that_no_form_fits_are_named():
    x = np.linspace(0, 10, 12)
    steps = pd.DataFrame({"channel": "a", "spend": x, "response": np.where(x > 5, 100.0, 1.0)})
    found = wb.response.from_points(steps, form="exponential")
    assert "a" in found.sentence("en")
    with pytest.raises(wb.WorkbenchError, match="has 1 points with spend"):
        wb.response.from_points(steps.iloc[:2])
    with pytest.raises(wb.WorkbenchError, match="Unknown form"):
        wb.response.from_points(steps, form="cubic")


def test_a_posterior_may_keep_its_index():
    index = pd.MultiIndex.from_product([[0, 1], range(3), ["tv"]], names=["chain", "draw", "channel"])
    draws = pd.DataFrame({"saturation_beta": 0.5, "saturation_lam": 2.0}, index=index)
    found = wb.response.from_pymc(draws, {"tv": 100.0}, 1000.0).curves().iloc[0]
    assert (found["cell"], found["scale"], found["half_saturation"]) == ("tv", 500.0, 50.0)
