"""Names at the ends of response curves stand apart, as wide as they are on a phone."""

from __future__ import annotations

import itertools

from workbench import plans
from workbench.charts import responses


def test_names_of_neighbouring_lines_are_apart(demo_store):
    found = plans.propose(demo_store)
    for marginal in (False, True):
        rows = responses(found, marginal, height=300).data
        wide, high = (max(row[axis] for row in rows) for axis in ("x", "m"))
        ends = [(row["x"] / wide, row["ly"] / high * 300) for row in rows if "ly" in row]
        assert len(ends) == len(found.table)
        for (x, up), (other, above) in itertools.combinations(ends, 2):
            assert abs(x - other) > 0.35 or abs(up - above) > 16
