"""Charts of segments: what the pictures hold is what the answers say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from chart_answers import cohort_answer, market, moves

from workbench import charts, segments
from workbench.charts.flow import KINDS
from workbench.errors import QuestionError


@pytest.mark.parametrize("ordered", [True, False], ids=["ordered", "plain"])
def test_ribbons_are_as_thick_as_customers_are_many_and_fill_both_ends(ordered):
    answer = moves(ordered)
    chart = charts.flow(answer)
    points = pd.DataFrame([row for row in chart.data if "l" in row])
    thick = (points.y2 - points.y).groupby(points.l)
    sizes = points.groupby("l").n.first()
    ratio = thick.mean() / sizes
    np.testing.assert_allclose(ratio, ratio.iloc[0], rtol=5e-3)
    assert thick.std().max() < 2e-5
    assert sizes.sum() == answer.table.customers.sum()
    nodes = pd.DataFrame([row for row in chart.data if "side" in row])
    for side, end in ((0, "before"), (1, "after")):
        column = nodes[nodes.side == side].sort_values("y")
        assert column.n.tolist() == [int(n) for n in sums(answer, end, column)]
        assert (column.y.to_numpy()[1:] > column.y2.to_numpy()[:-1]).all()
        first = points[points.x == (points.x.min() if side == 0 else points.x.max())]
        for node in column.itertuples():
            inside = first[(first.y > node.y - 1e-4) & (first.y2 < node.y2 + 1e-4)]
            assert inside.n.sum() == node.n
    assert nodes.y2.max() <= 1


def sums(answer, end, column):
    by = answer.table.groupby(end).customers.sum()
    names = {answer.name(name): by[name] for name in by.index}
    return [names[name] for name in column.name]


def test_ribbons_say_who_went_up_and_down():
    answer = moves(True)
    rows = {
        (row["before"], row["after"]): KINDS[row["kind"]] for row in charts.flow(answer).data if "l" in row
    }
    order = list(answer.segments)
    for (one, other), kind in rows.items():
        if one == "(new)" or other == "(gone)":
            assert kind == ("new" if one == "(new)" else "gone")
        else:
            step = order.index(other) - order.index(one)
            assert kind == ("stayed" if step == 0 else "down" if step > 0 else "up")
    assert set(rows.values()) == set(KINDS)


def test_charts_of_equal_kind_differ_in_data_only():
    rng = np.random.default_rng(4)
    tables = [
        pd.DataFrame({"customer_id": range(90), "segment": rng.choice(list("ab"), 90)}) for _ in range(3)
    ]
    one, other = (segments.drift(*pair) for pair in (tables[:2], tables[1:]))
    assert charts.flow(one).spec == charts.flow(other).spec


def test_open_cells_are_absent_and_the_first_period_has_no_colour():
    answer = cohort_answer("month")
    cells = charts.retention(answer).data
    known = answer.table[answer.table.retention.notna()]
    assert len(cells) == len(known)
    assert {cell["t"] for cell in cells if "c" not in cell} >= {0}
    coloured = [cell for cell in cells if "c" in cell]
    assert coloured
    assert all(cell["t"] > 0 and cell["n"] >= 30 for cell in coloured)
    shown = {cell["key"]: cell["m"] for cell in cells}
    for row in known.itertuples():
        assert shown[f"{row.cohort.isoformat()}:{row.period}"] == pytest.approx(row.retention, rel=1e-5)


def test_hidden_cells_of_an_index_map_carry_no_number():
    answer = market(["region", "interest"])
    cells = charts.index_map(answer).data
    assert len(cells) == len(answer.table)
    hidden = [cell for cell in cells if "m" not in cell]
    assert len(hidden) == answer.table.suppressed.sum() > 0
    assert not any({"b", "n", "lo", "step"} & cell.keys() for cell in hidden)
    strong = {cell["name"]: (cell["way"], cell["step"]) for cell in cells if "m" in cell}
    rows = answer.table[~answer.table.suppressed]
    assert {name: way for name, (way, _) in strong.items()} == {
        answer.name(row): int(row["index"] < 100) for row in rows.to_dict("records")
    }


def test_an_index_map_needs_two_dimensions_and_a_known_habit():
    with pytest.raises(QuestionError, match="two dimensions"):
        charts.index_map(market(["region"]))
    with pytest.raises(QuestionError, match="value of sex"):
        charts.index_map(market(["region", "sex", "interest"]), at={"sex": "x"})
