import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.charts import sparkline


def path(svg: str) -> str:
    return re.findall(r'd="([^"]*)"', svg)[0]


def test_low_is_low_and_high_is_high():
    points = [tuple(map(float, pair.split(","))) for pair in re.split("[ML]", path(sparkline([1, 3, 2])))[1:]]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[1][1] < points[2][1] < points[0][1]  # y grows downwards


def test_a_gap_lifts_the_pen():
    assert path(sparkline([1, 2, None, 3, 4])).count("M") == 2
    assert path(sparkline([1, float("nan"), 2])).count("M") == 2


def test_nothing_known_draws_nothing():
    for values in ([], [None], [float("nan")]):
        assert "<path" not in sparkline(values)


@given(st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), max_size=40))
def test_every_series_is_well_formed_and_inside_its_box(values):
    svg = sparkline(values, 120, 32)
    ET.fromstring(svg)
    for x, y in re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", svg):
        assert 0 <= float(x) <= 120
        assert 0 <= float(y) <= 32


@pytest.mark.parametrize("value", [0, 5, -3])
def test_a_flat_series_runs_through_the_middle(value):
    assert {y for _, y in re.findall(r"[ML]([\d.]+),([\d.]+)", path(sparkline([value] * 3)))} == {"16.0"}
