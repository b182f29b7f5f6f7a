"""Suppression against an attacker with a linear program: who knows all totals learns no hidden cell."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import workbench as wb
from workbench.privacy import differences, refuse_differences, rows_to_hide, suppress
from workbench.privacy.cells import TOTAL


def table(shape, people, orders):
    """A frame with one row a cell; a negative number of people: there is no such cell."""
    names = [f"d{axis}" for axis in range(len(shape))]
    cells = itertools.product(
        *([f"{name}_{at}" for at in range(size)] for name, size in zip(names, shape, strict=True))
    )
    frame = pd.DataFrame(cells, columns=names)
    frame["people"], frame["orders"] = people, orders
    frame["impressions"] = 7
    return frame[frame["people"] >= 0].reset_index(drop=True), names


def system(frame, names):
    """Variables: every cell and every total that exists; equations: a total is the sum over its dimension."""
    keys = [tuple(row) for row in frame[names].itertuples(index=False)]
    cube = {
        tuple(TOTAL if is_total else part for part, is_total in zip(key, mask, strict=True))
        for key in keys
        for mask in itertools.product((False, True), repeat=len(names))
    }
    order = {key: at for at, key in enumerate(sorted(cube))}
    equations = []
    for key in cube:
        for axis, part in enumerate(key):
            if part == TOTAL:
                row = np.zeros(len(order))
                row[order[key]] = -1
                for other in cube:
                    if (
                        other[axis] != TOTAL
                        and other[:axis] + other[axis + 1 :] == key[:axis] + key[axis + 1 :]
                    ):
                        row[order[other]] = 1
                equations.append(row)
    return order, np.array(equations)


def truth(frame, names, order, column):
    values = np.zeros(len(order))
    for row in frame.to_dict("records"):
        for mask in itertools.product((False, True), repeat=len(names)):
            key = tuple(TOTAL if use else row[name] for name, use in zip(names, mask, strict=True))
            values[order[key]] += row[column]
    return values


def attack(frame, names, answer, column):
    """Width of what an attacker can know of each hidden cell, by two linear programs a cell."""
    order, equations = system(frame, names)
    values = truth(frame, names, order, column)
    hidden_rows = answer.table["suppressed"].to_numpy()
    keys = [tuple(row) for row in frame[names].itertuples(index=False)]
    hidden = {key for key, is_hidden in zip(keys, hidden_rows, strict=True) if is_hidden}
    hidden |= {tuple(total[name] for name in names) for total in answer.withheld}
    bounds = [(0, None) if key in hidden else (values[at],) * 2 for key, at in order.items()]
    widths = {}
    for key in hidden:
        goal = np.zeros(len(order))
        goal[order[key]] = 1
        ends = []
        for sign in (1, -1):
            found = linprog(
                sign * goal, A_eq=equations, b_eq=np.zeros(len(equations)), bounds=bounds, method="highs"
            )
            ends.append(np.inf if found.status == 3 else abs(found.fun))
        widths[key] = ends[1] - ends[0]
    return widths


SHAPES = st.sampled_from([(3,), (6,), (2, 2), (3, 4), (4, 4), (2, 3, 3), (2, 2, 2)])


@st.composite
def tables(draw):
    """Small tables with small, missing, empty and large cells."""
    shape = draw(SHAPES)
    size = int(np.prod(shape))
    number = st.one_of(st.just(-1), st.integers(0, 60), st.integers(50, 900))
    people = draw(st.lists(number, min_size=size, max_size=size).filter(lambda found: max(found) >= 0))
    orders = [draw(st.integers(0, max(count, 0))) for count in people]
    return table(shape, people, orders)


@settings(max_examples=40, deadline=None)
@given(tables())
def test_no_hidden_cell_can_be_worked_out_from_totals(made):
    frame, names = made
    answer = suppress(frame, names, "people", ["orders"])
    shown = answer.table[~answer.table["suppressed"]]
    assert (shown["people"] >= 50).all()
    assert (shown["orders"] >= 10).all()
    assert answer.table.loc[answer.table["suppressed"], ["people", "orders"]].isna().all(axis=None)
    assert (answer.table["impressions"] == 7).all()
    for column, least in (("people", 50), ("orders", 1)):
        if frame[column].sum():
            widths = attack(frame, names, answer, column)
            assert all(width >= least - 1e-6 for width in widths.values()), (column, widths)


def test_published_totals_obey_the_limits_too():
    frame, names = table((2, 2), [30, 15, 400, 500], [20, 12, 100, 100])
    answer = suppress(frame, names, "people", ["orders"])
    assert {"d0": "d0_0", "d1": TOTAL} in answer.withheld


def test_a_large_table_is_left_alone():
    frame, names = table((3, 3), [100] * 9, [20] * 9)
    answer = suppress(frame, names, "people", ["orders"])
    assert not answer.table["suppressed"].any()
    assert not answer.withheld
    pd.testing.assert_frame_equal(answer.table.drop(columns="suppressed"), frame)


def test_one_small_cell_hides_one_rectangle():
    people = [100] * 16
    people[5] = 3
    frame, names = table((4, 4), people, [50] * 16)
    answer = suppress(frame, names, "people")
    assert answer.table["suppressed"].sum() == 4
    assert answer.small == 1
    assert not answer.withheld


def test_the_cheapest_neighbours_are_taken():
    frame, names = table((4,), [10, 700, 80, 300], [50] * 4)
    answer = suppress(frame, names, "people")
    assert answer.table["suppressed"].tolist() == [True, False, True, False]


def test_rates_go_with_what_they_are_made_of():
    frame, names = table((3,), [10, 700, 80], [5, 50, 20])
    frame["rate"] = frame["orders"] / frame["people"]
    answer = suppress(frame, names, "people", ["orders"], rates=["rate"])
    assert answer.table["rate"].isna().tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"by": ["nowhere"]}, "Unknown column"),
        ({"by": []}, "0 dimensions"),
        ({"people": "orderz"}, "Did you mean 'orders'"),
    ],
)
def test_a_wrong_question_is_a_sentence(change, sentence):
    frame, names = table((3,), [100] * 3, [50] * 3)
    with pytest.raises(wb.WorkbenchError, match=sentence):
        suppress(frame, **{"by": names, "people": "people", **change})


def test_a_cell_that_stands_twice_or_a_negative_value_is_refused():
    frame, names = table((3,), [100] * 3, [50] * 3)
    with pytest.raises(wb.WorkbenchError, match="stands twice"):
        suppress(pd.concat([frame, frame]), names, "people")
    with pytest.raises(wb.WorkbenchError, match="negative"):
        suppress(frame.assign(orders=-1), names, "people", ["orders"])


def members(*groups):
    """One row a person: (customer_id, region, channel)."""
    return pd.DataFrame(groups, columns=["customer_id", "region", "channel"])


def crowd(start, size, region, channel):
    return [(f"c{number}", region, channel) for number in range(start, start + size)]


def slow_differences(first, second, first_by, second_by, least):
    """Every pair of cells and totals, as sets."""

    def cells(frame, by):
        found = {}
        for count in range(len(by) + 1):
            for part in itertools.combinations(by, count):
                for row in frame.to_dict("records"):
                    key = tuple((name, row[name]) for name in part)
                    found.setdefault(key, set()).add(row["customer_id"])
        return found

    return {
        (one, two)
        for one, a in cells(first, first_by).items()
        for two, b in cells(second, second_by).items()
        if (a < b or b < a) and len(a ^ b) < least
    }


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 25), st.sampled_from("ab"), st.sampled_from("xy")), min_size=1, max_size=40
    ),
    st.lists(st.integers(0, 25), max_size=6),
)
def test_unsafe_differences_are_those_of_the_slow_search(people, left_out):
    first = members(*((f"c{number}", region, channel) for number, region, channel in people))
    second = first[~first["customer_id"].isin([f"c{number}" for number in left_out])]
    found = differences(first, second, ["region"], ["region", "channel"], 4)
    told = {(tuple(pair.first.items()), tuple(pair.second.items())) for pair in found}
    assert told == slow_differences(first, second, ["region"], ["region", "channel"], 4)


def test_a_table_that_leaves_three_people_out_is_refused_or_widened():
    first = members(*crowd(0, 200, "n", "x"), *crowd(200, 300, "s", "x"))
    second = first[~first["customer_id"].isin(["c1", "c2", "c3"])]
    found = differences(first, second, ["region"], ["region"])
    with pytest.raises(wb.WorkbenchError, match="fewer than 50 persons"):
        refuse_differences(found)
    cells = second.groupby("region", as_index=False).agg(people=("customer_id", "nunique"))
    assert rows_to_hide([pair for pair in found if pair.second], cells, ["region"]) == [0]
    widened = suppress(cells, "region", "people", hide=[0])
    assert widened.table["suppressed"].all()


def test_equal_or_clearly_different_tables_are_no_problem():
    first = members(*crowd(0, 200, "n", "x"), *crowd(200, 300, "s", "x"))
    second = first[first["customer_id"].str.len() > 3]
    assert not differences(first, first, ["region"], ["region"])
    assert not differences(first, second, ["region"], ["region"])
    refuse_differences(())
