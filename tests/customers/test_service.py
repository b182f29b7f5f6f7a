"""The interaction report against statsmodels, plain SQL, brute force and what the demo world planted."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from card_rows import DAY, case, contact, fill, order

import workbench as wb
from workbench.customers.service import rates, survival
from workbench.customers.service.answer import hours
from workbench.errors import QuestionError


def sample(seed, size, scale=1.0):
    """Waiting times in whole minutes, and whether they ended."""
    rng = np.random.default_rng(seed)
    wait, stop = np.ceil(rng.lognormal(3, 1, size) * scale), np.ceil(rng.uniform(1, 90, size))
    return np.minimum(wait, stop), wait <= stop


def grouped(time, ended):
    table = pd.DataFrame({"time": time, "ended": ended}).value_counts().reset_index()
    return survival.waits(*(table[name].to_numpy() for name in ("time", "ended", "count")))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 0.9])
def test_quantiles_of_waits_are_those_of_statsmodels(seed, share):
    from statsmodels.duration.survfunc import SurvfuncRight

    time, ended = sample(seed, 137)
    truth = SurvfuncRight(time, ended)
    found = survival.quantile(grouped(time, ended), share)
    value = truth.quantile(share)
    assert found.value == (value if np.isfinite(value) else math.inf)
    with np.errstate(all="ignore"):
        low, high = truth.quantile_ci(share)
    assert found.low == pytest.approx(low)
    assert found.high == pytest.approx(high)


def test_a_wait_that_never_ends_has_no_quantile():
    found = survival.quantile(grouped(np.array([5.0, 9.0]), np.array([False, False])), 0.5)
    assert found == survival.Quantile(math.inf, math.inf, math.inf)
    late = survival.quantile(grouped(np.arange(1.0, 11), np.arange(10) < 3), 0.5)
    assert late.value == math.inf
    assert hours(late.value, "en") == "longer than was seen"


@pytest.mark.parametrize("seed", range(5))
def test_the_log_rank_test_is_that_of_statsmodels(seed):
    from statsmodels.duration.survfunc import survdiff

    one, other = sample(seed, 120), sample(100 + seed, 90, 1.4)
    time, ended = np.append(one[0], other[0]), np.append(one[1], other[1])
    _, truth = survdiff(time, ended, np.repeat([0, 1], [120, 90]))
    assert survival.log_rank(grouped(*one), grouped(*other)) == pytest.approx(truth, rel=1e-9)


def test_open_cases_are_counted_not_dropped():
    """Half of the cases end at once, the others go on: leaving those out would say everything is quick."""
    rng = np.random.default_rng(3)
    wait = rng.exponential(10, 4000)
    ended = wait < 5
    found = survival.quantile(grouped(np.minimum(wait, 5).round(3), ended), 0.25)
    assert found.low < 10 * math.log(4 / 3) < found.high
    naive = np.quantile(wait[ended], 0.25)
    assert naive < found.low


def sums(n, y):
    n, y = np.asarray(n), np.asarray(y)
    return rates.Sums(
        len(n), int(n.sum()), int(y.sum()), int((n * n).sum()), int((n * y).sum()), int((y * y).sum())
    )


@pytest.mark.parametrize(("hits", "cases"), [(0, 30), (3, 40), (17, 55), (40, 40)])
def test_a_share_of_single_cases_is_wilsons(hits, cases):
    from statsmodels.stats.proportion import proportion_confint

    found = rates.share(sums(np.ones(cases, int), (np.arange(cases) < hits).astype(int)))
    low, high = proportion_confint(hits, cases, method="wilson")
    ends = rates.wilson(hits / cases, cases)
    assert ends == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))
    assert found.value == hits / cases
    assert (found.low, found.high) == (pytest.approx(low, rel=0.02, abs=1e-9), pytest.approx(high, rel=0.02))


def test_the_variance_over_people_is_that_of_a_clustered_regression():
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    n = rng.integers(1, 9, 300)
    y = rng.binomial(n, rng.beta(1, 4, 300))
    who = np.repeat(np.arange(300), n)
    hit = np.concatenate([np.arange(size) < some for size, some in zip(n, y, strict=True)]).astype(float)
    fit = sm.OLS(hit, np.ones(len(hit))).fit(
        cov_type="cluster", cov_kwds={"groups": who, "use_correction": False}
    )
    found = rates.share(sums(n, y))
    variance = fit.bse[0] ** 2 * 300 / 299
    assert found.value * (1 - found.value) / found.effective == pytest.approx(variance, rel=1e-9)
    assert found.effective < 0.8 * n.sum()


def test_shares_of_people_with_several_cases_cover():
    """Intervals that took cases for independent would cover far less."""
    rng = np.random.default_rng(8)
    inside = naive = 0
    for _ in range(600):
        n = rng.integers(1, 12, 120)
        y = rng.binomial(n, rng.beta(0.6, 2.4, 120))
        found = rates.share(sums(n, y))
        inside += found.low <= 0.2 <= found.high
        low, high = rates.wilson(found.value, n.sum())
        naive += low <= 0.2 <= high
    assert 0.92 < inside / 600 < 0.98
    assert naive / 600 < 0.85


def test_two_shares_are_compared_as_statsmodels_does():
    from statsmodels.stats.proportion import proportions_ztest

    one = rates.Rate(0.2, 0, 1, 400, 80, 400.0)
    other = rates.Rate(0.26, 0, 1, 500, 130, 500.0)
    _, truth = proportions_ztest([80, 130], [400, 500])
    assert rates.differ(one, other) == pytest.approx(truth, rel=1e-9)
    assert math.isnan(rates.differ(one, rates.NOTHING))


@pytest.mark.parametrize("hits", [0, 1, 7, 60])
def test_a_rate_of_counts_is_exact_poisson(hits):
    from statsmodels.stats.rates import confint_poisson

    people = 900
    found = rates.count(
        sums(np.ones(max(hits, 1), int), (np.arange(max(hits, 1)) < hits).astype(int)), people
    )
    low, high = confint_poisson(hits, people, method="exact-c")
    assert found.value == hits / people
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-12), pytest.approx(high))


def test_two_rates_of_counts_are_compared_as_statsmodels_does():
    from statsmodels.stats.rates import test_poisson_2indep as poisson

    now, past = rates.Rate(0.08, 0, 1, 1000, 80, 1.0), rates.Rate(0.05, 0, 1, 1200, 60, 1.0)
    truth = poisson(80, 1000, 60, 1200, method="score", compare="ratio").pvalue
    assert rates.counts_differ(now, past) == pytest.approx(truth, rel=1e-6)


@pytest.mark.parametrize(("gained", "lost"), [(3, 9), (0, 4), (12, 11), (70, 41)])
def test_changed_minds_are_mcnemars(gained, lost):
    from statsmodels.stats.contingency_tables import mcnemar

    truth = mcnemar([[5, gained], [lost, 8]], exact=gained + lost < 25, correction=False).pvalue
    assert rates.changed_minds(gained, lost) == pytest.approx(truth, rel=1e-9)


@pytest.fixture(scope="module")
def report(demo_store):
    return wb.customers.interactions(demo_store)


def test_the_times_of_a_store_are_those_of_its_rows(demo_store, report):
    from statsmodels.duration.survfunc import SurvfuncRight

    rows = demo_store.query(
        "SELECT epoch(coalesce(first_response_time, TIMESTAMPTZ '2026-10-31 16:00:00+00')) - epoch(time) s, "
        "first_response_time IS NOT NULL ended FROM interactions WHERE direction = 'inbound' "
        "AND local_date BETWEEN '2026-08-03' AND '2026-10-31'"
    ).to_pandas()
    answer = report.times.set_index("measure").loc["answer"]
    truth = SurvfuncRight(rows["s"], rows["ended"])
    assert (answer["n"], answer["open"]) == (len(rows), (~rows["ended"]).sum())
    assert answer["median"] == pytest.approx(truth.quantile(0.5) / 3600, abs=1.1 / 3600)
    assert answer["p90"] == pytest.approx(truth.quantile(0.9) / 3600, abs=1.1 / 3600)


def test_planted_answer_times_are_recovered(report):
    """The demo world answers after lognormal hours with median 1.1."""
    answer = report.times.set_index("measure").loc["answer"]
    assert answer["median_low"] <= 1.1 <= answer["median_high"]
    assert answer["p_value"] > 0.01


def test_complaints_and_reactions_are_those_of_plain_sql(demo_store, report):
    when = "local_date BETWEEN '2026-08-03' AND '2026-10-31'"
    (row,) = demo_store.query(
        "SELECT count(*) n, count(*) FILTER (kind = 'complaint') hits FROM interactions "
        f"WHERE direction = 'inbound' AND {when}"
    ).to_pylist()
    assert report.complaints.iloc[0][["n", "hits"]].to_list() == [row["n"], row["hits"]]
    people = demo_store.query(
        "SELECT count(DISTINCT customer_id) n FROM (SELECT customer_id FROM transactions "
        "WHERE kind = 'order' AND local_date BETWEEN '2025-11-01' AND '2026-10-31' "
        "UNION ALL SELECT customer_id FROM interactions "
        f"WHERE direction = 'inbound' AND {when})"
    )["n"][0].as_py()
    assert report.complaint_rate["n"] == people
    assert report.complaint_rate["rate"] == pytest.approx(row["hits"] / people)
    good = demo_store.query(
        "SELECT method AS member, count(*) n, count(*) FILTER (reaction = 'positive') hits FROM interactions "
        f"WHERE direction = 'outbound' AND {when} GROUP BY 1 ORDER BY 1"
    ).to_pandas()
    found = report.reactions[report.reactions["reaction"] == "positive"]
    assert found[["member", "n", "hits"]].to_numpy().tolist() == good.to_numpy().tolist()


def test_planted_methods_please_in_their_order(demo_store):
    """Visits and calls please more than mails and texts, as the demo world planted at equal intervals."""
    planted = wb.demo.truth().method_effects
    best = planted.groupby("method")["reaction_probability"].mean()
    found = wb.customers.interactions(demo_store, "all", None).reactions
    good = found[found["reaction"] == "positive"].set_index("member")["rate"]
    assert good["visit"] == good.max()
    assert best["visit"] == best.max()
    assert good[["email", "sms"]].max() < good[["call", "wechat", "visit"]].min()
    assert best[["email", "sms"]].max() < best[["call", "wechat", "visit"]].min()


def test_a_planted_rise_of_complaints_shows_in_its_region(demo_store):
    """Complaints about delivery rise in Shanghai in the last ten days."""
    days, past = "2026-10-22..2026-10-31", "2026-09-01..2026-10-21"
    found = wb.customers.interactions(demo_store, days, past, "region").complaints
    rise = (found["rate"] - found["rate_before"]).set_axis(found["member"])
    assert rise.idxmax() == "Shanghai"
    assert found.set_index("member").loc["Shanghai", "p_value"] < 0.05
    plain = wb.customers.interactions(demo_store, days, past).complaints
    assert found[["n", "hits"]].sum().to_list() == plain.iloc[0][["n", "hits"]].to_list()


def test_contact_days_are_those_of_plain_sql(demo_store, report):
    rows = demo_store.query(
        "SELECT datediff('day', max(i.local_date), DATE '2026-10-31') AS away FROM "
        "(SELECT DISTINCT customer_id FROM transactions WHERE kind = 'order' "
        "AND local_date >= '2025-11-01') b "
        "LEFT JOIN interactions i ON i.customer_id = b.customer_id GROUP BY b.customer_id"
    ).to_pandas()["away"]
    table = report.contact_days.set_index("days")["customers"]
    assert table["0-7"] == (rows <= 7).sum()
    assert table["31-60"] == rows.between(31, 60).sum()
    assert table["never"] == rows.isna().sum()
    assert table.sum() == len(rows)
    assert report.contact_days["share"].sum() == pytest.approx(1)


def test_all_p_values_are_one_family(report):
    from statsmodels.stats.multitest import multipletests

    tables = (report.times, report.complaints, report.reactions, report.contact_days)
    plain = np.concatenate([table["p_value"].to_numpy(float) for table in tables])
    found = np.concatenate([table["p_adjusted"].to_numpy(float) for table in tables])
    known = np.isfinite(plain)
    assert found[known] == pytest.approx(multipletests(plain[known], method="holm")[1])
    assert np.isnan(found[~known]).all()


@pytest.fixture
def small(tmp_path):
    """Eight cases of one day, half of them answered, of two marketers."""
    rows = [
        case(number, 2, kind="complaint" if number % 4 == 0 else "inquiry", marketer=f"m{number % 2}")
        for number in range(8)
    ]
    for row in rows[::2]:
        row["first_response_time"] = row["time"] + pd.Timedelta(hours=3)
    sent = [contact(20 + at, 3, reaction=what) for at, what in enumerate(["positive", "none", None])]
    store = wb.data.open(tmp_path / "w")
    return fill(store, interactions=[*rows, *sent], transactions=[order(1, 1, 10), order(2, 0, 10)])


def test_teams_are_those_that_were_said(small):
    teams = {"m0": "north", "m1": "south"}
    found = wb.customers.interactions(small, "last_7_days", None, "team", teams)
    answer = found.times[found.times["measure"] == "answer"].set_index("member")
    assert answer.loc["north", ["n", "open"]].to_list() == [4, 0]
    assert answer.loc["south", ["n", "open"]].to_list() == [4, 4]
    assert answer.loc["north", "median"] == 3
    assert math.isinf(answer.loc["south", "median"])
    assert found.complaints.set_index("member")["hits"].to_dict() == {"north": 2, "south": 0}
    assert found.sentences("zh")
    with pytest.raises(QuestionError, match="which marketer is in which team"):
        wb.customers.interactions(small, by="team")


def test_a_contact_without_a_noted_reaction_is_no_evidence(small):
    found = wb.customers.interactions(small, "last_7_days", None)
    assert found.reactions.set_index("reaction").loc["positive", ["n", "hits"]].to_list() == [2, 1]
    assert found.as_of == DAY
    assert "p_value" not in found.times


def test_what_cannot_be_asked_is_said(small, tmp_path):
    with pytest.raises(QuestionError, match="Unknown dimension 'mood'"):
        wb.customers.interactions(small, by="mood")
    with pytest.raises(QuestionError, match="has no interactions"):
        wb.customers.interactions(wb.data.open(tmp_path / "empty"))


def test_the_answer_as_json_holds_no_infinity(small):
    import json

    found = wb.customers.interactions(small, "last_7_days", None, "marketer")
    assert json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [(1.087, "65 min", "65 分钟"), (3.14, "3.1 h", "3.1 小时"), (60.0, "2.5 days", "2.5 天")],
    ids=["minutes", "hours", "days"],
)
def test_times_are_written_as_one_says_them(value, en, zh):
    assert (hours(value, "en"), hours(value, "zh")) == (en, zh)


@pytest.mark.parametrize(("period", "by"), [("last_7_days", "message"), ("2026-10-31..2026-10-31", "region"),
                                            ("last_90_days", "marketer")])  # fmt: skip
def test_what_leaves_says_nothing_of_few_customers(demo_store, period, by):
    whole = wb.customers.interactions(demo_store, period, None, by)
    left = whole.published()
    for table in (left.complaints, *(part for _, part in left.reactions.groupby("reaction"))):
        assert (table["people"] >= 50).all()
        assert (table["hits"] >= 10).all()
    assert (left.contact_days["customers"] >= 50).all()
    few = set(whole.complaints.loc[whole.complaints["people"] < 50, "member"])
    assert not few & set(left.times["member"])
    for name in ("complaints", "reactions", "contact_days", "times"):
        shown, held = getattr(left, name), len(getattr(whole, name)) - len(getattr(left, name))
        assert len(shown) + held == len(getattr(whole, name))
    # nobody subtracts what is shown from the whole and finds one small row
    missing = whole.complaints[~whole.complaints["member"].isin(left.complaints["member"])]
    assert len(missing) != 1
    tables = ("complaints", "reactions", "contact_days", "times")
    assert left.held_back == sum(len(getattr(whole, name)) - len(getattr(left, name)) for name in tables)
    text = left.to_csv().decode("utf-8-sig")
    assert len(text.strip().splitlines()) == 1 + len(left.times)
    assert "held back" not in " ".join(left.sentences("en"))


def test_what_was_before_leaves_only_where_enough_customers_were_behind_it(demo_store):
    """A short period before: in every region fewer than 50 customers, though more are in the one after."""
    asked = ("2026-10-22..2026-10-31", "2026-10-20..2026-10-21", "region")
    whole = wb.customers.interactions(demo_store, *asked)
    assert (whole.complaints["people_before"] < 50).all()
    left = whole.published()
    for table, past in ((left.complaints, "rate_before"), (left.times, "median_before")):
        assert len(table)
        assert table[[past, "p_value", "p_adjusted"]].isna().all(axis=None)
        assert not {"people_before", "hits_before"} & set(table)
    long = wb.customers.interactions(demo_store, "last_90_days", by="region").published()
    assert long.complaints["rate_before"].notna().any()
    assert long.times["median_before"].notna().any()


def test_a_report_of_nobody_may_leave_too(small):
    left = wb.customers.interactions(small, "2026-01-01..2026-01-02", "previous_period").published()
    assert left.times.empty
    assert not left.contacts_moved
    assert left.sentences("zh")
    assert wb.customers.interactions(small, "last_7_days").published().held_back > 0


def test_a_report_that_stands_still_holds_few_customers_back(demo_store):
    panel = wb.widgets.Interactions(demo_store, period="last_7_days", by="message")
    live, still = (" ".join(str(r.html) for r in panel.draw(live=live).values()) for live in (True, False))
    assert "rows are not shown" in still
    assert "rows are not shown" not in live
