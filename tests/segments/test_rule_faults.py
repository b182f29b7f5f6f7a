"""Rules that are none: one sentence each, with the path of what is wrong."""

from __future__ import annotations

import pytest

from workbench import segments as sg
from workbench.errors import QuestionError


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"field": "regoin", "op": "==", "value": "x"}, "rule: Unknown attribute 'regoin'. Did you mean '"),
        ({"field": "email", "op": "==", "value": "x"}, "rule: Attribute 'email' is personal"),
        ({"field": "region", "op": "=>", "value": "x"}, "rule.op: Unknown operator for text values '=>'"),
        ({"field": "region", "op": ">", "value": "x"}, "rule.op: Unknown operator for text values '>'"),
        ({"field": "region", "op": "==", "value": 3}, "rule.value: 3 is no text."),
        ({"field": "region", "value": 3}, "rule: The test has no operator."),
        ({"field": "region", "op": "in", "value": []}, r"rule.value: \(\) is no list of values"),
        ({"field": "region", "ago": True, "op": ">", "value": 3}, "'region' is no date"),
        ({"field": "created_date", "op": ">", "value": "soon"}, "rule.value: 'soon' is no day"),
        ({"field": ["x"], "op": "==", "value": "x"}, r"rule.field: \['x'\] is no text"),
        ({"all": []}, "rule: 'all' is empty"),
        ({"any": [{"any": []}]}, r"rule.any\[0\]: 'any' is empty"),
        ({"all": {"tag": "x"}}, "rule: 'all' is no list"),
        ({"all": [{"tag": "x"}, {"not": {"tagg": "x"}}]}, r"rule.all\[1\].not: The object names no kind o"),
        ({"tag": "x", "segment": "y"}, "rule: The object names 'tag' and 'segment'"),
        ({"tag": ""}, "rule: The tag is ''"),
        ({"tag": "x", "colour": 1}, "rule: Unknown key of 'tag' 'colour'"),
        ({"rfm": "segment", "op": "==", "value": "loyl"}, "rule.value: Unknown RFM segment 'loyl'.*'loyal'"),
        ({"rfm": "x", "op": "==", "value": 1}, "Unknown measure of RFM 'x'"),
        ({"rfm": "r", "thresholds": {"recency_days": [2, 1, 3, 4]}, "op": "==", "value": 1}, "rule.thresh"),
        ({"rfm": "r", "thresholds": "x", "op": "==", "value": 1}, "rule.thresholds: The thresholds are no"),
        ({"behaviour": "order", "op": ">", "value": 1}, "Unknown behaviour 'order'. Did you mean 'orders'?"),
        ({"behaviour": "orders", "measure": "avg", "op": ">", "value": 1}, "rule.measure: Unknown measure"),
        ({"behaviour": "orders", "measure": "sum", "op": ">", "value": 1}, "rule.column: Unknown figure o"),
        ({"behaviour": "events", "measure": "sum", "op": ">", "value": 1}, "'events' has no figures"),
        ({"behaviour": "orders", "op": ">", "value": 1.5}, "rule.value: 1.5 is no whole number"),
        ({"behaviour": "orders", "op": ">", "value": True}, "rule.value: True is no number"),
        ({"behaviour": "orders", "op": ">", "value": "2"}, "rule.value: '2' is no number"),
        ({"behaviour": "orders", "op": ">", "value": float("nan")}, "rule.value: nan is no number"),
        ({"behaviour": "orders", "op": "between", "value": [3, 1]}, "rule.value: The range from 3 to 1 is"),
        ({"behaviour": "orders", "op": "between", "value": 3}, "rule.value: 3 is no range"),
        ({"behaviour": "orders", "measure": "last", "op": ">", "value": -1}, "rule.value: -1 is no number"),
        ({"behaviour": "orders", "within_days": 0, "op": ">", "value": 1}, "rule.within_days: 0 is no num"),
        ({"behaviour": "orders", "where": {"kind": 1}, "op": ">", "value": 1}, "rule.where: Unknown colum"),
        ({"behaviour": "orders", "where": {"channel": 1}, "op": ">", "value": 1}, "rule.where.channel: 1 "),
        ({"behaviour": "orders", "where": {"amount": {"is": 1}}, "op": ">", "value": 1}, "rule.where.amou"),
        ({"behaviour": "orders", "where": [1], "op": ">", "value": 1}, "rule.where: 'where' is no object"),
        ({"score": "", "op": ">", "value": 1}, "rule: A score names no table"),
        ({"score": "x", "op": "in", "value": [1]}, "rule.op: Unknown operator for number values 'in'"),
        ("tag", "rule: 'tag' is no rule"),
        (None, "rule: None is no rule"),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence_with_its_path(value, said):
    with pytest.raises(QuestionError, match=said) as caught:
        sg.rule({"version": 1, "rule": value})
    assert "\n" not in str(caught.value)
    assert caught.value.fix
