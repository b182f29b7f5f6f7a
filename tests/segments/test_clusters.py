"""`cluster`: known blobs, noise, real customers; its parts against scikit-learn and brute force."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.errors import InputError, QuestionError
from workbench.segments import ClusterModel, choosing, cluster, kmeans, load_clusters
from workbench.segments.scaling import NumberScale, Space, bend_of, space
from workbench.segments.screening import screened

CORNERS = np.array([[a, b, c] for a in (0, 9) for b in (0, 9) for c in (0, 9)], float)


def blobs(k, n=600, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % k
    points = CORNERS[[0, 3, 5, 6, 1][:k]][truth] + rng.normal(0, 1, (n, 3))
    return pd.DataFrame(points, columns=["x", "y", "z"]).assign(customer_id=np.arange(n)), truth


def noise(kind, n=800, seed=0):
    rng = np.random.default_rng(seed)
    points = {"uniform": rng.uniform(0, 1, (n, 2)), "normal": rng.normal(0, 1, (n, 3)) * [3, 1, 1]}[kind]
    return pd.DataFrame(points).rename(columns="v{}".format)


def codes(answer):
    return [remark.code for remark in answer.remarks]


@pytest.mark.parametrize("k", [2, 3, 5])
def test_the_planted_number_of_blobs_and_their_members_are_found(k):
    from sklearn.metrics import adjusted_rand_score

    frame, truth = blobs(k)
    answer = cluster(frame, most=6, draws=6)
    assert answer.k == k
    assert adjusted_rand_score(truth, answer.table.segment) > 0.99
    assert answer.quality.stable
    assert answer.quality.structured
    assert not codes(answer)
    assert len(set(answer.profile("zh").name)) == k


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_noise_is_one_cluster_and_forced_clusters_are_said_to_be_none(kind):
    answer = cluster(noise(kind), most=5, draws=8)
    assert answer.k == 1
    assert codes(answer) == ["clusters_none"]
    assert answer.profile()["name"].tolist() == ["Everyone"]
    assert "no groups" in answer.sentence("en")
    forced = cluster(noise(kind), k=4, draws=8)
    assert "clusters_cloud" in codes(forced)
    assert forced.k == 4


def test_clusters_that_other_samples_dissolve_are_called_unstable():
    answer = cluster(noise("normal"), k=5, draws=8)
    assert answer.quality.stability < 0.8
    assert "clusters_unstable" in codes(answer)
    said = next(remark for remark in answer.remarks if remark.code == "clusters_unstable")
    assert "not stable" in said.sentence("en")
    assert "不稳定" in said.sentence("zh")


def test_silhouette_and_adjusted_rand_agree_with_scikit_learn():
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    rng = np.random.default_rng(3)
    points, one, other = rng.normal(size=(90, 4)), rng.integers(0, 4, 90), rng.integers(0, 4, 90)
    one[0], one[1:][one[1:] == 3] = 3, 2  # one alone
    found = choosing.silhouette(choosing._distances(points), one)
    assert found == pytest.approx(silhouette_score(points, one), abs=1e-9)
    table = choosing.contingency(one, other, 4)
    assert choosing.adjusted_rand(table) == pytest.approx(adjusted_rand_score(one, other), abs=1e-12)
    for cluster_, found in enumerate(choosing.jaccards(table)):
        sets = [set(np.flatnonzero(other == at)) for at in range(4)]
        mine = set(np.flatnonzero(one == cluster_))
        assert found == pytest.approx(max(len(mine & s) / len(mine | s) for s in sets))


def test_the_nearest_centre_is_that_of_brute_force_also_with_gaps():
    rng = np.random.default_rng(4)
    points, centres = rng.normal(size=(200, 3)), rng.normal(size=(5, 3))
    points[rng.random(points.shape) < 0.2] = np.nan
    points[7] = np.nan
    where, far = kmeans.nearest(points, centres)
    for point, at, distance in zip(points, where, far, strict=True):
        known = np.isfinite(point)
        if not known.any():
            assert (at, np.isnan(distance)) == (-1, True)
            continue
        gaps = ((point[known] - centres[:, known]) ** 2).mean(axis=1)
        assert at == gaps.argmin()
        assert distance == pytest.approx(np.sqrt(gaps.min()), abs=1e-7)


def test_the_engine_finds_what_scikit_learn_finds():
    from sklearn.cluster import KMeans

    frame, _ = blobs(3)
    points = frame[["x", "y", "z"]].to_numpy()
    own = kmeans.centroids(points, 3, 1)
    sizes = np.bincount(kmeans.nearest(points, own)[0])
    assert sorted(sizes, reverse=True) == list(sizes)
    expected = KMeans(3, n_init=10, random_state=9).fit(points).cluster_centers_
    np.testing.assert_allclose(sorted(own.tolist()), sorted(expected.tolist()), atol=1e-6)


@pytest.mark.parametrize("unit", [1e-6, 1e7])
def test_units_and_one_huge_value_change_no_cluster(unit):
    rng = np.random.default_rng(5)
    amount = np.concatenate([rng.lognormal(2, 0.3, 150), rng.lognormal(6, 0.3, 150)])
    frame = pd.DataFrame({"amount": amount, "visits": np.repeat([2.0, 9.0], 150) + rng.normal(0, 1, 300)})
    plain = cluster(frame, k=2, draws=3).table.segment
    other = frame.assign(amount=frame.amount * unit)
    other.loc[0, "amount"] *= 10_000 / 9_999
    assert cluster(other, k=2, draws=3).table.segment.tolist() == plain.tolist()
    wild = frame.copy()
    wild.loc[299, "amount"] = 1e12
    assert cluster(wild, k=2, draws=3).table.segment.tolist() == plain.tolist()


def test_a_scale_is_median_and_iqr_of_bent_and_winsorised_values():
    rng = np.random.default_rng(6)
    values = pd.Series(rng.lognormal(0, 1.5, 5_000))
    scale = space(pd.DataFrame({"v": values}), ["v"]).scales[0]
    assert isinstance(scale, NumberScale)
    assert scale.bend == pytest.approx(np.quantile(values, 0.05))
    bent = np.arcsinh(values / scale.bend)
    low, high = np.quantile(bent, [0.01, 0.99])
    cut = np.clip(bent, low, high)
    iqr = np.subtract(*np.quantile(cut, [0.75, 0.25]))
    np.testing.assert_allclose(scale.apply(values)[:, 0], (cut - np.median(cut)) / (iqr / 1.349), rtol=1e-9)
    assert bend_of(rng.normal(5, 1, 500)) is None


def test_levels_together_vary_as_much_as_one_normal_measure():
    rng = np.random.default_rng(7)
    column = pd.Series(rng.choice(["a", "b", "c"], 4_000, p=[0.6, 0.3, 0.1]))
    scale = space(pd.DataFrame({"c": column}), ["c"]).scales[0]
    assert scale.apply(column).var(axis=0).sum() == pytest.approx(1)
    assert (scale.apply(pd.Series(["new"])) < 0).all()


def test_columns_that_tell_nothing_are_left_out_with_a_reason():
    rng = np.random.default_rng(8)
    x = rng.normal(size=200)
    frame = pd.DataFrame(
        {
            "x": x,
            "twin": np.exp(x),
            "y": rng.normal(size=200),
            "one": 1,
            "nearly": np.r_[np.ones(195), np.arange(5)],
            "number": np.arange(1000, 1200),
            "mail": [f"a{n}@b" for n in range(200)],
            "since": pd.date_range("2026-01-01", periods=200),
            "day": [f"2026-01-{1 + n % 28:02d}" for n in range(200)],
            "gaps": np.where(np.arange(200) % 3 == 0, rng.normal(size=200), np.nan),
            "sex": np.where(np.arange(200) % 2, "f", "m"),
            "flag": np.arange(200) % 2,
        }
    )
    used = screened(frame)
    assert used.shaping == ("x", "y")
    assert used.describing == ("sex", "flag")
    reasons = {entry.column: entry.reason for entry in used.left_out}
    assert reasons == {
        "twin": "twin",
        "one": "constant",
        "nearly": "mostly",
        "number": "identifier",
        "mail": "identifier",
        "since": "date",
        "day": "date",
        "gaps": "gaps",
        "sex": "describes",
        "flag": "describes",
    }
    for entry in used.left_out:
        assert entry.column in entry.sentence("en")
        assert entry.sentence("zh")
    assert screened(frame, ["sex", "twin", "one"]).shaping == ("sex", "twin")


def test_a_saved_model_puts_later_customers_into_the_same_clusters(tmp_path):
    store = wb.open(tmp_path / "w")
    frame, _ = blobs(3)
    answer = cluster(frame, k=3, draws=3)
    answer.model.save(store, "Three 三类", who="mia")
    model = load_clusters(store, "Three 三类", who="mia")
    assert model.to_dict() == ClusterModel.from_dict(json.loads(answer.model.to_json())).to_dict()
    again = model.assign(frame)
    assert again.table.segment.tolist() == answer.table.segment.tolist()
    assert again.profile("zh")["name"].tolist() == answer.profile("zh")["name"].tolist()
    # One customer alone lands where it landed among the others.
    for at in (0, 1, 2):
        alone = model.assign(frame.iloc[[at]])
        assert alone.table.segment.iloc[0] == answer.table.segment.iloc[at]
    moved = model.assign(frame.assign(x=frame.x + 9, y=frame.y - 4))
    assert "clusters_farther" in codes(moved)
    assert "clusters_farther" not in codes(again)
    with pytest.raises(QuestionError, match="Three"):
        load_clusters(store, "other", who="mia")
    with pytest.raises(InputError, match="no cluster model"):
        ClusterModel.from_dict({"form": 1})


def test_customers_with_gaps_are_placed_by_what_is_known_and_counted():
    frame, truth = blobs(3)
    frame.loc[:9, "x"] = np.nan
    frame.loc[10, ["x", "y", "z"]] = np.nan
    answer = cluster(frame, k=3, draws=3)
    said = {remark.code: remark.values["count"] for remark in answer.remarks}
    assert said == {"clusters_gaps": 10, "clusters_nowhere": 1}
    assert answer.table.segment.isna().tolist() == [at == 10 for at in range(len(frame))]
    placed = pd.Series(truth).groupby(answer.table.segment, observed=True).nunique()
    assert (placed == 1).all()  # x is not needed to tell these three apart
    assert json.dumps(answer.to_dict(), allow_nan=False)


def test_the_order_of_rows_changes_nothing():
    frame, _ = blobs(3)
    one = cluster(frame, draws=4, most=4)
    other = cluster(frame.sample(frac=1, random_state=1), draws=4, most=4)
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.sentence("en") == other.sentence("en")


def test_personas_name_what_is_over_represented_and_nothing_else():
    rng = np.random.default_rng(9)
    rich = np.arange(2_000) % 2 == 0
    frame = pd.DataFrame(
        {
            "spend": np.where(rich, 500, 50) * rng.lognormal(0, 0.2, 2_000),
            "visits": np.where(rich, 20, 4) + rng.normal(0, 1, 2_000),
            "city": np.where(rng.random(2_000) < np.where(rich, 0.6, 0.2), "east", "west"),
            "star": rng.choice(["ram", "bull", "lion"], 2_000),
        }
    )
    answer = cluster(frame, draws=4, most=4)
    assert answer.k == 2
    facts = answer.facts.set_index(["segment", "feature", "level"])
    top = answer.table.groupby("segment", observed=True)["spend"].median().idxmax()
    east = facts.loc[(top, "city", "east")]
    inside = answer.table[answer.table.segment == top]
    assert east.value == pytest.approx((inside.city == "east").mean())
    assert east["index"] == pytest.approx(
        100 * (inside.city == "east").mean() / (frame.city == "east").mean()
    )
    assert east.verdict == "over"
    assert set(answer.facts[answer.facts.feature == "star"].verdict) == {"alike"}
    said = answer.profile("en").set_index("segment").loc[top, "sentence"]
    assert "igh spend" in said
    assert "city east" in said
    assert "star" not in said


def test_the_demo_world_gives_value_classes_as_far_as_orders_can_tell_them(demo_store):
    """ARI 0.16 with the planted classes; a supervised model on the same measures reaches 0.2."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import adjusted_rand_score

    answer = cluster(demo_store, ["aov", "frequency"], k=3, draws=5)
    planted = answer.table.value_class
    found = adjusted_rand_score(planted, answer.table.segment)
    points = answer.model.space.points(answer.table)
    best = LogisticRegression().fit(points, planted).predict(points)
    ceiling = adjusted_rand_score(planted, best)
    assert found > 0.13
    assert found > 0.7 * ceiling
    assert answer.quality.stable


def test_the_demo_worlds_own_clusters_are_stable_named_and_free_of_personal_values(demo_store):
    answer = cluster(demo_store, draws=8)
    assert answer.quality.stable
    assert answer.quality.structured
    assert not {"name", "email", "phone", "birth_date"} & set(answer.table.columns)
    best = answer.facts[(answer.facts.level == "high") & (answer.facts.feature == "value_class")]
    assert {"over", "under"} <= set(best.verdict)
    profile = answer.profile("zh")
    assert profile["size"].sum() == len(answer.table)
    assert profile.money_share.sum() == pytest.approx(1)
    assert profile["name"].is_unique
    assert (answer.data_version, answer.as_of) == (demo_store.version, demo_store.as_of)
    later = answer.model.assign(demo_store, as_of="2026-09-30")
    assert (later.as_of.isoformat(), set(later.table.segment)) == ("2026-09-30", set(answer.table.segment))


@pytest.mark.shared
def test_real_customers_fall_into_stable_clusters(shared_data):
    frame = pd.read_csv(shared_data / "marketing_campaign.csv", sep=";")
    answer = cluster(frame, id="ID", draws=8)
    assert answer.quality.stable
    reasons = {entry.column: entry.reason for entry in answer.left_out}
    assert reasons["Z_Revenue"] == reasons["Z_CostContact"] == "constant"
    assert reasons["Dt_Customer"] == "date"
    gaps = next(remark for remark in answer.remarks if remark.code == "clusters_gaps")
    assert gaps.values["count"] == frame.Income.isna().sum()
    by = answer.table.groupby("segment", observed=True)[["Income", "MntWines"]].median()
    assert by.max().min() > 1.4 * by.min().max() or (by.max() > 1.4 * by.min()).all()


@pytest.mark.parametrize(
    ("frame", "more", "words"),
    [
        (pd.DataFrame({"x": range(20)}), {"features": ["x"]}, "Only 20 customers"),
        (pd.DataFrame({"x": [1.0] * 80}), {}, "No column tells"),
        (blobs(2)[0], {"features": ["nothing"]}, "Unknown feature 'nothing'"),
        (blobs(2)[0], {"k": 0}, "k=0"),
    ],
    ids=["few", "alike", "unknown", "none"],
)
def test_a_question_that_cannot_be_answered_says_why(frame, more, words):
    with pytest.raises(QuestionError, match=words):
        cluster(frame, **more)


def test_ids_that_repeat_are_refused():
    with pytest.raises(InputError, match="several rows"):
        cluster(pd.DataFrame({"customer_id": [1, 1], "x": [1, 2]}))


def test_a_space_survives_json():
    frame, _ = blobs(2)
    learnt = space(frame.assign(c="a"), ["x", "c"])
    assert Space.from_dict(json.loads(json.dumps(learnt.to_dict()))) == learnt
