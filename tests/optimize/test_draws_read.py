"""Curves of all draws at once: the plain numbers of the forms, and a long table that is read in one pass."""

from __future__ import annotations

import numpy as np
import pandas as pd
import problems
import pytest

from workbench import optimize
from workbench.errors import QuestionError
from workbench.solvers.reading import read, with_draws

CELLS = pd.DataFrame(
    {
        "cell": [f"c{i}" for i in range(9)],
        "form": [*problems.FORMS, "hill", "power"],
        "scale": np.linspace(1, 9, 9),
        "half_saturation": np.linspace(5, 1, 9),
        "shape": [2.5, 1, 1, 1, 0.5, 1, 1, 0.6, 1.0],
    }
)


def around(draws, seed=0):
    rng = np.random.default_rng(seed)
    parts = [CELLS.assign(draw=d, scale=CELLS["scale"] * rng.lognormal(0, 0.3, 9)) for d in range(draws)]
    return pd.concat(parts, ignore_index=True)


def test_plain_numbers_of_every_form_are_those_of_the_definitions():
    sampled = with_draws(read(CELLS, 20.0, None, "max_response", None, None), around(3))
    spend, step = np.linspace(0.05, 3, 9), 1e-5
    values, slopes, bends = sampled.problem.curves.local(spend[None])
    for shift, found in (("values", values), ("slopes", slopes), ("bends", bends)):
        for d, part in around(3).groupby("draw"):
            at = spend[np.argsort(sampled.order)] * sampled.money
            one = problems.Small(part.reset_index(drop=True), None)
            near = [one.responses(at + move * step * at) for move in (-1, 0, 1)]
            other = {
                "values": near[1],
                "slopes": (near[2] - near[0]) / (2 * step * at),
                "bends": (near[2] - 2 * near[1] + near[0]) / (step * at) ** 2,
            }[shift]
            power = ("values", "slopes", "bends").index(shift)
            own = sampled.back(found)[d] * sampled.scale / sampled.money**power
            np.testing.assert_allclose(own, other, rtol=1e-4, atol=2e-4 if power == 2 else 1e-9)


def test_the_order_of_the_rows_is_of_no_matter():
    question, long = read(CELLS, 20.0, None, "max_response", None, None), around(4)
    plain = with_draws(question, long).problem.curves
    mixed = with_draws(question, long.sample(frac=1, random_state=3)).problem.curves
    for name in ("scale", "half", "shape"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(mixed, name))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: pd.concat([t, t.iloc[[4]]]), "Cell 'c4' is there more than once in one draw"),
        (lambda t: t.iloc[:-1], "Draw 1 does not have the cells"),
        (lambda t: t.assign(cell=t["cell"].replace("c2", "other")), "Draw 0 does not have the cells"),
        (lambda t: t.assign(form=t["form"].replace("tanh", "log")), "other forms"),
        (lambda t: t.assign(scale=np.nan), "no number"),
        (lambda t: t.iloc[:0], "no row"),
    ],
    ids=["twice", "missing", "unknown", "form", "nan", "empty"],
)
def test_draws_that_do_not_fit_get_one_sentence(change, says):
    with pytest.raises(QuestionError) as caught:
        optimize.allocate(CELLS, budget=20.0, draws=change(around(2)))
    assert says in str(caught.value)
    assert caught.value.fix
