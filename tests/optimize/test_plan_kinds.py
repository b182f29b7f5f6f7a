"""Every argument of the public functions with things of a wrong kind: an answer, or one sentence."""

from __future__ import annotations

import contextlib
import datetime as dt
import inspect

import numpy as np
import pandas as pd
import pytest

from workbench import optimize, response
from workbench.errors import WorkbenchError

RNG = np.random.default_rng(0)
WEEKS = pd.date_range("2023-01-02", periods=40, freq="7D")
FRAME = pd.DataFrame({"time": WEEKS, "a": RNG.gamma(4, 100, 40), "b": RNG.gamma(3, 100, 40)})
FRAME["y"] = 500 + FRAME["a"] / 3 + RNG.normal(0, 20, 40)
CLAIMS = pd.DataFrame({"channel": "a", "time": WEEKS, "spend": FRAME["a"], "response": FRAME["y"]})
CURVES = pd.DataFrame(
    {
        "cell": ["a", "b"],
        "form": "michaelis_menten",
        "scale": [10.0, 20.0],
        "half_saturation": [5.0, 6.0],
        "current": 5.0,
    }
)
CONTACTS = pd.DataFrame({"customer_id": ["x"], "method": "call", "value": [1.0]})
CAPACITY = pd.DataFrame({"marketer": ["m"], "method": ["call"], "day": [1], "contacts": [1]})
MODEL = response.fit(FRAME, ["a", "b"], "y", draws=2)
WRONG = {
    "int": 5,
    "text": "foo",
    "list": ["x"],
    "mapping": {"x": 1},
    "yes": True,
    "thing": object(),
    "none": None,
    "negative": -1,
    "nan": float("nan"),
    "bytes": b"z",
    "frame": pd.DataFrame({"q": [1]}),
    "pair": (1, 2),
    "day": dt.date(2026, 1, 1),
    "function": min,
    "array": np.array([1, 2]),
}
ASKED = {
    "fit": (response.fit, {"frame": FRAME, "spend": ["a", "b"], "outcome": "y", "draws": 0}),
    "from_claims": (response.from_claims, {"frame": CLAIMS, "by": ["channel"], "draws": 0}),
    "curves": (MODEL.curves, {}),
    "bootstrap": (MODEL.bootstrap, {"draws": 1}),
    "contributions": (MODEL.contributions, {}),
    "predict": (MODEL.predict, {"frame": FRAME}),
    "check": (MODEL.check, {}),
    "allocate": (optimize.allocate, {"curves": CURVES, "budget": 20.0}),
    "allocate_periods": (optimize.allocate_periods, {"curves": CURVES, "budget": 20.0, "periods": 2}),
    "plan_contacts": (optimize.plan_contacts, {"candidates": CONTACTS, "capacity": CAPACITY}),
}
PLACES = [
    (name, parameter)
    for name, (function, _) in ASKED.items()
    for parameter in inspect.signature(function).parameters
]


@pytest.mark.parametrize(("name", "parameter"), PLACES)
def test_what_is_of_a_wrong_kind_gets_a_sentence(name, parameter):
    function, usual = ASKED[name]
    for value in WRONG.values():
        with contextlib.suppress(WorkbenchError):
            function(**{**usual, parameter: value})


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: response.fit(FRAME, spend=5, outcome="y"), "spend=5 is no list of columns"),
        (lambda: response.fit(FRAME, "a", "y", draws="many"), "draws='many' is no number of draws"),
        (lambda: response.fit(FRAME, "a", "y", currency="euro"), "Unknown currency 'euro'"),
        (lambda: optimize.allocate(CURVES, budget="x"), "budget is 'x'"),
        (lambda: optimize.allocate(CURVES, 20, mode="foo"), "Unknown mode 'foo'"),
        (lambda: optimize.allocate(CURVES, 20, effort="much"), "effort='much' is no effort"),
    ],
    ids=["spend", "draws", "currency", "budget", "mode", "effort"],
)
def test_the_sentence_names_what_was_given(call, says):
    with pytest.raises(WorkbenchError) as caught:
        call()
    assert says in str(caught.value)
