"""The generator itself: constants, streams, determinism."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import i18n, schema
from workbench.demo import curves, delivery, truth
from workbench.demo.streams import drift, pick, shocks, stream
from workbench.demo.tables import generate
from workbench.demo.world import world


@pytest.fixture(scope="module")
def generated():
    seen = []
    tables = generate(progress=lambda key, done: seen.append((key, done)))
    return tables, seen


def _content(query, name, source):
    """Order-independent fingerprint of a table's rows."""
    return query(f"SELECT count(*) AS n, bit_xor(hash(t)) AS h FROM {source} AS t").to_pylist()[0]


def test_same_seed_gives_the_same_tables_in_another_process(generated, demo_store):
    import duckdb

    tables, _ = generated
    connection = duckdb.connect()
    for name, rows in tables.items():
        connection.register("made", rows.select(sorted(rows.column_names)))
        columns = ", ".join(sorted(rows.column_names))
        here = _content(lambda sql: connection.sql(sql).to_arrow_table(), name, "made")
        stored = _content(demo_store.query, name, f"(SELECT {columns} FROM {name})")
        assert here == stored, name


def test_tables_have_the_canonical_columns(generated):
    for name, rows in generated[0].items():
        assert rows.schema.equals(schema.table(name).arrow()), name
        keys = set(schema.table(name).with_role("key"))
        for key in keys:
            assert rows[key].null_count == 0, (name, key)


def test_progress_is_told_in_words_that_exist(generated):
    keys = [key for key, _ in generated[1]]
    shares = [done for _, done in generated[1]]
    assert keys
    assert shares == sorted(shares)
    for key in (*keys, "demo.store", "demo.done"):
        assert all(i18n.text(key, lang) for lang in i18n.LANGUAGES)


def test_named_streams_do_not_depend_on_each_other():
    first = stream(7, "a").random(5)
    stream(7, "b").random(1000)
    assert (stream(7, "a").random(5) == first).all()
    assert not (stream(8, "a").random(5) == first).any()
    assert not (stream(7, "b").random(5) == first).any()


def test_changing_one_constant_leaves_the_other_facts_alone():
    known = world(3)
    dearer = replace(known, channels=tuple(replace(c, aov=2 * c.aov) for c in known.channels))
    rows, facts = delivery.deliver(known)
    rows2, facts2 = delivery.deliver(dearer)
    assert (rows.spend == rows2.spend).all()
    for name in ("impressions", "clicks", "cost_micros", "orders", "likes"):
        assert (getattr(facts, name) == getattr(facts2, name)).all(), name
    ratio = facts2.revenue_micros.sum() / facts.revenue_micros.sum()
    assert ratio == pytest.approx(2, rel=1e-4)


def test_another_seed_is_another_world_with_the_same_constants():
    one, two = truth(7), truth(11)
    assert one.slot_curves.equals(two.slot_curves)
    assert one.response_curves.equals(two.response_curves)
    assert not one.creatives.equals(two.creatives)


@given(
    st.lists(st.lists(st.floats(0, 10), min_size=3, max_size=3), min_size=1, max_size=4),
    st.integers(0, 2**16),
)
def test_pick_never_draws_what_has_no_weight(weights, seed):
    table = np.array(weights)
    table[:, 1] += 0.1
    rows = np.arange(200) % len(table)
    drawn = pick(np.random.default_rng(seed), table, rows)
    assert (table[rows, drawn] > 0).all()


def test_pick_follows_its_weights():
    weights = np.array([[1.0, 3.0, 0.0], [5.0, 1.0, 4.0]])
    rows = np.repeat([0, 1], 200_000)
    drawn = pick(np.random.default_rng(1), weights, rows)
    for row in (0, 1):
        share = np.bincount(drawn[rows == row], minlength=3) / 200_000
        assert share == pytest.approx(weights[row] / weights[row].sum(), abs=0.005)


def test_drifts_and_shocks_have_mean_one():
    rng = np.random.default_rng(2)
    slow = drift(rng, (4000,), 30, 0.3, 0.75)
    assert slow.mean() == pytest.approx(1, abs=0.01)
    logs = np.log(slow)
    assert np.corrcoef(logs[:, 9], logs[:, 10])[0, 1] == pytest.approx(0.75, abs=0.03)
    drawn = shocks(rng, (100_000,), 0.16)
    assert drawn.mean() == pytest.approx(1, abs=0.01)
    assert drawn.std() == pytest.approx(0.16, abs=0.005)


def test_hill_is_half_its_scale_at_half_saturation_and_carry_over_keeps_the_steady_state():
    known = world()
    planted = curves.response(known)
    at_half = curves.hill(
        planted.half_saturation, planted.scale, planted.half_saturation, planted.shape[:, None]
    )
    assert at_half == pytest.approx(planted.scale / 2)
    steady = np.repeat(planted.current[..., None] / 7, 60, axis=-1)
    per_yuan = curves.efficiency(planted, steady)
    weekly = curves.hill(planted.current, planted.scale, planted.half_saturation, planted.shape[:, None])
    assert (per_yuan * steady * 7)[..., -1] == pytest.approx(weekly)


def test_slot_indices_average_one_where_the_money_is():
    table = truth().slot_curves
    for _, cell in table.groupby(["channel", "region"]):
        assert len(cell) == 168
        assert cell["delivery_index"].mean() == pytest.approx(1)
        assert np.average(cell["ctr_index"], weights=cell["delivery_index"]) == pytest.approx(1)


def test_conversions_all_arrive_in_the_end():
    for channel in world().channels:
        ages = curves.arrived(channel, np.array([0.0, 1.0, 3.0, 60.0]))
        assert ages[0] == channel.delay_now
        assert (np.diff(ages) > 0).all()
        assert ages[-1] == pytest.approx(1, abs=1e-6)


def test_season_is_centred_and_peaks_on_double_eleven():
    known = world()
    demand = known.season("demand")
    assert demand.mean() == pytest.approx(1)
    november = next(event for event in known.calendar if event["id"] == "double_11_2025")
    assert demand.argmax() == known.day(november["peak"])


def test_truth_is_fresh_and_reads_as_documented():
    import dataclasses
    import re

    from workbench.demo import Truth

    found = truth()
    found.segments.loc[0, "r"] = -1
    assert truth().segments.loc[0, "r"] > 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.seed = 1
    told = set(re.findall(r"[a-z_]+", Truth.__doc__ or ""))
    assert {field.name for field in dataclasses.fields(Truth)} <= told
