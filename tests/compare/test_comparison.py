"""The one result type: what it shows, in both languages, and as JSON."""

from __future__ import annotations

import datetime as dt
import json
import math
import pickle

import pandas as pd
import pytest

from workbench.compare import Comparison, Remark, SampleRatio, Verdict
from workbench.compare.result import COLUMNS
from workbench.compare.words import Figure, Lift, Share, p_value


def answer(**changes) -> Comparison:
    row = dict.fromkeys(COLUMNS, 1.5) | {"metric": "revenue", "arm": "B<b>", "control": "A", "n": 1200}
    row |= {"lift_low": -math.inf, "lift_high": math.inf, "p_adjusted": 0.00001, "low": math.nan}
    remarks = (Remark.of("more_rows", "info", rows=3), Remark.of("more_rows", "bad", rows=1234))
    return Comparison(
        pd.DataFrame([row]),
        "experiment",
        "welch",
        units={"revenue": "money"},
        currency="CNY",
        warnings=remarks,
        verdict=Verdict(remarks[0], Remark.of("as_of", day=dt.date(2026, 10, 31))),
        srm=SampleRatio(0.5, {"A": 1, "B": 2}, {"A": 1.5, "B": 1.5}),
        data_version=7,
    ).with_(**changes)


def test_the_worst_warning_comes_first_and_says_itself_in_both_languages():
    shown = answer()
    assert [item.status for item in shown.warnings] == ["bad", "info"]
    assert shown.warnings[0].sentence("zh") == "……另有 1,234 行"
    assert str(shown.warnings[0]) == "… and 1,234 more rows"


def test_the_verdict_is_a_sentence():
    verdict = answer().verdict
    assert isinstance(verdict, str)
    assert verdict == "… and 3 more rows data to 31 Oct 2026"
    assert answer().sentence("zh") == verdict.sentence("zh") == "……另有 3 行数据截至 2026年10月31日"
    again = pickle.loads(pickle.dumps(verdict))
    assert (again, again.sentence("zh")) == (verdict, verdict.sentence("zh"))


def test_an_answer_is_json_without_infinities():
    content = json.loads(json.dumps(answer().to_dict(), allow_nan=False))
    assert content["rows"][0]["lift_low"] is None
    assert content["rows"][0]["n"] == 1200
    assert content["srm"]["observed"] == {"A": 1, "B": 2}
    assert content["data_version"] == 7
    assert content["code_version"]
    assert content["verdict"]["zh"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_shows_itself_with_unit_interval_and_version(lang):
    shown = answer(table=pd.concat([answer().table] * 25)).to_html(lang)
    assert "B&lt;b&gt;" in shown
    assert "¥1.50" in shown
    assert "−∞" in shown
    assert "&lt;0.001" in shown
    assert ("5 more rows" if lang == "en" else "另有 5 行") in shown


def test_a_copy_cannot_change_the_answer():
    shown = answer()
    copy = shown.to_frame()
    copy.loc[0, "effect"] = 0
    assert shown.table["effect"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Figure(0.0123, "percent"), "1.23%"),
        (Figure(0.0123, "percent", signed=True), "+1.23 pp"),
        (Figure(12.5, "money", "CNY", -1, 26, signed=True), "+¥12.50 (−¥1.00 to +¥26.00)"),
        (Figure(0.01234, "number"), "0.0123"),
        (Lift(0.1, -0.02, math.inf), "+10.0% (−2.0% to +∞)"),
        (Share(0.99999), ">99.9%"),
        (Share(0.00001), "<0.1%"),
        (Share(0.974), "97.4%"),
    ],
)
def test_values_say_themselves(value, words):
    assert value.shown("en") == words


def test_a_p_value_is_never_zero():
    assert p_value(0.0, "en") == "<0.001"
    assert p_value(0.0421, "zh") == "0.042"
