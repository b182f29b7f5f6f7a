"""Every public question about customers refuses arguments of the wrong kind with a sentence.

The questions are found by walking the rooms; what is wrong for an argument is told by its annotation.
"""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import re

import pytest

from workbench.errors import WorkbenchError
from workbench.i18n.errors import told

ROOMS = ("customers", "segments", "offers", "audiences")
CHINESE, ENGLISH = r"[\u4e00-\u9fff]", r"[a-z]{4,} [a-z]{3,} [a-z]{3,}"
OF_RENDERING = ("name", "label", "level", "verdict")
"""Methods that panels call with what they were given."""
DAY = dt.date(2026, 6, 30)
SAMPLES = {
    "text": "x",
    "whole": 7,
    "fraction": 7.5,
    "nothing there": float("nan"),
    "truth": True,
    "bytes": b"x",
    "texts": ["x", "y"],
    "mixed": ["x", 3],
    "dict": {"x": 1},
    "object": object(),
    "none": None,
}
RIGHT = {
    "str": {"text"},
    "int": {"whole"},
    "float": {"whole", "fraction", "nothing there"},
    "bool": {"truth"},
    "None": {"none"},
    "Sequence": {"text", "texts"},
    "Iterable": {"text", "texts"},
    "tuple": {"text", "texts"},
    "Mapping": {"dict"},
    "Labels": {"dict"},
}
"""Annotation → the samples that are of its kind; of a class none is."""
LISTS = re.compile(r"(Iterable|Sequence)\[(Any|float)\]")
ANY = ("object", "whole", "bytes")
"""What no question can make anything of, where an annotation says no more."""
GOOD = {
    **dict.fromkeys(("store", "orders", "source", "contracts", "data"), "store"),
    "as_of": DAY,
    "segments": {},
    "outcome": "buy",
    "purpose": "marketing",
    "channel": "email",
    "form": "google_ads",
    "answer": "x",
    "place": "x",
    "file": "x.csv",
    "reason": "test",
    "seed": ["x"],
    "segment": ["x"],
    "members": ["x"],
    "before": "store",
    "after": "store",
}


def questions():
    """(name, function) of the public functions and methods."""
    found = {}
    for room in ROOMS:
        face = importlib.import_module(f"workbench.{room}")
        for name in face.__all__:
            item = getattr(face, name)
            if inspect.isfunction(item):
                found[f"{room}.{name}"] = item
            elif inspect.isclass(item) and not issubclass(item, Exception):
                found |= {f"{room}.{name}.{key}": method for key, method in methods(item)}
    return found


def methods(kind):
    """Public methods that ask: of the class itself, with more than a language."""
    for name, method in vars(kind).items():
        if inspect.isfunction(method) and not name.startswith("_") and name not in OF_RENDERING:
            yield name, method


def cases():
    """(question, argument, sample) that must be refused."""
    for name, function in questions().items():
        for key, item in inspect.signature(function).parameters.items():
            if key in ("self", "lang") or item.kind in (item.VAR_KEYWORD, item.VAR_POSITIONAL):
                continue
            for sample in wrong(str(item.annotation)):
                yield name, key, sample


def wrong(annotation):
    """The samples that an annotation does not allow."""
    parts = [re.split(r"[\[.]", part)[0] for part in re.split(r" \| (?![^\[]*\])", annotation)]
    right = set().union(*(RIGHT.get(part, ()) for part in parts))
    right |= {"text", "texts", "mixed", "dict"} if LISTS.search(annotation) else set()
    return ANY if "Any" in parts else tuple(sample for sample in SAMPLES if sample not in right)


@pytest.mark.parametrize("name", questions())
def test_a_question_refuses_arguments_of_the_wrong_kind(name, demo_store):
    function = questions()[name]
    for _, key, sample in [case for case in cases() if case[0] == name]:
        given = (
            {key: SAMPLES[sample]} if annotated(function, key) else asked(function, key, sample, demo_store)
        )
        with pytest.raises(WorkbenchError) as caught:
            function(*([None] if "self" in inspect.signature(function).parameters else []), **given)
        said = told(caught.value, "zh")
        assert re.search(CHINESE, said), (key, sample, said)
        assert not re.search(ENGLISH, said), (key, sample, said)


FAR = {
    "horizon_days": 10**6,
    "days": 10**6,
    "within": 10**6,
    "draws": 10**9,
    "seed": -1,
    "random": -1,
    "every_days": 10**9,
}
"""Numbers that no calendar, memory or generator of random numbers holds."""


@pytest.mark.parametrize("name", questions())
def test_a_question_refuses_numbers_that_overflow(name):
    function = questions()[name]
    signature = inspect.signature(function).parameters
    for key in [key for key in signature if key in FAR and "Any" not in str(signature[key].annotation)]:
        with pytest.raises(WorkbenchError, match="out of range") as caught:
            function(*([None] if "self" in signature else []), **{key: FAR[key]})
        assert not re.search(ENGLISH, told(caught.value, "zh"))


@pytest.mark.parametrize("day", [dt.date.min, dt.date.max, "0001-01-01", "9999-12-31"])
def test_a_question_refuses_days_that_overflow(demo_store, day):
    customers, segments = (importlib.import_module(f"workbench.{room}") for room in ("customers", "segments"))
    asked = (customers.pressing, segments.cohorts, segments.rfm_drift, segments.rfm, customers.backtest)
    for ask in asked:
        with pytest.raises(WorkbenchError, match="centuries away"):
            ask(demo_store, as_of=day)


def annotated(function, key):
    """Whether the annotation alone tells what is wrong."""
    return "Any" not in re.split(r" \| ", str(inspect.signature(function).parameters[key].annotation))


def asked(function, key, sample, store):
    """The arguments that a question needs, one of them wrong."""
    items = inspect.signature(function).parameters.values()
    needed = [item.name for item in items if item.default is item.empty and item.name in GOOD]
    made = {name: store if GOOD[name] == "store" else GOOD[name] for name in needed}
    return {**made, key: SAMPLES[sample]}
